import { BlockList, isIPv4, isIPv6 } from 'node:net'
import { badArgument, TransferError } from '../../errors.js'
import { printable } from '../../printable.js'
import { type Endpoint, plainAddress } from '../../transport/endpoint.js'

/**
 * Parses the address in a 227 reply (RFC 959 section 4.1.2): six numbers with commas, wherever they are in the text, because the RFC
 * does not define the position (RFC 1123 section 4.1.2.6). Throws `protocol` when there is none that can be dialled.
 */
export function parsePasv(text: string): Endpoint {
  const numbers = sixNumbers(text)
  const [a, b, c, d, high = 0, low = 0] = numbers ?? []
  if (!numbers || numbers.some((value) => value > 255)) throw unusable('PASV', text)
  return { host: `${a}.${b}.${c}.${d}`, port: checkedPort(high * 256 + low, 'PASV', text) }
}

/** The last row of six numbers: server names and versions that some print come before it. */
function sixNumbers(text: string): number[] | undefined {
  const rows = text.slice(0, 4096).match(/(?<!\d)\d{1,3}(?: {0,3}, {0,3}\d{1,3}){5}(?!\d)/g)
  return rows?.at(-1)?.split(',').map(Number)
}

/**
 * The port in a 229 reply (RFC 2428 section 3): `(|||port|)` with any delimiter. An address between the delimiters is skipped,
 * because EPSV always means the host of the control connection. Throws `protocol` when there is none that can be dialled.
 */
export function parseEpsv(text: string): number {
  const start = text.slice(0, 4096)
  const digits = (BETWEEN.exec(start)?.groups ?? BARE.exec(start)?.groups)?.['port']
  if (digits === undefined) throw unusable('EPSV', text)
  return checkedPort(Number(digits), 'EPSV', text)
}

const BETWEEN = /\((?<mark>[!-'*-/:-~])[^()]{0,64}?\k<mark>[^()]{0,64}?\k<mark>(?<port>\d{1,5})\k<mark>\)/
/** Without the brackets the RFC asks for. */
const BARE = /\|\|\|(?<port>\d{1,5})\|/

function checkedPort(port: number, command: string, text: string): number {
  if (port >= 1 && port <= 65_535) return port
  throw unusable(command, text)
}

function unusable(command: string, text: string): TransferError {
  return new TransferError('protocol', `The answer to ${command} holds no usable address: "${printable(text, 200)}".`, {
    phase: 'data',
    hint: 'The server, or a firewall that rewrites replies, is at fault; try active mode, or the other of EPSV and PASV.',
  })
}

/** 'PORT 1,2,3,4,5,6'. Throws `bad-argument` unless the host is an IPv4 address. */
export function formatPort({ host, port }: Endpoint): string {
  const plain = plainAddress(host)
  if (!isIPv4(plain))
    throw badArgument(`PORT needs an IPv4 address, not ${printable(host, 100)}.`, 'Use EPRT for IPv6.')
  return `PORT ${plain.replaceAll('.', ',')},${sendable(port) >> 8},${port & 255}`
}

/** 'EPRT |1|1.2.3.4|5|' or 'EPRT |2|::1|5|' (RFC 2428 section 2). A scope id is left out: it means nothing to the other side. */
export function formatEprt({ host, port }: Endpoint): string {
  const plain = plainAddress(host).replace(/%.*$/s, '')
  if (!isIPv4(plain) && !isIPv6(plain)) throw badArgument(`EPRT needs an address, not ${printable(host, 100)}.`)
  return `EPRT |${isIPv4(plain) ? 1 : 2}|${plain}|${sendable(port)}|`
}

function sendable(port: number): number {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw badArgument(`${port} is not a port.`)
}

/**
 * Which host a passive data connection is dialled to. 'control': the peer of the control connection, whatever the reply names.
 * 'reply': the host in the reply, unless that is a loopback address or a link-local one and the peer is none such: the server is not
 * there, but something of ours may be. 'auto': the reply's, unless it names an inner address while the peer is public, which is what a server
 * behind address translation does. An unspecified address (0.0.0.0) always means the peer.
 */
export function pickDataHost(policy: 'control' | 'reply' | 'auto', named: string | undefined, peer: string): string {
  if (policy === 'control' || named === undefined || isUnspecified(named)) return peer
  const grounds = policy === 'auto' ? [INNER] : [LOOPBACK, LINK_LOCAL]
  return grounds.some((near) => isIn(near, named) && !isIn(near, plainAddress(peer))) ? peer : named
}

function isUnspecified(host: string): boolean {
  return host.startsWith('0.') || /^[0:]+$/.test(host)
}

/** A name is in none of them: it is taken as public. */
function isIn(networks: BlockList, host: string): boolean {
  const address = host.replace(/%.*$/s, '')
  if (isIPv4(address)) return networks.check(address, 'ipv4')
  return isIPv6(address) && networks.check(address, 'ipv6')
}

/** RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3. */
const LOOPBACK = networks('127.0.0.0/8', '::1/128')
/** RFC 3927, RFC 4291 section 2.5.6; machines in a cloud are told their secrets at one of these. */
const LINK_LOCAL = networks('169.254.0.0/16', 'fe80::/10')

/** Addresses that mean something only inside one host, link or site (RFC 6890). */
const INNER = networks(
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::/127',
  'fc00::/7',
  'fe80::/10',
)

function networks(...texts: string[]): BlockList {
  const list = new BlockList()
  for (const text of texts) {
    const [network = '', prefix] = text.split('/')
    list.addSubnet(network, Number(prefix), isIPv4(network) ? 'ipv4' : 'ipv6')
  }
  return list
}

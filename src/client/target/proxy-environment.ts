import { BlockList, isIP, isIPv4 } from 'node:net'
import { badArgument } from '../../errors.js'
import { plainAddress } from '../../transport/endpoint.js'

/** The environment of a process: variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What a connection goes to, as far as the choice of a proxy depends on it. */
export interface ProxyTarget {
  readonly scheme: string
  readonly host: string
  readonly port: number
}

/** Proxies that the environment may name, besides the FTP proxies (ftp+user and the other dialects). */
const TUNNELS = ['http', 'https', 'socks4', 'socks4a', 'socks5', 'socks5h']

/**
 * The proxy URL that the environment asks for: `ftp_proxy` (not for sftp), else `all_proxy`, unless `no_proxy` excepts the target.
 * Each is also looked for in capitals; the small one wins, an empty one counts as absent. Without a scheme it is an HTTP proxy.
 * Throws `bad-argument`, which names the variable and does not show its value, when that is no proxy URL.
 */
export function proxyFromEnvironment(target: ProxyTarget, env: Environment): string | undefined {
  const names = target.scheme === 'sftp' ? ['all_proxy'] : ['ftp_proxy', 'all_proxy']
  const chosen = names.map((name) => variable(env, name)).find((found) => found !== undefined)
  if (!chosen || isExcepted(target, variable(env, 'no_proxy')?.value ?? '')) return undefined
  return checkedUrl(chosen)
}

interface Variable {
  readonly name: string
  readonly value: string
}

function variable(env: Environment, lower: string): Variable | undefined {
  const found = [lower, lower.toUpperCase()].map((name) => ({ name, value: env[name]?.trim() ?? '' }))
  return found.find(({ value }) => value !== '')
}

function checkedUrl({ name, value }: Variable): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase()
  const url = scheme === undefined ? `http://${value}` : value
  if (scheme !== undefined && !TUNNELS.includes(scheme) && !/^ftp\+[a-z0-9-]+$/.test(scheme)) {
    throw badArgument(`The environment variable ${name} names a proxy of the unknown kind '${scheme}'.`, KINDS)
  }
  if (!isProxyUrl(url)) throw badArgument(`The environment variable ${name} is not a proxy URL.`, EXAMPLE)
  return url
}

const KINDS = `There is ${TUNNELS.join(', ')}, and ftp+user and the other dialects for FTP proxies.`
const EXAMPLE =
  'Write it like http://user:password@gate.example:3128, with @ : / # ? % in user and password as %40 %3A %2F %23 %3F %25.'

function isProxyUrl(text: string): boolean {
  if (/[\x00-\x20\x7f]/.test(text)) return false
  try {
    // A scheme that Node does not know keeps the URL as it was written.
    const url = new URL(text.replace(/^[^:]+/, 'x'))
    for (const part of [url.username, url.password, url.hostname]) decodeURIComponent(part)
    return url.hostname !== '' && url.port !== '0'
  } catch {
    return false
  }
}

/**
 * Whether `no_proxy` names the target: a host with everything below it ('example.com', '.example.com' and '*.example.com' are the
 * same), an address, a network (10.0.0.0/8), each with a port or without, or '*'. An entry that is none of these excepts nothing.
 */
function isExcepted(target: ProxyTarget, list: string): boolean {
  const host = plainAddress(
    target.host
      .replace(/^\[|\]$/g, '')
      .toLowerCase()
      .replace(/\.$/, ''),
  )
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry === '*' || covers(entry, host, target.port))
}

function covers(entry: string, host: string, port: number): boolean {
  const { place, only } = splitPort(entry)
  if (place === '' || (only !== undefined && only !== port)) return false
  if (isIP(host)) return coversAddress(place, host)
  const name = place.replace(/^\*?\.+/, '').replace(/\.$/, '')
  return name !== '' && (host === name || host.endsWith(`.${name}`))
}

/** An IPv6 address has a port only when it is in brackets. */
function splitPort(entry: string): { place: string; only?: number } {
  const [, inside, address, bare = entry, digits] =
    /^(?:(\[([^\]]*)\](?:\/\d+)?)|([^:]*))(?::(\d+))?$/.exec(entry) ?? []
  const place = inside === undefined ? bare : inside.replace(`[${address}]`, address ?? '')
  return { place, only: digits === undefined ? undefined : Number(digits) }
}

function coversAddress(place: string, host: string): boolean {
  const [address = '', prefix] = place.split('/', 2)
  const bits = prefix === undefined ? familyBits(address) : Number(prefix)
  if (!isIP(address) || !/^\d{1,3}$/.test(prefix ?? '0') || bits > familyBits(address)) return false
  const network = new BlockList()
  network.addSubnet(address, bits, family(address))
  return network.check(host.replace(/%.*$/, ''), family(host))
}

function familyBits(address: string): number {
  return isIPv4(address) ? 32 : 128
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6'
}

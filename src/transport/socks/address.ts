import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net'
import type { Endpoint } from '../endpoint.js'

/** Address types of SOCKS 5 (RFC 1928 section 5). */
const IPV4 = 1
const NAME = 3
const IPV6 = 4

/** Encodes type, address and port for SOCKS 5. The host is ASCII and has at most 255 characters. */
export function encodeAddress({ host, port }: Endpoint): Buffer {
  return Buffer.concat([encodeHost(host), Buffer.from([port >> 8, port & 255])])
}

function encodeHost(host: string): Buffer {
  if (isIPv4(host)) return Buffer.from([IPV4, ...host.split('.').map(Number)])
  if (isIPv6(host)) return Buffer.from([IPV6, ...ipv6Bytes(host)])
  return Buffer.concat([Buffer.from([NAME, host.length]), Buffer.from(host, 'latin1')])
}

function ipv6Bytes(address: string): number[] {
  // A URL writes every IPv6 address in hexadecimal, including one whose end is written as IPv4.
  const [head = '', tail] = new URL(`ftp://[${address}]`).hostname.slice(1, -1).split('::')
  const before = groups(head)
  const after = groups(tail ?? '')
  const zeros = new Array<number>(8 - before.length - after.length).fill(0)
  return [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 255])
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
}

/** Returns the length of the encoded address that begins with these bytes. 'more': not known yet. */
export function addressLength(start: Buffer): number | 'more' | 'unknown type' {
  const [type, count] = start
  if (type === undefined) return 'more'
  if (type === IPV4) return 1 + 4 + 2
  if (type === IPV6) return 1 + 16 + 2
  if (type !== NAME) return 'unknown type'
  return count === undefined ? 'more' : 2 + count + 2
}

/** Decodes a whole address; IPv4 within IPv6 becomes plain IPv4. */
export function decodeAddress(bytes: Buffer): Endpoint {
  const port = bytes.readUInt16BE(bytes.length - 2)
  const host = bytes.subarray(1, -2)
  if (bytes[0] === IPV4) return { host: host.join('.'), port }
  if (bytes[0] === IPV6) return { host: ipv6Text(host), port }
  return { host: host.subarray(1).toString('latin1'), port }
}

function ipv6Text(bytes: Buffer): string {
  const mapped = bytes.subarray(0, 12).equals(Buffer.from('00000000000000000000ffff', 'hex'))
  if (mapped) return bytes.subarray(12).join('.')
  const all = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16))
  return new URL(`ftp://[${all.join(':')}]`).hostname.slice(1, -1)
}

/** Returns true for 0.0.0.0 and ::, by which a proxy means itself. */
export function isUnspecified(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

/** Returns whether two hosts are the same address, however written, or the same name. */
export function sameHost(a: string, b: string): boolean {
  if (!isIP(a) || !isIP(b)) return a.toLowerCase() === b.toLowerCase()
  const one = new BlockList()
  one.addAddress(a, familyOf(a))
  return one.check(b, familyOf(b))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6'
}

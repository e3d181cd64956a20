import { isIP, isIPv4 } from 'node:net'

/** A host and a port. */
export interface Endpoint {
  /** A host name, or an address without brackets. */
  readonly host: string
  /** A TCP port. */
  readonly port: number
}

/** Normalizes an address, so that one host has one text: IPv4 in IPv6 form becomes IPv4, a zone is dropped. */
export function plainAddress(address: string | undefined): string {
  const bare = (address ?? '').replace(/%.*$/, '')
  return bare.toLowerCase().startsWith('::ffff:') && isIPv4(bare.slice(7)) ? bare.slice(7) : bare
}

/** Formats h1,h2,h3,h4,p1,p2 as in PORT and 227 (RFC 959 section 3.3). */
export function writeSix({ host, port }: Endpoint): string {
  return [...host.split('.'), port >> 8, port & 255].join(',')
}

export function readSix(text: string): Endpoint | undefined {
  const found = /(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})/.exec(text)
  const numbers = found?.slice(1).map(Number)
  if (!numbers || numbers.some((number) => number > 255)) return undefined
  const [high = 0, low = 0] = numbers.slice(4)
  return endpoint(numbers.slice(0, 4).join('.'), high * 256 + low)
}

/** Formats |1|host|port| or |2|host|port| as in EPRT (RFC 2428 section 2). */
export function writeExtended({ host, port }: Endpoint): string {
  return `|${isIPv4(host) ? 1 : 2}|${host}|${port}|`
}

/** Parses the argument of EPRT; returns 'family' for an address family that is neither 1 nor 2. */
export function readExtended(text: string): Endpoint | 'family' | undefined {
  const [before, family, host, port, after] = text.split(text[0] ?? '|')
  if (before !== '' || after !== '' || !family || !host || !/^\d{1,5}$/.test(port ?? '')) return undefined
  if (family !== '1' && family !== '2') return 'family'
  if (isIP(host) !== (family === '1' ? 4 : 6)) return undefined
  return endpoint(host, Number(port))
}

/** Returns the port of a 229 reply: (|||port|). */
export function readPassivePort(text: string): number | undefined {
  const found = /\((.)\1\1(\d{1,5})\1\)/.exec(text)
  const port = Number(found?.[2])
  return port > 0 && port < 65536 ? port : undefined
}

function endpoint(host: string, port: number): Endpoint | undefined {
  return port > 0 && port < 65536 ? { host, port } : undefined
}

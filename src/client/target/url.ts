import { badArgument } from '../../errors.js'
import { suggestion } from '../../nearest.js'
import { checkLine } from '../../path.js'
import type { Endpoint } from '../../transport/endpoint.js'

export type { Endpoint } from '../../transport/endpoint.js'

/** Where to connect and as whom, taken from a URL. */
export interface Target {
  /** The part of the URL before '://'. */
  readonly scheme: SchemeName
  /** Host and port; the port defaults to the scheme's. */
  readonly server: Endpoint
  /** True when the URL has a port. */
  readonly portGiven?: boolean
  /** The user name, percent-decoded. */
  readonly user?: string
  /** The password, percent-decoded. */
  readonly password?: string
  /** The directory: relative to the login directory, or absolute when it begins with '/'. */
  readonly path?: string
  /** ';type=a' at the end of the path (RFC 1738 section 3.2.2). */
  readonly type?: 'binary' | 'ascii'
}

/** The schemes that `connect()` takes. */
export type SchemeName = 'ftp' | 'ftps' | 'ftpes' | 'sftp'

const DEFAULT_PORTS: Readonly<Record<SchemeName, number>> = { ftp: 21, ftps: 990, ftpes: 21, sftp: 22 }
const EXAMPLE = 'Write it like ftp://user@host:21/directory.'
const ENCODE = 'Write @ : / # ? % in a user name or password as %40 %3A %2F %23 %3F %25.'

/**
 * Parses a URL such as 'ftp://me:secret@host:2121/in': user, password and path are percent-decoded, the path is relative to the login
 * directory unless it begins with '//' or '/%2F' (RFC 1738 section 3.2.2).
 *
 * @throws TransferError `bad-argument` for what cannot be parsed; no secret is in the error.
 * @example
 * ```ts
 * parseUrl('ftp://me@ftp.example.com/in').server // { host: 'ftp.example.com', port: 21 }
 * ```
 */
export function parseUrl(text: string): Target {
  const scheme = schemeOf(text)
  const url = parse(text, scheme)
  const host = decode(url.hostname, 'host').replace(/^\[|\]$/g, '')
  if (host === '') throw badArgument(`The URL names no host: '${shown(text)}'.`, EXAMPLE)
  const port = url.port === '' ? DEFAULT_PORTS[scheme] : Number(url.port)
  if (port === 0) throw badArgument(`The port in '${shown(text)}' is 0.`, 'Leave the port out for the default one.')
  const { path, type } = pathOf(url)
  return {
    scheme,
    server: { host, port },
    ...(url.port !== '' && { portGiven: true }),
    user: url.username === '' ? undefined : decode(url.username, 'user name'),
    password: url.password === '' ? undefined : decode(url.password, 'password'),
    path,
    type,
  }
}

/** Returns a target as text for people: scheme, user, host and port, never a password. */
export function describeTarget({ scheme, server, user, portGiven }: Target): string {
  const host = server.host.includes(':') ? `[${server.host}]` : server.host
  // ~/.ssh/config may have another default for sftp.
  const isDefault = server.port === DEFAULT_PORTS[scheme] && !(scheme === 'sftp' && portGiven)
  const port = isDefault ? '' : `:${server.port}`
  return `${scheme}://${user === undefined ? '' : `${user}@`}${host}${port}`
}

function schemeOf(text: string): SchemeName {
  if (typeof text !== 'string') throw badArgument('The URL is not a string.', EXAMPLE)
  checkLine(text, 'URL')
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase()
  if (scheme === undefined) {
    throw badArgument(`'${shown(text)}' is not a URL: it has no scheme such as ftp://.`, EXAMPLE)
  }
  if (!Object.hasOwn(DEFAULT_PORTS, scheme)) {
    throw badArgument(
      `'${scheme}' is not a scheme that can be connected to.`,
      suggestion(scheme, Object.keys(DEFAULT_PORTS)),
    )
  }
  return scheme as SchemeName
}

function parse(text: string, scheme: SchemeName): URL {
  try {
    // A scheme that Node does not know keeps the port as it was written; for ftp it would hide a written 21.
    return new URL(`x${text.slice(scheme.length)}`)
  } catch {
    throw badArgument(`'${shown(text)}' cannot be read as a URL.`, `${EXAMPLE} ${ENCODE}`)
  }
}

function decode(text: string, what: string): string {
  let value: string
  try {
    value = decodeURIComponent(text)
  } catch {
    throw badArgument(`The ${what} in the URL holds a '%' that does not begin a code such as %40.`, ENCODE)
  }
  checkLine(value, what)
  return value
}

function pathOf(url: URL): { path?: string; type?: 'binary' | 'ascii' } {
  const [, raw = '', type] = /^(.*?)(?:;type=([aid]))?$/i.exec(url.pathname + url.search + url.hash) ?? []
  const path = raw === '' || raw === '/' ? undefined : decode(raw.slice(1), 'path')
  if (type === undefined) return { path }
  return { path, type: type.toLowerCase() === 'a' ? 'ascii' : 'binary' }
}

/** Removes what is between the scheme and the last '@': it may contain a password. */
function shown(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/]*@/i, '$1').replace(/:[^/:@\]]*@/g, '@')
}

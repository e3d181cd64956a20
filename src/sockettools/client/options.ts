import { isIPv6 } from 'node:net'
import type { ConnectOptions, ProxyOptions, SchemeName, TlsOptions } from '../../index.js'
import * as C from '../constants/constants.js'
import { invalid } from '../constants/errors.js'

/** The settings of dwOptions. */
export interface ParsedOptions {
  readonly scheme: SchemeName
  /** Any thread may call. */
  readonly freeThread: boolean
  /** Milliseconds instead of seconds. */
  readonly hires: boolean
  /** The session counts as logged in as soon as it is connected. */
  readonly noAuth: boolean
  readonly connection: ConnectOptions
}

const BITS = Object.entries(C).flatMap(([name, value]) =>
  name.startsWith('FTP_OPTION_') && typeof value === 'number' ? [value] : [],
)
const KNOWN = BITS.reduce((all, bit) => all | bit, 0)

/** How the connection is protected; at most one may be set. */
const SECURITY: readonly (readonly [number, SchemeName])[] = [
  [C.FTP_OPTION_SECURE_IMPLICIT, 'ftps'],
  [C.FTP_OPTION_SECURE_EXPLICIT, 'ftpes'],
  [C.FTP_OPTION_SECURE_SHELL, 'sftp'],
]

/** Throws an invalid parameter for unknown bits, and for options that exclude each other. */
export function parseOptions(dwOptions: number): ParsedOptions {
  const scheme = schemeOf(dwOptions)
  const has = (bit: number): boolean => (dwOptions & bit) !== 0
  return {
    scheme,
    freeThread: has(C.FTP_OPTION_FREETHREAD),
    hires: has(C.FTP_OPTION_HIRES_TIMER),
    noAuth: has(C.FTP_OPTION_NOAUTH),
    connection: {
      preferIPv6: has(C.FTP_OPTION_PREFER_IPV6),
      verify: has(C.FTP_OPTION_VERIFY),
      keepAlive: keepAliveOf(has),
      tunnel: has(C.FTP_OPTION_TUNNEL),
      ...(scheme === 'sftp' ? sshOf(has) : ftpOf(has)),
      ...(scheme === 'ftps' || scheme === 'ftpes' ? { tls: tlsOf(has) } : {}),
    },
  }
}

function schemeOf(dwOptions: number): SchemeName {
  const unknown = dwOptions & ~KNOWN
  if (unknown !== 0) throw invalid(`dwOptions has unknown bits: 0x${unknown.toString(16)}.`)
  const chosen = SECURITY.filter(([bit]) => dwOptions & bit)
  if (chosen.length > 1)
    throw invalid('dwOptions asks for more than one of SECURE_IMPLICIT, SECURE_EXPLICIT and SECURE_SHELL.')
  return chosen[0]?.[1] ?? 'ftp'
}

type Has = (bit: number) => boolean

function keepAliveOf(has: Has): ConnectOptions['keepAlive'] {
  const duringTransfer = has(C.FTP_OPTION_KEEPALIVE_DATA)
  if (!duringTransfer && !has(C.FTP_OPTION_KEEPALIVE)) return false
  return { ...(duringTransfer && { duringTransfer }), ...(has(C.FTP_OPTION_NOAUTH) && { beforeLogin: true }) }
}

/** The defaults of the API: active mode, and in passive mode the address of the reply. */
function ftpOf(has: Has): ConnectOptions {
  const firewall = has(C.FTP_OPTION_FIREWALL) || has(C.FTP_OPTION_TUNNEL)
  return {
    dataMode: firewall || has(C.FTP_OPTION_PASSIVE) ? 'passive' : 'active',
    passiveAddress: firewall ? 'control' : 'reply',
    virtualHost: has(C.FTP_OPTION_VIRTUALHOST),
  }
}

/** Does not read ~/.ssh/config: only the arguments decide. */
function sshOf(has: Has): ConnectOptions {
  return { sshConfig: false, legacy: has(C.FTP_OPTION_SECURE_FALLBACK) }
}

function tlsOf(has: Has): TlsOptions {
  return {
    trustAny: has(C.FTP_OPTION_TRUSTEDSITE),
    legacy: has(C.FTP_OPTION_SECURE_FALLBACK),
    reuse: has(C.FTP_OPTION_TLS_REUSE) ? 'auto' : 'never',
  }
}

const DIALECTS: Readonly<Record<number, string>> = {
  [C.FTP_PROXY_USER]: 'user',
  [C.FTP_PROXY_LOGIN]: 'login',
  [C.FTP_PROXY_OPEN]: 'open',
  [C.FTP_PROXY_SITE]: 'site',
  [C.FTP_PROXY_OTHER]: 'other',
}

export interface ProxyArguments {
  readonly nProxyType: number
  readonly lpszProxyHost: string | null
  readonly nProxyPort: number
  readonly lpszProxyUser: string | null
  readonly lpszProxyPassword: string | null
}

/** Returns the proxy, and the peer of TLS; undefined for FTP_PROXY_NONE, whatever the other arguments are. */
export function proxyOf(
  proxy: ProxyArguments,
  scheme: SchemeName,
): { proxy: ProxyOptions; scope: TlsOptions['scope'] } | undefined {
  if (proxy.nProxyType === C.FTP_PROXY_NONE) return undefined
  const dialect = DIALECTS[proxy.nProxyType]
  if (dialect === undefined) throw invalid(`nProxyType is ${proxy.nProxyType}, which is none of FTP_PROXY_….`)
  if (scheme === 'sftp') throw invalid('An FTP proxy cannot carry SFTP: FTP_OPTION_SECURE_SHELL needs FTP_PROXY_NONE.')
  if (!proxy.lpszProxyHost) throw invalid('lpszProxyHost names no host.')
  const { lpszProxyUser: user, lpszProxyPassword: password } = proxy
  return {
    proxy: {
      dialect,
      host: proxy.lpszProxyHost,
      port: proxy.nProxyPort,
      ...(user && { user }),
      ...(password && { password }),
    },
    scope: scopeOf(proxy.nProxyType, scheme),
  }
}

/**
 * Returns the peer of TLS. Implicit TLS is with the connected peer, the proxy. AUTH is sent when the server is connected, which with
 * OPEN and SITE is before the login; with the others only the proxy is connected then.
 */
function scopeOf(nProxyType: number, scheme: SchemeName): TlsOptions['scope'] {
  const reached = nProxyType === C.FTP_PROXY_OPEN || nProxyType === C.FTP_PROXY_SITE
  return scheme === 'ftpes' && reached ? 'server' : 'proxy'
}

/** Parses 'host', 'host:port', '::1', '[::1]' or '[::1]:port'; port 0 where there is none. */
export function hostAndPort(text: string): { host: string; port: number } {
  if (isIPv6(text)) return { host: text, port: 0 }
  const [, bracketed, name, digits = '0'] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = bracketed ?? name
  if (host === undefined || Number(digits) > 65_535) throw invalid('lpszRemoteHost is neither host nor host:port.')
  return { host, port: Number(digits) }
}

/** Returns the URL to connect to; it never contains secrets. */
export function urlOf(scheme: SchemeName, host: string, port: number): string {
  const written = host.includes(':') ? `[${host}]` : encodeURIComponent(host)
  return `${scheme}://${written}${port === 0 ? '' : `:${port}`}`
}

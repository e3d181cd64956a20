import { badArgument, type TransferError } from '../../errors.js'
import { reachesServerBeforeLogin, type Step } from '../../ftp/login/login-script.js'
import type { FtpProxy, FtpTls } from '../../ftp/target.js'
import type { Endpoint } from '../../transport/endpoint.js'
import type { TlsOptions } from '../options/options.js'
import { checkTls } from './tls-checks.js'

export interface TlsQuestion {
  readonly scheme: 'ftps' | 'ftpes'
  readonly server: Endpoint
  readonly proxy?: FtpProxy
  readonly options?: TlsOptions
  /** The name HOST will say; the certificate and the SNI are for the same one (RFC 7151 section 3.3). */
  readonly virtualHost?: string
}

/** The TLS of one connection, contradictions refused before anything is dialled. */
export async function tlsFor({ scheme, server, proxy, options = {}, virtualHost }: TlsQuestion): Promise<FtpTls> {
  checkTls(options)
  const scope = scopeFor(options, scheme, proxy)
  const withProxy = scope === 'proxy' && proxy !== undefined
  const peer = withProxy ? proxy.endpoint : server
  const name = withProxy ? undefined : virtualHost?.replace(/^\[|\]$/g, '')
  const { identityFor } = await import('./tls-identity.js')
  return {
    identity: await identityFor(peer, { ...options, servername: options.servername ?? name }),
    begins: proxy && ownTls(proxy) ? 'dialect' : scheme === 'ftps' ? 'implicit' : 'explicit',
    scope,
    data: options.data ?? 'secure',
    refused: { refusals: 0 },
  }
}

function scopeFor(
  { scope = 'server' }: TlsOptions,
  scheme: 'ftps' | 'ftpes',
  proxy: FtpProxy | undefined,
): 'server' | 'proxy' {
  if (!proxy) {
    if (scope !== 'server')
      throw badArgument(`tls.scope is '${scope}', but there is no FTP proxy.`, 'Leave tls.scope out.')
    return 'server'
  }
  if (scope === 'both')
    throw badArgument(
      "tls.scope 'both' (TLS within TLS) cannot be spoken by any FTP proxy known.",
      "Use 'proxy'; many proxies protect their own way to the server.",
    )
  const own = ownTls(proxy)
  if (own && scheme === 'ftps') throw needsExplicitTls(proxy)
  if (own) return own.identity
  if (scope === 'proxy') return 'proxy'
  if (scheme === 'ftps')
    throw badArgument(
      'Implicit TLS (ftps://) cannot begin behind an FTP proxy.',
      "Use ftpes://, or tls.scope 'proxy' for TLS with the proxy.",
    )
  if (reachesServerBeforeLogin(proxy.dialect) && proxy.name !== 'other') return 'server'
  throw badArgument(
    `TLS with the server is impossible through the proxy dialect '${proxy.name}': the server is reached only by USER, and the password would go in the clear.`,
    "Use tls.scope 'proxy' for TLS with the proxy, or a dialect that reaches the server first (open, site, proxyuser).",
  )
}

/** Where the dialect itself puts TLS on; undefined where it leaves that to us. */
export function ownTls({ dialect }: FtpProxy): Step['tls'] {
  return [...dialect.reach, ...(dialect.login ?? [])].find((step) => step.tls)?.tls
}

/** The error for a URL that does not fit such a dialect. */
export function needsExplicitTls({ name }: FtpProxy): TransferError {
  return badArgument(
    `The proxy dialect '${name}' begins TLS with the proxy by AUTH TLS: the URL must say so.`,
    'Use ftpes:// for the server.',
  )
}

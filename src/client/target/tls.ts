import { badArgument, type TransferError } from '../../errors.js'
import { reachesServerBeforeLogin, type Step } from '../../ftp/login/login-script.js'
import type { FtpTls } from '../../ftp/target.js'
import type { Endpoint } from '../../transport/endpoint.js'
import type { TlsOptions } from '../options/options.js'
import type { FtpProxyPlan } from './proxy.js'

/** TLS as it is wished: with whom and from when on. Certificates and keys are not read yet. */
export interface TlsPlan extends Pick<FtpTls, 'begins' | 'scope' | 'data'> {
  readonly peer: Endpoint
  /** `servername` is the name that HOST sends, where it is not given. */
  readonly options: TlsOptions
}

interface TlsQuestion {
  readonly scheme: 'ftps' | 'ftpes'
  readonly server: Endpoint
  readonly proxy?: FtpProxyPlan
  readonly options?: TlsOptions
  /** The name HOST will send; the certificate and the SNI are for the same one (RFC 7151 section 3.3). */
  readonly virtualHost?: string
}

/** The TLS of one connection. Throws `bad-argument` for options that contradict each other or that the proxy rules out. */
export function tlsPlan({ scheme, server, proxy, options = {}, virtualHost }: TlsQuestion): TlsPlan {
  checkTls(options)
  const scope = scopeFor(options, scheme, proxy)
  const withProxy = scope === 'proxy' && proxy !== undefined
  const name = withProxy ? undefined : virtualHost?.replace(/^\[|\]$/g, '')
  return {
    peer: withProxy ? proxy.endpoint : server,
    options: { ...options, servername: options.servername ?? name },
    begins: proxy && ownTls(proxy) ? 'dialect' : scheme === 'ftps' ? 'implicit' : 'explicit',
    scope,
    data: options.data ?? 'secure',
  }
}

function scopeFor(
  { scope = 'server' }: TlsOptions,
  scheme: 'ftps' | 'ftpes',
  proxy: FtpProxyPlan | undefined,
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
export function ownTls({ dialect }: FtpProxyPlan): Step['tls'] {
  return [...dialect.reach, ...(dialect.login ?? [])].find((step) => step.tls)?.tls
}

/** The error for a URL that does not fit such a dialect. */
export function needsExplicitTls({ name }: FtpProxyPlan): TransferError {
  return badArgument(
    `The proxy dialect '${name}' begins TLS with the proxy by AUTH TLS: the URL must say so.`,
    'Use ftpes:// for the server.',
  )
}

interface Rule {
  readonly broken: (options: TlsOptions) => boolean
  readonly says: string
  readonly hint: string
}

const ONE_OF_THEM = 'Leave one of them out.'

/** Rejects options that exclude each other. Ignoring one of them would leave a connection less protected than its options require. */
const RULES: readonly Rule[] = [
  {
    broken: ({ cert, key }) => (cert === undefined) !== (key === undefined),
    says: 'tls.cert and tls.key belong together; one of them is missing.',
    hint: 'Give both, or both in tls.pfx.',
  },
  {
    broken: ({ pfx, cert }) => pfx !== undefined && cert !== undefined,
    says: 'tls.pfx and tls.cert contradict each other: there is one client certificate.',
    hint: ONE_OF_THEM,
  },
  {
    broken: ({ passphrase, key, pfx }) => passphrase !== undefined && key === undefined && pfx === undefined,
    says: 'tls.passphrase is given, but nothing that it would open.',
    hint: 'Give tls.key or tls.pfx.',
  },
  {
    broken: ({ pin, trustAny }) => pin !== undefined && [pin].flat().length > 0 && trustAny === true,
    says: 'tls.pin and tls.trustAny contradict each other.',
    hint: 'Leave trustAny out.',
  },
  {
    broken: ({ legacy, minVersion }) => legacy === true && minVersion !== undefined,
    says: 'tls.legacy and tls.minVersion contradict each other: legacy goes down to TLS 1.0.',
    hint: ONE_OF_THEM,
  },
  {
    // The names of the versions are in the order of their age.
    broken: ({ minVersion = 'TLSv1', maxVersion = 'TLSv1.3' }) => minVersion > maxVersion,
    says: 'tls.minVersion is higher than tls.maxVersion.',
    hint: ONE_OF_THEM,
  },
  {
    broken: ({ data, reuse }) => data === 'clear' && reuse === 'require',
    says: "tls.data 'clear' and tls.reuse 'require' contradict each other: data without TLS has no session to resume.",
    hint: ONE_OF_THEM,
  },
]

/** Refuses TLS options that contradict each other. */
function checkTls(options: TlsOptions): void {
  const rule = RULES.find(({ broken }) => broken(options))
  if (rule) throw badArgument(rule.says, rule.hint)
}

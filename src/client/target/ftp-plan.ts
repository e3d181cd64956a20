import { badArgument } from '../../errors.js'
import type { FtpTarget } from '../../ftp/target.js'
import { checkLine } from '../../path.js'
import { refuseForeign } from '../options/checks.js'
import type { ConnectOptions, Secret } from '../options/options.js'
import type { CommonPlan } from './common-plan.js'
import { type Chain, chainOf, describeTunnels } from './proxy.js'
import type { Environment } from './proxy-environment.js'
import { needsExplicitTls, ownTls, type TlsPlan, tlsPlan } from './tls.js'
import type { SchemeName } from './url.js'

type FtpScheme = Exclude<SchemeName, 'sftp'>

/** An FTP or FTPS connection. */
export interface FtpPlan extends CommonPlan {
  readonly protocol: 'ftp'
  readonly scheme: FtpScheme
  readonly chain: Chain
  /** Absent: plaintext. */
  readonly tls?: TlsPlan
  readonly virtualHost: FtpTarget['virtualHost']
  readonly credentials: { readonly user?: string; readonly password?: Secret; readonly account?: Secret }
  readonly login: boolean
  readonly data: FtpTarget['data']
  /** 'auto' or a charset's name. */
  readonly encoding: string
}

/** Reads what is of FTP. Throws `bad-argument` for what contradicts the URL, the proxy or itself. */
export function ftpPlan(
  common: CommonPlan & { scheme: FtpScheme },
  options: ConnectOptions,
  env: Environment,
): FtpPlan {
  const { target, scheme } = common
  refuseForeign(scheme, options)
  if (scheme === 'ftp' && options.tls)
    throw badArgument(
      'The option tls is given, but ftp:// has no TLS.',
      'Use ftpes:// (explicit) or ftps:// (implicit).',
    )
  const chain = chainOf(options, target, env)
  const virtualHost = virtualHostOf(options.virtualHost, target.server.host)
  const question = { server: target.server, proxy: chain.ftp, options: options.tls, virtualHost: virtualHost?.name }
  if (scheme === 'ftp' && chain.ftp && ownTls(chain.ftp)) throw needsExplicitTls(chain.ftp)
  return {
    ...common,
    protocol: 'ftp',
    chain,
    tls: scheme === 'ftp' ? undefined : tlsPlan({ ...question, scheme }),
    virtualHost,
    credentials: credentialsOf(common, options),
    login: options.login ?? true,
    data: dataOf(options, chain),
    encoding: options.encoding ?? 'auto',
  }
}

function virtualHostOf(wish: ConnectOptions['virtualHost'], host: string): FtpPlan['virtualHost'] {
  if (wish === undefined || wish === false) return undefined
  const { name, required = false } = typeof wish === 'object' ? wish : { name: wish === true ? host : wish }
  return { name: name.includes(':') && !name.startsWith('[') ? `[${name}]` : name, required }
}

function credentialsOf({ target }: CommonPlan, options: ConnectOptions): FtpPlan['credentials'] {
  const { user = target.user, password = target.password, account } = options
  for (const [what, value] of Object.entries({ 'user name': user, password, account }))
    if (typeof value === 'string') checkLine(value, what)
  return { user, password, account }
}

function dataOf(options: ConnectOptions, { tunnels }: Chain): FtpPlan['data'] {
  const { tunnel, dataMode, passiveAddress, activePorts, activeAddress } = options
  if (tunnel && (dataMode === 'active' || dataMode === 'auto')) {
    throw badArgument(
      `tunnel and dataMode '${dataMode}' contradict each other: nobody can connect back through a forwarded port.`,
      'Leave dataMode out.',
    )
  }
  if (tunnel && passiveAddress !== undefined && passiveAddress !== 'control') {
    throw badArgument(
      `tunnel and passiveAddress '${passiveAddress}' contradict each other: data goes to the tunnel's host.`,
      'Leave passiveAddress out.',
    )
  }
  if (dataMode === 'active' && !listens(tunnels)) {
    throw badArgument(
      `dataMode 'active' cannot work through ${describeTunnels(tunnels)}: nobody there could wait for the server's connection.`,
      'Use passive mode, or a SOCKS proxy that knows BIND.',
    )
  }
  return { mode: dataMode ?? 'passive', passiveAddress: passiveAddress ?? 'control', activePorts, activeAddress }
}

/** Whether the end of the route can take a connection: our own machine, or a SOCKS proxy (BIND). */
function listens(tunnels: Chain['tunnels']): boolean {
  return tunnels.at(-1)?.dialect.startsWith('socks') ?? true
}

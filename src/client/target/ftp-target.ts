import type { Limits } from '../../deadline.js'
import { badArgument } from '../../errors.js'
import { quietObserver } from '../../events.js'
import type { FtpTarget } from '../../ftp/target.js'
import { checkLine } from '../../path.js'
import { Redactor } from '../../redact.js'
import type { Route } from '../../transport/route.js'
import { refuseForeign } from '../options/checks.js'
import type { ConnectOptions } from '../options/options.js'
import { FtpProtocol } from '../protocol/ftp.js'
import { keepAliveOf } from './keep-alive.js'
import { wayTo } from './route.js'
import { reveal } from './secret.js'
import { needsExplicitTls, ownTls, tlsFor } from './tls.js'
import { describeTarget, type SchemeName, type Target } from './url.js'

type FtpScheme = Exclude<SchemeName, 'sftp'>

/** What a URL and options say about an FTP connection. Throws `bad-argument` for what cannot be meant. */
export async function ftpProtocol(
  target: Target & { scheme: FtpScheme },
  options: ConnectOptions,
  limits: Limits,
): Promise<FtpProtocol> {
  refuseForeign(target.scheme, options)
  return new FtpProtocol(await ftpTarget(target, options, limits))
}

async function ftpTarget(
  target: Target & { scheme: FtpScheme },
  options: ConnectOptions,
  limits: Limits,
): Promise<FtpTarget> {
  const { scheme, server } = target
  if (scheme === 'ftp' && options.tls)
    throw badArgument(
      'The option tls is given, but ftp:// has no TLS.',
      'Use ftpes:// (explicit) or ftps:// (implicit).',
    )
  const keepAlive = keepAliveOf(options.keepAlive)
  const redactor = new Redactor()
  const credentials = await credentialsOf(target, options)
  const { route, proxy, prompt, secrets } = await wayTo(target, options, limits)
  const virtualHost = virtualHostOf(options.virtualHost, server.host)
  const question = { scheme, server, proxy, options: options.tls, virtualHost: virtualHost?.name }
  redactor.add(credentials.password, credentials.account, ...secrets)
  if (scheme === 'ftp' && proxy && ownTls(proxy)) throw needsExplicitTls(proxy)
  return {
    route,
    server: target.server,
    proxy,
    prompt,
    tls: scheme === 'ftp' ? undefined : await tlsFor({ ...question, scheme }),
    virtualHost,
    credentials,
    login: options.login ?? true,
    limits,
    data: dataOf(options, route),
    keepAlive: keepAlive && { ...keepAlive, off: false },
    pipelining: { off: false },
    habits: { framed: false, ended: false },
    encoding: options.encoding ?? 'auto',
    redactor,
    observe: quietObserver(options.observe),
    describe: describeTarget({ ...target, user: credentials.user }),
  }
}

function virtualHostOf(wish: ConnectOptions['virtualHost'], host: string): FtpTarget['virtualHost'] {
  if (wish === undefined || wish === false) return undefined
  const { name, required = false } = typeof wish === 'object' ? wish : { name: wish === true ? host : wish }
  checkLine(name, 'virtual host')
  return { name: name.includes(':') && !name.startsWith('[') ? `[${name}]` : name, required }
}

async function credentialsOf(
  target: Target,
  options: ConnectOptions,
): Promise<{ user?: string; password?: string; account?: string }> {
  const user = options.user ?? target.user
  const password = (await reveal(options.password, 'password', options.signal)) ?? target.password
  const account = await reveal(options.account, 'account', options.signal)
  for (const [what, value] of Object.entries({ 'user name': user, password, account })) checkLine(value ?? '', what)
  return { user, password, account }
}

function dataOf(options: ConnectOptions, route: Route): FtpTarget['data'] {
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
  if (dataMode === 'active' && !route.listen) {
    throw badArgument(
      `dataMode 'active' cannot work through ${route.describe}: nobody there could wait for the server's connection.`,
      'Use passive mode, or a SOCKS proxy that knows BIND.',
    )
  }
  return { mode: dataMode ?? 'passive', passiveAddress: passiveAddress ?? 'control', activePorts, activeAddress }
}

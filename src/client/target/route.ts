import { userInfo } from 'node:os'
import type { Limits } from '../../deadline.js'
import { badArgument } from '../../errors.js'
import { type Observer, quietObserver } from '../../events.js'
import type { Prompt } from '../../ftp/login/login-script.js'
import type { FtpProxy } from '../../ftp/target.js'
import { directRoute, type Route } from '../../transport/route.js'
import type { ConnectOptions, ProxyOptions } from '../options/options.js'
import { endpointOf, ftpProxy, gateway, isTunnel, parseProxy } from './proxy.js'
import { proxyFromEnvironment } from './proxy-environment.js'
import type { Target } from './url.js'

/** How bytes get to the server, and the FTP proxy that stands at the end of the way, if any. */
export interface Way {
  readonly route: Route
  readonly proxy?: FtpProxy
  readonly prompt?: Prompt
  /** Every secret on the way, in each form it may show up in. */
  readonly secrets: readonly (string | undefined)[]
}

/** The way that the options, or else the environment, lay out. */
export async function wayTo(target: Target, options: ConnectOptions, limits: Limits): Promise<Way> {
  const observe = quietObserver(options.observe)
  const proxies = proxiesOf(target, options)
  const tunnels = proxies.filter(isTunnel)
  const [last, ...more] = proxies.filter((one) => !isTunnel(one))
  if (more.length > 0 || (last && proxies.at(-1) !== last)) {
    throw badArgument(
      'Only the last proxy of a chain can be an FTP proxy.',
      'Put the tunnels (socks, http, ssh) before it.',
    )
  }
  const secrets: (string | undefined)[] = []
  let route = directRoute({ preferIPv6: options.preferIPv6 ?? false })
  for (const tunnel of tunnels) {
    const laid = await through(route, tunnel, { limits, observe, signal: options.signal })
    secrets.push(...laid.secrets)
    route = laid.route
  }
  if (!last) return { route, secrets }
  const { proxy, prompt } = await ftpProxy(last, target.server, options.signal)
  secrets.push(proxy.values.proxyPassword, proxy.values.authResponse)
  return { route, proxy, prompt, secrets }
}

function proxiesOf(target: Target, { proxy }: ConnectOptions): ProxyOptions[] {
  if (proxy === false) return []
  const named = proxy ?? proxyFromEnvironment({ scheme: target.scheme, ...target.server }) ?? []
  return [named].flat().map(parseProxy)
}

interface Surroundings {
  readonly limits: Limits
  readonly observe: Observer
  readonly signal?: AbortSignal
}

type Laid = { readonly route: Route; readonly secrets: readonly (string | undefined)[] }

/** One more tunnel behind those that stand. Its room is loaded only now: most connections need none. */
async function through(near: Route, options: ProxyOptions, { limits, observe, signal }: Surroundings): Promise<Laid> {
  const { dialect } = options
  if (dialect === 'ssh') return await throughSsh(near, options, { limits, observe })
  const { endpoint: proxy, user, password } = await gateway(options, signal)
  if (dialect === 'http' || dialect === 'https') {
    const { basicToken, httpConnect } = await import('../../transport/http/http-connect.js')
    const token = user === undefined ? undefined : basicToken(user, password ?? '')
    const { headers } = options
    const tls = options.tls && {
      ...options.tls,
      ca: options.tls.ca === undefined ? undefined : ([options.tls.ca].flat() as string[]),
    }
    const route = httpConnect({
      proxy,
      secure: dialect === 'https',
      tls,
      user,
      password,
      headers,
      through: near,
      limits,
      observe,
    })
    return { route, secrets: [password, token] }
  }
  const { socks } = await import('../../transport/socks/socks.js')
  const version = dialect.slice('socks'.length) as '4' | '4a' | '5' | '5h'
  return { route: socks({ version, proxy, user, password, through: near, limits }), secrets: [password] }
}

/** The password may be a callback: it is asked only when the server wants it, and the ssh room shows it to nobody. */
async function throughSsh(near: Route, options: ProxyOptions, { limits, observe }: Surroundings): Promise<Laid> {
  const { sshJump } = await import('../../ssh/ssh-jump.js')
  const { user, password, privateKey, passphrase, agent, identityFiles, hostKey, algorithms } = options
  const route = sshJump({
    proxy: endpointOf(options),
    user: user ?? userInfo().username,
    auth: { password, privateKey, passphrase, agent, identityFiles },
    hostKey,
    algorithms,
    through: near,
    limits,
    observe,
  })
  return { route, secrets: [password, passphrase].filter((secret) => typeof secret === 'string') }
}

import { directRoute, type Route } from '../../transport/route.js'
import { reveal } from '../options/secret.js'
import type { CommonPlan } from './common-plan.js'
import type { Tunnel } from './proxy.js'

/** How bytes get to the server. */
export interface Laid {
  readonly route: Route
  /** Every secret on the way, in each form it may show up in. */
  readonly secrets: readonly (string | undefined)[]
}

type Surroundings = Pick<CommonPlan, 'limits' | 'observe' | 'signal' | 'preferIPv6' | 'target'>

/** The route through these tunnels, nothing dialled yet. Rejects with `bad-argument` for what a tunnel cannot carry. */
export async function layRoute(tunnels: readonly Tunnel[], plan: Surroundings): Promise<Laid> {
  const secrets: (string | undefined)[] = []
  let route = directRoute({ preferIPv6: plan.preferIPv6 })
  for (const tunnel of tunnels) {
    const laid = await through(route, tunnel, plan)
    secrets.push(...laid.secrets)
    route = laid.route
  }
  return { route, secrets }
}

/** Adds one more tunnel. Its module is loaded only now: most connections need none. */
async function through(near: Route, tunnel: Tunnel, plan: Surroundings): Promise<Laid> {
  const { dialect, host, port, user } = tunnel
  const { limits, observe, signal } = plan
  if (dialect === 'ssh') return await throughSsh(near, tunnel, plan)
  const password = await reveal(tunnel.password, 'password of the proxy', signal)
  const proxy = { host, port }
  if (dialect === 'http' || dialect === 'https') {
    const { basicToken, httpConnect } = await import('../../transport/http/http-connect.js')
    const token = user === undefined ? undefined : basicToken(user, password ?? '')
    const { headers } = tunnel
    const tls = tunnel.tls && {
      ...tunnel.tls,
      ca: tunnel.tls.ca === undefined ? undefined : ([tunnel.tls.ca].flat() as string[]),
    }
    const route = httpConnect({
      proxy,
      secure: dialect === 'https',
      tls,
      user,
      password,
      headers,
      forFtp: plan.target.scheme !== 'sftp',
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

/** The password may be a callback: it is called only when the server requires it, and its value is not exposed. */
async function throughSsh(near: Route, tunnel: Tunnel, { limits, observe }: Surroundings): Promise<Laid> {
  const { sshJump } = await import('../../ssh/ssh-jump.js')
  const { user, password, privateKey, passphrase, agent, identityFiles, hostKey, algorithms } = tunnel
  const route = sshJump({
    proxy: { host: tunnel.host, port: tunnel.port },
    keyName: tunnel.configured?.keyName,
    user: user ?? (await import('../../ssh/keys/files.js')).defaultUser(),
    auth: { ...{ password, privateKey, passphrase, agent, identityFiles }, ...tunnel.configured?.auth },
    hostKey,
    algorithms,
    through: near,
    limits,
    observe,
  })
  return { route, secrets: [password, passphrase].filter((secret) => typeof secret === 'string') }
}

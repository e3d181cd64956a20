import { badArgument } from '../../errors.js'
import { customDialect, DIALECTS, type Dialect, dialectNamed } from '../../ftp/login/login-script.js'
import { suggestion } from '../../nearest.js'
import { checkLine } from '../../path.js'
import type { SshAuth } from '../../ssh/keys/options.js'
import { type Endpoint, hostPort } from '../../transport/endpoint.js'
import type { ConnectOptions, ProxyOptions } from '../options/options.js'
import { type Environment, proxyFromEnvironment } from './proxy-environment.js'
import type { Target } from './url.js'

/** Tunnels and their default ports; every other proxy is an FTP proxy. */
const TUNNELS: Readonly<Record<string, number>> = {
  socks4: 1080,
  socks4a: 1080,
  socks5: 1080,
  socks5h: 1080,
  http: 3128,
  https: 443,
  ssh: 22,
}

const EXAMPLE =
  'Write it like ftp+user://gate.example:21, socks5h://gate.example:1080 or http://me:secret@gate.example:3128.'

/** A proxy as an object, from either form. */
export function parseProxy(proxy: string | ProxyOptions): ProxyOptions {
  if (typeof proxy !== 'string') return proxy
  checkLine(proxy, 'proxy URL')
  const scheme = /^([a-z0-9+.-]+):\/\//i.exec(proxy)?.[1]?.toLowerCase()
  if (scheme === undefined)
    throw badArgument('The proxy is not a URL: no scheme such as ftp+user:// stands in front.', EXAMPLE)
  return { dialect: dialectOf(scheme), ...parts(proxy, scheme) }
}

function dialectOf(scheme: string): string {
  if (scheme.startsWith('ftp+')) return scheme.slice(4)
  if (Object.hasOwn(TUNNELS, scheme)) return scheme
  const known = [...Object.keys(TUNNELS), ...dialectNames.map((name) => `ftp+${name}`)]
  throw badArgument(`'${scheme}' is no kind of proxy.`, suggestion(scheme, known))
}

/** True for a proxy that carries bytes and knows nothing of FTP. */
export function isTunnel({ dialect }: ProxyOptions): boolean {
  return Object.hasOwn(TUNNELS, dialect)
}

function parts(text: string, scheme: string): Pick<ProxyOptions, 'host' | 'port' | 'user' | 'password'> {
  let url: URL
  try {
    url = new URL(`x${text.slice(scheme.length)}`)
  } catch {
    throw badArgument(`The proxy URL with the scheme ${scheme}:// cannot be read.`, EXAMPLE)
  }
  if (url.pathname.replace('/', '') + url.search + url.hash !== '')
    throw badArgument('The proxy URL goes on behind the host.', EXAMPLE)
  return {
    host: decode(url.hostname).replace(/^\[|\]$/g, ''),
    port: url.port === '' ? undefined : Number(url.port),
    user: url.username === '' ? undefined : decode(url.username),
    password: url.password === '' ? undefined : decode(url.password),
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw badArgument(
      "The proxy URL holds a '%' that does not begin a code such as %40.",
      'Write @ : / % in a user name or password as %40 %3A %2F %25.',
    )
  }
}

/** A jump host of ~/.ssh/config. */
export interface ConfiguredJump extends ProxyOptions {
  /** What the options of a proxy have no member for. */
  readonly configured?: {
    readonly auth: Pick<SshAuth, 'identitiesOnly' | 'identityAgent'>
    readonly keyName?: Endpoint
  }
}

/** A tunnel, its port filled in. */
export interface Tunnel extends ConfiguredJump {
  readonly port: number
}

/** An FTP proxy: where it is and how it is spoken to. Its secrets are in `options`, not fetched yet. */
export interface FtpProxyPlan {
  readonly endpoint: Endpoint
  readonly name: string
  readonly dialect: Dialect
  readonly options: ProxyOptions
}

/** The proxies between us and the server: the tunnels, nearest first, and the FTP proxy behind them. */
export interface Chain {
  readonly tunnels: readonly Tunnel[]
  readonly ftp?: FtpProxyPlan
}

/** Where proxies are named: in the options, else in ~/.ssh/config. */
interface Named extends Pick<ConnectOptions, 'proxy' | 'proxyHeaders'> {
  readonly jumps?: readonly ConfiguredJump[]
}

/** The proxies that the options name, or else the environment. Throws `bad-argument` for one that cannot be used, and for their order. */
export function chainOf({ proxy, jumps, proxyHeaders }: Named, { scheme, server }: Target, env: Environment): Chain {
  if (proxy === false) return { tunnels: [] }
  const named = proxy ?? jumps ?? proxyFromEnvironment({ scheme, ...server }, env) ?? []
  const proxies: readonly ConfiguredJump[] = [named].flat().map(parseProxy)
  const [last, ...more] = proxies.filter((one) => !isTunnel(one))
  if (more.length > 0 || (last && proxies.at(-1) !== last)) {
    throw badArgument(
      'Only the last proxy of a chain can be an FTP proxy.',
      'Put the tunnels (socks, http, ssh) before it.',
    )
  }
  const tunnels = proxies.filter(isTunnel).map((one) => ({
    ...withHeaders(one, proxyHeaders),
    ...placeOf(one, TUNNELS[one.dialect] ?? 0),
  }))
  return { tunnels, ftp: last && ftpProxyOf(last, server) }
}

function withHeaders(one: ConfiguredJump, headers: ConnectOptions['proxyHeaders']): ConfiguredJump {
  if (headers === undefined || !/^https?$/.test(one.dialect)) return one
  return { ...one, headers: { ...headers, ...one.headers } }
}

function ftpProxyOf(options: ProxyOptions, server: Endpoint): FtpProxyPlan {
  const { dialect: name, host } = options
  const endpoint = name === 'transparent' && !host ? server : placeOf(options, 21)
  return { endpoint, name, dialect: dialectFor(options), options }
}

/** Host and port of a proxy. */
function placeOf(options: ProxyOptions, usual: number): Endpoint {
  checkProxyTls(options)
  const { host, port } = options
  if (!host) throw badArgument('The proxy has no host.', EXAMPLE)
  checkLine(host, 'proxy host')
  return { host: host.replace(/^\[|\]$/g, ''), port: port || usual }
}

/** Refuses TLS options of a proxy that would have no effect: only an https:// proxy shows a certificate of its own. */
function checkProxyTls({ dialect, tls }: ProxyOptions): void {
  if (tls === undefined) return
  if (dialect !== 'https')
    throw badArgument(
      `The proxy has tls, but a '${dialect}' proxy shows no certificate of its own.`,
      "Use dialect 'https'; for TLS with an FTP proxy the option tls of connect() with scope 'proxy'.",
    )
  if (tls.trustAny && tls.pin !== undefined)
    throw badArgument('proxy.tls.pin and proxy.tls.trustAny contradict each other.', 'Leave trustAny out.')
}

/** For people: the last tunnel, and those that it is reached by. */
export function describeTunnels(tunnels: readonly Tunnel[]): string {
  return [...tunnels]
    .reverse()
    .map(
      (one) =>
        `${one.dialect}://${one.user !== undefined && one.dialect === 'ssh' ? `${one.user}@` : ''}${hostPort(one)}`,
    )
    .join(' via ')
}

function dialectFor({ dialect, steps }: ProxyOptions): Dialect {
  if (steps !== undefined) return customDialect(steps)
  if (dialect === 'custom')
    throw badArgument("The proxy dialect 'custom' needs steps.", 'Give `steps`, or one of the named dialects.')
  return dialectNamed(dialect)
}

/** Names of all dialects: `ftp+NAME` is the scheme of each. */
export const dialectNames: readonly string[] = Object.keys(DIALECTS)

import type { Endpoint } from '../../../transport/endpoint.js'
import { hostPort } from '../../../transport/endpoint.js'
import type { ConnectOptions, ProxyOptions } from '../../options/options.js'
import { gateway, isTunnel, parseProxy } from '../../target/proxy.js'
import { proxyFromEnvironment } from '../../target/proxy-environment.js'
import { parseUrl, type Target } from '../../target/url.js'
import type { StepName } from './steps.js'

/** What is to be diagnosed, as far as the steps depend on it. */
export interface Subject {
  readonly url: string
  /** As they are used here. */
  readonly options: ConnectOptions
  readonly target: Target
  readonly tunnels: readonly ProxyOptions[]
  /** The FTP proxy at the end of the way. */
  readonly ftpProxy?: ProxyOptions
  /** Whose name we look up ourselves. */
  readonly nearest: Endpoint
  readonly tls: 'none' | 'implicit' | 'explicit'
  /** The steps up to the login, in the order in which they happen. */
  readonly order: readonly StepName[]
  /** Any certificate was to be trusted, but there is a secret that a stranger could be told: it is not. */
  readonly withholds: boolean
}

/** Throws `bad-argument` for a URL or a proxy that cannot be read. */
export async function subjectOf(url: string, options: ConnectOptions): Promise<Subject> {
  const target = parseUrl(url)
  const proxies = proxiesOf(target, options)
  const tunnels = proxies.filter(isTunnel)
  const ftpProxy = proxies.find((one) => !isTunnel(one))
  const tls = TLS[target.scheme]
  const withServer = options.tls?.scope !== 'proxy'
  const secrets = [options.password, options.account, target.password, ftpProxy?.password, ftpProxy?.authResponse]
  const hasSecret = secrets.some((one) => one !== undefined)
  return {
    url,
    options: hasSecret ? trustingNobody(options) : options,
    target,
    tunnels,
    ftpProxy,
    nearest: await nearestOf(target, proxies),
    tls,
    order: orderOf({ tls, hasTunnel: tunnels.length > 0, hasFtpProxy: ftpProxy !== undefined, withServer }),
    withholds: hasSecret && options.tls?.trustAny === true,
  }
}

/** A password is told to nobody whose certificate is not trusted, whatever was asked for. */
function trustingNobody(options: ConnectOptions): ConnectOptions {
  return options.tls?.trustAny ? { ...options, tls: { ...options.tls, trustAny: false } } : options
}

const TLS = { ftp: 'none', ftps: 'implicit', ftpes: 'explicit', sftp: 'none' } as const

function proxiesOf(target: Target, { proxy }: ConnectOptions): ProxyOptions[] {
  if (proxy === false) return []
  const named = proxy ?? proxyFromEnvironment({ scheme: target.scheme, ...target.server }) ?? []
  return [named].flat().map(parseProxy)
}

async function nearestOf({ server }: Target, [first]: readonly ProxyOptions[]): Promise<Endpoint> {
  if (!first?.host) return server
  // Only where it is matters here: a secret is not fetched for it.
  const { endpoint } = await gateway(
    { dialect: first.dialect, host: first.host, port: first.port || undefined },
    undefined,
  )
  return isTunnel(first) ? endpoint : { ...endpoint, port: first.port || 21 }
}

interface Order {
  readonly tls: Subject['tls']
  readonly hasTunnel: boolean
  readonly hasFtpProxy: boolean
  readonly withServer: boolean
}

function orderOf({ tls, hasTunnel, hasFtpProxy, withServer }: Order): StepName[] {
  const tunnel: StepName[] = hasTunnel && !hasFtpProxy ? ['proxy'] : []
  const proxy: StepName[] = hasFtpProxy ? ['proxy'] : []
  if (tls === 'none') return [...tunnel, 'connect', 'greeting', ...proxy]
  if (tls === 'implicit') return [...tunnel, 'connect', 'tls', 'greeting', ...proxy]
  return [...tunnel, 'connect', 'greeting', ...(withServer ? [...proxy, 'tls' as const] : ['tls' as const, ...proxy])]
}

/** The proxies for people, nearest first, without their users. */
export function describeProxies({ tunnels, ftpProxy }: Subject): string {
  const all = ftpProxy ? [...tunnels, ftpProxy] : tunnels
  return all.map((one) => `${isTunnel(one) ? '' : 'ftp+'}${one.dialect}://${placeOf(one)}`).join(', then ')
}

function placeOf({ host, port }: ProxyOptions): string {
  return port ? hostPort({ host, port }) : host
}

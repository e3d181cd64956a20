import { badArgument } from '../../errors.js'
import { customDialect, DIALECTS, type Dialect, dialectNamed, type Prompt } from '../../ftp/login/login-script.js'
import type { FtpProxy } from '../../ftp/target.js'
import { suggestion } from '../../nearest.js'
import { checkLine } from '../../path.js'
import type { Endpoint } from '../../transport/endpoint.js'
import type { ProxyOptions } from '../options/options.js'
import { reveal } from './secret.js'
import { checkProxyTls } from './tls-checks.js'

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

/** Where a tunnel is. */
export function endpointOf(options: ProxyOptions): Endpoint {
  const { host, port } = checked(options)
  return { host, port: port || (TUNNELS[options.dialect] ?? 0) }
}

/** Where a tunnel is and as whom it is used, its secrets fetched. */
export interface Gateway {
  readonly endpoint: Endpoint
  readonly user?: string
  readonly password?: string
}

export async function gateway(options: ProxyOptions, signal: AbortSignal | undefined): Promise<Gateway> {
  const password = await reveal(options.password, 'password of the proxy', signal)
  return { endpoint: endpointOf(options), user: options.user, password }
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

/** An FTP proxy as a session needs it, its secrets fetched. Throws `bad-argument` for a dialect or a step that cannot be used. */
export async function ftpProxy(
  options: ProxyOptions,
  server: Endpoint,
  signal: AbortSignal | undefined,
): Promise<{ proxy: FtpProxy; prompt?: Prompt }> {
  const { dialect: name } = options
  const transparent = name === 'transparent' && !options.host
  const endpoint = transparent ? server : { ...checked(options), port: options.port || 21 }
  const values = {
    proxyUser: options.user,
    proxyPassword: await reveal(options.password, 'password of the proxy', signal),
    authId: options.authId,
    authResponse: await reveal(options.authResponse, 'response for the proxy', signal),
    separator: options.separator,
    serverPort: options.serverPort ?? 'non-default',
    portSeparator: options.portSeparator ?? ':',
  } as const
  return { proxy: { endpoint, name, dialect: dialectFor(options), values }, prompt: options.prompt }
}

/** Host and port of a proxy, found to be such. */
function checked(options: ProxyOptions): { host: string; port: number | undefined } {
  checkProxyTls(options)
  const { host, port } = options
  if (!host) throw badArgument('The proxy has no host.', EXAMPLE)
  checkLine(host, 'proxy host')
  return { host: host.replace(/^\[|\]$/g, ''), port }
}

function dialectFor({ dialect, steps }: ProxyOptions): Dialect {
  if (steps !== undefined) return customDialect(steps)
  if (dialect === 'custom')
    throw badArgument("The proxy dialect 'custom' needs steps.", 'Give `steps`, or one of the named dialects.')
  return dialectNamed(dialect)
}

/** Names of all dialects: `ftp+NAME` is the scheme of each. */
export const dialectNames: readonly string[] = Object.keys(DIALECTS)

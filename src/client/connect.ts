import { isIP } from 'node:net'
import { badArgument } from '../errors.js'
import { quietObserver } from '../events.js'
import type { FtpTarget } from '../ftp/open.js'
import type { FtpSession } from '../ftp/session.js'
import { suggestion } from '../nearest.js'
import { checkLine } from '../path.js'
import { Redactor } from '../redact.js'
import type { Limits } from '../transport/deadline.js'
import { checkVerify } from './checks.js'
import { Connection } from './connection.js'
import { OpenRemote } from './open-remote.js'
import type { ConnectOptions, FtpCommands, Timeouts } from './options.js'
import { reveal } from './proxy.js'
import type { Remote } from './remote.js'
import { wayTo } from './route.js'
import { describeTarget, parseUrl, type Target } from './target.js'
import { needsExplicitTls, ownTls, tlsFor } from './tls.js'

/** Milliseconds. */
const DEFAULT_LIMITS: Limits = { connect: 15_000, reply: 30_000, idle: 30_000, confirm: 300_000 }

/**
 * Connects to a server, through a proxy when one is given, logs in, and answers the connection. `url` is
 * `ftp://[user[:password]@]host[:port][/directory]`, or ftpes:// (explicit TLS), ftps:// (implicit TLS); options win over what the URL says. Throws TransferError: `bad-argument`
 * before anything is sent; `unreachable`, `timeout`, `wrong-protocol`; `proxy-refused` (phase 'proxy'); `login-refused`.
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Remote> {
  checkOptions(options)
  const target = parseUrl(url)
  const connection = new Connection({
    target: await ftpTarget(target, options),
    poolMax: options.pool?.max ?? 1,
    directory: target.path,
    type: target.type ?? 'binary',
    onConnect: options.onConnect && asCallback(options.onConnect),
    signal: options.signal,
  })
  try {
    await connection.call('Connecting', undefined, (signal) => connection.onSession(signal, async () => {}))
    return new OpenRemote(connection, options.verify)
  } catch (error) {
    await connection.close()
    throw error
  }
}

function asCallback(onConnect: (session: FtpCommands) => Promise<void>): (session: FtpSession) => Promise<void> {
  return (session) => onConnect({ protocol: 'ftp', command: (line, options) => session.command(line, options) })
}

async function ftpTarget(target: Target, options: ConnectOptions): Promise<FtpTarget> {
  const { scheme, server } = target
  if (scheme === 'sftp')
    throw badArgument('sftp:// is not built in yet.', 'ftp://, ftps:// and ftpes:// can be connected to.')
  if (scheme === 'ftp' && options.tls)
    throw badArgument(
      'The option tls is given, but ftp:// has no TLS.',
      'Use ftpes:// (explicit) or ftps:// (implicit).',
    )
  const limits = limitsOf(options.timeouts)
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
    data: dataOf(options),
    keepAlive: keepAliveOf(options.keepAlive),
    pipelining: { off: false },
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

/** Shorter than what middleboxes and servers allow, long enough not to be noticed; in ms. */
const IDLE_BEFORE_NOOP = 30_000
/** The longest time that Node's timers can wait, in ms. */
const LONGEST_TIMER = 2 ** 31 - 1
const KEEP_ALIVE: readonly string[] = ['idleMs', 'duringTransfer']

function keepAliveOf(wish: ConnectOptions['keepAlive']): FtpTarget['keepAlive'] {
  if (wish === undefined || wish === false) return undefined
  const { idleMs = IDLE_BEFORE_NOOP, duringTransfer = false, ...unknown } = wish === true ? {} : wish
  for (const name of Object.keys(unknown))
    throw badArgument(`keepAlive has no member '${name}'.`, suggestion(name, KEEP_ALIVE))
  if (!(Number.isFinite(idleMs) && idleMs > 0 && idleMs <= LONGEST_TIMER))
    throw badArgument(`keepAlive.idleMs is ${idleMs}; it must be a number of milliseconds above 0.`)
  if (typeof duringTransfer !== 'boolean')
    throw badArgument(`keepAlive.duringTransfer is ${String(duringTransfer)}, neither true nor false.`)
  return { idleMs, duringTransfer, off: false }
}

function activeAddressOf({ activeAddress }: ConnectOptions): string | undefined {
  if (activeAddress === undefined || isIP(activeAddress) !== 0) return activeAddress
  throw badArgument(
    `activeAddress ${JSON.stringify(activeAddress)} is not an IP address.`,
    'Names cannot be advertised.',
  )
}

async function credentialsOf(
  target: Target,
  options: ConnectOptions,
): Promise<{ user?: string; password?: string; account?: string }> {
  const user = options.user ?? target.user
  const password = (await reveal(options.password)) ?? target.password
  const account = await reveal(options.account)
  for (const [what, value] of Object.entries({ 'user name': user, password, account })) checkLine(value ?? '', what)
  return { user, password, account }
}

function dataOf(options: ConnectOptions): FtpTarget['data'] {
  const { tunnel, dataMode, passiveAddress, activePorts } = options
  const activeAddress = activeAddressOf(options)
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
  return { mode: dataMode ?? 'passive', passiveAddress: passiveAddress ?? 'control', activePorts, activeAddress }
}

function limitsOf(timeouts: Timeouts = {}): Limits {
  for (const [name, value] of Object.entries(timeouts)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name) && name !== 'total') {
      throw badArgument(
        `There is no timeout named '${name}'.`,
        suggestion(name, [...Object.keys(DEFAULT_LIMITS), 'total']),
      )
    }
    if (value !== undefined && !(Number.isFinite(value) && value > 0)) {
      throw badArgument(`timeouts.${name} is ${value}; it must be a number of milliseconds above 0.`)
    }
  }
  return { ...DEFAULT_LIMITS, ...definedOf(timeouts) }
}

function definedOf(timeouts: Timeouts): Timeouts {
  return Object.fromEntries(Object.entries(timeouts).filter(([, value]) => value !== undefined))
}

/** Each option with what it may be; anything else is refused by name before something is dialled. */
const OPTIONS: Readonly<Record<keyof ConnectOptions, readonly string[] | string>> = {
  user: 'string',
  password: 'string or function',
  account: 'string or function',
  login: 'boolean',
  proxy: 'boolean or string or object',
  tunnel: 'boolean',
  preferIPv6: 'boolean',
  tls: 'object',
  virtualHost: 'boolean or string or object',
  dataMode: ['passive', 'active', 'auto'],
  activePorts: 'object',
  activeAddress: 'string',
  passiveAddress: ['control', 'reply', 'auto'],
  keepAlive: 'boolean or object',
  timeouts: 'object',
  onConnect: 'function',
  verify: 'boolean or object',
  pool: 'object',
  encoding: 'string',
  signal: 'object',
  observe: 'function',
}

function checkOptions(options: ConnectOptions): void {
  checkVerify(options.verify)
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(OPTIONS, name)) {
      throw badArgument(`There is no option named '${name}'.`, suggestion(name, Object.keys(OPTIONS)))
    }
    const allowed = OPTIONS[name as keyof ConnectOptions]
    if (value === undefined || fits(value, allowed)) continue
    const wanted = typeof allowed === 'string' ? allowed : allowed.map((one) => `'${one}'`).join(', ')
    throw badArgument(`The option '${name}' is not one of these: ${wanted}.`)
  }
  const max = options.pool?.max
  if (max !== undefined && !(Number.isInteger(max) && max >= 1))
    throw badArgument(`pool.max is ${max}; it must be 1 or more.`)
}

function fits(value: unknown, allowed: readonly string[] | string): boolean {
  if (typeof allowed !== 'string') return typeof value === 'string' && allowed.includes(value)
  return allowed.split(' or ').includes(typeof value) && value !== null
}

import type { Limits } from '../deadline.js'
import { badArgument } from '../errors.js'
import { suggestion } from '../nearest.js'
import type { Store } from '../store.js'
import { checkOptions, checkVerify, type Kinds } from './options/checks.js'
import type { ConnectOptions, SessionCommands, Timeouts } from './options/options.js'
import type { Protocol } from './protocol/protocol.js'
import { Connection } from './remote/connection.js'
import { OpenRemote } from './remote/open-remote.js'
import type { Remote } from './remote/remote.js'
import { ownLimit } from './remote/transfers.js'
import { parseUrl, type Target } from './target/url.js'

/** Milliseconds. */
const DEFAULT_LIMITS: Limits = { connect: 15_000, reply: 30_000, idle: 30_000, confirm: 300_000 }

/**
 * Connects to a server, through a proxy when one is given, logs in, and answers the connection. `url` is
 * `ftp://[user[:password]@]host[:port][/directory]`, or ftpes:// (explicit TLS), ftps:// (implicit TLS), sftp:// (SSH); options win
 * over what the URL says. Throws TransferError: `bad-argument` before anything is sent; `unreachable`, `timeout`, `wrong-protocol`;
 * `proxy-refused` (phase 'proxy'); `host-key` before anything is said about who we are; `login-refused`.
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Remote> {
  checkAll(options)
  const target = parseUrl(url)
  const protocol = await protocolFor(target, options)
  const connection = new Connection({
    protocol,
    poolMax: options.pool?.max,
    limiter: ownLimit(options.rateLimit),
    directory: target.path,
    type: target.type ?? 'binary',
    onConnect: options.onConnect && asCallback(protocol, options.onConnect),
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

/** The only place that tells the protocols apart. Each is loaded when it is used. */
async function protocolFor(target: Target, options: ConnectOptions): Promise<Protocol> {
  const limits = limitsOf(options.timeouts)
  if (target.scheme === 'sftp') {
    const { sftpProtocol } = await import('./target/sftp-target.js')
    return await sftpProtocol(target, options, limits)
  }
  const { ftpProtocol } = await import('./target/ftp-target.js')
  return await ftpProtocol({ ...target, scheme: target.scheme }, options, limits)
}

function asCallback(
  protocol: Protocol,
  onConnect: (session: SessionCommands) => Promise<void>,
): (store: Store) => Promise<void> {
  return (store) =>
    onConnect({
      protocol: protocol.name,
      command: (line, options = {}) => protocol.command(store, line, options),
    })
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
const OPTIONS: Readonly<Record<keyof ConnectOptions, Kinds>> = {
  user: 'string',
  password: 'string or function',
  account: 'string or function',
  login: 'boolean',
  proxy: 'boolean or string or object',
  privateKey: 'string or object',
  passphrase: 'string or function',
  agent: 'boolean or string',
  hostKey: 'object',
  legacy: 'boolean',
  sshConfig: 'boolean or string',
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
  rateLimit: 'number',
  encoding: 'string',
  signal: 'object',
  observe: 'function',
}

function checkAll(options: ConnectOptions): void {
  checkVerify(options.verify)
  checkOptions(options, OPTIONS)
  checkOptions(options.pool ?? {}, { max: 'number' }, 'pool.')
  const max = options.pool?.max
  if (max !== undefined && !(Number.isInteger(max) && max >= 1))
    throw badArgument(`pool.max is ${max}; it must be 1 or more.`)
}

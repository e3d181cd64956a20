import { isIP } from 'node:net'
import { badArgument } from '../../errors.js'
import { readOptions } from '../../option-checks.js'
import type { Endpoint } from '../network/addresses.js'
import { Conversation, type Line } from '../network/conversation.js'
import { type Fault, FaultList } from '../network/faults.js'
import { Listener } from '../network/listener.js'
import { FAULT, PROXY } from '../options/tables.js'
import { DIALECTS, type DialectName, needsLogin } from './dialects.js'
import { ProxySession } from './session.js'
import type { ProxySettings } from './sign-on.js'

/** Options of `startProxy()`. */
export interface ProxyOptions {
  /** How a client names the server: the names in the `ftp+NAME` proxy URLs. */
  readonly dialect: DialectName
  /** The proxy's own user, in the dialects that have one. Defaults to 'proxy'. */
  readonly user?: string
  /** The proxy's own password. Defaults to 'proxy-pass'. */
  readonly password?: string
  /** Address to listen on. Defaults to '127.0.0.1'. */
  readonly host?: string
  /** Port to listen on. Defaults to 0: any free port. */
  readonly port?: number
  /** The text of the 220 greeting, one line or several. */
  readonly greeting?: string | readonly string[]
  /** The server behind a `transparent` proxy; required there, ignored elsewhere. */
  readonly target?: Endpoint
  /** 'user': connects only at USER for the server, so that a connection error is reported there and not at OPEN or SITE. Defaults to 'route'. */
  readonly connectAt?: 'route' | 'user'
  /**
   * Called for each server that a client names: true dials it, an endpoint is dialled in its place (for names that do not exist),
   * false refuses. Defaults to loopback addresses and 'localhost' only.
   */
  readonly allow?: (named: Endpoint) => boolean | Endpoint
  /**
   * First and last of the ports on which the proxy accepts data connections for the same ports of the server: once a client has begun
   * TLS with the server, the proxy passes every byte on and cannot read the replies to PASV. Defaults to none.
   */
  readonly dataPorts?: readonly [number, number]
  /** Commands that the proxy does not support: it replies 500 and does not pass them on ('EPSV', 'FEAT', 'MLSD' …). */
  readonly without?: readonly string[]
  /** Faults from the start. Members about data connections and transfers are not applied by a proxy. */
  readonly faults?: readonly Fault[]
}

/** A running FTP proxy. */
export interface TestProxy extends AsyncDisposable {
  /** The address it listens on. */
  readonly host: string
  /** The port it listens on. */
  readonly port: number
  /** 'ftp+DIALECT://[user:password@]HOST:PORT', with the proxy's login where the dialect has one. */
  readonly url: string
  /** Every line between clients and the proxy, in order. */
  readonly conversation: readonly Line[]
  /** The clients' lines only, secrets masked. */
  readonly commands: readonly string[]
  /** The servers that were dialled, successfully or not, as the clients named them: 'host:port'. */
  readonly dialled: readonly string[]
  /** Adds a fault, for commands from now on. */
  addFault(fault: Fault): void
  /** Removes every fault. */
  clearFaults(): void
  /** Destroys every connection; resolves once all sockets are closed. */
  close(): Promise<void>
}

/**
 * Starts an FTP proxy in this process. It connects to the server that the client names and passes commands and data
 * connections through itself. Rejects with `bad-argument` for invalid options, and with Node's error when the port cannot be
 * listened on.
 */
export async function startProxy(given: ProxyOptions): Promise<TestProxy> {
  const options = readOptions<ProxyOptions>(PROXY, given)
  check(options)
  const faults = new FaultList(options.faults)
  const conversation = new Conversation()
  const dialled: string[] = []
  const shared = settingsOf(options, { faults, dialled })
  let opened = 0
  const listener = await Listener.open(options.host ?? '127.0.0.1', options.port ?? 0, (socket) => {
    const number = ++opened
    const record = (from: Line['from'], text: string) => conversation.record(number, from, text)
    new ProxySession(socket, { ...shared, track: listener.track }, record).serve()
  })
  return {
    host: listener.host,
    port: listener.port,
    url: `ftp+${options.dialect}://${credentials(shared)}${listener.authority}`,
    conversation: conversation.lines,
    get commands() {
      return conversation.commands
    },
    dialled,
    addFault: (fault) => faults.add(readOptions<Fault>(FAULT, fault)),
    clearFaults: () => faults.clear(),
    close: () => listener.close(),
    [Symbol.asyncDispose]: () => listener.close(),
  }
}

function check({ dialect, target }: ProxyOptions): void {
  if (!Object.hasOwn(DIALECTS, dialect))
    throw badArgument(`There is no proxy dialect '${dialect}'.`, `Use one of ${Object.keys(DIALECTS).join(', ')}.`)
  if (dialect === 'transparent' && !target)
    throw badArgument('A transparent proxy needs its server.', 'Give target: { host, port }.')
}

type Shared = Omit<ProxySettings, 'track'>

function settingsOf(options: ProxyOptions, { faults, dialled }: Pick<Shared, 'faults' | 'dialled'>): Shared {
  const { greeting = 'FTP proxy ready' } = options
  const allow = options.allow ?? isLoopback
  return {
    dialect: options.dialect,
    user: options.user ?? 'proxy',
    password: options.password ?? 'proxy-pass',
    greeting: typeof greeting === 'string' ? [greeting] : greeting,
    connectAt: options.connectAt ?? 'route',
    dataPorts: options.dataPorts,
    without: new Set(options.without?.map((verb) => verb.toUpperCase())),
    target: options.dialect === 'transparent' ? options.target : undefined,
    route(named) {
      const to = allow(named)
      return to === true ? named : to || undefined
    },
    dialled,
    faults,
  }
}

function isLoopback({ host }: Endpoint): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function credentials({ dialect, user, password }: Shared): string {
  return needsLogin(dialect) ? `${encodeURIComponent(user)}:${encodeURIComponent(password)}@` : ''
}

import { isIP } from 'node:net'
import { badArgument } from '../../errors.js'
import type { Endpoint } from '../network/addresses.js'
import { Conversation, type Line } from '../network/conversation.js'
import { type Fault, FaultList } from '../network/faults.js'
import { House } from '../network/listener.js'
import { DIALECTS, type DialectName, needsLogin } from './dialects.js'
import { ProxySession } from './session.js'
import type { ProxySettings } from './sign-on.js'

export interface ProxyOptions {
  /** How a client names the server: the names of the `ftp+NAME` proxy URLs. */
  readonly dialect: DialectName
  /** The proxy's own login, in the dialects that have one. Default 'proxy' and 'proxy-pass'. */
  readonly user?: string
  readonly password?: string
  /** Address to listen on. Default '127.0.0.1'. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** The text of the 220, one line or several. */
  readonly greeting?: string | readonly string[]
  /** The server that `transparent` leads to; needed there, unused elsewhere. */
  readonly target?: Endpoint
  /** 'user': connects only once USER for the server comes, so that a refused server shows up there and not at OPEN or SITE. Default 'route'. */
  readonly connectAt?: 'route' | 'user'
  /**
   * Asked for each server a client names: true dials it, an endpoint dials that one instead (for names that do not exist),
   * false refuses. Default: loopback addresses and 'localhost' only.
   */
  readonly allow?: (named: Endpoint) => boolean | Endpoint
  /**
   * Once a client has begun TLS with the server, the proxy passes every byte on and cannot read PASV any more: first and last of
   * the ports at which it takes data connections for the same ports of the server. Default: none.
   */
  readonly dataPorts?: readonly [number, number]
  /** Commands that the proxy does not know: it answers 500 and does not pass them on ('EPSV', 'FEAT', 'MLSD' …). */
  readonly without?: readonly string[]
  /** What goes wrong from the start. The members about data connections and transfers belong to the server's faults. */
  readonly faults?: readonly Fault[]
}

/** A running FTP proxy. */
export interface TestProxy extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** 'ftp+DIALECT://[user:password@]HOST:PORT', with the proxy's login where the dialect has one. */
  readonly url: string
  /** Every line between clients and the proxy, in order. */
  readonly conversation: readonly Line[]
  /** The clients' lines alone, secrets masked. */
  readonly commands: readonly string[]
  /** The servers it dialled, in vain or not, as the clients named them: 'host:port'. */
  readonly dialled: readonly string[]
  addFault(fault: Fault): void
  clearFaults(): void
  /** Destroys every connection; resolves once all sockets are closed. */
  close(): Promise<void>
}

/**
 * Starts an FTP proxy in this process. It connects to the server that the client names and passes commands and data
 * connections through itself. Rejects with `bad-argument` for options that cannot be, and with Node's error when the port
 * cannot be had.
 */
export async function startProxy(options: ProxyOptions): Promise<TestProxy> {
  check(options)
  const faults = new FaultList(options.faults)
  const conversation = new Conversation()
  const dialled: string[] = []
  const shared = settingsOf(options, { faults, dialled })
  let opened = 0
  const house = await House.open(options.host ?? '127.0.0.1', options.port ?? 0, (socket) => {
    const number = ++opened
    const record = (from: Line['from'], text: string) => conversation.record(number, from, text)
    new ProxySession(socket, { ...shared, track: house.track }, record).serve()
  })
  return {
    host: house.host,
    port: house.port,
    url: `ftp+${options.dialect}://${credentials(shared)}${house.authority}`,
    conversation: conversation.lines,
    get commands() {
      return conversation.commands
    },
    dialled,
    addFault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    close: () => house.close(),
    [Symbol.asyncDispose]: () => house.close(),
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

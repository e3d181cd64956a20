import type { Socket } from 'node:net'
import { badArgument } from '../../errors.js'
import { MemoryStore } from '../../memory.js'
import type { Store } from '../../store.js'
import { Conversation, type Line } from '../network/conversation.js'
import { type Fault, FaultList } from '../network/faults.js'
import { House } from '../network/listener.js'
import { type ServerTls, tlsSettings } from '../network/tls.js'
import { serve } from './session.js'
import type { Account, Settings } from './session-state.js'

export interface ServerOptions {
  /** Address to listen on. Default '127.0.0.1'. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** Passwords by user name. Default `{ demo: 'demo' }`. An empty password: USER alone logs in. `account` makes the server ask for ACCT. */
  readonly users?: Readonly<Record<string, string | Account>>
  /** Lets 'anonymous' and 'ftp' in with any password. Default true. */
  readonly anonymous?: boolean
  /** What is served. Default: a MemoryStore with `files`. It stays the caller's: close() does not close it. */
  readonly store?: Store
  /** Contents by absolute path for the default store; a key that ends in '/' makes an empty directory. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** The directory of the store that clients see as '/'. Default '/'. Links in it are followed as the store follows them. */
  readonly root?: string
  /** The directory a session begins in, as clients see it. Default '/'. */
  readonly home?: string
  /** The text of the 220, one line or several. */
  readonly greeting?: string | readonly string[]
  /** First and last port for passive data connections. Default: any. */
  readonly passivePorts?: readonly [number, number]
  /** The IPv4 address that 227 names, right or wrong. Default: the one the client reached. */
  readonly pasvAddress?: string
  /** Commands the server does not have: each answers 502 and is not in FEAT ('MLSD', 'EPSV', 'SIZE', 'FEAT', 'UTF8', 'SITE CHMOD' …). */
  readonly without?: readonly string[]
  /** The format of LIST. Default 'unix'. */
  readonly listStyle?: 'unix' | 'dos'
  /** Refuses every command that changes something. Default false. */
  readonly readOnly?: boolean
  /** Control connections at a time; one more is told 421. Default: no limit. */
  readonly maxSessions?: number
  /** FTPS. Default: none; AUTH, PBSZ, PROT and CCC are not known then. */
  readonly tls?: ServerTls
  /** How long the server waits for a data connection before it answers 425, in milliseconds. Default 10,000. */
  readonly dataTimeoutMs?: number
  /** What goes wrong from the start; see addFault(). */
  readonly faults?: readonly Fault[]
}

/** A running FTP server. */
export interface TestServer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** 'ftp://HOST:PORT', without a user; 'ftpes://' or 'ftps://' for a server with TLS. */
  readonly url: string
  readonly store: Store
  /** Every line of every control connection, in order. */
  readonly conversation: readonly Line[]
  /** The client's lines alone, secrets masked. */
  readonly commands: readonly string[]
  /** Control connections that are open now. */
  readonly sessions: number
  /** Data connections that were opened so far. */
  readonly dataConnections: number
  addFault(fault: Fault): void
  clearFaults(): void
  /** Destroys every connection; resolves once all sockets are closed. */
  close(): Promise<void>
}

/**
 * Starts an FTP server in this process (RFC 959, 2428, 3659), on loopback and over a memory store unless told otherwise.
 * Rejects with `bad-argument` for options that cannot be, and with Node's error when the port cannot be had.
 */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const settings = settingsOf(options)
  const faults = new FaultList(options.faults)
  const conversation = new Conversation()
  const count = { sessions: 0, opened: 0, data: 0 }
  const house = await House.open(options.host ?? '127.0.0.1', options.port ?? 0, (socket) => {
    if (count.sessions >= (options.maxSessions ?? Number.POSITIVE_INFINITY)) return turnAway(socket)
    count.sessions++
    socket.once('close', () => count.sessions--)
    const countData = () => void count.data++
    serve(socket, { number: ++count.opened, settings, faults, conversation, track: house.track, countData })
  })
  return {
    host: house.host,
    port: house.port,
    url: `${schemeOf(settings)}://${house.authority}`,
    store: settings.store,
    conversation: conversation.lines,
    get commands() {
      return conversation.commands
    },
    get sessions() {
      return count.sessions
    },
    get dataConnections() {
      return count.data
    },
    addFault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    close: () => house.close(),
    [Symbol.asyncDispose]: () => house.close(),
  }
}

function schemeOf({ tls }: Settings): string {
  if (!tls) return 'ftp'
  return tls.implicit ? 'ftps' : 'ftpes'
}

function turnAway(socket: Socket): void {
  socket.resume()
  socket.end('421 Too many sessions; try again later.\r\n')
}

function settingsOf(options: ServerOptions): Settings {
  if (options.store && options.files) throw badArgument('Give either store or files: files fill the default store.')
  const { greeting = 'Sallyport test server ready.' } = options
  return {
    store: options.store ?? new MemoryStore(options.files),
    root: options.root ?? '/',
    home: options.home ?? '/',
    users: new Map(Object.entries(options.users ?? { demo: 'demo' }).map(([user, value]) => [user, accountOf(value)])),
    anonymous: options.anonymous ?? true,
    without: new Set(options.without?.map((verb) => verb.toUpperCase())),
    listStyle: options.listStyle ?? 'unix',
    readOnly: options.readOnly ?? false,
    passivePorts: options.passivePorts,
    pasvAddress: options.pasvAddress,
    dataTimeoutMs: options.dataTimeoutMs ?? 10_000,
    greeting: typeof greeting === 'string' ? [greeting] : greeting,
    tls: options.tls && tlsSettings(options.tls),
  }
}

function accountOf(value: string | Account): Account {
  return typeof value === 'string' ? { password: value } : value
}

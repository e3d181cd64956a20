import type { Socket } from 'node:net'
import { badArgument } from '../../errors.js'
import { MemoryStore } from '../../memory.js'
import { readOptions } from '../../option-checks.js'
import type { Store } from '../../store.js'
import { Conversation, type Line } from '../network/conversation.js'
import { type Fault, FaultList } from '../network/faults.js'
import { Listener } from '../network/listener.js'
import { type ServerTls, tlsSettings } from '../network/tls.js'
import { FAULT, SERVER } from '../options/tables.js'
import { serve } from './session.js'
import type { Account, Settings } from './session-state.js'

/** Options of `startServer()`. */
export interface ServerOptions {
  /** Address to listen on. Defaults to '127.0.0.1'. */
  readonly host?: string
  /** Port to listen on. Defaults to 0: any free port. */
  readonly port?: number
  /** Passwords by user name. Defaults to `{ demo: 'demo' }`. With an empty password USER alone logs in. With `account` the server requires ACCT. */
  readonly users?: Readonly<Record<string, string | Account>>
  /** Accepts 'anonymous' and 'ftp' with any password. Defaults to true. */
  readonly anonymous?: boolean
  /** The store that is served. Defaults to a MemoryStore with `files`. It remains the caller's: close() does not close it. */
  readonly store?: Store
  /** Contents by absolute path for the default store; a key that ends in '/' makes an empty directory. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** The directory of the store that clients see as '/'. Defaults to '/'. Links in it are followed as the store follows them. */
  readonly root?: string
  /** The initial directory of a session, as clients see it. Defaults to '/'. */
  readonly home?: string
  /** The text of the 220 greeting, one line or several. */
  readonly greeting?: string | readonly string[]
  /** First and last port for passive data connections. Defaults to any port. */
  readonly passivePorts?: readonly [number, number]
  /** The IPv4 address in replies to PASV, right or wrong. Defaults to the address that the client connected to. */
  readonly pasvAddress?: string
  /** Commands that the server does not support: each is answered 502 and is missing in FEAT ('MLSD', 'EPSV', 'SIZE', 'FEAT', 'UTF8', 'SITE CHMOD' …). */
  readonly without?: readonly string[]
  /** The format of LIST. Defaults to 'unix'. */
  readonly listStyle?: 'unix' | 'dos'
  /** Refuses every command that changes the store. Defaults to false. */
  readonly readOnly?: boolean
  /** Control connections at a time; further ones are answered 421. Defaults to no limit. */
  readonly maxSessions?: number
  /** FTPS. Defaults to none: AUTH, PBSZ, PROT and CCC are not supported then. */
  readonly tls?: ServerTls
  /** How long the server waits for a data connection before it replies 425, in milliseconds. Defaults to 10,000. */
  readonly dataTimeoutMs?: number
  /** Faults from the start; see addFault(). */
  readonly faults?: readonly Fault[]
}

/** A running FTP server. */
export interface TestServer extends AsyncDisposable {
  /** The address it listens on. */
  readonly host: string
  /** The port it listens on. */
  readonly port: number
  /** 'ftp://HOST:PORT', without a user; 'ftpes://' or 'ftps://' for a server with TLS. */
  readonly url: string
  /** The store that is served. */
  readonly store: Store
  /** Every line of every control connection, in order. */
  readonly conversation: readonly Line[]
  /** The client's lines only, secrets masked. */
  readonly commands: readonly string[]
  /** Control connections that are open now. */
  readonly sessions: number
  /** Data connections that were opened so far. */
  readonly dataConnections: number
  /** Adds a fault, for commands from now on. */
  addFault(fault: Fault): void
  /** Removes every fault. */
  clearFaults(): void
  /** Destroys every connection; resolves once all sockets are closed. */
  close(): Promise<void>
}

/**
 * Starts an FTP server in this process (RFC 959, 2428, 3659), by default on loopback and over a memory store. Rejects with
 * `bad-argument` for invalid options, and with Node's error when the port cannot be listened on.
 */
export async function startServer(given?: ServerOptions): Promise<TestServer> {
  const options = readOptions<ServerOptions>(SERVER, given)
  const settings = settingsOf(options)
  const faults = new FaultList(options.faults)
  const conversation = new Conversation()
  const count = { sessions: 0, opened: 0, data: 0 }
  const listener = await Listener.open(options.host ?? '127.0.0.1', options.port ?? 0, (socket) => {
    if (count.sessions >= (options.maxSessions ?? Number.POSITIVE_INFINITY)) return rejectSession(socket)
    count.sessions++
    socket.once('close', () => count.sessions--)
    const countData = () => void count.data++
    serve(socket, { number: ++count.opened, settings, faults, conversation, track: listener.track, countData })
  })
  return {
    host: listener.host,
    port: listener.port,
    url: `${schemeOf(settings)}://${listener.authority}`,
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
    addFault: (fault) => faults.add(readOptions<Fault>(FAULT, fault)),
    clearFaults: () => faults.clear(),
    close: () => listener.close(),
    [Symbol.asyncDispose]: () => listener.close(),
  }
}

function schemeOf({ tls }: Settings): string {
  if (!tls) return 'ftp'
  return tls.implicit ? 'ftps' : 'ftpes'
}

function rejectSession(socket: Socket): void {
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

import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Connection, Session } from 'ssh2'
import { badArgument } from '../../errors.js'
import { MemoryStore } from '../../memory.js'
import { readOptions } from '../../option-checks.js'
import type { Store } from '../../store.js'
import { Conversation, type Line } from '../network/conversation.js'
import { FaultList } from '../network/faults.js'
import { Listener } from '../network/listener.js'
import { SFTP_FAULT, SFTP_SERVER } from '../options/tables.js'
import type { SftpFault, SftpFaultAction } from './fault.js'
import { type Authenticator, createAuthenticator } from './login.js'
import { EXTENSIONS, type Extension, type SharedSettings } from './requests.js'
import { type SessionContext, serveSftp } from './session.js'

/** Options of `startSftpServer()`. */
export interface SftpServerOptions {
  /** Address to listen on. Defaults to '127.0.0.1'. */
  readonly host?: string
  /** Port to listen on. Defaults to 0: any free port. */
  readonly port?: number
  /** Passwords by user name. Defaults to `{ demo: 'demo' }`. */
  readonly users?: Readonly<Record<string, string>>
  /** Public keys accepted for every user, each as a line of authorized_keys. */
  readonly keys?: readonly string[]
  /** The private host key of the server (OpenSSH or PEM). Defaults to an Ed25519 key generated for this server. */
  readonly hostKey?: string
  /** The store that is served. Defaults to a MemoryStore with `files`. It remains the caller's: close() does not close it. */
  readonly store?: Store
  /** Contents by absolute path for the default store; a key that ends in '/' makes an empty directory. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** The initial directory of a session. Defaults to '/'. */
  readonly home?: string
  /** Refuses every request that changes the store. Defaults to false. */
  readonly readOnly?: boolean
  /** Connections at a time; further ones are closed. Defaults to 64. */
  readonly maxSessions?: number
  /** SFTP sessions on one connection; further ones are refused. Defaults to 10. */
  readonly maxChannels?: number
  /** Files and directories that one SFTP session may have open; an OPEN or OPENDIR beside them is refused. Default 128. */
  readonly maxHandles?: number
  /** The supported extensions of OpenSSH. Defaults to all three. Without limits@openssh.com `longest` is not sent. */
  readonly extensions?: readonly Extension[]
  /** Longest READ or WRITE in bytes, as sent in limits@openssh.com; a longer WRITE is refused. Defaults to 255 KiB. */
  readonly longest?: number
  /** Longest WRITE that is accepted, where it is shorter than what limits@openssh.com announces. Defaults to `longest`. */
  readonly longestWrite?: number
  /** Seed for a random order of the replies to requests that were received together. Defaults to replies in order. */
  readonly shuffle?: number
  /** Emulates a server that cannot handle concurrent READs or WRITEs: all but the first fail. Defaults to false. */
  readonly oneAtATime?: boolean
  /** Faults from the start; see addFault(). */
  readonly faults?: readonly SftpFault[]
}

/** A running SFTP server. */
export interface TestSftpServer extends AsyncDisposable {
  /** The address it listens on. */
  readonly host: string
  /** The port it listens on. */
  readonly port: number
  /** 'sftp://HOST:PORT', without a user. */
  readonly url: string
  /** SHA-256 of the host key, as OpenSSH prints it: what a client gives as `hostKey.fingerprint`. */
  readonly fingerprint: string
  /** The host key as in known_hosts, after the host's name: 'ssh-ed25519 AAAA…'. */
  readonly hostKey: string
  /** The store that is served. */
  readonly store: Store
  /** Every request and its reply, abbreviated. Bytes of files are counted, not kept. */
  readonly conversation: readonly Line[]
  /** The requests only: 'OPEN /a', 'READ /a 0 32768'. */
  readonly requests: readonly string[]
  /** Login attempts, as 'USER METHOD'. */
  readonly logins: readonly string[]
  /** Connections that are open now. */
  readonly sessions: number
  /** Adds a fault, for requests from now on. */
  addFault(fault: SftpFault): void
  /** Removes every fault. */
  clearFaults(): void
  /** Destroys every connection; resolves once all sockets are closed. */
  close(): Promise<void>
}

/** OpenSSH's MaxSessions. */
const MAX_CHANNELS = 10
/** Like OpenSSH's LoginGraceTime; shorter, since no password is typed. In ms. */
const LOGIN_TIMEOUT = 60_000
const MAX_LENGTH = 255 * 1024
const NOISE = 2 ** 32

/**
 * Starts an SFTP server in this process (SSH by the package ssh2; SFTP version 3 with posix-rename, fsync and limits), by default on
 * loopback and over a memory store. Other SSH services (shell, commands, forwarding) are refused. Rejects with `bad-argument` for
 * invalid options, and with Node's error when the port cannot be listened on.
 */
export async function startSftpServer(given?: SftpServerOptions): Promise<TestSftpServer> {
  const options = readOptions<SftpServerOptions>(SFTP_SERVER, given)
  if (options.store && options.files) throw badArgument('Give either store or files: files fill the default store.')
  const authenticator = await createAuthenticator(options)
  const handler = new ConnectionHandler(options, authenticator)
  const listener = await Listener.open(options.host ?? '127.0.0.1', options.port ?? 0, (socket) =>
    handler.receive(socket),
  )
  return {
    host: listener.host,
    port: listener.port,
    url: `sftp://${listener.authority}`,
    fingerprint: `SHA256:${createHash('sha256').update(authenticator.publicKey).digest('base64').replace(/=+$/, '')}`,
    hostKey: `${authenticator.keyType} ${authenticator.publicKey.toString('base64')}`,
    store: handler.shared.store,
    conversation: handler.conversation.lines,
    get requests() {
      return handler.conversation.commands
    },
    logins: authenticator.tried,
    get sessions() {
      return handler.sessions
    },
    addFault: (fault) => handler.faults.add(readOptions<SftpFault>(SFTP_FAULT, fault)),
    clearFaults: () => handler.faults.clear(),
    close: () => listener.close(),
    [Symbol.asyncDispose]: () => listener.close(),
  }
}

/** Handles the connections of one server, with the state that they share. */
class ConnectionHandler {
  readonly shared: SharedSettings
  readonly faults: FaultList<SftpFaultAction>
  readonly conversation = new Conversation()
  sessions = 0
  readonly #authenticator: Authenticator
  readonly #options: SftpServerOptions
  readonly #shuffle: (() => number) | undefined
  #opened = 0

  constructor(options: SftpServerOptions, authenticator: Authenticator) {
    this.#options = options
    this.#authenticator = authenticator
    this.#shuffle = options.shuffle === undefined ? undefined : seeded(options.shuffle)
    this.faults = new FaultList(options.faults)
    this.shared = {
      store: options.store ?? new MemoryStore(options.files),
      home: options.home ?? '/',
      readOnly: options.readOnly ?? false,
      longest: options.longest ?? MAX_LENGTH,
      longestWrite: options.longestWrite ?? options.longest ?? MAX_LENGTH,
      announced: options.extensions ?? EXTENSIONS,
    }
  }

  receive(socket: Socket): void {
    if (this.sessions >= (this.#options.maxSessions ?? 64)) return void socket.destroy()
    this.sessions++
    const gone = new AbortController()
    const grace = setTimeout(() => socket.destroy(), LOGIN_TIMEOUT)
    socket.once('end', () => socket.end())
    socket.once('close', () => {
      this.sessions--
      clearTimeout(grace)
      gone.abort()
    })
    this.#authenticator.open(socket, (connection) => {
      connection.on('error', () => socket.destroy())
      connection.once('ready', () => clearTimeout(grace))
      this.#onConnection(connection, { socket, gone: gone.signal })
    })
  }

  #onConnection(connection: Connection, below: Pick<SessionContext, 'socket' | 'gone'>): void {
    let channels = 0
    connection.on('session', (accept, reject) => {
      if (channels >= (this.#options.maxChannels ?? MAX_CHANNELS)) return reject?.()
      channels++
      const session = accept()
      session.on('error', () => {})
      session.once('close', () => channels--)
      this.#onSession(session, below)
    })
  }

  #onSession(session: Session, below: Pick<SessionContext, 'socket' | 'gone'>): void {
    const { shared, faults, conversation } = this
    session.on('subsystem', (accept, reject, { name }) => {
      if (name !== 'sftp') return reject?.()
      const channel = accept()
      channel.on('error', () => {})
      const number = ++this.#opened
      const { oneAtATime = false, maxHandles } = this.#options
      const context = { ...below, number, shared, faults, conversation, oneAtATime, maxHandles, shuffle: this.#shuffle }
      // Whatever a client sends that cannot be answered ends its own connection, and nothing else.
      serveSftp(channel, context).catch(() => below.socket.destroy())
    })
  }
}

/** Returns a generator of the same numbers on every run (a linear congruential generator). */
function seeded(seed: number): () => number {
  let state = seed % NOISE
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % NOISE
    return state / NOISE
  }
}

import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import type { Connection, Session } from 'ssh2'
import { badArgument } from '../../errors.js'
import { MemoryStore } from '../../memory.js'
import type { Store } from '../../store.js'
import { Conversation, type Line } from '../network/conversation.js'
import { FaultList } from '../network/faults.js'
import { House } from '../network/listener.js'
import type { SftpFault, SftpFaultAction } from './fault.js'
import { type Doorkeeper, doorkeeper } from './login.js'
import { EXTENSIONS, type Extension, type Shop } from './requests.js'
import { type SftpPlace, serveSftp } from './session.js'

export interface SftpServerOptions {
  /** Address to listen on. Default '127.0.0.1'. */
  readonly host?: string
  /** Default 0: any free port. */
  readonly port?: number
  /** Passwords by user name. Default `{ demo: 'demo' }`. */
  readonly users?: Readonly<Record<string, string>>
  /** Public keys that any of the users logs in with, each as a line of authorized_keys. */
  readonly keys?: readonly string[]
  /** The private key that the server shows (OpenSSH or PEM). Default: an Ed25519 key made for this server. */
  readonly hostKey?: string
  /** What is served. Default: a MemoryStore with `files`. It stays the caller's: close() does not close it. */
  readonly store?: Store
  /** Contents by absolute path for the default store; a key that ends in '/' makes an empty directory. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** The directory a session begins in. Default '/'. */
  readonly home?: string
  /** Refuses every request that changes something. Default false. */
  readonly readOnly?: boolean
  /** Connections at a time; one more is closed. Default 64. */
  readonly maxSessions?: number
  /** SFTP sessions on one connection; one more is refused. Default 10. */
  readonly maxChannels?: number
  /** Files and directories that one SFTP session may have open; an OPEN or OPENDIR beside them is refused. Default 128. */
  readonly maxHandles?: number
  /** The extensions of OpenSSH that the server has. Default: all three. Without limits@openssh.com nobody is told `longest`. */
  readonly extensions?: readonly Extension[]
  /** Bytes of a READ or WRITE, as limits@openssh.com tells them; a longer WRITE is refused. Default 255 KiB. */
  readonly longest?: number
  /** Answers to requests that came together go out in an order that this seed makes. Default: in order. */
  readonly shuffle?: number
  /** A server that stumbles over two READs or WRITEs at once: all but the first fail. Default false. */
  readonly oneAtATime?: boolean
  /** What goes wrong from the start; see addFault(). */
  readonly faults?: readonly SftpFault[]
}

/** A running SFTP server. */
export interface TestSftpServer extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** 'sftp://HOST:PORT', without a user. */
  readonly url: string
  /** SHA-256 of the host key, as OpenSSH prints it: what a client gives as `hostKey.fingerprint`. */
  readonly fingerprint: string
  /** The host key as known_hosts holds it, behind the host's name: 'ssh-ed25519 AAAA…'. */
  readonly hostKey: string
  readonly store: Store
  /** Every request and the answer to it, in short. Bytes of files are counted, not kept. */
  readonly conversation: readonly Line[]
  /** The requests alone: 'OPEN /a', 'READ /a 0 32768'. */
  readonly requests: readonly string[]
  /** What was tried to log in, as 'USER METHOD'. */
  readonly logins: readonly string[]
  /** Connections that are open now. */
  readonly sessions: number
  addFault(fault: SftpFault): void
  clearFaults(): void
  /** Destroys every connection; resolves once all sockets are closed. */
  close(): Promise<void>
}

/** As OpenSSH's MaxSessions. */
const MOST_CHANNELS = 10
/** As OpenSSH's LoginGraceTime, shorter: nobody types here. In ms. */
const LOGIN_WITHIN = 60_000
const LONGEST = 255 * 1024
const NOISE = 2 ** 32

/**
 * Starts an SFTP server in this process (SSH by the package ssh2; SFTP version 3 with posix-rename, fsync and limits), on loopback and
 * over a memory store unless told otherwise. Nothing else of SSH is offered: no shell, no commands, no forwarding. Rejects
 * with `bad-argument` for options that cannot be, and with Node's error when the port cannot be had.
 */
export async function startSftpServer(options: SftpServerOptions = {}): Promise<TestSftpServer> {
  if (options.store && options.files) throw badArgument('Give either store or files: files fill the default store.')
  const door = await doorkeeper(options)
  const building = new Building(options, door)
  const house = await House.open(options.host ?? '127.0.0.1', options.port ?? 0, (socket) => building.receive(socket))
  return {
    host: house.host,
    port: house.port,
    url: `sftp://${house.authority}`,
    fingerprint: `SHA256:${createHash('sha256').update(door.publicKey).digest('base64').replace(/=+$/, '')}`,
    hostKey: `${door.keyType} ${door.publicKey.toString('base64')}`,
    store: building.shop.store,
    conversation: building.conversation.lines,
    get requests() {
      return building.conversation.commands
    },
    logins: door.tried,
    get sessions() {
      return building.sessions
    },
    addFault: (fault) => building.faults.add(fault),
    clearFaults: () => building.faults.clear(),
    close: () => house.close(),
    [Symbol.asyncDispose]: () => house.close(),
  }
}

/** What all connections of one server share. */
class Building {
  readonly shop: Shop
  readonly faults: FaultList<SftpFaultAction>
  readonly conversation = new Conversation()
  sessions = 0
  readonly #door: Doorkeeper
  readonly #options: SftpServerOptions
  readonly #shuffle: (() => number) | undefined
  #opened = 0

  constructor(options: SftpServerOptions, door: Doorkeeper) {
    this.#options = options
    this.#door = door
    this.#shuffle = options.shuffle === undefined ? undefined : seeded(options.shuffle)
    this.faults = new FaultList(options.faults)
    this.shop = {
      store: options.store ?? new MemoryStore(options.files),
      home: options.home ?? '/',
      readOnly: options.readOnly ?? false,
      longest: options.longest ?? LONGEST,
      announced: options.extensions ?? EXTENSIONS,
    }
  }

  receive(socket: Socket): void {
    if (this.sessions >= (this.#options.maxSessions ?? 64)) return void socket.destroy()
    this.sessions++
    const gone = new AbortController()
    const grace = setTimeout(() => socket.destroy(), LOGIN_WITHIN)
    socket.once('end', () => socket.end())
    socket.once('close', () => {
      this.sessions--
      clearTimeout(grace)
      gone.abort()
    })
    this.#door.open(socket, (connection) => {
      connection.on('error', () => socket.destroy())
      connection.once('ready', () => clearTimeout(grace))
      this.#welcome(connection, { socket, gone: gone.signal })
    })
  }

  #welcome(connection: Connection, below: Pick<SftpPlace, 'socket' | 'gone'>): void {
    let channels = 0
    connection.on('session', (accept, reject) => {
      if (channels >= (this.#options.maxChannels ?? MOST_CHANNELS)) return reject?.()
      channels++
      const session = accept()
      session.on('error', () => {})
      session.once('close', () => channels--)
      this.#offer(session, below)
    })
  }

  #offer(session: Session, below: Pick<SftpPlace, 'socket' | 'gone'>): void {
    const { shop, faults, conversation } = this
    session.on('subsystem', (accept, reject, { name }) => {
      if (name !== 'sftp') return reject?.()
      const channel = accept()
      channel.on('error', () => {})
      const number = ++this.#opened
      const { oneAtATime = false, maxHandles } = this.#options
      const place = { ...below, number, shop, faults, conversation, oneAtATime, maxHandles, shuffle: this.#shuffle }
      // Whatever a client sends that cannot be answered ends its own connection, and nothing else.
      serveSftp(channel, place).catch(() => below.socket.destroy())
    })
  }
}

/** The same numbers on every run (a linear congruential generator). */
function seeded(seed: number): () => number {
  let state = seed % NOISE
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % NOISE
    return state / NOISE
  }
}

import {
  type ConnectOptions,
  connect,
  type Entry,
  type Remote,
  type RemoteFile,
  type ReplyText,
  TransferError,
  type TransferEvent,
} from '../../index.js'
import * as C from '../constants/constants.js'
import {
  Failure,
  failureOf,
  ST_ERROR_FILE_OPEN,
  ST_ERROR_NOT_AUTHENTICATED,
  ST_ERROR_NOT_CONNECTED,
  ST_ERROR_NOT_HANDLE_OWNER,
  ST_ERROR_OPERATION_CANCELED,
  ST_ERROR_OPERATION_TIMEOUT,
} from '../constants/errors.js'
import type { ParsedOptions } from './options.js'
import type { Progress } from './progress.js'
import { trace } from './trace.js'
import { Watch } from './watch.js'

/** The server of a client, and how to connect to it. */
export interface Plan {
  readonly url: string
  readonly parsed: ParsedOptions
  readonly options: ConnectOptions
  readonly seconds: number
  /** Raw commands to a proxy cannot be repeated: a lost connection stays lost. */
  readonly rawLogin: boolean
}

/** A listener for an event. */
export type Listener = (error: number) => void

export interface OpenFile {
  readonly file: RemoteFile
  readonly mode: number
  readonly stop: AbortController
}

export interface OpenDirectory {
  readonly path: string
  readonly entries: AsyncIterator<Entry>
  readonly stop: AbortController
  /** The first entry, read when the directory was opened; undefined in an empty one. */
  readonly first: Entry | undefined
  /** Number of entries that were returned. */
  given: number
}

/** What a call requires. */
export type Need = 'nothing' | 'connection' | 'login'

/** One session behind a handle: a Remote, its owner, and what is open on it. */
export class Client {
  readonly plan: Plan
  readonly watch = new Watch()
  readonly listeners = new Map<number, Listener>()
  /** The thread that may call, as FtpAttachThread counts. */
  owner: number
  loggedIn = false
  status: number = C.FTP_STATUS_CONNECT
  seconds: number
  fileType: number = C.FTP_FILETYPE_IMAGE
  dataSecure: boolean
  /** The server's reply to the last call that sent a command. */
  reply: ReplyText | undefined
  file: OpenFile | undefined
  directory: OpenDirectory | undefined
  progress: Progress | undefined
  /** The transfer that is running. */
  running: Progress | undefined
  #remote: Remote | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #stop: AbortController | undefined
  #closing = false
  /** The reply codes that the running call may be completed with, best first. */
  #completes: readonly number[] = []

  constructor(plan: Plan, owner: number) {
    this.plan = plan
    this.owner = owner
    this.seconds = plan.seconds
    this.dataSecure = plan.parsed.scheme !== 'ftp'
  }

  /** Connects with more options than the plan's. Throws what connect() throws. */
  async open(more: ConnectOptions = {}): Promise<void> {
    const observe = (event: TransferEvent): void => this.#see(event)
    const options = { ...this.plan.options, observe, ...more }
    this.#remote = await connect(this.plan.url, options)
    this.reply = this.watch.reply(LOGGED_IN)
    this.status = C.FTP_STATUS_IDLE
  }

  get remote(): Remote {
    if (!this.#remote) throw new Failure(ST_ERROR_NOT_CONNECTED, 'SFTP connects when FtpLogin is called.')
    return this.#remote
  }

  /** Whether the connection is opened by the login: SFTP has no sessions without one. */
  get waitsForLogin(): boolean {
    return this.#remote === undefined && this.plan.parsed.scheme === 'sftp'
  }

  get connected(): boolean {
    return this.#remote !== undefined && this.watch.connections > 0
  }

  /** The type for texts: SFTP moves bytes only. */
  get textType(): 'binary' | 'ascii' {
    return this.plan.parsed.scheme === 'sftp' ? 'binary' : 'ascii'
  }

  typeFor(path: string): 'binary' | 'ascii' {
    const isText = this.fileType === C.FTP_FILETYPE_AUTO ? TEXT.test(path) : this.fileType === C.FTP_FILETYPE_ASCII
    return isText ? this.textType : 'binary'
  }

  /** The code of the reply to the running call, or the usual code of an FTP server. */
  code(usual: number): number {
    const code = this.watch.reply(this.#completes)?.code
    return code !== undefined && code < 400 ? code : usual
  }

  /** Throws unless the thread may use the client. */
  admit(thread: number): void {
    if (thread === this.owner || this.plan.parsed.freeThread) return
    throw new Failure(ST_ERROR_NOT_HANDLE_OWNER, `It belongs to thread ${this.owner}; this is thread ${thread}.`)
  }

  /** Runs calls one after the other, whichever threads they come from, so that their replies do not mix. */
  inTurn<T>(completes: readonly number[], work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => this.#work(completes, work))
    this.#turn = turn.catch(() => {})
    return turn
  }

  /** Throws unless the requirement of a call is met. */
  require(need: Need): void {
    if (need === 'nothing' || this.waitsForLogin) return
    if (this.plan.rawLogin && !this.connected)
      throw new Failure(ST_ERROR_NOT_CONNECTED, 'The connection through the proxy was lost; connect again.')
    if (need === 'login' && !this.loggedIn)
      throw new Failure(ST_ERROR_NOT_AUTHENTICATED, 'Call FtpLogin first, or connect with FTP_OPTION_NOAUTH.')
    if (this.file) throw new Failure(ST_ERROR_FILE_OPEN, 'Call FtpCloseFile first.')
  }

  /** Cancels the running call, if any. */
  cancel(why: string): void {
    this.#stop?.abort(new Failure(ST_ERROR_OPERATION_CANCELED, why))
  }

  async close(): Promise<void> {
    this.#closing = true
    this.status = C.FTP_STATUS_DISCONNECT
    this.cancel('The handle was ended.')
    // Open files and listings end with the connection; their errors do not matter any more.
    this.directory?.stop.abort()
    this.file?.stop.abort()
    await Promise.allSettled([this.directory?.entries.return?.(), this.file?.file.cancel()])
    await this.#remote?.close()
    this.status = C.FTP_STATUS_UNUSED
  }

  emit(event: number, error = 0): void {
    this.listeners.get(event)?.(error)
  }

  async #work<T>(completes: readonly number[], work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#stop = new AbortController()
    this.#completes = completes
    this.watch.begin()
    try {
      const answer = await work(this.#stop.signal)
      this.reply = this.watch.reply(completes) ?? this.reply
      return answer
    } catch (error) {
      this.reply = (error instanceof TransferError && error.reply) || (this.watch.reply([]) ?? this.reply)
      const failure = failureOf(error)
      if (failure.code === ST_ERROR_OPERATION_TIMEOUT) this.emit(C.FTP_EVENT_TIMEOUT, failure.code)
      if (failure.code === ST_ERROR_OPERATION_CANCELED) this.emit(C.FTP_EVENT_CANCEL, failure.code)
      throw failure
    } finally {
      this.#stop = undefined
      if (!this.#closing) this.status = C.FTP_STATUS_IDLE
    }
  }

  #see(event: TransferEvent): void {
    trace(event)
    this.watch.see(event)
    if (event.type === 'progress') this.running?.at(event.bytes, event.total ?? 0)
    const told = EVENTS[event.type]
    if (told === undefined || (event.type === 'closed' && this.#closing)) return
    this.emit(told)
  }
}

/** File extensions that FTP_FILETYPE_AUTO takes for text. */
const TEXT = /\.(asc|bat|c|cpp|csv|h|htm|html|ini|js|log|md|pl|py|sh|sql|txt|xml)$/i

/** The replies that complete a login (RFC 959 section 5.4, RFC 4217 section 10.1). */
export const LOGGED_IN: readonly number[] = [230, 232, 202]

/** The events passed to registered functions. Closing a file is reported by the calls. */
const EVENTS: Readonly<Partial<Record<TransferEvent['type'], number>>> = {
  connected: C.FTP_EVENT_CONNECT,
  closed: C.FTP_EVENT_DISCONNECT,
  'data-open': C.FTP_EVENT_OPENFILE,
  reply: C.FTP_EVENT_COMMAND,
  progress: C.FTP_EVENT_PROGRESS,
}

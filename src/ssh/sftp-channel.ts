import type { FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2'
import { type Deadline, inTime } from '../deadline.js'
import { aborted, type Phase, TransferError, throwIfAborted } from '../errors.js'
import type { SshConnection } from './connection.js'
import { lost } from './failure.js'

export type { Attributes, FileEntryWithStats, InputAttributes, SFTPWrapper, Stats } from 'ssh2'

/** What the server said no with: a code of SSH_FXP_STATUS (draft-ietf-secsh-filexfer-02 section 7) and its words. */
export class SftpStatus extends Error {
  readonly code: number

  constructor(code: number, text: string) {
    super(text)
    this.code = code
  }
}

/** SSH_FX_OP_UNSUPPORTED. */
const UNSUPPORTED = 8

export type Answer<T> = (error: Error | null | undefined, value?: T) => void

/** What the answer to a request brings. */
export interface Answers {
  handle: Buffer
  attributes: Stats
  names: readonly FileEntryWithStats[]
  /** A path. */
  text: string
  /** How many bytes were read. */
  count: number
  room: object
  /** OK, or a refusal. */
  nothing: undefined
}

const isRecord = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)

/** ssh2 lets a server answer any request with anything. */
const FITS: Readonly<Record<keyof Answers, (value: unknown) => boolean>> = {
  handle: Buffer.isBuffer,
  attributes: isRecord,
  names: Array.isArray,
  text: (value) => typeof value === 'string',
  count: (value) => value === undefined || typeof value === 'number',
  room: isRecord,
  nothing: () => true,
}

export interface Asking<K extends keyof Answers> extends Omit<Deadline, 'what' | 'phase'> {
  readonly kind: K
  readonly phase?: Deadline['phase']
  readonly what: string
  /** Gets an answer that comes when nobody waits any more: what it holds has to be given back. */
  readonly late?: (value: Answers[K]) => void
}

export type Start<K extends keyof Answers> = (sftp: SFTPWrapper, answer: Answer<Answers[K]>) => void

/** These servers take requests longer than they must. Twice as long gains nothing, and half as long costs some. */
const LONG = 127 * 1024
/** Every server takes packets of 34,000 bytes (section 3); what ssh2 leaves for the data, in whole KiB. */
const SHORT = 31 * 1024

/**
 * The SFTP side of an SSH connection: ssh2's requests, answered by number and so in any order, as promises. Every one of them
 * settles: with its answer, its limit, the caller's signal, or the end of the connection. A request that is not answered in time
 * ends the connection: nothing that comes later can be trusted to be in time either.
 */
export class SftpChannel {
  readonly connection: SshConnection
  readonly #sftp: SFTPWrapper
  readonly #waiting = new Set<(error: TransferError) => void>()
  readonly #signals = new Map<AbortSignal, SharedSignal>()
  #over: TransferError | undefined

  private constructor(connection: SshConnection, sftp: SFTPWrapper) {
    this.connection = connection
    this.#sftp = sftp
    connection.whenOver((error) => this.#end(error))
    sftp.on('error', (error: Error) => this.#broken(error))
    sftp.on('end', () => this.#broken())
    sftp.on('close', () => this.#broken())
  }

  /** Starts the subsystem 'sftp'. Throws `not-supported` where the server has none. */
  static async open(connection: SshConnection, deadline: Omit<Deadline, 'what' | 'phase'>): Promise<SftpChannel> {
    const { where } = connection.standing
    const what = `${where} did not start SFTP`
    const starting = started(connection)
    return await inTime({ ...deadline, what, phase: 'connect' }, () => starting).then(
      (sftp) => new SftpChannel(connection, sftp),
      (error: unknown) => {
        starting.then(leave, () => {}) // it may come when nobody waits for it any more
        throw error instanceof TransferError ? error : noSftp(where, error)
      },
    )
  }

  /** Why nothing works any more. */
  get over(): TransferError | undefined {
    return this.#over
  }

  /** Bytes that one read or write asks for at most: what goes in one packet. */
  get longest(): number {
    return /^SSH-2\.0-(OpenSSH|dropbear)/.test(this.connection.server) ? LONG : SHORT
  }

  /** One request. `start` sends it; a status other than OK comes as SftpStatus. */
  async ask<K extends keyof Answers>(start: Start<K>, asking: Asking<K>): Promise<Answers[K]> {
    const { kind, phase = 'command', late, signal, ...deadline } = asking
    throwIfAborted(signal, phase)
    const request = this.#request(start, kind)
    const shared = signal && this.#shared(signal)
    try {
      return await inTime({ ...deadline, phase }, () => shared?.during(request, phase) ?? request)
    } catch (error) {
      if (late) request.then(late, () => {})
      if (error instanceof TransferError && error.code === 'timeout') this.connection.lose(error)
      throw error
    }
  }

  #shared(signal: AbortSignal): SharedSignal {
    const before = this.#signals.get(signal)
    if (before) return before
    const shared = new SharedSignal(signal, () => this.#signals.delete(signal))
    this.#signals.set(signal, shared)
    return shared
  }

  #request<K extends keyof Answers>(start: Start<K>, kind: K): Promise<Answers[K]> {
    return new Promise<Answers[K]>((resolve, reject) => {
      if (this.#over) return reject(this.#over)
      const forget = (): void => void this.#waiting.delete(reject)
      this.#waiting.add(reject)
      this.connection.gather()
      try {
        start(this.#sftp, (error, value) => {
          forget()
          if (!error && !FITS[kind](value)) reject(this.#unfit())
          else if (!error) resolve(value as Answers[K])
          else if ('code' in error && typeof error.code === 'number') reject(new SftpStatus(error.code, error.message))
          else reject(this.#over ?? lost(this.connection.standing, error))
        })
      } catch (error) {
        forget()
        reject(this.#notSent(error))
      }
    })
  }

  #unfit(): TransferError {
    const text = `${this.connection.standing.where} answered something else than it was asked.`
    return new TransferError('protocol', text, { phase: 'command' })
  }

  /** ssh2 throws for an extension that the server does not have, and when its connection is gone. */
  #notSent(error: unknown): unknown {
    const reason = error instanceof Error ? error : new Error(String(error))
    if (/does not support this extended request/.test(reason.message))
      return new SftpStatus(UNSUPPORTED, reason.message)
    this.#broken(reason)
    return this.#over
  }

  /** The channel ended, or what came through it was no SFTP: the connection is of no use without it. */
  #broken(error?: Error): void {
    if (this.#over) return
    const { where } = this.connection.standing
    this.connection.lose(
      error
        ? new TransferError('protocol', `${where} sent something that is not SFTP: ${error.message}.`, {
            phase: 'command',
            cause: error,
          })
        : new TransferError('session-lost', `${where} ended the SFTP session.`, { phase: 'command', retryable: true }),
    )
  }

  #end(error: TransferError): void {
    this.#over = error
    for (const reject of this.#waiting) reject(error)
    this.#waiting.clear()
  }
}

/** One listener on a caller's signal for all the requests under it: Node warns of more than ten. */
class SharedSignal {
  readonly #signal: AbortSignal
  readonly #left: () => void
  readonly #requests = new Set<() => void>()
  readonly #fire = (): void => {
    for (const stop of this.#requests) stop()
  }

  constructor(signal: AbortSignal, left: () => void) {
    this.#signal = signal
    this.#left = left
    signal.addEventListener('abort', this.#fire, { once: true })
  }

  /** The outcome of a request, or an `aborted` as soon as the signal fires. */
  during<T>(request: Promise<T>, phase: Phase): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const stop = (): void => {
        this.#requests.delete(stop)
        if (this.#requests.size === 0) this.#leave()
        reject(aborted(this.#signal, phase))
      }
      const done = (): void => {
        if (this.#requests.delete(stop) && this.#requests.size === 0) this.#leave()
      }
      this.#requests.add(stop)
      request.then(resolve, reject).finally(done)
    })
  }

  #leave(): void {
    this.#signal.removeEventListener('abort', this.#fire)
    this.#left()
  }
}

/** ssh2's types leave the options of readdir out. */
interface ReadsNames {
  readdir(handle: Buffer, options: { readonly full: true }, answer: Answer<readonly FileEntryWithStats[]>): void
}

/**
 * Asks for some more names. Without `full` ssh2 looks into the answer itself, and throws where nobody can catch it when the server
 * answers with something else than names.
 */
export function readNames(handle: Buffer): (sftp: SFTPWrapper, answer: Answer<readonly FileEntryWithStats[]>) => void {
  return (sftp, answer) => (sftp as unknown as ReadsNames).readdir(handle, { full: true }, answer)
}

function started(connection: SshConnection): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    const forget = connection.whenOver(reject)
    const answer = (error: Error | undefined, sftp: SFTPWrapper): void => {
      forget()
      if (!error) return resolve(sftp)
      reject(connection.over ?? error)
    }
    try {
      if (!connection.over) connection.client.sftp(answer)
    } catch (error) {
      forget()
      reject(connection.over ?? error)
    }
  })
}

function leave(sftp: SFTPWrapper): void {
  sftp.on('error', () => {})
  sftp.end()
}

function noSftp(where: string, cause: unknown): TransferError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new TransferError('not-supported', `${where} offers no SFTP: ${reason}.`, {
    phase: 'connect',
    hint: 'The server must allow the subsystem sftp for this user.',
    cause,
  })
}

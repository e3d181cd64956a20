import type { FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2'
import { type Deadline, inTime } from '../deadline.js'
import { TransferError, throwIfAborted } from '../errors.js'
import { printable } from '../printable.js'
import type { SshConnection } from './connection.js'
import { lost } from './failure.js'

export type { Attributes, FileEntryWithStats, InputAttributes, SFTPWrapper, Stats } from 'ssh2'

/** A refusal of the server: a code of SSH_FXP_STATUS (draft-ietf-secsh-filexfer-02 section 7) and its text. */
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

/** The value in the reply to a request, by kind. */
export interface Answers {
  handle: Buffer
  attributes: Stats
  names: readonly FileEntryWithStats[]
  /** A path. */
  text: string
  /** The number of bytes read. */
  count: number
  space: object
  /** A status without a value. */
  nothing: undefined
}

const isRecord = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)

/** Checks the value of a reply: ssh2 lets a server answer any request with any type of reply. */
const FITS: Readonly<Record<keyof Answers, (value: unknown) => boolean>> = {
  handle: Buffer.isBuffer,
  attributes: isRecord,
  names: Array.isArray,
  text: (value) => typeof value === 'string',
  count: (value) => value === undefined || typeof value === 'number',
  space: isRecord,
  nothing: () => true,
}

export interface RequestOptions<K extends keyof Answers> extends Omit<Deadline, 'what' | 'phase'> {
  readonly kind: K
  readonly phase?: Deadline['phase']
  readonly what: string
  /** Called with a reply that arrives after the caller gave up, so that a handle in it can be closed. */
  readonly late?: (value: Answers[K]) => void
}

export type Start<K extends keyof Answers> = (sftp: SFTPWrapper, answer: Answer<Answers[K]>) => void

/** Read and write size for servers that accept more than the required minimum. Twice as much gains nothing, half as much is slower. */
const LONG = 127 * 1024
/** Every server accepts packets of 34,000 bytes (section 3); what ssh2 leaves of that for the data, in whole KiB. */
export const SHORT = 31 * 1024

/** Bytes of the connection that count as progress of its requests. */
const NOTICED = 4 * 1024

/**
 * ssh2's SFTP requests as promises; replies carry the request's id and may arrive in any order. Every request settles: with its
 * reply, its deadline, the caller's signal, or the end of the connection. A request that times out ends the connection: later
 * replies could not be trusted to arrive in time either.
 */
export class SftpChannel {
  readonly connection: SshConnection
  readonly #sftp: SFTPWrapper
  readonly #waiting = new Set<(error: TransferError) => void>()
  #answers = 0
  #over: TransferError | undefined

  private constructor(connection: SshConnection, sftp: SFTPWrapper) {
    this.connection = connection
    this.#sftp = sftp
    connection.onEnd((error) => this.#end(error))
    sftp.on('error', (error: Error) => this.#broken(error))
    sftp.on('end', () => this.#broken())
    sftp.on('close', () => this.#broken())
  }

  /** Starts the subsystem 'sftp'. Rejects with `not-supported` where the server has none. */
  static async open(connection: SshConnection, deadline: Omit<Deadline, 'what' | 'phase'>): Promise<SftpChannel> {
    const { where } = connection.stage
    const what = `${where} did not start SFTP`
    const starting = started(connection)
    return await inTime({ ...deadline, what, phase: 'connect' }, () => starting).then(
      (sftp) => new SftpChannel(connection, sftp),
      (error: unknown) => {
        starting.then(leave, () => {}) // a channel that opens after the caller gave up is closed
        throw error instanceof TransferError ? error : noSftp(where, error)
      },
    )
  }

  /** Why the channel is unusable; undefined while it is open. */
  get over(): TransferError | undefined {
    return this.#over
  }

  /** Changes with every answer, and with the bytes of a long one. The small packets of keep-alive are no progress. */
  readonly progress = (): number => this.#answers + Math.floor(this.connection.progress / NOTICED)

  /** The most bytes that one read or write carries: more than every server accepts only where limits@openssh.com announces it. */
  get longest(): number {
    const { maxOpenHandles, _maxReadLen = SHORT, _maxWriteLen = SHORT } = this.#sftp as Announced
    return maxOpenHandles === undefined ? SHORT : Math.min(LONG, _maxReadLen, _maxWriteLen)
  }

  /** Sends one request with `start`; a status other than OK rejects with SftpStatus. */
  async ask<K extends keyof Answers>(start: Start<K>, options: RequestOptions<K>): Promise<Answers[K]> {
    const { kind, phase = 'command', late, ...deadline } = options
    throwIfAborted(deadline.signal, phase)
    const request = this.#request(start, kind)
    try {
      return await inTime({ ...deadline, phase }, () => request)
    } catch (error) {
      if (late) request.then(late, () => {})
      if (error instanceof TransferError && error.code === 'timeout') this.connection.lose(error)
      throw error
    }
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
          this.#answers++
          if (!error && !FITS[kind](value)) reject(this.#unfit())
          else if (!error) resolve(value as Answers[K])
          else if ('code' in error && typeof error.code === 'number') reject(new SftpStatus(error.code, error.message))
          else reject(this.#over ?? lost(this.connection.stage, error))
        })
      } catch (error) {
        forget()
        reject(this.#notSent(error))
      }
    })
  }

  #unfit(): TransferError {
    const text = `${this.connection.stage.where} sent a reply that does not match the request.`
    return new TransferError('protocol', text, { phase: 'command' })
  }

  /** Handles ssh2's exceptions: it throws for an extension that the server does not support, and when its connection is gone. */
  #notSent(error: unknown): unknown {
    const reason = error instanceof Error ? error : new Error(String(error))
    if (/does not support this extended request/.test(reason.message))
      return new SftpStatus(UNSUPPORTED, reason.message)
    this.#broken(reason)
    return this.#over
  }

  /** Ends the connection, which is useless once the channel has ended or received data that is not SFTP. */
  #broken(error?: Error): void {
    if (this.#over) return
    const { where } = this.connection.stage
    this.connection.lose(
      error
        ? (textInPlaceOf(where, error) ??
            new TransferError('protocol', `${where} sent something that is not SFTP: ${error.message}.`, {
              phase: 'command',
              cause: error,
            }))
        : new TransferError('session-lost', `${where} ended the SFTP session.`, { phase: 'command', retryable: true }),
    )
  }

  #end(error: TransferError): void {
    this.#over = error
    for (const reject of this.#waiting) reject(error)
    this.#waiting.clear()
  }
}

/** What ssh2 keeps of the answer to limits@openssh.com; `maxOpenHandles` is set only when there was one. */
type Announced = SFTPWrapper & {
  readonly maxOpenHandles?: number
  readonly _maxReadLen?: number
  readonly _maxWriteLen?: number
}

/** The options of readdir, which ssh2's types omit. */
interface ReadsNames {
  readdir(handle: Buffer, options: { readonly full: true }, answer: Answer<readonly FileEntryWithStats[]>): void
}

/**
 * Requests more names. Without `full` ssh2 parses the reply itself, and throws where it cannot be caught when the server sends
 * something other than names.
 */
export function readNames(handle: Buffer): (sftp: SFTPWrapper, answer: Answer<readonly FileEntryWithStats[]>) => void {
  return (sftp, answer) => (sftp as unknown as ReadsNames).readdir(handle, { full: true }, answer)
}

function started(connection: SshConnection): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    const forget = connection.onEnd(reject)
    const answer = (error: Error | undefined, sftp: SFTPWrapper): void => {
      forget()
      if (!error) return resolve(sftp)
      // ssh2 answers what is pending with this before it reports the end of the connection.
      const hasEnded = error.message === 'No response from server'
      reject(connection.over ?? (hasEnded ? lost(connection.stage, error) : error))
    }
    try {
      if (!connection.over) connection.client.sftp(answer)
    } catch (error) {
      forget()
      // ssh2 throws when the connection has ended, before it reports that.
      reject(connection.over ?? lost(connection.stage, error instanceof Error ? error : undefined))
    }
  })
}

function leave(sftp: SFTPWrapper): void {
  sftp.on('error', () => {})
  sftp.end()
}

/** A text of four letters read as a length: what a login script printed. Undefined for another fault. */
function textInPlaceOf(where: string, error: unknown): TransferError | undefined {
  const length = /^Packet length (\d+) exceeds/.exec(error instanceof Error ? error.message : '')?.[1]
  if (length === undefined) return undefined
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(Number(length) >>> 0)
  const text = bytes.toString('latin1')
  if (!/^[\x09\x0a\x0d\x1b\x20-\x7e]{4}$/.test(text)) return undefined
  const says = `${where} sent a text in place of SFTP; it begins with "${printable(text)}".`
  return new TransferError('protocol', says, {
    phase: 'connect',
    hint: 'A login script on the server (.bashrc, .profile, a ForceCommand) prints it: it must print nothing for SFTP.',
    cause: error,
  })
}

function noSftp(where: string, cause: unknown): TransferError {
  const text = textInPlaceOf(where, cause)
  if (text) return text
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new TransferError('not-supported', `${where} does not support SFTP: ${reason}.`, {
    phase: 'connect',
    hint: 'The server must enable the subsystem sftp for this user.',
    cause,
  })
}

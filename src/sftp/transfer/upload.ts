import { unlessAborted } from '../../deadline.js'
import { TransferError } from '../../errors.js'
import { SLAB_SIZE, type Slab } from '../../slab.js'
import { SftpStatus, SHORT } from '../../ssh/sftp-channel.js'
import type { ByteSink, Lossy, Receipt } from '../../store.js'
import { SERIAL_STATUSES } from '../requests/request-window.js'
import { failure, UNSUPPORTED } from '../requests/status-errors.js'
import { attributesOf, closeFile, dataDeadline, longestWrite, type OpenFile, over, watchLoss } from './open-file.js'

export interface SinkOptions extends Lossy {
  readonly start: number
  /** Bytes behind what is written stay: the file may be longer in the end. */
  readonly keeps: boolean
  /** Forces the file to stable storage, where the server can. */
  readonly settle?: () => Promise<void>
  /** Explains a refusal without a reason: a full disk, for one. */
  readonly explain: (error: unknown) => Promise<unknown>
  /** Resolves with the size of the file by its path once it is closed; with undefined where the server does not report it. */
  readonly sizeNow: () => Promise<number | undefined>
}

/** Bytes that may be in flight without a reply. */
const AHEAD = 4 * SLAB_SIZE

/** A write that was sent; `landed` once the server has confirmed it. */
interface PendingWrite {
  readonly length: number
  landed: boolean
}

/** Uploads a file with several writes in flight. finish() resolves once all were confirmed and the size is right. */
export class UploadSink implements ByteSink {
  readonly #file: OpenFile
  readonly #options: SinkOptions
  readonly #pending: PendingWrite[] = []
  readonly #waiting: (() => void)[] = []
  #sent: number
  #landed: number
  #ahead = 0
  #failed: { readonly error: unknown } | undefined
  #over = false
  readonly #unwatch: () => void

  constructor(file: OpenFile, options: SinkOptions) {
    this.#file = file
    this.#unwatch = watchLoss(file, options.onLost)
    this.#options = options
    this.#sent = options.start
    this.#landed = options.start
  }

  get landed(): number {
    return this.#landed
  }

  async write(slab: Slab): Promise<void> {
    if (this.#over) throw over(this.#file.path)
    const longest = longestWrite(this.#file)
    const sent: Promise<void>[] = []
    for (const chunk of slab.chunks)
      for (let at = 0; at < chunk.length; at += longest) sent.push(this.#send(chunk.subarray(at, at + longest)))
    // A write that fails beside other requests is sent again from the slab.
    void Promise.all(sent).then(() => slab.release())
    await this.#below(this.#file.window.single ? 1 : AHEAD)
    if (this.#failed) throw await this.#broken()
  }

  async finish(): Promise<Receipt> {
    if (this.#over) throw over(this.#file.path)
    const { start, settle } = this.#options
    // Sent in the same flight: the server works in order, and a failed write is noticed all the same.
    const early = this.#size()
    early.catch(() => {})
    let told: number | undefined
    try {
      await this.#below(1)
      if (this.#failed) throw this.#failed.error
      await settle?.()
      const size = await early
      // ssh2 splits writes longer than the server's limit; such pieces were sent after the FSTAT.
      told = this.#fits(size) ? size : await this.#size()
    } catch (error) {
      this.#failed ??= { error }
      throw await this.#broken()
    }
    this.#over = true
    this.#unwatch()
    await closeFile(this.#file).catch((error: unknown) => {
      throw failure(error, 'CLOSE', this.#file.path)
    })
    const isSized = await this.#isSized(told)
    return { bytes: this.#landed - start, announced: this.#landed, integrity: isSized ? 'sized' : 'unproven' }
  }

  /**
   * Waits for the writes in flight before it closes the handle: ssh2 splits a write that is longer than the server's limit and sends
   * the pieces one after the other, so a CLOSE at once would leave holes.
   */
  async abort(): Promise<void> {
    if (this.#over) return
    this.#over = true
    this.#unwatch()
    while (this.#ahead > 0) await this.#change()
    await closeFile(this.#file, 'reply').catch(() => {})
  }

  /** Sends one write. Never rejects: a failure is kept in #failed. */
  async #send(bytes: Uint8Array): Promise<void> {
    const { channel, handle, window, learned } = this.#file
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const position = this.#sent
    const pending: PendingWrite = { length: bytes.length, landed: false }
    this.#sent += bytes.length
    this.#ahead += bytes.length
    this.#pending.push(pending)
    const write = (from: number, to: number): Promise<void> =>
      channel.ask(
        (sftp, answer) => sftp.write(handle, buffer, from, to - from, position + from, (error) => answer(error)),
        { ...dataDeadline(this.#file), kind: 'nothing', signal: undefined }, // the signal ends the wait of write() and finish()
      )
    try {
      await window
        .run(() => write(0, buffer.length))
        .catch(async (error: unknown) => {
          if (buffer.length <= SHORT || !mayBeTooLong(error)) throw error
          for (let at = 0; at < buffer.length; at += SHORT) await write(at, Math.min(at + SHORT, buffer.length))
          learned.learn('short-writes')
        })
      pending.landed = true
    } catch (error) {
      this.#failed ??= { error }
    }
    this.#settled(pending)
  }

  #settled({ length }: PendingWrite): void {
    this.#ahead -= length
    while (this.#pending[0]?.landed) this.#landed += this.#pending.shift()?.length ?? 0
    for (const look of this.#waiting.splice(0)) look()
  }

  /** Waits until less than `limit` bytes are unconfirmed. */
  async #below(limit: number): Promise<void> {
    const { signal } = this.#file
    while (this.#ahead >= limit && !this.#failed) await unlessAborted(this.#change(), signal, 'transfer')
  }

  /** Resolves when the next write is confirmed or fails. */
  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  async #broken(): Promise<unknown> {
    await this.abort()
    return await this.#options.explain(this.#failed?.error)
  }

  async #size(): Promise<number | undefined> {
    return (await attributesOf(this.#file)).size
  }

  #fits(size: number | undefined): boolean {
    if (size === undefined) return true
    return size === this.#landed || (this.#options.keeps && size > this.#landed)
  }

  /**
   * Resolves with whether the size is confirmed. Object stores report an old size until the file is closed, so a wrong one is requested
   * again by path; only a second difference is an error.
   */
  async #isSized(told: number | undefined): Promise<boolean> {
    if (this.#fits(told)) return told !== undefined
    const size = await this.#options.sizeNow()
    if (this.#fits(size)) return size !== undefined
    const text = `${this.#file.path} has ${size} bytes on the server, ${this.#landed} were written.`
    throw new TransferError('truncated', text, { phase: 'confirm', retryable: true, path: this.#file.path })
  }
}

/** The statuses that servers send for a WRITE that is too long. */
function mayBeTooLong(error: unknown): boolean {
  return error instanceof SftpStatus && (SERIAL_STATUSES.has(error.code) || error.code === UNSUPPORTED)
}

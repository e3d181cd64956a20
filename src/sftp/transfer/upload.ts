import { unlessAborted } from '../../deadline.js'
import { TransferError } from '../../errors.js'
import { SLAB_SIZE, type Slab } from '../../slab.js'
import type { ByteSink, Receipt } from '../../store.js'
import { failure } from '../requests/status-errors.js'
import { attributesOf, closeFile, dataDeadline, type OpenFile, over } from './open-file.js'

export interface SinkOptions {
  readonly start: number
  /** Forces the file to stable storage, where the server can. */
  readonly settle?: () => Promise<void>
  /** Explains a refusal without a reason: a full disk, for one. */
  readonly explain: (error: unknown) => Promise<unknown>
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

  constructor(file: OpenFile, options: SinkOptions) {
    this.#file = file
    this.#options = options
    this.#sent = options.start
    this.#landed = options.start
  }

  get landed(): number {
    return this.#landed
  }

  async write(slab: Slab): Promise<void> {
    if (this.#over) throw over(this.#file.path)
    const { longest } = this.#file.channel
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
    try {
      await this.#below(1)
      if (this.#failed) throw this.#failed.error
      await settle?.()
      const size = await early
      // ssh2 splits writes longer than the server's limit; such pieces were sent after the FSTAT.
      this.#checkSize(size === this.#landed ? size : await this.#size())
    } catch (error) {
      this.#failed ??= { error }
      throw await this.#broken()
    }
    this.#over = true
    await closeFile(this.#file).catch((error: unknown) => {
      throw failure(error, 'CLOSE', this.#file.path)
    })
    return { bytes: this.#landed - start, announced: this.#landed, integrity: 'sized' }
  }

  /**
   * Waits for the writes in flight before it closes the handle: ssh2 splits a write that is longer than the server's limit and sends
   * the pieces one after the other, so a CLOSE at once would leave holes.
   */
  async abort(): Promise<void> {
    if (this.#over) return
    this.#over = true
    while (this.#ahead > 0) await this.#change()
    await closeFile(this.#file, 'reply').catch(() => {})
  }

  /** Sends one write. Never rejects: a failure is kept in #failed. */
  async #send(bytes: Uint8Array): Promise<void> {
    const { channel, handle, window } = this.#file
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const position = this.#sent
    const pending: PendingWrite = { length: bytes.length, landed: false }
    this.#sent += bytes.length
    this.#ahead += bytes.length
    this.#pending.push(pending)
    const write = (): Promise<void> =>
      channel.ask(
        (sftp, answer) => sftp.write(handle, buffer, 0, buffer.length, position, (error) => answer(error)),
        { ...dataDeadline(this.#file), kind: 'nothing', signal: undefined }, // the signal ends the wait of write() and finish()
      )
    try {
      await window.run(write)
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

  #checkSize(size: number | undefined): void {
    if (size === undefined || size === this.#landed) return
    const text = `${this.#file.path} has ${size} bytes on the server, ${this.#landed} were written.`
    throw new TransferError('truncated', text, { phase: 'confirm', retryable: true, path: this.#file.path })
  }
}

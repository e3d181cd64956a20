import { badArgument, TransferError } from '../../errors.js'
import type { Slab } from '../../slab.js'
import { type ByteSource, isReceipt } from '../../store.js'

/**
 * Reads a source in pieces of any size. Every byte is copied out of its slab once, and once more when a piece takes from several
 * chunks; one slab is held at most.
 */
export class FileReader {
  readonly #source: ByteSource
  readonly #verifies: boolean
  #slab: Slab | undefined
  /** The chunk of the slab that is read next, and the byte in it. */
  #chunk = 0
  #at = 0
  #ended = false
  #closed = false
  #last: Promise<unknown> = Promise.resolve()
  /** The whole file was read and differs from the one on the server. */
  #verdict: TransferError | undefined

  constructor(source: ByteSource, verifies = false) {
    this.#source = source
    this.#verifies = verifies
  }

  /** Resolves with the next `n` bytes, fewer at the end of the file. Calls that overlap get their bytes in the order of the calls. */
  async read(n: number): Promise<Buffer> {
    if (!(Number.isInteger(n) && n > 0)) throw badArgument(`read(${n}) asks for no whole number of bytes above 0.`)
    const piece = this.#last.then(() => this.#take(n))
    this.#last = piece.catch(() => {})
    return await piece
  }

  /** Ends the file. Rejects once with `mismatch` or `not-supported` when all of it was read and its verification failed. */
  async close(): Promise<void> {
    // The bytes may all be read without the end having been seen.
    if (this.#verifies && !this.#closed && !this.#slab) await this.#last.then(() => this.#filled()).catch(() => {})
    const verdict = this.#closed ? undefined : this.#verdict
    await this.cancel()
    if (verdict) throw verdict
  }

  /** Gives the file up. Safe to call twice. */
  async cancel(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#release()
    if (!this.#ended) await this.#source.cancel()
  }

  async #take(n: number): Promise<Buffer> {
    const parts: Buffer[] = []
    for (let left = n; left > 0 && (await this.#filled()); ) {
      const part = this.#copy(left)
      parts.push(part)
      left -= part.length
    }
    const [only] = parts
    return only && parts.length === 1 ? only : Buffer.concat(parts)
  }

  /** Resolves with false at the end of the file. */
  async #filled(): Promise<boolean> {
    while (!this.#slab && !this.#ended && !this.#closed) {
      const next = await this.#next()
      if (next === undefined || isReceipt(next)) this.#ended = true
      else if (this.#closed || next.length === 0) next.release()
      else this.#slab = next
    }
    if (this.#closed) throw new TransferError('closed', 'This file was closed.', { phase: 'transfer' })
    return this.#slab !== undefined
  }

  /** A file that turns out to differ at its end is reported by close(), after its bytes. */
  async #next(): Promise<Awaited<ReturnType<ByteSource['next']>> | undefined> {
    try {
      return await this.#source.next()
    } catch (error) {
      if (!(error instanceof TransferError) || error.phase !== 'verify') throw error
      this.#verdict = error
      return undefined
    }
  }

  /** Returns at most `most` bytes, as many as the chunk has. */
  #copy(most: number): Buffer {
    const { chunks = [] } = this.#slab ?? {}
    const bytes = chunks[this.#chunk]?.subarray(this.#at, this.#at + most) ?? new Uint8Array()
    const copy = Buffer.from(bytes)
    this.#at += copy.length
    if (this.#at >= (chunks[this.#chunk]?.length ?? 0)) {
      this.#chunk++
      this.#at = 0
    }
    if (this.#chunk >= chunks.length) this.#release()
    return copy
  }

  #release(): void {
    this.#slab?.release()
    this.#slab = undefined
    this.#chunk = 0
    this.#at = 0
  }
}

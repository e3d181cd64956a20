import { SLAB_SIZE, type Slab, slabOf } from '../../slab.js'
import { type ByteSink, type ByteSource, type Entry, isReceipt, type Store } from '../../store.js'
import { Refusal, STATUS } from './refusal.js'

/** How a file is opened (draft-ietf-secsh-filexfer-02 section 6.3). */
export interface OpenFlags {
  readonly read: boolean
  readonly write: boolean
  readonly append: boolean
  readonly create: boolean
  readonly truncate: boolean
  readonly exclusive: boolean
}

/**
 * A file behind a handle. SFTP reads and writes at any offset, a Store sequentially: a request that does not continue where the
 * last one ended opens a new source or sink there.
 */
export class OpenedFile {
  readonly path: string
  readonly #store: Store
  readonly #flags: OpenFlags
  #source: ByteSource | undefined
  #rest: Slab | undefined
  #used = 0
  #sink: ByteSink | undefined
  #at = 0
  /** The end of what was written through this handle. */
  #written = 0

  private constructor(store: Store, path: string, flags: OpenFlags) {
    this.#store = store
    this.path = path
    this.#flags = flags
  }

  /** Opens the file at once, so that an error is reported by OPEN. */
  static async open(store: Store, path: string, flags: OpenFlags): Promise<OpenedFile> {
    const file = new OpenedFile(store, path, flags)
    if (flags.write) await file.#begin()
    else await file.#seek(0)
    return file
  }

  /** Resolves with at most `length` bytes from `offset` on; with undefined at the end of the file. */
  async read(offset: number, length: number): Promise<Buffer | undefined> {
    if (!this.#flags.read) throw new Refusal(STATUS.DENIED, 'The file is not open for reading')
    if (this.#sink) await this.#settle()
    if (offset !== this.#at || !this.#source) await this.#seek(offset)
    const pieces: Uint8Array[] = []
    for (let wanted = length; wanted > 0; ) {
      const piece = await this.#some(wanted)
      if (!piece) break
      pieces.push(piece)
      wanted -= piece.length
    }
    const bytes = Buffer.concat(pieces)
    this.#at += bytes.length
    return bytes.length === 0 && length > 0 ? undefined : bytes
  }

  async write(offset: number, bytes: Buffer): Promise<void> {
    if (!this.#flags.write) throw new Refusal(STATUS.DENIED, 'The file is not open for writing')
    if (this.#source) await this.#stopReading()
    const goesOn = this.#sink && (this.#flags.append || offset === this.#at)
    if (!goesOn) await this.#writeFrom(offset)
    await this.#sink?.write(slabOf([bytes]))
    this.#at = (this.#flags.append ? this.#at : offset) + bytes.length
    this.#written = Math.max(this.#written, this.#at)
  }

  /** Resolves with the entry, including the bytes that this handle has written. */
  async look(): Promise<Entry> {
    const entry = await this.#store.stat(this.path)
    if (!entry) throw new Refusal(STATUS.MISSING, 'The file is gone')
    return entry.type === 'file' ? { ...entry, size: Math.max(entry.size ?? 0, this.#written) } : entry
  }

  /** Resolves once everything written so far is stored. */
  async sync(): Promise<void> {
    if (!this.#sink) return
    await this.#settle()
    const sink = await this.#store.write(this.path, { at: { offset: this.#at, durable: true } })
    await sink.finish()
  }

  async close(): Promise<void> {
    await this.#stopReading()
    await this.#settle()
  }

  /** Ends after a lost connection: what was stored is kept. */
  async abort(): Promise<void> {
    await this.#stopReading()
    await this.#sink?.abort()
    this.#sink = undefined
  }

  async #begin(): Promise<void> {
    const { append, create, truncate, exclusive } = this.#flags
    if (!create && !(await this.#store.stat(this.path))) throw new Refusal(STATUS.MISSING, 'No such file')
    const where = append ? { append } : truncate ? {} : { offset: 0 }
    this.#sink = await this.#store.write(this.path, { at: { ...where, exclusive: create && exclusive } })
  }

  async #writeFrom(offset: number): Promise<void> {
    await this.#settle()
    const at = this.#flags.append ? { append: true } : { offset }
    this.#sink = await this.#store.write(this.path, { at })
  }

  async #settle(): Promise<void> {
    const sink = this.#sink
    this.#sink = undefined
    await sink?.finish()
  }

  async #seek(offset: number): Promise<void> {
    await this.#stopReading()
    this.#at = offset
    // Clients read past the end to find it; stores reject that as an invalid range.
    const isPast = offset > 0 && offset >= ((await this.#store.stat(this.path))?.size ?? Number.POSITIVE_INFINITY)
    if (!isPast) this.#source = await this.#store.read(this.path, { range: { from: offset } })
  }

  async #stopReading(): Promise<void> {
    const source = this.#source
    this.#source = undefined
    this.#rest?.release()
    this.#rest = undefined
    await source?.cancel()
  }

  /** Resolves with some of the next bytes, in an array of their own; with undefined at the end. */
  async #some(wanted: number): Promise<Uint8Array | undefined> {
    if (!this.#rest) {
      const next = await this.#source?.next()
      if (next && isReceipt(next)) this.#source = undefined
      if (!next || isReceipt(next)) return undefined
      this.#rest = next
      this.#used = 0
    }
    const piece = pieceOf(this.#rest, this.#used, Math.min(wanted, SLAB_SIZE))
    this.#used += piece.length
    if (this.#used >= this.#rest.length) {
      this.#rest.release()
      this.#rest = undefined
    }
    return piece
  }
}

/** Copies the bytes from `from` on, up to the end of the chunk they are in. */
function pieceOf({ chunks }: Slab, from: number, length: number): Uint8Array {
  let start = 0
  for (const chunk of chunks) {
    if (from < start + chunk.length) return Uint8Array.from(chunk.subarray(from - start, from - start + length))
    start += chunk.length
  }
  return new Uint8Array(0)
}

import { TransferError } from '../../errors.js'
import { giveBuffer, SLAB_SIZE, type Slab, slabOfBuffer, takeBuffer } from '../../slab.js'
import type { ByteSource, Lossy, Receipt } from '../../store.js'
import { failure } from '../requests/status-errors.js'
import { closeFile, dataDeadline, type OpenFile, over, watchLoss } from './open-file.js'

export interface ReadOptions extends Lossy {
  readonly from: number
  /** Exclusive; Infinity: to the end. */
  readonly to: number
  /** The expected size, from a listing: this many bytes are requested at once. */
  readonly hint?: number
  /** The size that the server reports; undefined when it reports none. */
  readonly size: Promise<number | undefined>
  /** The same file on a second channel, read from as soon as it is open; closed together with the first. */
  readonly second?: Promise<OpenFile | undefined>
}

/** A slab being filled. `done` resolves with the number of contiguous bytes received, once every request was answered. */
interface Filling {
  readonly buffer: Buffer
  readonly wanted: number
  readonly done: Promise<number>
}

/** Requests in flight for one file, in bytes: enough for a fast disk and for a long round trip. */
const AHEAD = 4 * SLAB_SIZE
/** Bytes requested of a file of unknown size before its size is received. */
const FIRST = 32 * 1024

/**
 * Downloads a file with several reads in flight. Each read fills its own part of a slab, so replies may arrive in any order and be
 * short. A short read ends the file only when the server reported no larger size.
 */
export class DownloadSource implements ByteSource {
  readonly #file: OpenFile
  /** The channels that slabs are requested from, in turn. */
  readonly #files: OpenFile[]
  #turn = 0
  readonly #from: number
  readonly #to: number
  readonly #size: Promise<number | undefined>
  readonly #fillings: Filling[] = []
  /** Where the file ends: known once the server has reported its size. Infinity: unknown. */
  #end: number | undefined
  #promised = false
  #isEmpty = false
  #asked: number
  #delivered = 0
  #over = false
  readonly #unwatch: () => void

  constructor(file: OpenFile, { from, to, hint, size, second, onLost }: ReadOptions) {
    this.#file = file
    this.#unwatch = watchLoss(file, onLost)
    this.#files = [file]
    this.#from = from
    this.#to = to
    this.#size = size
    this.#asked = from
    const first = Math.min(to, hint ?? from + FIRST) - from
    if (first > 0) this.#ask(Math.min(first, SLAB_SIZE))
    void second?.then((other) => {
      if (other && this.#over) void closeFile(other, 'reply').catch(noMatter)
      else if (other) this.#files.push(other)
    })
  }

  async next(): Promise<Slab | Receipt> {
    if (this.#over) throw over(this.#file.path)
    try {
      return await this.#next()
    } catch (error) {
      await this.cancel()
      throw failure(error, 'READ', this.#file.path)
    }
  }

  async cancel(): Promise<void> {
    if (this.#over) return
    this.#over = true
    this.#unwatch()
    for (const { buffer, done } of this.#fillings.splice(0))
      done.then(
        () => giveBuffer(buffer),
        noMatter, // replies still arriving write into the buffer: it is left to the garbage collector
      )
    await this.#close()
  }

  async #next(): Promise<Slab | Receipt> {
    const end = await this.#known()
    this.#fill(end)
    const filling = this.#fillings.shift()
    if (!filling) return this.#confirm(end)
    const got = await filling.done
    this.#delivered += got
    if (got < filling.wanted) return this.#short(filling, got, end)
    this.#fill(end)
    return slabOfBuffer(filling.buffer, got)
  }

  async #known(): Promise<number> {
    if (this.#end !== undefined) return this.#end
    const size = await this.#size
    // A size of 0 is not trusted: files generated while they are read (/proc) report it.
    this.#promised = size !== undefined && size > 0
    this.#isEmpty = size === 0
    this.#end = Math.min(this.#to, size || Number.POSITIVE_INFINITY)
    return this.#end
  }

  /** Returns what was received of a file that ended early, or throws `truncated`. */
  #short({ buffer }: Filling, got: number, end: number): Slab | Receipt {
    const at = this.#from + this.#delivered
    if (this.#promised && at < end) throw truncated(this.#file.path, at, end)
    for (const left of this.#fillings.splice(0)) left.done.then(() => giveBuffer(left.buffer), noMatter)
    this.#end = at
    this.#asked = at
    if (got > 0) return slabOfBuffer(buffer, got)
    giveBuffer(buffer)
    return this.#confirm(at)
  }

  #confirm(end: number): Receipt {
    this.#over = true
    this.#unwatch()
    // The status of closing a file that was read changes nothing.
    void this.#close()
    const bytes = this.#delivered
    const isWhole = this.#promised ? this.#from + bytes >= end : this.#isEmpty && bytes === 0
    return { bytes, announced: bytes, integrity: isWhole ? 'sized' : 'unproven' }
  }

  async #close(): Promise<void> {
    await Promise.all(this.#files.map((file) => closeFile(file, 'reply').catch(noMatter)))
  }

  #fill(end: number): void {
    const { window } = this.#file
    const ahead = window.single ? SLAB_SIZE : AHEAD * this.#files.length
    const inFlight = (): number => this.#fillings.reduce((sum, { wanted }) => sum + wanted, 0)
    while (this.#asked < end && inFlight() < ahead) {
      this.#ask(Math.min(end - this.#asked, SLAB_SIZE))
      if (end === Number.POSITIVE_INFINITY) return // the reply shows how much more there is
    }
  }

  /** Requests the next `wanted` bytes, in as many requests as it takes. */
  #ask(wanted: number): void {
    const file = this.#files[this.#turn++ % this.#files.length] ?? this.#file
    const { longest } = file.channel
    const buffer = bufferOf(takeBuffer())
    // Whole requests only, so that a slab is not followed by a short request.
    const length = wanted === SLAB_SIZE ? SLAB_SIZE - (SLAB_SIZE % longest) : wanted
    const position = this.#asked
    const pieces: Promise<number>[] = []
    for (let at = 0; at < length; at += longest)
      pieces.push(this.#piece(file, buffer.subarray(at, Math.min(at + longest, length)), position + at))
    this.#asked += length
    const done = Promise.all(pieces).then((got) => contiguous(got, longest))
    done.catch(noMatter) // the error is thrown when the filling is awaited
    this.#fillings.push({ buffer, wanted: length, done })
  }

  /** Resolves with the number of bytes read from `position` on, `into.length` at most. */
  async #piece(file: OpenFile, into: Buffer, position: number): Promise<number> {
    const { channel, handle, window } = file
    let got = 0
    const read = (): Promise<number> =>
      channel.ask((sftp, answer) => sftp.read(handle, into, got, into.length - got, position + got, answer), {
        ...dataDeadline(this.#file),
        kind: 'count',
      })
    while (got < into.length) {
      const more = (await window.run(read)) || (this.#isPromised(position + got) ? await window.alone(read) : 0)
      if (more === 0) break
      got += more
    }
    return got
  }

  #isPromised(position: number): boolean {
    return this.#promised && position < (this.#end ?? 0)
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Returns the number of bytes before the first gap. */
function contiguous(pieces: readonly number[], longest: number): number {
  let sum = 0
  for (const got of pieces) {
    sum += got
    if (got < longest) break
  }
  return sum
}

function noMatter(): void {}

function truncated(path: string, received: number, expected: number): TransferError {
  const text = `Only ${received} of ${expected} bytes of ${path} could be read: the server reported the end of the file there.`
  return new TransferError('truncated', text, { phase: 'transfer', retryable: true, path })
}

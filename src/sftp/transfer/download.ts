import { TransferError } from '../../errors.js'
import { giveBuffer, SLAB_SIZE, type Slab, slabOfBuffer, takeBuffer } from '../../slab.js'
import type { ByteSource, Receipt } from '../../store.js'
import { failure } from '../requests/status-errors.js'
import { closeFile, type OpenFile, over, patience } from './open-file.js'

export interface ReadOptions {
  readonly from: number
  /** Exclusive; Infinity: to the end. */
  readonly to: number
  /** The size that is expected, from a listing: as much is asked for at once. */
  readonly hint?: number
  /** The size of the file as the server says it; undefined when it does not. */
  readonly size: Promise<number | undefined>
  /** The same file on another channel, which reads beside the first as soon as it is there; it is closed with it. */
  readonly beside?: Promise<OpenFile | undefined>
}

/** A slab on its way: the bytes at its beginning that have come, once all that were asked for have. */
interface Filling {
  readonly buffer: Buffer
  readonly wanted: number
  readonly done: Promise<number>
}

/** Requests in flight for one file, in bytes: enough for a fast disk and for a long way. */
const AHEAD = 4 * SLAB_SIZE
/** What a file of unknown size is asked for before its size is known, in bytes. */
const FIRST = 32 * 1024

/**
 * A file on its way from the server: several reads in flight, each for its own place in a slab, so their answers may come in any
 * order and fall short. What is too short ends the file only when the server had not promised more.
 */
export class DownloadSource implements ByteSource {
  readonly #file: OpenFile
  /** Where slabs are asked for, in turn. */
  readonly #files: OpenFile[]
  #turn = 0
  readonly #from: number
  readonly #to: number
  readonly #size: Promise<number | undefined>
  readonly #fillings: Filling[] = []
  /** Where the file ends for us: known when the server has told its size. Infinity: nobody knows. */
  #end: number | undefined
  #promised = false
  #isEmpty = false
  #asked: number
  #delivered = 0
  #over = false

  constructor(file: OpenFile, { from, to, hint, size, beside }: ReadOptions) {
    this.#file = file
    this.#files = [file]
    this.#from = from
    this.#to = to
    this.#size = size
    this.#asked = from
    const first = Math.min(to, hint ?? from + FIRST) - from
    if (first > 0) this.#ask(Math.min(first, SLAB_SIZE))
    void beside?.then((other) => {
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
    for (const { buffer, done } of this.#fillings.splice(0))
      done.then(
        () => giveBuffer(buffer),
        noMatter, // answers that still come write into it: it is left to the garbage collector
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
    // Sizes of 0 are not believed: files that are made up as they are read (/proc) have them.
    this.#promised = size !== undefined && size > 0
    this.#isEmpty = size === 0
    this.#end = Math.min(this.#to, size || Number.POSITIVE_INFINITY)
    return this.#end
  }

  /** The file ended before what was asked for did. */
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
    // What the server says about closing a file that was read changes nothing.
    void this.#close()
    const bytes = this.#delivered
    const isWhole = this.#promised ? this.#from + bytes >= end : this.#isEmpty && bytes === 0
    return { bytes, announced: bytes, integrity: isWhole ? 'sized' : 'unproven' }
  }

  async #close(): Promise<void> {
    await Promise.all(this.#files.map((file) => closeFile(file, 'reply').catch(noMatter)))
  }

  #fill(end: number): void {
    const { pace } = this.#file
    const ahead = pace.single ? SLAB_SIZE : AHEAD * this.#files.length
    const inFlight = (): number => this.#fillings.reduce((sum, { wanted }) => sum + wanted, 0)
    while (this.#asked < end && inFlight() < ahead) {
      this.#ask(Math.min(end - this.#asked, SLAB_SIZE))
      if (end === Number.POSITIVE_INFINITY) return // how much more there is, the answer tells
    }
  }

  /** Asks for the next `wanted` bytes, in as many requests as it takes. */
  #ask(wanted: number): void {
    const file = this.#files[this.#turn++ % this.#files.length] ?? this.#file
    const { longest } = file.channel
    const buffer = bufferOf(takeBuffer())
    // Whole requests only, so that a slab is not followed by a scrap.
    const length = wanted === SLAB_SIZE ? SLAB_SIZE - (SLAB_SIZE % longest) : wanted
    const position = this.#asked
    const pieces: Promise<number>[] = []
    for (let at = 0; at < length; at += longest)
      pieces.push(this.#piece(file, buffer.subarray(at, Math.min(at + longest, length)), position + at))
    this.#asked += length
    const done = Promise.all(pieces).then((got) => contiguous(got, longest))
    done.catch(noMatter) // whoever takes the filling hears it
    this.#fillings.push({ buffer, wanted: length, done })
  }

  /** The bytes from `position` on that there are, `into.length` at most. */
  async #piece(file: OpenFile, into: Buffer, position: number): Promise<number> {
    const { channel, handle, pace } = file
    let got = 0
    const read = (): Promise<number> =>
      channel.ask((sftp, answer) => sftp.read(handle, into, got, into.length - got, position + got, answer), {
        ...patience(this.#file),
        kind: 'count',
      })
    while (got < into.length) {
      const more = (await pace.run(read)) || (this.#isPromised(position + got) ? await pace.alone(read) : 0)
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

/** Bytes up to the first gap. */
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
  const text = `Only ${received} of ${expected} bytes of ${path} could be read: the server says the file ends there.`
  return new TransferError('truncated', text, { phase: 'transfer', retryable: true, path })
}

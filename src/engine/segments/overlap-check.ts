import { TransferError } from '../../errors.js'
import { copyOut, sliceSlab } from '../../slab.js'
import { type ByteSource, type Entry, isReceipt, type Store } from '../../store.js'
import { covers, type Part, type Span } from '../file/byte-ranges.js'
import { orCancelSource } from '../file/open-both.js'
import { OVERLAP, pastOverlap, readTail, withFirst } from '../file/resume.js'

/** Why a file cannot be split, as half a sentence; never thrown outside the engine. `stale`: the partial file does not match this source. */
export class NoParts extends TransferError {
  readonly stale: boolean

  constructor(message: string, { stale = false } = {}) {
    super('not-supported', message, { phase: 'transfer' })
    this.stale = stale
  }
}

const WRONG = 'the server does not send the bytes at the requested offset'

interface Sewn {
  readonly entry: Entry & { readonly size: number }
  /** The path on the server. */
  readonly path: string
  /** Where the parts are written. */
  readonly partial: { readonly store: Store; readonly path: string }
  readonly signal: AbortSignal
  readonly landed: () => readonly Span[]
}

/** The beginning of a part whose predecessor had not been written yet. */
interface Head {
  readonly from: number
  readonly bytes: Uint8Array
}

/**
 * Checks where the parts of one file meet. Each is read from a little before its first byte, and these bytes must equal the end of the
 * part before it: only a server that supports offsets sends the right ones for all of them.
 */
export class OverlapCheck {
  readonly #file: Sewn
  readonly #heads = new Map<Part, Head>()

  constructor(file: Sewn) {
    this.#file = file
  }

  /** Resolves with the source from `part.at` on, limited to the part. Rejects with NoParts when the server ignores the offset. */
  async open(part: Part, store: Store): Promise<ByteSource> {
    const { entry, path, signal } = this.#file
    const from = Math.max(0, part.at - OVERLAP)
    // The last part is read to the end of the file: a server that ignores the offset sends too much then.
    const range = part.to === entry.size ? { from } : { from, to: part.to }
    const source = await unlessRefused(() => store.read(path, { signal, range, entry }))
    return await orCancelSource(source, async () => atMost(await this.#past(part, from, source), part.to - part.at))
  }

  /** Compares the beginnings that could not be compared before. Must be called when all parts are stored. */
  async check(): Promise<void> {
    for (const { from, bytes } of this.#heads.values())
      if (!(await this.#stands(from, bytes))) throw new NoParts('its parts do not fit together')
  }

  async #past(part: Part, from: number, source: ByteSource): Promise<ByteSource> {
    if (from === part.at) return source
    const tail = covers(this.#file.landed(), [from, part.at]) ? await this.#read([from, part.at]) : undefined
    if (!tail) return await this.#pastHead(part, from, source)
    const compared = await pastOverlap(source, tail)
    if (!compared) throw new NoParts(WRONG, { stale: true })
    return compared
  }

  async #pastHead(part: Part, from: number, source: ByteSource): Promise<ByteSource> {
    const { head, rest } = await takeHead(source, part.at - from)
    this.#heads.set(part, { from, bytes: head })
    return await orCancelSource(rest, async () => {
      if (await this.#isBeginning(head)) throw new NoParts(WRONG)
      return rest
    })
  }

  /** Detects a server that ignores offsets at once. A run of one byte, as in a sparse file, is no evidence. */
  async #isBeginning(head: Uint8Array): Promise<boolean> {
    const alike = head.every((byte) => byte === head[0])
    return !alike && covers(this.#file.landed(), [0, head.length]) && (await this.#stands(0, head))
  }

  async #stands(from: number, bytes: Uint8Array): Promise<boolean> {
    const there = await this.#read([from, from + bytes.length])
    return there !== undefined && Buffer.compare(there, bytes) === 0
  }

  async #read([from, to]: Span): Promise<Uint8Array | undefined> {
    const { partial, signal } = this.#file
    return await readTail(partial.store, partial.path, { from, to, signal })
  }
}

async function unlessRefused<T>(open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    if (error instanceof TransferError && error.code === 'not-supported') throw new NoParts(spoken(error.message))
    throw error
  }
}

function spoken(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1).replace(/\.$/, '')}`
}

/** Resolves with the first `length` bytes of a source, and the rest of it. */
async function takeHead(source: ByteSource, length: number): Promise<{ head: Uint8Array; rest: ByteSource }> {
  const pieces: Uint8Array[] = []
  let missing = length
  while (missing > 0) {
    const next = await source.next()
    if (isReceipt(next)) throw ended(length - missing)
    const here = Math.min(missing, next.length)
    pieces.push(copyOut(sliceSlab(next, 0, here)))
    missing -= here
    if (here < next.length) return { head: Buffer.concat(pieces), rest: withFirst(source, sliceSlab(next, here)) }
    next.release()
  }
  return { head: Buffer.concat(pieces), rest: source }
}

function ended(bytes: number): TransferError {
  const message = `A part of the file ended after ${bytes} bytes.`
  return new TransferError('truncated', message, { phase: 'transfer', retryable: true })
}

/** Limits a source to `most` bytes; more is an error. */
function atMost(source: ByteSource, most: number): ByteSource {
  let left = most
  return {
    async next() {
      const next = await source.next()
      if (isReceipt(next)) return next
      left -= next.length
      if (left >= 0) return next
      next.release()
      throw new NoParts('the server sends more bytes for an offset than follow it')
    },
    cancel: (reason) => source.cancel(reason),
  }
}

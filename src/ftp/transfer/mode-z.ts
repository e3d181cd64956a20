import { once } from 'node:events'
import { createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib'
import { TransferError } from '../../errors.js'
import { type Slab, slabOf } from '../../slab.js'
import { type ByteSink, type ByteSource, isReceipt, type Receipt } from '../../store.js'

/** Bytes that zlib gives out at a time: few enough that hardly more than these wait in memory. */
const PIECE = 256 * 1024

/** For a file of unknown size: more than this many times the bytes received is a bomb, once it is more than MUCH. */
const MOST_TIMES = 200
const MUCH = 64 * 1024 * 1024

export interface Unpacking {
  readonly path: string
  /** Bytes of the file, when the server told. Not one more is given out. */
  readonly expected?: number
}

/**
 * A file that comes as a deflate stream (MODE Z, draft-preston-ftpext-deflate section 4). Its end is the end of that stream, the
 * server's confirmation and the size of the file, all three: else `truncated`. What grows beyond its size is a `mismatch`.
 */
export function inflated(packed: ByteSource, about: Unpacking): ByteSource {
  return new InflatedSource(packed, about)
}

class InflatedSource implements ByteSource {
  readonly #packed: ByteSource
  readonly #about: Unpacking
  readonly #zlib: Inflate = createInflate({ chunkSize: PIECE })
  readonly #pieces: AsyncIterator<Uint8Array>
  readonly #feeding: Promise<Receipt>
  #came = 0
  #given = 0

  constructor(packed: ByteSource, about: Unpacking) {
    this.#packed = packed
    this.#about = about
    this.#pieces = this.#zlib[Symbol.asyncIterator]()
    this.#zlib.on('error', () => {}) // reading the pieces rejects with it
    this.#feeding = this.#feed()
    this.#feeding.catch(() => {})
  }

  async next(): Promise<Slab | Receipt> {
    try {
      const piece = await this.#piece()
      return piece ? this.#counted(piece) : await this.#end()
    } catch (error) {
      await this.cancel(error)
      throw error
    }
  }

  async cancel(reason?: unknown): Promise<void> {
    this.#zlib.destroy()
    await this.#packed.cancel(reason)
  }

  async #piece(): Promise<Uint8Array | undefined> {
    try {
      const next = await this.#pieces.next()
      return next.done ? undefined : next.value
    } catch (error) {
      if (error instanceof TransferError) throw error
      throw this.#broken(error)
    }
  }

  #counted(piece: Uint8Array): Slab {
    const { expected } = this.#about
    this.#given += piece.length
    const most = expected ?? Math.max(MUCH, this.#came * MOST_TIMES)
    if (this.#given > most) throw this.#tooMuch(most)
    return slabOf([piece])
  }

  async #end(): Promise<Receipt> {
    const receipt = await this.#feeding
    const { expected, path } = this.#about
    if (expected !== undefined && this.#given < expected)
      throw truncated(path, `${this.#given} of ${expected} bytes came out of what arrived of ${path}.`)
    const integrity = expected === this.#given ? 'sized' : 'unproven'
    return { ...receipt, bytes: this.#given, announced: expected, integrity }
  }

  /** Hands what arrives to zlib, no faster than it is taken out. */
  async #feed(): Promise<Receipt> {
    try {
      for (;;) {
        const next = await this.#packed.next()
        if (isReceipt(next)) return await this.#finish(next)
        await this.#put(next)
      }
    } catch (error) {
      this.#zlib.destroy(error as Error)
      throw error
    }
  }

  async #put(slab: Slab): Promise<void> {
    try {
      this.#came += slab.length
      if (this.#zlib.readableEnded) throw this.#behindEnd()
      for (const chunk of slab.chunks) await taken(this.#zlib, chunk)
    } finally {
      slab.release()
    }
  }

  async #finish(receipt: Receipt): Promise<Receipt> {
    // An empty file may come as no stream at all.
    if (this.#came === 0 && !this.#about.expected) this.#zlib.push(null)
    else this.#zlib.end()
    if (this.#came > 0 && !this.#zlib.readableEnded) await ended(this.#zlib)
    if (this.#came > this.#zlib.bytesWritten) throw this.#behindEnd()
    return receipt
  }

  #broken(cause: unknown): TransferError {
    const { path } = this.#about
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'Z_BUF_ERROR') return truncated(path, `The compressed stream of ${path} ended in the middle.`)
    const text = `What arrived of ${path} is not a deflate stream: ${message}.`
    return new TransferError('protocol', text, { phase: 'transfer', path, hint: PLAINLY, cause })
  }

  #behindEnd(): TransferError {
    const { path } = this.#about
    const text = `Behind the end of the compressed stream of ${path} more bytes came.`
    return new TransferError('protocol', text, { phase: 'transfer', path, hint: PLAINLY })
  }

  #tooMuch(most: number): TransferError {
    const { path, expected } = this.#about
    const text =
      expected === undefined
        ? `What came of ${path} grows to more than ${MOST_TIMES} times its bytes; it was stopped at ${most} bytes.`
        : `More than the ${most} bytes that ${path} has came out of its compressed stream.`
    return new TransferError('mismatch', text, { phase: 'transfer', path, hint: PLAINLY })
  }
}

const PLAINLY = 'Transfer it without compress.'

function truncated(path: string, text: string): TransferError {
  return new TransferError('truncated', text, { phase: 'transfer', retryable: true, path })
}

/** Resolves when zlib has taken the chunk, or will take no more because its stream is over. */
async function taken(zlib: Inflate | Deflate, chunk: Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const over = (): void => resolve()
    zlib.once('end', over)
    zlib.once('close', over)
    zlib.write(chunk, (error) => {
      zlib.off('end', over)
      zlib.off('close', over)
      if (error) reject(error)
      else resolve()
    })
  })
}

async function ended(zlib: Inflate): Promise<void> {
  if (!zlib.destroyed) await Promise.race([once(zlib, 'end'), once(zlib, 'close')])
}

/** A file being sent as a deflate stream. `counted` of the sink below receives the number of bytes of the file so far. */
export function deflating(open: (counted: () => number) => ByteSink): ByteSink {
  return new DeflatingSink(open)
}

class DeflatingSink implements ByteSink {
  readonly #packed: ByteSink
  readonly #zlib: Deflate = createDeflate({ chunkSize: PIECE })
  readonly #leaving: Promise<void>
  #taken = 0
  #fault: { readonly error: unknown } | undefined

  constructor(open: (counted: () => number) => ByteSink) {
    this.#packed = open(() => this.#taken)
    this.#zlib.on('error', () => {}) // sending the pieces rejects with it
    this.#leaving = this.#send()
    this.#leaving.catch(() => {})
  }

  get landed(): number {
    return this.#packed.landed
  }

  async write(slab: Slab): Promise<void> {
    try {
      for (const chunk of slab.chunks) await taken(this.#zlib, chunk)
    } catch (error) {
      this.#fault ??= { error }
    } finally {
      slab.release()
    }
    if (this.#fault) throw this.#fault.error
    this.#taken += slab.length
  }

  async finish(): Promise<Receipt> {
    this.#zlib.end()
    await this.#leaving
    return { ...(await this.#packed.finish()), bytes: this.#taken }
  }

  async abort(reason?: unknown): Promise<void> {
    this.#zlib.destroy()
    await this.#packed.abort(reason)
  }

  /** Sends what comes out of zlib; a failure ends its taking too. */
  async #send(): Promise<void> {
    try {
      for await (const piece of this.#zlib) await this.#packed.write(slabOf([piece]))
    } catch (error) {
      this.#fault ??= { error }
      this.#zlib.destroy()
      throw error
    }
  }
}

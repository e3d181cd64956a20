import { unlessAborted } from '../../deadline.js'
import { asTransferError, TransferError, throwIfAborted } from '../../errors.js'
import type { Slab } from '../../slab.js'
import { type ByteSink, type ByteSource, isReceipt, type Receipt } from '../../store.js'
import type { Meter } from './progress.js'
import { inPortions, type Pace } from './rate-limit.js'
import type { Tap } from './verify.js'

export interface PumpOptions {
  readonly meter?: Meter
  readonly pace?: Pace
  readonly signal?: AbortSignal
  /** Fires when the source cannot give more, also while the sink is waited for, which may take its time. */
  readonly sourceLost?: AbortSignal
  /** The same for the target, while the source is waited for. */
  readonly targetLost?: AbortSignal
  readonly tap?: Tap
  /** Throws when the source ended too early; called before the sink is finished. */
  readonly checkEnd?: (receipt: Receipt, bytes: number) => void
  /** Expected number of bytes, when it is known. */
  readonly expected?: number
  /** Called after each slab. */
  readonly onLanded?: () => Promise<void> | undefined
}

export interface Pumped {
  readonly bytes: number
  readonly read?: Receipt
  readonly written?: Receipt
  /** All bytes were transferred, but this side never confirmed the end. */
  readonly unconfirmed?: { readonly side: 'source' | 'target'; readonly error: TransferError }
}

/**
 * Moves everything from a source to a sink, reading the next slab while the last one is written. Settles after both sides have
 * confirmed, or after both are closed: when it rejects, nothing is open.
 */
export async function pump(source: ByteSource, sink: ByteSink, options: PumpOptions = {}): Promise<Pumped> {
  const flow = new Flow(source, sink, options)
  try {
    return await flow.run()
  } catch (error) {
    await flow.close(error)
    throw error
  }
}

class Flow {
  readonly #source: ByteSource
  readonly #sink: ByteSink
  readonly #options: PumpOptions
  readonly #reading: AbortSignal | undefined
  readonly #writing: AbortSignal | undefined
  readonly #pacing: AbortSignal | undefined
  #bytes = 0
  #coming: Promise<Slab | Receipt> | undefined

  constructor(source: ByteSource, sink: ByteSink, options: PumpOptions) {
    this.#source = source
    this.#sink = sink
    this.#options = options
    this.#reading = either(options.signal, options.targetLost)
    this.#writing = either(options.signal, options.sourceLost)
    this.#pacing = either(this.#writing, options.targetLost)
  }

  async run(): Promise<Pumped> {
    for (;;) {
      const next = await this.#next()
      if ('error' in next) return await this.#finish(undefined, next.error)
      if (isReceipt(next)) {
        this.#options.checkEnd?.(next, this.#bytes)
        return await this.#finish(next)
      }
      this.#ask()
      await this.#pass(next)
    }
  }

  /** Cancels both sides and releases the slab in transit. */
  async close(reason: unknown): Promise<void> {
    const coming = this.#coming?.then(
      (next) => isReceipt(next) || next.release(),
      () => {},
    )
    await Promise.allSettled([this.#source.cancel(reason), this.#sink.abort(reason)])
    void coming
  }

  #ask(): Promise<Slab | Receipt> {
    this.#coming ??= this.#source.next()
    this.#coming.catch(() => {})
    return this.#coming
  }

  async #next(): Promise<Slab | Receipt | { error: TransferError }> {
    try {
      const next = await unlessAborted(this.#ask(), this.#reading, 'transfer')
      this.#coming = undefined
      return next
    } catch (thrown) {
      const error = asTransferError(thrown, { code: 'local', phase: 'transfer' })
      if (this.#reading?.aborted || !this.#onlyConfirmationMissing(error)) throw error
      return { error }
    }
  }

  #onlyConfirmationMissing(error: TransferError): boolean {
    const { expected } = this.#options
    if (expected === undefined) return error.code === 'unconfirmed'
    return this.#bytes === expected && AFTER_THE_END.has(error.code)
  }

  async #pass(slab: Slab): Promise<void> {
    const { pace, tap, expected } = this.#options
    if (expected !== undefined && this.#bytes + slab.length > mostFor(expected)) {
      slab.release()
      throw endless(expected)
    }
    tap?.update(slab)
    if (pace) await inPortions(slab, { pace, signal: this.#pacing }, (piece) => this.#write(piece))
    else await this.#write(slab)
  }

  async #write(slab: Slab): Promise<void> {
    const { signal, meter, onLanded, expected } = this.#options
    const { length } = slab
    // With the last bytes here, nothing more is needed of the source.
    const stop = this.#bytes + length === expected ? signal : this.#writing
    await unlessAborted(this.#sink.write(slab), stop, 'transfer')
    this.#bytes += length
    meter?.add(length)
    const noted = onLanded?.()
    if (noted) await noted
  }

  async #finish(read?: Receipt, missing?: TransferError): Promise<Pumped> {
    const { signal } = this.#options
    throwIfAborted(signal, 'confirm')
    const bytes = this.#bytes
    if (missing) await this.#source.cancel(missing).catch(() => {})
    try {
      const written = await unlessAborted(this.#sink.finish(), signal, 'confirm')
      return { bytes, read, written, ...(missing && { unconfirmed: { side: 'source', error: missing } }) }
    } catch (thrown) {
      const error = asTransferError(thrown, { code: 'local', phase: 'confirm' })
      if (signal?.aborted || missing || !AFTER_THE_END.has(error.code)) throw error
      await this.#sink.abort(error).catch(() => {})
      return { bytes, read, unconfirmed: { side: 'target', error } }
    }
  }
}

/** Bytes by which every file may grow while it is read. */
const LEAST_GROWTH = 64 * 1024 * 1024

/** Returns the most bytes that are taken of a file of this size: it may double while it is read. */
function mostFor(expected: number): number {
  return expected + Math.max(expected, LEAST_GROWTH)
}

function endless(expected: number): TransferError {
  const text = `The source was to have ${expected} bytes and sent more than ${mostFor(expected)}: its data may have no end.`
  return new TransferError('mismatch', text, { phase: 'transfer' })
}

function either(signal: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  return signal && other ? AbortSignal.any([signal, other]) : (signal ?? other)
}

/** The codes of a lost confirmation, once every byte was transferred. */
const AFTER_THE_END: ReadonlySet<string> = new Set(['unconfirmed', 'session-lost', 'timeout'])

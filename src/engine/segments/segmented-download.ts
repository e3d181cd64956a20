import { asTransferError, TransferError, throwIfAborted } from '../../errors.js'
import type { Entry, Receipt, Store } from '../../store.js'
import { joined, type Part, PartQueue, partsOf, prefixOf, type Span, sumOf } from '../file/byte-ranges.js'
import type { Job } from '../file/job.js'
import { noteLanded, recordKeeper } from '../file/keep-resume-record.js'
import { clearLeftover, mayBeLeft, orCancelSource } from '../file/open-both.js'
import { OVERLAP, replaced } from '../file/resume.js'
import { type Pumped, pump } from '../flow/pump.js'
import { Borrowed } from '../pool/leased-store.js'
import { OverlapCheck } from './overlap-check.js'

/** One file to download in parts. */
export interface Work {
  readonly job: Job
  readonly entry: Entry & { readonly size: number }
  readonly source: Borrowed
  /** Where it is written. */
  readonly store: Store
  /** What is stored already. */
  readonly landed: readonly Span[]
  /** Sessions at most. */
  readonly count: number
}

/** Bytes that a worker must have stored to be retried after a failure. */
const MIN_PROGRESS = 1024 * 1024

/** Downloads one file over several sessions, each downloading one part after the other. */
export class SegmentedDownload {
  readonly #work: Work
  readonly #parts: readonly Part[]
  readonly #queue: PartQueue
  readonly #seams: OverlapCheck
  readonly #keep: () => Promise<void> | undefined
  /** Stops all workers when one fails permanently. */
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  /** Stops waiting for further sessions when all parts are stored. */
  readonly #whole = new AbortController()
  /** Settles once the first bytes of the file are stored, or failed. */
  readonly #begun: Promise<void>
  #tellBegun = (): void => {}
  #sessions: number
  /** Why a worker was given up; the others go on. */
  #lastError: unknown
  /** The error that ends the download. */
  #fatal: TransferError | undefined
  #unconfirmed: Pumped['unconfirmed']
  #reused: boolean | undefined

  constructor(work: Work) {
    const { job, entry, landed, store, source, count } = work
    const { signal } = job.options
    this.#work = work
    this.#sessions = count
    this.#parts = partsOf(entry.size, landed, { count })
    this.#queue = new PartQueue(this.#parts)
    this.#signal = signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal
    this.#keep = recordKeeper(job, entry, () => this.#landed)
    this.#begun = new Promise((resolve) => {
      this.#tellBegun = resolve
    })
    if (prefixOf(landed) > 0) this.#tellBegun()
    const partial = { store, path: job.partial }
    this.#seams = new OverlapCheck({
      entry,
      path: source.path,
      partial,
      signal: this.#signal,
      landed: () => this.#landed,
    })
  }

  /** Downloads what is missing. Rejects with NoParts when the source turns out not to support parts. */
  async run(): Promise<Pumped> {
    const { job, entry, source, landed, count } = this.#work
    // Every worker leases for itself; this session may be the only one.
    source.release()
    if (landed.length === 0) await this.#make()
    const before = sumOf(landed)
    job.from = Math.min(job.from, before)
    job.meter.begin(before, entry.size)
    try {
      await Promise.all(Array.from({ length: count }, () => this.#worker()))
      throwIfAborted(job.options.signal, 'transfer')
      if (this.#fatal) throw this.#fatal
      if (!this.#queue.empty) throw this.#lastError
      await this.#seams.check()
      await this.#checkSource()
    } catch (error) {
      noteLanded(job, entry, this.#landed)
      throw error
    }
    noteLanded(job, entry, entry.size)
    const receipt: Receipt = { bytes: entry.size, integrity: 'sized', sessionReused: this.#reused }
    return { bytes: entry.size, read: receipt, written: receipt, unconfirmed: this.#unconfirmed }
  }

  get #landed(): readonly Span[] {
    return joined([...this.#work.landed, ...this.#parts.map(({ from, at }): Span => [from, at])])
  }

  /** Creates the file under its temporary name, which must be new, in its full size. */
  async #make(): Promise<void> {
    const { job, store, entry } = this.#work
    const { signal, resume } = job.options
    if (mayBeLeft(job)) await clearLeftover(job, store)
    job.touched ||= !resume
    const at = { exclusive: resume ? true : ('atomic' as const), size: entry.size, reserve: true }
    const sink = await store.write(job.partial, { signal, at })
    job.touched = true
    await sink.finish()
  }

  /** Runs one worker: one part after the other, until none is left or the worker is given up. */
  async #worker(): Promise<void> {
    const session = new Borrowed(this.#work.source.place, AbortSignal.any([this.#signal, this.#whole.signal]))
    try {
      while (!this.#signal.aborted && (await this.#queue.some())) {
        const store = await this.#leased(session)
        const part = store && this.#queue.take()
        if (!store || (part && !(await this.#moved(part, store)))) return
        session.release()
      }
      // Workers that wait for a session are not needed any more.
      if (this.#queue.empty) this.#whole.abort()
    } finally {
      this.#sessions--
      session.release()
    }
  }

  async #leased(session: Borrowed): Promise<Store | undefined> {
    const { job } = this.#work
    try {
      return await session.store()
    } catch (error) {
      if (this.#signal.aborted || this.#whole.signal.aborted) return undefined
      this.#lastError ??= error
      const { message } = asTransferError(error, { code: 'unreachable', phase: 'connect' })
      const text = `A further session for ${job.label.from} could not be had; the others go on. ${message}`
      if (this.#sessions > 1) job.observe({ type: 'warning', code: 'fewer-segments', message: text })
      return undefined
    }
  }

  /** Resolves with false when this worker is given up; the rest of its part is queued again. */
  async #moved(part: Part, store: Store): Promise<boolean> {
    const before = part.at
    try {
      await this.#fetch(part, store)
      this.#queue.end()
      return true
    } catch (thrown) {
      const error = asTransferError(thrown, { code: 'local', phase: 'transfer' })
      this.#queue.giveBack(part)
      if (!error.retryable || this.#signal.aborted) return this.#end(error)
      this.#lastError ??= error
      const again = part.at - before >= MIN_PROGRESS
      if (again || this.#sessions > 1) this.#tellRetry(error)
      return again
    } finally {
      this.#tellBegun()
    }
  }

  #end(error: TransferError): false {
    this.#fatal ??= error
    this.#stop.abort(error)
    return false
  }

  #tellRetry(error: TransferError): void {
    const { job } = this.#work
    job.retries++
    job.observe({ type: 'retry', path: job.label.from, attempt: job.retries, delayMs: 0, error })
  }

  async #fetch(part: Part, from: Store): Promise<void> {
    const { job, store } = this.#work
    // Once the beginning is stored, a server that ignores offsets is detected at once.
    if (part.from > 0) await this.#begun
    throwIfAborted(this.#signal, 'transfer')
    const begin = part.at
    const source = await this.#seams.open(part, from)
    const at = { offset: begin, durable: job.options.durable }
    const sink = await orCancelSource(source, () => store.write(job.partial, { signal: this.#signal, at }))
    const advance = (): void => {
      part.at = Math.max(part.at, Math.min(sink.landed, part.to))
      if (part.at >= OVERLAP) this.#tellBegun()
    }
    try {
      const { read, unconfirmed } = await pump(source, sink, {
        meter: job.meter,
        pace: job.pace,
        signal: this.#signal,
        expected: part.to - begin,
        checkEnd: (_, bytes) => this.#checkLength(part, begin + bytes),
        onLanded: () => {
          advance()
          return this.#keep()
        },
      })
      if (unconfirmed?.side === 'target') throw unconfirmed.error
      this.#unconfirmed ??= unconfirmed
      if (read?.sessionReused !== undefined) this.#reused = (this.#reused ?? true) && read.sessionReused
      part.at = part.to
    } catch (error) {
      advance()
      throw error
    }
  }

  #checkLength(part: Part, reached: number): void {
    if (reached === part.to) return
    const { job, entry } = this.#work
    const message = `The part of the file up to byte ${part.to} of ${entry.size} ended at ${reached}.`
    const details = { phase: 'transfer', retryable: true, path: job.label.from } as const
    throw new TransferError('truncated', message, details)
  }

  /** Throws when the source was replaced: parts of two files must not be combined. */
  async #checkSource(): Promise<void> {
    const { job, entry, source } = this.#work
    const now = await (await source.store()).stat(source.path, { signal: job.options.signal })
    const change = now && replaced(entry, now)
    if (!change) return
    const message = `${job.label.from} is another file than when its first part was read: ${change}.`
    throw new TransferError('mismatch', message, { phase: 'confirm', retryable: true, path: job.label.from })
  }
}

import type { EntryIterator } from '../../each.js'
import { asTransferError, type TransferError } from '../../errors.js'
import type { Entry } from '../../store.js'
import { EntryBuffer } from './entry-buffer.js'

export interface SpoolOptions {
  /** Resolves when another call needs the session. */
  readonly wanted: Promise<void>
  /** Called once, as soon as the listing is over: read to its end, failed, or closed early by the caller. */
  readonly release: () => void
  /** Directory of the temporary file for long listings; defaults to the system's. */
  readonly dir?: string
}

/**
 * Returns the entries of a listing as they are received, in constant memory. When `wanted` resolves, because another call needs the
 * session, the rest is read at once, buffered (from the 1,001st entry on in a temporary file) and returned from there, in order.
 */
export function bufferListing(
  entries: { [Symbol.asyncIterator](): EntryIterator },
  options: SpoolOptions,
): AsyncIterableIterator<Entry> {
  return new Spool(entries[Symbol.asyncIterator](), options)
}

class Spool implements AsyncIterableIterator<Entry> {
  readonly #listing: EntryIterator
  readonly #release: () => void
  readonly #backlog: EntryBuffer
  #busy: Promise<unknown> = Promise.resolve()
  /** Pending calls of next(). */
  #open = 0
  /** The read of the listing in progress. */
  #reading: Promise<unknown> = Promise.resolve()
  #drained: Promise<void> | undefined
  #failure: TransferError | undefined
  #over = false
  #left = false

  constructor(listing: EntryIterator, { wanted, release, dir }: SpoolOptions) {
    this.#listing = listing
    this.#release = release
    this.#backlog = new EntryBuffer(dir)
    wanted.then(
      () => this.#drainSoon(),
      () => {},
    )
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** Overlapping calls are answered in order. */
  next(): Promise<IteratorResult<Entry>> {
    const free = this.#open === 0 && !this.#drained && !this.#over && !this.#left
    const ready = free ? this.#listing.ready?.() : undefined
    if (ready) return Promise.resolve({ done: false, value: ready })
    this.#open++
    if (free) return this.#passOn()
    const follow = () => (this.#drained ? this.#fromBacklog() : this.#fromListing())
    const answer = this.#busy.then(follow, follow)
    this.#busy = answer.then(this.#closed, this.#closed)
    return answer
  }

  /** Passes entries on without buffering, the usual case, with few promises. */
  #passOn(): Promise<IteratorResult<Entry>> {
    const answer = this.#listing.next().then(this.#passed, this.#broke)
    this.#reading = answer
    this.#busy = answer
    return answer
  }

  readonly #closed = (): void => {
    this.#open--
  }

  readonly #passed = (next: IteratorResult<Entry>): IteratorResult<Entry> => {
    this.#open--
    if (next.done) this.#end()
    return next
  }

  readonly #broke = (error: unknown): never => {
    this.#open--
    this.#end()
    throw error
  }

  async return(): Promise<IteratorResult<Entry>> {
    this.#left = true
    await this.#busy.catch(() => {})
    await this.#drained
    if (!this.#over) {
      await Promise.resolve(this.#listing.return?.()).catch(() => {})
      this.#end()
    }
    await this.#backlog.close()
    return { done: true, value: undefined }
  }

  #end(): void {
    if (this.#over) return
    this.#over = true
    this.#release()
  }

  async #fromListing(): Promise<IteratorResult<Entry>> {
    if (this.#over || this.#left) return { done: true, value: undefined }
    try {
      const reading = this.#listing.next()
      this.#reading = reading.catch(() => {})
      const next = await reading
      if (next.done) this.#end()
      return next
    } catch (error) {
      this.#end()
      throw error
    }
  }

  #drainSoon(): void {
    if (this.#over || this.#left) return
    // Not #busy: a pending call that has not started yet waits for the drain.
    const drain = () => this.#drain()
    this.#drained = this.#reading.then(drain, drain)
  }

  async #drain(): Promise<void> {
    try {
      while (!this.#over && !this.#left) {
        const next = await this.#listing.next()
        if (next.done) this.#end()
        else await this.#backlog.add(next.value)
      }
    } catch (error) {
      this.#failure = asTransferError(error, { code: 'local', phase: 'local' })
      await Promise.resolve(this.#listing.return?.()).catch(() => {})
      this.#end()
    }
  }

  async #fromBacklog(): Promise<IteratorResult<Entry>> {
    await this.#drained
    const entry = this.#left ? undefined : await this.#backlog.take()
    if (entry) return { done: false, value: entry }
    await this.#backlog.close()
    const failure = this.#failure
    this.#failure = undefined
    if (failure && !this.#left) throw failure
    return { done: true, value: undefined }
  }
}

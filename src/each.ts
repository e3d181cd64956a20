import type { Entry } from './store.js'

/** An iterator whose next entry may be available synchronously. */
export interface EntryIterator extends AsyncIterator<Entry> {
  /** Returns the next entry if it is buffered: listings may have a million, and a promise costs as much as parsing a line. */
  ready?(): Entry | undefined
}

/** Returns the entries of pages one by one. A buffered entry costs a resolved promise, and no turn of a generator. */
export function eachOf(pages: AsyncGenerator<readonly Entry[]>): EntryIterator & AsyncIterableIterator<Entry> {
  return new Each(pages)
}

class Each implements EntryIterator, AsyncIterableIterator<Entry> {
  readonly #pages: AsyncGenerator<readonly Entry[]>
  #page: readonly Entry[] = []
  #at = 0
  /** Pending calls that wait for a page, or for earlier calls. */
  #waiting = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(pages: AsyncGenerator<readonly Entry[]>) {
    this.#pages = pages
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  ready(): Entry | undefined {
    const entry = this.#waiting === 0 ? this.#page[this.#at] : undefined
    if (entry) this.#at++
    return entry
  }

  /** Overlapping calls are answered in order. */
  next(): Promise<IteratorResult<Entry>> {
    const value = this.ready()
    if (value) return Promise.resolve({ done: false, value })
    this.#waiting++
    const answer = this.#last.then(() => this.#advance())
    const over = (): void => void this.#waiting--
    this.#last = answer.then(over, over)
    return answer
  }

  async return(): Promise<IteratorResult<Entry>> {
    this.#page = []
    await this.#pages.return(undefined)
    return { done: true, value: undefined }
  }

  async #advance(): Promise<IteratorResult<Entry>> {
    for (;;) {
      const value = this.#page[this.#at++]
      if (value !== undefined) return { done: false, value }
      const next = await this.#pages.next()
      if (next.done) return { done: true, value: undefined }
      this.#page = next.value
      this.#at = 0
    }
  }
}

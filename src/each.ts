import type { Entry } from './store.js'

/** An iterator that may have its next entry at hand. */
export interface EntryIterator extends AsyncIterator<Entry> {
  /** The next entry if it can be had without waiting: listings may have a million, and a promise costs as much as reading a line. */
  ready?(): Entry | undefined
}

/** The entries of pages one by one. One that is there already costs a promise that is resolved, and no turn of a generator. */
export function eachOf(pages: AsyncGenerator<readonly Entry[]>): EntryIterator & AsyncIterableIterator<Entry> {
  return new Each(pages)
}

class Each implements EntryIterator, AsyncIterableIterator<Entry> {
  readonly #pages: AsyncGenerator<readonly Entry[]>
  #page: readonly Entry[] = []
  #at = 0
  /** Calls that wait for a page, or for those before them. */
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

  /** Calls that overlap are answered in their order. */
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

import type { Entry } from '../../store.js'
import { OpenedFile } from './opened.js'
import { Refusal, STATUS } from './refusal.js'

/** A directory behind a handle. */
export interface OpenedDirectory {
  readonly path: string
  readonly entries: AsyncIterator<Entry>
  /** What was looked at when it was opened and not told yet. */
  first: IteratorResult<Entry> | undefined
  /** The first answer to READDIR, for servers that repeat it. */
  answered?: readonly Buffer[]
  /** How many names were made up. */
  invented?: number
}

type Opened = OpenedFile | OpenedDirectory

/** One session opens no more than this at a time, unless told otherwise. */
const MOST = 128

/** What a session has open. */
export class Handles {
  readonly #open = new Map<string, Opened>()
  readonly #most: number
  #last = 0

  constructor(most = MOST) {
    this.#most = most
  }

  get full(): boolean {
    return this.#open.size >= this.#most
  }

  /** Answers the handle. To be asked only while it is not full. */
  add(opened: Opened): Buffer {
    const handle = String(++this.#last)
    this.#open.set(handle, opened)
    return Buffer.from(handle)
  }

  file(handle: Buffer): OpenedFile {
    const opened = this.#open.get(handle.toString('latin1'))
    if (opened instanceof OpenedFile) return opened
    throw new Refusal(STATUS.FAILURE, 'Invalid handle')
  }

  directory(handle: Buffer): OpenedDirectory {
    const opened = this.#open.get(handle.toString('latin1'))
    if (opened && !(opened instanceof OpenedFile)) return opened
    throw new Refusal(STATUS.FAILURE, 'Invalid handle')
  }

  pathOf(handle: Buffer): string {
    return this.#open.get(handle.toString('latin1'))?.path ?? '?'
  }

  async close(handle: Buffer): Promise<void> {
    const name = handle.toString('latin1')
    const opened = this.#open.get(name)
    if (!opened) throw new Refusal(STATUS.FAILURE, 'Invalid handle')
    this.#open.delete(name)
    if (opened instanceof OpenedFile) await opened.close()
    else await opened.entries.return?.()
  }

  /** The session is over: everything is left as it is. */
  async abandon(): Promise<void> {
    const all = [...this.#open.values()]
    this.#open.clear()
    for (const opened of all) {
      const leaving = opened instanceof OpenedFile ? opened.abort() : opened.entries.return?.()
      await Promise.resolve(leaving).catch(() => {}) // nobody is there any more to be told
    }
  }
}

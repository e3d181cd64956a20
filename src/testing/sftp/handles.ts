import type { Entry } from '../../store.js'
import { OpenedFile } from './opened.js'
import { Refusal, STATUS } from './refusal.js'

/** A directory behind a handle. */
export interface OpenedDirectory {
  readonly path: string
  readonly entries: AsyncIterator<Entry>
  /** The entry that was read when it was opened, not sent yet. */
  first: IteratorResult<Entry> | undefined
  /** The first answer to READDIR, for servers that repeat it. */
  answered?: readonly Buffer[]
  /** How many names were made up. */
  invented?: number
}

type Opened = OpenedFile | OpenedDirectory

/** One session opens no more than this at a time, unless told otherwise. */
const MAX_HANDLES = 128

/** The open handles of a session. */
export class Handles {
  readonly #open = new Map<string, Opened>()
  readonly #most: number
  #last = 0

  constructor(most = MAX_HANDLES) {
    this.#most = most
  }

  get full(): boolean {
    return this.#open.size >= this.#most
  }

  /** Adds an open file and returns its handle. Must not be called when full. */
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

  /** Discards every handle after the session has ended; files are left as they are. */
  async abandon(): Promise<void> {
    const all = [...this.#open.values()]
    this.#open.clear()
    for (const opened of all) {
      const leaving = opened instanceof OpenedFile ? opened.abort() : opened.entries.return?.()
      await Promise.resolve(leaving).catch(() => {}) // the session has ended: there is no client to report to
    }
  }
}

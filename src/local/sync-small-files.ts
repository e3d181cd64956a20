import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  type StatOptions,
  writevSync,
} from 'node:fs'
import { type FileHandle, open, rename } from 'node:fs/promises'

/** What the house does with an open file. */
export type Handle = Pick<FileHandle, 'read' | 'writev' | 'truncate' | 'stat' | 'sync' | 'close'>

/** Bytes of a file that is worked on at once. */
export const SMALL = 64 * 1024

/** After that many calls it is judged how long they took; all that may have to wait for a disk are counted, writes are not. */
const SAMPLE = 32
/** Milliseconds a call may take on average. A local disk needs a hundredth of a millisecond. */
const PROMPT = 0.25
/** Milliseconds after which one call alone is enough. */
const LONG = 50

/**
 * Small files of a tree, as long as the disk answers promptly: there a call costs less than handing it to a thread and being told of
 * its end. A disk that keeps us waiting (a network's) is waited for elsewhere from then on.
 */
export class PromptDisk {
  readonly #now: () => number
  #prompt = true
  #calls = 0
  #spent = 0

  /** `now`: milliseconds since some fixed moment; tests own it. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** `size`: of the file, where it is known. */
  open(path: string | Buffer, flags: number, size: number | undefined): Handle | Promise<Handle> {
    if (!this.#prompt || size === undefined || size > SMALL) return open(path, flags)
    return new PromptFile(
      this.#timed(() => openSync(path, flags)),
      (call) => this.#timed(call),
    )
  }

  rename(from: string | Buffer, to: string | Buffer): Promise<void> | undefined {
    if (!this.#prompt) return rename(from, to)
    this.#timed(() => renameSync(from, to))
    return undefined
  }

  #timed<T>(call: () => T): T {
    const began = this.#now()
    try {
      return call()
    } finally {
      this.#judge(this.#now() - began)
    }
  }

  #judge(took: number): void {
    this.#calls++
    this.#spent += took
    if (took > LONG) this.#prompt = false
    if (this.#calls < SAMPLE) return
    if (this.#spent > PROMPT * SAMPLE) this.#prompt = false
    this.#calls = 0
    this.#spent = 0
  }
}

type Timed = <T>(call: () => T) => T

/** An open file whose every call is made at once. */
class PromptFile implements Handle {
  readonly #fd: number
  readonly #timed: Timed

  constructor(fd: number, timed: Timed) {
    this.#fd = fd
    this.#timed = timed
  }

  read = (async (buffer: NodeJS.ArrayBufferView, offset: number, length: number, position: number | null) => ({
    bytesRead: this.#timed(() => readSync(this.#fd, buffer, offset, length, position)),
    buffer,
  })) as Handle['read']

  async writev<T extends readonly NodeJS.ArrayBufferView[]>(buffers: T, position?: number) {
    return { bytesWritten: writevSync(this.#fd, buffers, position), buffers }
  }

  stat = (async (options?: StatOptions) => fstatSync(this.#fd, options)) as Handle['stat']

  async truncate(length?: number): Promise<void> {
    ftruncateSync(this.#fd, length)
  }

  async sync(): Promise<void> {
    fsyncSync(this.#fd)
  }

  async close(): Promise<void> {
    this.#timed(() => closeSync(this.#fd))
  }
}

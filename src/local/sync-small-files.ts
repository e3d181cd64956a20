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

/** The methods of a file handle that the package uses. */
export type Handle = Pick<FileHandle, 'read' | 'writev' | 'truncate' | 'stat' | 'sync' | 'close'>

/** Largest file that is accessed synchronously, in bytes. */
export const SMALL = 64 * 1024

/** Number of calls after which their average is checked; calls that may wait for a disk are counted, writes are not. */
const SAMPLE = 32
/** Average time of a call that still counts as fast, in ms. A local disk needs a hundredth of a millisecond. */
const FAST = 0.25
/** Time of a single call that ends synchronous access, in ms. */
const LONG = 50

/**
 * Accesses small files synchronously while the disk is fast: there a call costs less than handing it to a thread and waiting for its
 * callback. After slow calls (a network file system) all access is asynchronous.
 */
export class SyncDisk {
  readonly #now: () => number
  #sync = true
  #calls = 0
  #spent = 0

  /** `now`: a clock in ms; tests pass their own. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** `size`: of the file, where it is known. */
  open(path: string | Buffer, flags: number, size: number | undefined): Handle | Promise<Handle> {
    if (!this.#sync || size === undefined || size > SMALL) return open(path, flags)
    return new SyncFile(
      this.#timed(() => openSync(path, flags)),
      (call) => this.#timed(call),
    )
  }

  rename(from: string | Buffer, to: string | Buffer): Promise<void> | undefined {
    if (!this.#sync) return rename(from, to)
    this.#timed(() => renameSync(from, to))
    return undefined
  }

  #timed<T>(call: () => T): T {
    const began = this.#now()
    try {
      return call()
    } finally {
      this.#checkSpeed(this.#now() - began)
    }
  }

  #checkSpeed(took: number): void {
    this.#calls++
    this.#spent += took
    if (took > LONG) this.#sync = false
    if (this.#calls < SAMPLE) return
    if (this.#spent > FAST * SAMPLE) this.#sync = false
    this.#calls = 0
    this.#spent = 0
  }
}

type Timed = <T>(call: () => T) => T

/** An open file whose calls are all synchronous. */
class SyncFile implements Handle {
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

import type { FileHandle } from 'node:fs/promises'
import { throwIfAborted } from '../errors.js'
import { giveBuffer, SLAB_SIZE, type Slab, slabOfBuffer, takeBuffer } from '../slab.js'
import type { ByteSink, ByteSource, Receipt } from '../store.js'
import { localFailure, localFault, translated } from './failure.js'

interface OpenFile {
  /** The caller's path, for errors. */
  readonly path: string
  readonly from: number
  /** False for devices and pipes, which have no positions. */
  readonly seekable: boolean
  readonly signal?: AbortSignal
}

export interface ReadableFile extends OpenFile {
  readonly handle: Pick<FileHandle, 'read' | 'close'>
  readonly to: number
  /** Expected end of the file, in bytes; an earlier end is `truncated`. */
  readonly expected: number
}

export interface WritableFile extends OpenFile {
  readonly handle: Pick<FileHandle, 'writev' | 'truncate' | 'close'>
  /** No other process writes to the file, so bytes written after a gap may be cut off. */
  readonly owned: boolean
  /** Called in finish(), before the handle is closed. */
  settle(): Promise<void>
}

/** Reads a file in slabs, one read ahead. Closes the handle at the end, on an error and on cancel(). */
export function readHandle(file: ReadableFile): ByteSource {
  return new DiskSource(file)
}

class DiskSource implements ByteSource {
  readonly #file: ReadableFile
  #at: number
  #ahead: Promise<Slab | undefined> | undefined
  #closed = false

  constructor(file: ReadableFile) {
    this.#file = file
    this.#at = file.from
  }

  async next(): Promise<Slab | Receipt> {
    const { path } = this.#file
    try {
      return await this.#step()
    } catch (error) {
      await translated(path, () => this.#close())
      throw localFailure(error, path)
    }
  }

  cancel(): Promise<void> {
    return translated(this.#file.path, () => this.#close())
  }

  async #step(): Promise<Slab | Receipt> {
    const { path, from, expected, signal } = this.#file
    throwIfAborted(signal, 'local')
    if (this.#closed) throw over(path)
    this.#ahead ??= this.#fetch()
    const slab = await this.#ahead
    if (this.#closed) throw over(path)
    this.#ahead = undefined
    if (slab) {
      this.#at += slab.length
      this.#ahead = this.#fetch()
      return slab
    }
    await this.#close()
    if (this.#at < expected) throw truncated(path, this.#at, expected)
    return { bytes: this.#at - from, integrity: 'sized' }
  }

  #fetch(): Promise<Slab | undefined> {
    const { handle, to, seekable, expected } = this.#file
    // A file of size 0 may be generated while it is read (/proc).
    if (seekable && expected > 0 && this.#at >= expected) return Promise.resolve(undefined)
    const reading = readSlab(handle, Math.min(SLAB_SIZE, to - this.#at), seekable ? this.#at : null)
    reading.catch(() => {})
    return reading
  }

  async #close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const unread = await this.#ahead?.catch(() => undefined)
    unread?.release()
    await this.#file.handle.close()
  }
}

async function readSlab(
  handle: ReadableFile['handle'],
  length: number,
  position: number | null,
): Promise<Slab | undefined> {
  if (length <= 0) return undefined
  const buffer = takeBuffer()
  try {
    const { bytesRead } = await handle.read(buffer, 0, length, position)
    if (bytesRead > 0) return slabOfBuffer(buffer, bytesRead)
  } catch (error) {
    giveBuffer(buffer)
    throw error
  }
  giveBuffer(buffer)
  return undefined
}

/** Slabs being written at the same time. More gains nothing: the disk is busy while the next one is fetched. */
const IN_FLIGHT = 2

/** Writes slabs at their positions, two at a time. An error is thrown by the next write() or by finish(); both close the handle. */
export function writeHandle(file: WritableFile): ByteSink {
  return new DiskSink(file)
}

class DiskSink implements ByteSink {
  readonly #file: WritableFile
  /** Slabs being written, in file order: where each ends, and whether it is written. */
  readonly #writing: { readonly end: number; landed: boolean }[] = []
  #inFlight = 0
  #at: number
  #landed: number
  #fault: { readonly error: unknown } | undefined
  readonly #waiting: (() => void)[] = []
  #closed = false

  constructor(file: WritableFile) {
    this.#file = file
    this.#at = file.from
    this.#landed = file.from
  }

  get landed(): number {
    return this.#landed
  }

  async write(slab: Slab): Promise<void> {
    const { path, seekable, signal } = this.#file
    try {
      if (this.#closed || signal?.aborted || this.#fault) {
        slab.release()
        throwIfAborted(signal, 'local')
        throw this.#closed || !this.#fault ? over(path) : this.#fault.error
      }
      this.#begin(slab)
      await this.#fewer(seekable ? IN_FLIGHT : 1)
    } catch (error) {
      throw localFailure(error, path)
    }
  }

  async finish(): Promise<Receipt> {
    const { path, from, signal } = this.#file
    try {
      if (this.#closed) throw over(path)
      throwIfAborted(signal, 'local')
      await this.#settle()
      return { bytes: this.#at - from, integrity: 'sized' }
    } catch (error) {
      await translated(path, () => this.#abandon())
      throw localFailure(error, path)
    }
  }

  abort(): Promise<void> {
    return translated(this.#file.path, () => this.#abandon())
  }

  #begin(slab: Slab): void {
    const start = this.#at
    this.#at += slab.length
    const piece = { end: this.#at, landed: false }
    this.#writing.push(piece)
    this.#inFlight++
    writeAll(this.#file.handle, slab, this.#file.seekable ? start : null).then(
      () => {
        piece.landed = true
        this.#ended()
      },
      (error: unknown) => {
        this.#fault ??= { error }
        this.#ended()
      },
    )
  }

  /** Advances `landed`; bytes written after a gap do not count yet. */
  #ended(): void {
    this.#inFlight--
    for (let first = this.#writing[0]; first?.landed; first = this.#writing[0]) {
      this.#landed = first.end
      this.#writing.shift()
    }
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Resolves when fewer than `count` slabs are being written, or one of them has failed. */
  async #fewer(count: number): Promise<void> {
    while (this.#inFlight >= count && !this.#fault) await this.#oneEnded()
    if (this.#fault) throw this.#fault.error
  }

  #oneEnded(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  async #settle(): Promise<void> {
    await this.#fewer(1)
    await this.#file.settle()
    this.#closed = true
    await this.#file.handle.close()
  }

  async #abandon(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    while (this.#inFlight > 0) await this.#oneEnded()
    const { handle, owned, seekable } = this.#file
    if (owned && seekable && this.#at > this.#landed) await handle.truncate(this.#landed).catch(() => {})
    await handle.close()
  }
}

/** Writes the whole slab and releases it, also on failure. A system call may write less than it was given. */
async function writeAll(handle: WritableFile['handle'], slab: Slab, position: number | null): Promise<void> {
  try {
    let rest = slab.chunks
    let at = position
    while (rest.length > 0) {
      const { bytesWritten } = await handle.writev(rest, at ?? undefined)
      rest = after(rest, bytesWritten)
      if (bytesWritten === 0 && rest.length > 0) throw new Error('the system wrote nothing')
      if (at !== null) at += bytesWritten
    }
  } finally {
    slab.release()
  }
}

function after(chunks: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let skip = bytes
  const rest: Uint8Array[] = []
  for (const chunk of chunks) {
    if (chunk.length > skip) rest.push(skip > 0 ? chunk.subarray(skip) : chunk)
    skip = Math.max(0, skip - chunk.length)
  }
  return rest
}

function over(path: string): Error {
  return localFault({ code: 'closed', sentence: 'This transfer is over already', hint: 'Open the file again.' }, path)
}

function truncated(path: string, at: number, expected: number): Error {
  const sentence = `The file ended at byte ${at} and had ${expected} when it was opened`
  return localFault({ code: 'truncated', sentence, hint: 'Something changed it meanwhile; read it again.' }, path)
}

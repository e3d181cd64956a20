import type { BigIntStats } from 'node:fs'
import * as fs from 'node:fs/promises'
import { dirname } from 'node:path'
import { TransferError, throwIfAborted } from '../errors.js'
import { hasher } from '../hash.js'
import { name } from '../path.js'
import { bounds, checkOffset } from '../range.js'
import {
  type ByteSink,
  type ByteSource,
  type CallOptions,
  type Capabilities,
  type Entry,
  type HashName,
  isReceipt,
  type Range,
  type Store,
  type WriteAt,
} from '../store.js'
import { entriesOf, entryAt } from './entries.js'
import { localFailure, localFault } from './failure.js'
import { readHandle, writeHandle } from './file-streams.js'
import { native, type PathResolver, rootedPaths, unrootedPaths, unsafe } from './rooted-paths.js'
import { type Handle, SyncDisk } from './sync-small-files.js'

/**
 * Returns a store on the local disk. Without `root`, paths are what node:fs accepts, including those relative to the working
 * directory, and links are followed as usual. With `root`, that directory is '/' and nothing outside can be accessed: a symbolic link
 * that leads outside, or that is in place of a file to read or write, is refused with `unsafe-name`.
 *
 * @example
 * ```ts
 * const store = disk({ root: '/srv/files' })
 * console.log(await store.stat('/a.txt'))
 * ```
 */
export function disk(
  options: {
    /** The directory that is '/' in the store. Defaults to none: the whole disk. */
    root?: string
    /**
     * For a series of operations that ends with close(): directories below the root stay open until then, which saves most of the
     * system calls of small files, and small files are accessed synchronously. Defaults to `false`.
     */
    hold?: boolean
  } = {},
): Store {
  return options.root === undefined
    ? new DiskStore(unrootedPaths, 'disk')
    : new DiskStore(
        rootedPaths(options.root, options.hold),
        `disk:${options.root}`,
        options.hold ? new SyncDisk() : undefined,
      )
}

type ReadOptions = CallOptions & { range?: Range; entry?: Entry }

class DiskStore implements Store {
  readonly can: Capabilities = {
    ranges: true,
    resume: true,
    lookAhead: true,
    checksums: ['sha256', 'sha512', 'sha1', 'md5', 'crc32'],
    times: true,
    modes: process.platform !== 'win32',
    links: true,
    stat: true,
  }
  readonly state = 'ready'
  readonly describe: string
  readonly #paths: PathResolver
  /** Absent: every call is asynchronous. */
  readonly #sync: SyncDisk | undefined

  constructor(paths: PathResolver, describe: string, syncDisk?: SyncDisk) {
    this.#paths = paths
    this.describe = describe
    this.#sync = syncDisk
  }

  async home(): Promise<string> {
    return this.#paths.home()
  }

  async *list(path: string, options?: CallOptions): AsyncGenerator<Entry> {
    throwIfAborted(options?.signal, 'local')
    const dir = await this.#paths.enter(path)
    try {
      for await (const batch of entriesOf(dir.path)) {
        throwIfAborted(options?.signal, 'local')
        yield* batch.map((entry) => this.#withProblem(entry))
      }
    } catch (error) {
      throw localFailure(error, path)
    } finally {
      await dir.close()
    }
  }

  async stat(path: string, options?: CallOptions): Promise<Entry | undefined> {
    throwIfAborted(options?.signal, 'local')
    try {
      return await this.#paths.at(path, (real) => entryAt(real, name(path) || '/'))
    } catch (error) {
      if (error instanceof TransferError && (error.code === 'not-found' || error.code === 'not-directory')) return
      throw error
    }
  }

  async read(path: string, options?: ReadOptions): Promise<ByteSource> {
    throwIfAborted(options?.signal, 'local')
    const { from, to } = bounds(options?.range)
    const { handle, size } = await this.#open(path, fs.constants.O_RDONLY, options?.entry?.size)
    const expected = Math.min(size ?? 0, to)
    return readHandle({ handle, path, from, to, expected, seekable: size !== undefined, signal: options?.signal })
  }

  async write(path: string, options?: CallOptions & { at?: WriteAt }): Promise<ByteSink> {
    throwIfAborted(options?.signal, 'local')
    const at = options?.at ?? {}
    checkOffset(at.offset ?? 0, 'The offset')
    const { handle, size } = await this.#open(path, writeFlags(at), at.durable ? undefined : at.size)
    if (at.reserve && at.size !== undefined) await reserve(handle, path, at.size)
    const settle = async (): Promise<void> => {
      if (at.durable) await this.#makeDurable(handle, path)
    }
    return writeHandle({
      handle,
      path,
      from: at.append ? (size ?? 0) : (at.offset ?? 0),
      seekable: size !== undefined,
      owned: at.offset === undefined,
      settle,
      signal: options?.signal,
    })
  }

  async rename(from: string, to: string, options?: CallOptions): Promise<void> {
    throwIfAborted(options?.signal, 'local')
    await this.#paths.at(to, (next) => this.#paths.at(from, (old) => this.#rename(native(old), native(next))))
    for (const path of [from, to]) {
      const closing = this.#paths.forget(path)
      if (closing) await closing
    }
  }

  async remove(path: string, options?: CallOptions): Promise<void> {
    throwIfAborted(options?.signal, 'local')
    await this.#paths.at(path, (real) => fs.unlink(native(real)))
  }

  async makeDir(path: string, options?: CallOptions): Promise<void> {
    throwIfAborted(options?.signal, 'local')
    await this.#paths.at(path, (real) => fs.mkdir(native(real)))
  }

  async removeDir(path: string, options?: CallOptions): Promise<void> {
    throwIfAborted(options?.signal, 'local')
    await this.#paths.at(path, (real) => fs.rmdir(native(real)))
    await this.#paths.forget(path)
  }

  async checksum(path: string, algorithm: HashName, options?: CallOptions): Promise<string> {
    const hash = hasher(algorithm)
    const source = await this.read(path, { signal: options?.signal })
    for (let next = await source.next(); !isReceipt(next); next = await source.next()) {
      for (const chunk of next.chunks) hash.update(chunk)
      next.release()
    }
    return hash.hex()
  }

  async setTimes(path: string, modified: Date, options?: CallOptions): Promise<void> {
    throwIfAborted(options?.signal, 'local')
    const set = this.#paths.rooted ? fs.lutimes : fs.utimes
    await this.#paths.at(path, (real) => set(native(real), modified, modified))
  }

  async setMode(path: string, mode: number, options?: CallOptions): Promise<void> {
    throwIfAborted(options?.signal, 'local')
    await this.#paths.at(path, async (real) => {
      if (this.#paths.rooted && (await fs.lstat(native(real))).isSymbolicLink()) {
        throw unsafe('A symbolic link is in the path', path)
      }
      await fs.chmod(native(real), mode & 0o7777)
    })
  }

  async link(path: string, target: string, options?: CallOptions): Promise<void> {
    throwIfAborted(options?.signal, 'local')
    const problem = this.#paths.linkProblem(path, target)
    if (problem) throw unsafe(`The link cannot be created, ${problem}`, path)
    await this.#paths.at(path, (real) => fs.symlink(native(target), native(real)))
  }

  /** Closes the directories that were held; they are opened again when needed. Open sources and sinks stay usable. */
  async close(): Promise<void> {
    await this.#paths.forget('/')
  }

  #rename(from: string | Buffer, to: string | Buffer): Promise<void> | undefined {
    return this.#sync ? this.#sync.rename(from, to) : fs.rename(from, to)
  }

  /** `likely`: the size that the file has or will have, in bytes. */
  async #open(path: string, flags: number, likely?: number): Promise<{ handle: Handle; size?: number }> {
    const { rooted, openFlags } = this.#paths
    const opened = (real: string | Buffer): Handle | Promise<Handle> =>
      this.#sync ? this.#sync.open(real, flags | openFlags, likely) : fs.open(real, flags | openFlags)
    const handle = await this.#paths.at(path, (real) => opened(native(real)))
    // A file that was created by this open() is empty.
    if (flags & fs.constants.O_EXCL) return { handle, size: 0 }
    try {
      const stats = await handle.stat({ bigint: true })
      checkKind(stats, path, rooted)
      return stats.isFile() ? { handle, size: Number(stats.size) } : { handle }
    } catch (error) {
      await handle.close()
      throw localFailure(error, path)
    }
  }

  async #makeDurable(handle: Handle, path: string): Promise<void> {
    await handle.sync()
    if (process.platform === 'win32') return
    const dir = await this.#paths.enter(dirname(path))
    try {
      const opened = await fs.open(native(`${dir.path}/.`), fs.constants.O_RDONLY)
      await opened.sync().finally(() => opened.close())
    } finally {
      await dir.close()
    }
  }

  #withProblem(entry: Entry): Entry {
    const problem = this.#paths.problem(entry.name)
    return problem === undefined ? entry : { name: entry.name, type: 'unreadable', problem }
  }
}

/** Reserves space, so that a file system that cannot hold files of that size fails before the transfer. */
async function reserve(handle: Handle, path: string, size: number): Promise<void> {
  try {
    await handle.truncate(size)
  } catch (error) {
    await handle.close()
    throw localFailure(error, path)
  }
}

function writeFlags(at: WriteAt): number {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_EXCL, O_NOFOLLOW } = fs.constants
  const keeps = at.append || at.offset !== undefined
  return O_WRONLY | O_CREAT | (keeps ? 0 : O_TRUNC) | (at.exclusive ? O_EXCL | (O_NOFOLLOW ?? 0) : 0)
}

function checkKind(stats: BigIntStats, path: string, rooted: boolean): void {
  const isDirectory = stats.isDirectory()
  if (isDirectory || (rooted && !stats.isFile())) {
    throw localFault(
      {
        code: isDirectory ? 'is-directory' : 'local',
        sentence: isDirectory ? 'This is a directory' : 'This is a device or a pipe',
        hint: 'Name a regular file.',
      },
      path,
    )
  }
}

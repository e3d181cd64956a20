import type { BigIntStats, Dir } from 'node:fs'
import { lstat, opendir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { TransferError } from '../errors.js'
import { decodeName } from '../names.js'
import type { Entry, EntryType } from '../store.js'
import { localFailure } from './failure.js'
import { native } from './rooted-paths.js'

/** Resolves with the entry at a path of the disk, links not followed, under the name `name`. Rejects with node:fs's error. */
export async function entryAt(path: string, name: string): Promise<Entry> {
  const stats = await lstat(native(path), { bigint: true })
  const type = typeOf(stats)
  return {
    name,
    type,
    ...(type === 'file' && { size: Number(stats.size) }),
    ...(type === 'link' && { target: decodeName(await readlink(native(path), { encoding: 'buffer' })) }),
    modified: new Date(Number(stats.mtimeMs)),
    precision: 'ms',
    zone: 'utc',
    mode: Number(stats.mode) & 0o7777,
    owner: String(stats.uid),
    group: String(stats.gid),
    unique: `${stats.dev}:${stats.ino}`,
  }
}

function typeOf(stats: BigIntStats): EntryType {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'directory'
  return stats.isSymbolicLink() ? 'link' : 'other'
}

/** Entries that are stat'ed concurrently: enough to keep the four threads of the file system busy. */
const TOGETHER = 32

/** Yields the entries of a directory of the disk, in batches, in constant memory. */
export async function* entriesOf(path: string): AsyncGenerator<readonly Entry[]> {
  // In Latin-1 every byte of a name is one character, so no name is changed by decoding.
  const dir = await opendir(native(path), { encoding: 'latin1', bufferSize: TOGETHER })
  try {
    for (let names = await someNames(dir); names.length > 0; names = await someNames(dir)) {
      const entries = await Promise.all(names.map((each) => entryOrProblem(path, each)))
      yield entries.filter((entry) => entry !== undefined)
    }
  } finally {
    await dir.close()
  }
}

async function someNames(dir: Dir): Promise<string[]> {
  const names: string[] = []
  while (names.length < TOGETHER) {
    const next = await dir.read()
    if (!next) break
    names.push(decodeName(Buffer.from(next.name, 'latin1')))
  }
  return names
}

/** Resolves with an entry. A file that cannot be stat'ed must not end the whole listing; a file that is gone is no entry. */
async function entryOrProblem(dir: string, name: string): Promise<Entry | undefined> {
  try {
    return await entryAt(join(dir, name), name)
  } catch (error) {
    const failure: TransferError = localFailure(error, join(dir, name))
    if (failure.code === 'not-found') return undefined
    return { name, type: 'unreadable', problem: failure.message }
  }
}

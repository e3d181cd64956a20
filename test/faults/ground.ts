import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { walk } from '../../src/engine/tree/walk.js'
import type { MemoryStore } from '../../src/index.js'
import { get, put } from '../conformance/bytes.js'
import { randomOf } from '../wire/scene.js'

/** Contents by path. */
export type Files = ReadonlyMap<string, Buffer>

/** Files of all sizes in ten directories, the same for the same seed; some are empty, some larger than a slab. */
export function filesOf(count: number, seed: number): Files {
  const random = randomOf(seed)
  const sizeOf = (): number => {
    const kind = random()
    if (kind < 0.6) return Math.floor(random() * 4_096)
    return Math.floor(random() * (kind < 0.98 ? 65_536 : 2_000_000))
  }
  return new Map(Array.from({ length: count }, (_, at) => [`d${at % 10}/file-${at}`, noise(sizeOf(), random)]))
}

function noise(length: number, random: () => number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  for (let at = 0; at < length; at++) bytes[at] = random() * 256
  return bytes
}

/** A directory with files, looked at from outside of what is tested. */
export interface Ground {
  fill(files: Files): Promise<void>
  /** Size by path of everything that is there. */
  sizes(): Promise<ReadonlyMap<string, number>>
  content(path: string): Promise<Buffer>
}

export function groundOn(dir: string): Ground {
  return {
    async fill(files) {
      for (const [path, bytes] of files) {
        await mkdir(dirname(join(dir, path)), { recursive: true })
        await writeFile(join(dir, path), bytes)
      }
    },
    async sizes() {
      const found = new Map<string, number>()
      const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => [])
      for (const entry of entries.filter((one) => one.isFile())) {
        const path = join(entry.parentPath, entry.name)
        // One that was renamed meanwhile is looked at the next time.
        const size = await stat(path).then(
          (there) => there.size,
          () => undefined,
        )
        if (size !== undefined) found.set(path.slice(dir.length + 1).replaceAll('\\', '/'), size)
      }
      return found
    },
    content: (path) => readFile(join(dir, path)),
  }
}

export function groundIn(store: MemoryStore, root: string): Ground {
  return {
    async fill(files) {
      await store.makeDir(root)
      for (const dir of new Set([...files.keys()].map(dirname))) await store.makeDir(`${root}/${dir}`)
      for (const [path, bytes] of files) await put(store, `${root}/${path}`, bytes)
    },
    async sizes() {
      const found = new Map<string, number>()
      if (!(await store.stat(root))) return found
      for await (const { relative, entry } of walk(store, root))
        if (entry.type === 'file') found.set(relative, entry.size ?? -1)
      return found
    },
    content: (path) => get(store, `${root}/${path}`),
  }
}

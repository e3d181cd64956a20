import { TransferError, throwIfAborted } from './errors.js'
import { hasher } from './hash.js'
import {
  type Content,
  type Directory,
  directoryAt,
  fail,
  fileAt,
  fileForWriting,
  hook,
  type MemoryFile,
  move,
  type Node,
  newDirectory,
  newFile,
  newLink,
  nodeAt,
  partsOf,
  unhook,
} from './memory-tree.js'
import { join, name, resolve } from './path.js'
import { bounds, checkOffset } from './range.js'
import { SLAB_SIZE, type Slab, slabOfBuffer, takeBuffer } from './slab.js'
import type {
  ByteSink,
  ByteSource,
  CallOptions,
  Capabilities,
  Entry,
  HashName,
  Range,
  Receipt,
  Store,
  WriteAt,
} from './store.js'

/**
 * A Store in memory: for tests, dry runs and the embedded servers. Modes are kept, not enforced.
 *
 * @example
 * ```ts
 * const store = new MemoryStore({ '/a.txt': 'text', '/empty/': '' })
 * for await (const { name, size } of store.list('/')) console.log(name, size)
 * ```
 */
export class MemoryStore implements Store {
  /** Everything is supported. */
  readonly can: Capabilities = {
    ranges: true,
    resume: true,
    lookAhead: true,
    checksums: ['sha256', 'sha512', 'sha1', 'md5', 'crc32'],
    times: true,
    modes: true,
    links: true,
    stat: true,
  }
  /** Never lost. */
  readonly state = 'ready'
  /** Always 'memory'. */
  readonly describe = 'memory'
  readonly #root: Directory = newDirectory()

  /** Creates a tree. `files`: contents by absolute path, parents are created; a key that ends in '/' creates an empty directory. */
  constructor(files: Readonly<Record<string, string | Uint8Array>> = {}) {
    for (const [path, content] of Object.entries(files)) this.#seed(path, content)
  }

  async home(): Promise<string> {
    return '/'
  }

  async *list(dir: string, options?: CallOptions): AsyncGenerator<Entry> {
    for (const [entryName, node] of [...directoryAt(this.#root, dir).children]) {
      throwIfAborted(options?.signal, 'local')
      yield entryOf(entryName, node)
    }
  }

  async stat(path: string, options?: CallOptions): Promise<Entry | undefined> {
    throwIfAborted(options?.signal, 'local')
    const node = this.#find(path)
    return node && entryOf(name(resolve('/', path)) || '/', node)
  }

  async read(
    path: string,
    options?: CallOptions & {
      /** Defaults to the whole file. */
      range?: Range
    },
  ): Promise<ByteSource> {
    throwIfAborted(options?.signal, 'local')
    const span = bounds(options?.range)
    const { content } = fileAt(this.#root, path)
    const end = options?.range ? Math.min(span.to, Math.max(content.length, span.from)) : content.length
    return readContent(content, { path, from: span.from, to: end, signal: options?.signal })
  }

  async write(
    path: string,
    options?: CallOptions & {
      /** Where the write begins. Defaults to the start of an empty file. */
      at?: WriteAt
    },
  ): Promise<ByteSink> {
    throwIfAborted(options?.signal, 'local')
    const at = options?.at ?? {}
    checkOffset(at.offset ?? 0, 'The offset')
    const file = fileForWriting(this.#root, path, { exclusive: Boolean(at.exclusive) })
    if (!at.append && at.offset === undefined) file.content.truncate()
    if (at.reserve && at.size !== undefined) file.content.extend(at.size)
    file.modified = new Date()
    return writeContent(file, {
      path,
      from: at.append ? file.content.length : (at.offset ?? 0),
      signal: options?.signal,
    })
  }

  async rename(from: string, to: string, options?: CallOptions): Promise<void> {
    throwIfAborted(options?.signal, 'local')
    move(this.#root, from, to)
  }

  async remove(path: string, options?: CallOptions): Promise<void> {
    throwIfAborted(options?.signal, 'local')
    if (nodeAt(this.#root, path, false).type === 'directory') fail('is-directory', path)
    unhook(this.#root, path)
  }

  async makeDir(path: string, options?: CallOptions): Promise<void> {
    throwIfAborted(options?.signal, 'local')
    hook(this.#root, path, newDirectory())
  }

  async removeDir(path: string, options?: CallOptions): Promise<void> {
    throwIfAborted(options?.signal, 'local')
    const node = nodeAt(this.#root, path, false)
    if (node.type !== 'directory') fail('not-directory', path)
    if (node.children.size > 0) fail('local', path)
    unhook(this.#root, path)
  }

  async checksum(path: string, algorithm: HashName, options?: CallOptions): Promise<string> {
    throwIfAborted(options?.signal, 'local')
    const hash = hasher(algorithm)
    hash.update(fileAt(this.#root, path).content.view(0))
    return hash.hex()
  }

  async setTimes(path: string, modified: Date, options?: CallOptions): Promise<void> {
    throwIfAborted(options?.signal, 'local')
    nodeAt(this.#root, path, true).modified = new Date(modified)
  }

  async setMode(path: string, mode: number, options?: CallOptions): Promise<void> {
    throwIfAborted(options?.signal, 'local')
    nodeAt(this.#root, path, true).mode = mode & 0o7777
  }

  async link(path: string, target: string, options?: CallOptions): Promise<void> {
    throwIfAborted(options?.signal, 'local')
    hook(this.#root, path, newLink(target))
  }

  /** Does nothing: the tree remains, so that a server may close the store once per session. */
  async close(): Promise<void> {}

  #seed(path: string, content: string | Uint8Array): void {
    const parts = partsOf(path)
    const last = path.endsWith('/') ? undefined : parts.pop()
    let at = '/'
    for (const part of parts) {
      at = join(at, part)
      if (this.#find(at) === undefined) hook(this.#root, at, newDirectory())
    }
    if (last === undefined) return
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    hook(this.#root, join(at, last), newFile()).content.put(0, bytes)
  }

  #find(path: string): Node | undefined {
    try {
      return nodeAt(this.#root, path, false)
    } catch (error) {
      if (error instanceof TransferError && (error.code === 'not-found' || error.code === 'not-directory')) return
      throw error
    }
  }
}

interface Transfer {
  readonly path: string
  readonly from: number
  readonly signal?: AbortSignal
}

function readContent(content: Content, span: Transfer & { to: number }): ByteSource {
  let at = span.from
  let open = true
  return {
    async next(): Promise<Slab | Receipt> {
      throwIfAborted(span.signal, 'local')
      if (!open) fail('closed', span.path)
      if (at >= span.to) return { bytes: at - span.from, integrity: 'sized' }
      const piece = content.view(at, Math.min(span.to, at + SLAB_SIZE))
      if (piece.length === 0) fail('truncated', span.path)
      const buffer = takeBuffer()
      buffer.set(piece)
      at += piece.length
      return slabOfBuffer(buffer, piece.length)
    },
    async cancel() {
      open = false
    },
  }
}

function writeContent(file: MemoryFile, start: Transfer): ByteSink {
  let landed = start.from
  let open = true
  return {
    get landed() {
      return landed
    },
    async write(slab) {
      try {
        throwIfAborted(start.signal, 'local')
        if (!open) fail('closed', start.path)
        for (const chunk of slab.chunks) {
          file.content.put(landed, chunk)
          landed += chunk.length
        }
      } finally {
        slab.release()
      }
    },
    async finish() {
      if (!open) fail('closed', start.path)
      open = false
      file.modified = new Date()
      return { bytes: landed - start.from, integrity: 'sized' }
    },
    async abort() {
      open = false
    },
  }
}

function entryOf(entryName: string, node: Node): Entry {
  return {
    name: entryName,
    type: node.type,
    ...(node.type === 'file' && { size: node.content.length }),
    ...(node.type === 'link' && { target: node.target }),
    modified: new Date(node.modified),
    precision: 'ms',
    zone: 'utc',
    mode: node.mode,
    unique: node.unique,
  }
}

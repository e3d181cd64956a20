import { type ErrorCode, TransferError } from './errors.js'
import { name, parent, resolve } from './path.js'

/** The members of every node of the tree. */
interface Meta {
  readonly unique: string
  modified: Date
  mode: number
}
export interface MemoryFile extends Meta {
  readonly type: 'file'
  readonly content: Content
}
export interface Directory extends Meta {
  readonly type: 'directory'
  readonly children: Map<string, Node>
}
export interface Link extends Meta {
  readonly type: 'link'
  readonly target: string
}
export type Node = MemoryFile | Directory | Link

/** As many links as Linux follows before ELOOP. */
const MAX_LINKS = 40

let made = 0

function meta(mode: number): Meta {
  return { unique: `memory:${++made}`, modified: new Date(), mode }
}

export function newDirectory(): Directory {
  return { type: 'directory', children: new Map(), ...meta(0o755) }
}

export function newFile(): MemoryFile {
  return { type: 'file', content: new Content(), ...meta(0o644) }
}

export function newLink(target: string): Link {
  return { type: 'link', target, ...meta(0o777) }
}

/**
 * Returns the node at a path; `follow`: the target, when that is a link. Links in the directories of the path are always followed.
 * Throws `not-found`, `not-directory`, or `unsafe-name` for an endless chain of links.
 */
export function nodeAt(root: Directory, path: string, follow: boolean): Node {
  let way = partsOf(path)
  let node: Node = root
  let links = 0
  for (let depth = 0; depth < way.length; depth++) {
    if (node.type !== 'directory') fail('not-directory', path)
    const child: Node = node.children.get(way[depth] ?? '') ?? fail('not-found', path)
    const last = depth === way.length - 1
    if (child.type !== 'link' || (last && !follow)) {
      node = child
      continue
    }
    if (++links > MAX_LINKS) fail('unsafe-name', path)
    const at = `/${way.slice(0, depth).join('/')}`
    way = [...partsOf(resolve(at, child.target)), ...way.slice(depth + 1)]
    node = root
    depth = -1
  }
  return node
}

export function partsOf(path: string): string[] {
  return resolve('/', path).split('/').filter(Boolean)
}

export function directoryAt(root: Directory, path: string): Directory {
  const node = nodeAt(root, path, true)
  return node.type === 'directory' ? node : fail('not-directory', path)
}

export function fileAt(root: Directory, path: string): MemoryFile {
  const node = nodeAt(root, path, true)
  return node.type === 'file' ? node : fail('is-directory', path)
}

/** Returns the directory of a name that exists or is to be created, and the name in it. Throws for the root. */
export function placeOf(root: Directory, path: string): { dir: Directory; name: string } {
  const absolute = resolve('/', path)
  if (absolute === '/') fail('is-directory', path)
  return { dir: directoryAt(root, parent(absolute)), name: name(absolute) }
}

/** Adds a new node; throws `exists` when the name is taken. */
export function hook<T extends Node>(root: Directory, path: string, node: T): T {
  if (resolve('/', path) === '/') fail('exists', path)
  const place = placeOf(root, path)
  if (place.dir.children.has(place.name)) fail('exists', path)
  place.dir.children.set(place.name, node)
  place.dir.modified = new Date()
  return node
}

export function unhook(root: Directory, path: string): void {
  const place = placeOf(root, path)
  place.dir.children.delete(place.name)
  place.dir.modified = new Date()
}

/** Returns the file to write to, created when it is missing; links are followed unless `exclusive`. */
export function fileForWriting(
  root: Directory,
  path: string,
  { exclusive, links = 0 }: { readonly exclusive: boolean; readonly links?: number },
): MemoryFile {
  const place = placeOf(root, path)
  const node = place.dir.children.get(place.name)
  if (!node) return hook(root, path, newFile())
  if (exclusive) fail('exists', path)
  if (node.type === 'directory') fail('is-directory', path)
  if (node.type === 'file') return node
  if (links >= MAX_LINKS) fail('unsafe-name', path)
  return fileForWriting(root, resolve(parent(resolve('/', path)), node.target), { exclusive, links: links + 1 })
}

/** Moves a node; replaces what POSIX rename() replaces. */
export function move(root: Directory, from: string, to: string): void {
  const source = placeOf(root, from)
  const node = source.dir.children.get(source.name) ?? fail('not-found', from)
  const target = placeOf(root, to)
  const there = target.dir.children.get(target.name)
  if (there === node) return
  if (`${resolve('/', to)}/`.startsWith(`${resolve('/', from)}/`))
    fail('local', to, 'A directory cannot move into itself:')
  if (there) checkReplaceable(node, there, to)
  source.dir.children.delete(source.name)
  target.dir.children.set(target.name, node)
  source.dir.modified = target.dir.modified = new Date()
}

function checkReplaceable(node: Node, there: Node, path: string): void {
  if (node.type !== 'directory' && there.type === 'directory') fail('is-directory', path)
  if (node.type === 'directory' && there.type !== 'directory') fail('not-directory', path)
  if (there.type === 'directory' && there.children.size > 0) fail('local', path)
}

const SENTENCES: Readonly<Partial<Record<ErrorCode, string>>> = {
  'not-found': 'No such file or directory:',
  exists: 'This exists already:',
  'is-directory': 'This is a directory:',
  'not-directory': 'This is not a directory, or a part of the path is none:',
  'unsafe-name': 'Too many symbolic links in the path:',
  truncated: 'The file became shorter while it was read:',
  closed: 'This transfer is over already:',
  local: 'The directory is not empty:',
}

export function fail(code: ErrorCode, path: string, sentence = SENTENCES[code] ?? 'This cannot be done:'): never {
  throw new TransferError(code, `${sentence} ${path}.`, { phase: 'local', path })
}

/** The bytes of one file. Grows by doubling, so that appending n bytes copies at most 2n. */
export class Content {
  #bytes: Uint8Array = new Uint8Array(0)
  length = 0

  /** Returns the bytes; valid until the next put() or truncate(). */
  view(from: number, to = this.length): Uint8Array {
    return this.#bytes.subarray(Math.min(from, this.length), Math.min(to, this.length))
  }

  put(at: number, bytes: Uint8Array): void {
    const end = at + bytes.length
    if (end > this.#bytes.length) this.#grow(end)
    this.#bytes.set(bytes, at)
    this.length = Math.max(this.length, end)
  }

  /** Appends zeros up to this length. */
  extend(length: number): void {
    if (length > this.#bytes.length) this.#grow(length)
    this.length = Math.max(this.length, length)
  }

  truncate(): void {
    this.#bytes = new Uint8Array(0)
    this.length = 0
  }

  #grow(needed: number): void {
    const larger = allocate(Math.max(needed, this.#bytes.length * 2)) ?? allocate(needed)
    if (!larger) throw new TransferError('disk-full', `There is no memory for ${needed} bytes.`, { phase: 'local' })
    larger.set(this.view(0))
    this.#bytes = larger
  }
}

function allocate(length: number): Uint8Array | undefined {
  try {
    return new Uint8Array(length)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

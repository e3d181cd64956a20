import type { Slab } from './slab.js'

export type EntryType = 'file' | 'directory' | 'link' | 'other' | 'unreadable'

/** One thing in a directory. Absent members are not known; nothing is guessed without saying so. */
export interface Entry {
  /** The last part of the path. Bytes that are not valid in the session's charset stand as U+DC80…U+DCFF and travel back unchanged. */
  readonly name: string
  /** 'unreadable': a line of the listing that could not be understood or whose name is not safe; `problem` says why. Never act on it. */
  readonly type: EntryType
  /** Bytes. */
  readonly size?: number
  readonly modified?: Date
  /** How exact `modified` is. */
  readonly precision?: 'ms' | 's' | 'min' | 'day'
  /** 'assumed': the listing carried local times of the server and UTC was assumed. */
  readonly zone?: 'utc' | 'assumed'
  /** Permission bits as in POSIX, without the file type. */
  readonly mode?: number
  readonly owner?: string
  readonly group?: string
  /** Where a link points to, as the server writes it. */
  readonly target?: string
  /** Changes when another file takes this name (RFC 3659 section 7.5.2 `unique`, or device and inode). */
  readonly unique?: string
  /** The line of the listing it was read from. */
  readonly raw?: string
  readonly problem?: string
}

/** Bytes `from` (default 0) up to, not including, `to` (default: the end). */
export interface Range {
  readonly from?: number
  readonly to?: number
}

/** Where a write begins. Neither: the file is made, or emptied if it exists. */
export interface WriteAt {
  /** Write from this byte on and keep what stands before it. */
  readonly offset?: number
  /** Add to the end of what is there. */
  readonly append?: boolean
  /**
   * Fail with `exists` when there is something under that name, symbolic links included. 'atomic': only where making the file and
   * looking are one step; for names made up at random, which are not worth a question of their own.
   */
  readonly exclusive?: boolean | 'atomic'
  /** The size the file will have in the end, in bytes, when it is known (space can be reserved, progress has a total). */
  readonly size?: number
  /** Give the file its `size` at once: it will be written in parts, in any order. A store that cannot does nothing. */
  readonly reserve?: boolean
  /** Force it to stable storage before finish() answers. */
  readonly durable?: boolean
}

export interface CallOptions {
  readonly signal?: AbortSignal
}

/** A call about a path. `next`: what will be done with that file right after it, for which a store may ask at once. */
export interface NextOptions extends CallOptions {
  readonly next?: 'read' | 'write' | 'rename'
}

/** What the far side said about a finished transfer. */
export interface Receipt {
  /** Bytes that went over in this transfer (after `range`, `offset`). */
  readonly bytes: number
  /** True or false when the data connection had TLS: whether it resumed the control connection's session. */
  readonly sessionReused?: boolean
  /** The size the far side announced, when it did. */
  readonly announced?: number
  readonly reply?: { readonly code: number; readonly text: string }
  /** 'sized': the number of bytes was confirmed; 'hashed': the content was; 'unproven': the end was confirmed, the size was not known. */
  readonly integrity: 'sized' | 'hashed' | 'unproven'
}

/** Room on a file system, in bytes. */
export interface Space {
  readonly total: number
  readonly free: number
  /** What this user may still write. */
  readonly available: number
}

/** A file being read. The Receipt comes instead of a slab once the far side has confirmed the end. */
export interface ByteSource {
  next(): Promise<Slab | Receipt>
  /** Stops early; the store is usable again when it resolves. */
  cancel(reason?: unknown): Promise<void>
}

/** A file being written. The sink releases each slab it is given. */
export interface ByteSink {
  write(slab: Slab): Promise<void>
  /** Resolves once the far side has confirmed that it has the whole file. */
  finish(): Promise<Receipt>
  /** Stops early and leaves what has landed. */
  abort(reason?: unknown): Promise<void>
  /** Contiguous bytes of the file that are written, counted from the start of the file. */
  readonly landed: number
}

/** True for the Receipt that ends a ByteSource. */
export function isReceipt(next: Slab | Receipt): next is Receipt {
  return 'integrity' in next
}

export type HashName = 'md5' | 'sha1' | 'sha256' | 'sha512' | 'crc32'

/** What a store can do. */
export interface Capabilities {
  /** read() can start and stop inside a file. */
  readonly ranges: boolean
  /** write() can continue at an offset. */
  readonly resume: boolean
  /** The next read() may be called while a source is open. */
  readonly lookAhead: boolean
  /** Hashes checksum() can make, in the order of preference. */
  readonly checksums: readonly HashName[]
  readonly times: boolean
  readonly modes: boolean
  readonly links: boolean
  /** stat() answers exact sizes and times. */
  readonly stat: boolean
}

/**
 * A place that holds files: an FTP session, the local disk, a memory twin. Paths are absolute and use '/'. Every method ends
 * with a TransferError or its answer; one that is missing means that the store cannot do it.
 */
export interface Store {
  readonly can: Capabilities
  /** 'lost': nothing will work any more; a pool replaces it. */
  readonly state: 'ready' | 'busy' | 'lost'
  /** For people and logs: 'ftp://me@host:21', 'disk', 'memory'. Never holds a secret. */
  readonly describe: string
  /** The directory that relative paths start from. */
  home(options?: CallOptions): Promise<string>
  /** The entries of a directory in the order they come, without '.' and '..'. Throws `not-found` or `not-directory`. */
  list(dir: string, options?: CallOptions): AsyncIterable<Entry>
  /** What stands under that name, links not followed; undefined when nothing does. */
  stat(path: string, options?: NextOptions): Promise<Entry | undefined>
  read(path: string, options?: CallOptions & { range?: Range; entry?: Entry }): Promise<ByteSource>
  write(path: string, options?: NextOptions & { at?: WriteAt }): Promise<ByteSink>
  /** Replaces a file that has the new name, where the store can; else fails with `exists` or `refused`. `next`: with another file. */
  rename(from: string, to: string, options?: NextOptions): Promise<void>
  /** Removes a file or a link. */
  remove(path: string, options?: CallOptions): Promise<void>
  /** Makes one directory; its parent must exist. Fails with `exists` when the name is taken. */
  makeDir(path: string, options?: CallOptions): Promise<void>
  /** Removes an empty directory. */
  removeDir(path: string, options?: CallOptions): Promise<void>
  /** The hash of a whole file, or of its first `length` bytes, as lower-case hex. */
  checksum?(path: string, algorithm: HashName, options?: CallOptions): Promise<string>
  setTimes?(path: string, modified: Date, options?: CallOptions): Promise<void>
  setMode?(path: string, mode: number, options?: CallOptions): Promise<void>
  /** Makes a symbolic link at `path` that points to `target`. */
  link?(path: string, target: string, options?: CallOptions): Promise<void>
  /** A view of this store whose read() and write() convert line ends (RFC 959 section 3.1.1.1); sizes mean nothing there. */
  asText?(): Store
  /** A view of this store whose read() and write() move files compressed, as far as the other side can; it has no ranges. */
  asPacked?(): Store
  /** The room on the file system that the path is on. */
  space?(path: string, options?: CallOptions): Promise<Space>
  close(): Promise<void>
}

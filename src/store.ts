import type { TransferError } from './errors.js'
import type { Slab } from './slab.js'

/** What an entry of a directory is. */
export type EntryType = 'file' | 'directory' | 'link' | 'other' | 'unreadable'

/** One thing in a directory. Absent members are not known; nothing is guessed without saying so. */
export interface Entry {
  /** The last part of the path. Bytes that are not valid in the session's charset stand as U+DC80…U+DCFF and travel back unchanged. */
  readonly name: string
  /** 'unreadable': a line of the listing that could not be understood or whose name is not safe; `problem` says why. Never act on it. */
  readonly type: EntryType
  /** Bytes. */
  readonly size?: number
  /** When its content was modified last. */
  readonly modified?: Date
  /** How exact `modified` is. */
  readonly precision?: 'ms' | 's' | 'min' | 'day'
  /** 'utc' where that is known; 'assumed': the server's times may be local ones (LIST, MDTM of vsftpd), and UTC was assumed. */
  readonly zone?: 'utc' | 'assumed'
  /** Permission bits as in POSIX, without the file type. */
  readonly mode?: number
  /** The owner's name or number, as the server writes it. */
  readonly owner?: string
  /** The group's name or number, as the server writes it. */
  readonly group?: string
  /** Where a link points to, as the server writes it. */
  readonly target?: string
  /** Changes when another file takes this name (RFC 3659 section 7.5.2 `unique`, or device and inode). */
  readonly unique?: string
  /** The line of the listing it was read from. */
  readonly raw?: string
  /** Why the entry is 'unreadable'. */
  readonly problem?: string
}

/** A part of a file: bytes `from` up to, not including, `to`. */
export interface Range {
  /**
   * Offset of the first byte.
   *
   * @defaultValue 0
   */
  readonly from?: number
  /**
   * Offset behind the last byte.
   *
   * @defaultValue the end of the file
   */
  readonly to?: number
}

/** Where a write begins. Without `offset` and `append` the file is made, or emptied if it exists. */
export interface WriteAt {
  /** Writes from this byte on and keeps what is before it. */
  readonly offset?: number
  /** Adds to the end of what is there. */
  readonly append?: boolean
  /**
   * Fails with `exists` when there is something under that name, symbolic links included. 'atomic': only where making the file and
   * looking are one step; for names made up at random, which are not worth a question of their own.
   */
  readonly exclusive?: boolean | 'atomic'
  /** The size the file will have in the end, in bytes, when it is known (space can be reserved, progress has a total). */
  readonly size?: number
  /** Gives the file its `size` at once: it will be written in parts, in any order. A store that cannot does nothing. */
  readonly reserve?: boolean
  /** Forces it to stable storage before finish() resolves. */
  readonly durable?: boolean
}

/** Options that every call takes. */
export interface CallOptions {
  /** Cancels the call, which then rejects with `aborted`. */
  readonly signal?: AbortSignal
}

/** Options of a call about a path. */
export interface NextOptions extends CallOptions {
  /** What will be done with that file right after the call; a store that needs something for that may ask for it at once. */
  readonly next?: 'read' | 'write' | 'rename'
}

/** Options of a transfer that may be waited with. */
export interface Lossy {
  /** Called at most once when the transfer cannot be completed any more, even while neither side waits for the store: its session was lost or closed. */
  readonly onLost?: (error: TransferError) => void
}

/** What the far side said about a finished transfer. */
export interface Receipt {
  /** Bytes that were transferred (those of a `range`, those after an `offset`). */
  readonly bytes: number
  /** True or false when the data connection had TLS: whether it resumed the control connection's session. */
  readonly sessionReused?: boolean
  /** The size that the other side announced, when it did. */
  readonly announced?: number
  /** The final reply. */
  readonly reply?: {
    /** Three digits: 226. */
    readonly code: number
    /** The text after the code. */
    readonly text: string
  }
  /** 'sized': the number of bytes was confirmed; 'hashed': the content was; 'unproven': the end was confirmed, the size was not known. */
  readonly integrity: 'sized' | 'hashed' | 'unproven'
}

/** Space on a file system, in bytes. */
export interface Space {
  /** Size of the file system. */
  readonly total: number
  /** What is not used. */
  readonly free: number
  /** What this user may still write. */
  readonly available: number
}

/** A file that is being read. */
export interface ByteSource {
  /** Resolves with the next bytes, which the caller releases; with the Receipt instead once the other side has confirmed the end. */
  next(): Promise<Slab | Receipt>
  /** Stops early; the store can be used again when it resolves. */
  cancel(reason?: unknown): Promise<void>
}

/** A file that is being written. */
export interface ByteSink {
  /** Writes bytes and releases them. */
  write(slab: Slab): Promise<void>
  /** Resolves once the other side has confirmed that it has the whole file. */
  finish(): Promise<Receipt>
  /** Stops early and leaves what is written. */
  abort(reason?: unknown): Promise<void>
  /** Contiguous bytes of the file that are written, counted from the start of the file. */
  readonly landed: number
}

/** Returns true for the Receipt that ends a ByteSource. */
export function isReceipt(next: Slab | Receipt): next is Receipt {
  return 'integrity' in next
}

/** The hash functions that `checksum()` and `verify` know. */
export type HashName = 'md5' | 'sha1' | 'sha256' | 'sha512' | 'crc32'

/** What a store can do. */
export interface Capabilities {
  /** read() can start and stop inside a file. */
  readonly ranges: boolean
  /** write() can continue at an offset. */
  readonly resume: boolean
  /** The next read() may be called while a source is open. */
  readonly lookAhead: boolean
  /** Hashes that checksum() supports, in the order of preference. */
  readonly checksums: readonly HashName[]
  /** setTimes() is supported. */
  readonly times: boolean
  /** setMode() is supported. */
  readonly modes: boolean
  /** link() is supported. */
  readonly links: boolean
  /** stat() returns exact sizes and times. */
  readonly stat: boolean
}

/**
 * A place that holds files: an FTP or SFTP session, the local disk, memory. Paths are absolute and use '/'. Whatever a method rejects
 * with is a TransferError. A method that is absent is not supported.
 */
export interface Store {
  /** What the store supports. */
  readonly can: Capabilities
  /** 'lost': no method will work any more; a pool replaces the store. */
  readonly state: 'ready' | 'busy' | 'lost'
  /** For people and logs: 'ftp://me@host:21', 'disk', 'memory'. Never holds a secret. */
  readonly describe: string
  /** Resolves with the directory that relative paths start from. */
  home(options?: CallOptions): Promise<string>
  /** Returns the entries of a directory in the order they come, without '.' and '..'. Rejects with `not-found` or `not-directory`. */
  list(dir: string, options?: CallOptions): AsyncIterable<Entry>
  /** Resolves with what is under that name, links not followed; with undefined when nothing is. */
  stat(path: string, options?: NextOptions): Promise<Entry | undefined>
  /** Opens a file, or a part of it, to read. With `entry` the store need not ask for size and type again. */
  read(
    path: string,
    options?: CallOptions &
      Lossy & {
        /** Defaults to the whole file. */
        range?: Range
        /** What stat() returned. */
        entry?: Entry
      },
  ): Promise<ByteSource>
  /** Opens a file to write. */
  write(
    path: string,
    options?: NextOptions &
      Lossy & {
        /** Where the write begins. Defaults to the start of an empty file. */
        at?: WriteAt
      },
  ): Promise<ByteSink>
  /** Replaces a file that has the new name, where the store can; else fails with `exists` or `refused`. `next`: with another file. */
  rename(from: string, to: string, options?: NextOptions): Promise<void>
  /** Removes a file or a link. */
  remove(path: string, options?: CallOptions): Promise<void>
  /** Makes one directory; its parent must exist. Fails with `exists` when the name is taken. */
  makeDir(path: string, options?: CallOptions): Promise<void>
  /** Removes an empty directory. */
  removeDir(path: string, options?: CallOptions): Promise<void>
  /** Resolves with the hash of a whole file as lower-case hex. */
  checksum?(path: string, algorithm: HashName, options?: CallOptions): Promise<string>
  /** Sets the modification time. */
  setTimes?(path: string, modified: Date, options?: CallOptions): Promise<void>
  /** Sets permission bits. */
  setMode?(path: string, mode: number, options?: CallOptions): Promise<void>
  /** Makes a symbolic link at `path` that points to `target`. */
  link?(path: string, target: string, options?: CallOptions): Promise<void>
  /** Returns a view of this store whose read() and write() convert line ends (RFC 959 section 3.1.1.1); it has no sizes. */
  asText?(): Store
  /** Returns a view of this store whose read() and write() compress where the other side supports it; it has no ranges. */
  asPacked?(): Store
  /** Resolves with the space on the file system of a path. */
  space?(path: string, options?: CallOptions): Promise<Space>
  /** Ends the store. Never rejects. */
  close(): Promise<void>
}

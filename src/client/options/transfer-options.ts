import type { CallOptions, HashName } from '../../store.js'

/** `true`: MD5, else CRC-32, else the size, whichever both sides support first; a list: the first of these that both support. */
export type Verify = boolean | readonly (HashName | 'size')[]

/** What `onProgress` is called with, about every 250 ms and once at the end. */
export interface Progress {
  /** The source's path. */
  readonly path: string
  /** Bytes of the file that are there now, those of an earlier try included. */
  readonly bytes: number
  /** Size of the file in bytes, when it is known. */
  readonly total?: number
  /** 0 to 100, when the total is known. */
  readonly percent?: number
  /** Bytes per second, over the last few seconds. */
  readonly rate: number
  /** Seconds to go, when the total is known. */
  readonly eta?: number
}

/** Options of `download()`, `upload()`, `writeFile()` and `copy()`. */
export interface TransferOptions extends CallOptions {
  /**
   * `'ascii'` converts line ends (TYPE A): no size is compared, nothing is verified or resumed.
   *
   * @defaultValue 'binary', or what `configure()` set
   */
  readonly type?: 'binary' | 'ascii'
  /**
   * Adds to the end of the target, in place. Not verified, not retried.
   *
   * @defaultValue false
   */
  readonly append?: boolean
  /**
   * Keeps the partial file on failure, and goes on from what an earlier call left, when its record proves that it is the same file.
   *
   * @defaultValue false
   */
  readonly resume?: boolean
  /**
   * The paths are directories: copies everything in them.
   *
   * @defaultValue false
   */
  readonly recursive?: boolean
  /**
   * Compares both files after the transfer, before the rename.
   *
   * @defaultValue that of `connect()`, else false
   */
  readonly verify?: Verify
  /**
   * `'sibling'`: writes under a temporary name beside the target and renames at the end; `'none'`: writes under the final name at once.
   *
   * @defaultValue 'sibling'
   */
  readonly temporary?: 'sibling' | 'none'
  /**
   * What is done with a target that exists: `'rename'` renames over it; `'delete-first'` removes it just before; `'never'` rejects with
   * `exists`.
   *
   * @defaultValue 'rename'
   */
  readonly overwrite?: 'rename' | 'delete-first' | 'never'
  /**
   * Downloads: forces the file to stable storage (fsync) before the call resolves.
   *
   * @defaultValue false
   */
  readonly durable?: boolean
  /**
   * Tries after the first one, for errors that are `retryable`. Each waits twice as long as the one before, half of it random, from half
   * a second up to 30.
   *
   * @defaultValue 2
   */
  readonly retries?: number
  /**
   * Bytes per second for this call.
   *
   * @defaultValue no limit
   */
  readonly rateLimit?: number
  /**
   * FTP: sends the file as a deflate stream (MODE Z) where the server supports it; else as it is, and a `warning` event says so.
   * Excludes `resume`, `segments` and `'ascii'`.
   *
   * @defaultValue false
   */
  readonly compress?: boolean
  /**
   * Sessions that fetch one file together (downloads to a local path), 1 to 64. They are opened for it unless `pool.max` says fewer.
   *
   * @defaultValue 1
   */
  readonly segments?: number
  /** Called about every 250 ms and once at the end. */
  readonly onProgress?: (progress: Progress) => void
}

/** What a transfer of one file resolves with. */
export interface TransferResult {
  /** Bytes that were transferred in this call. */
  readonly bytes: number
  /** The offset in bytes that it began at; 0 unless it was resumed. */
  readonly from: number
  /** Milliseconds. */
  readonly elapsedMs: number
  /**
   * `'hashed'`: the content was compared; `'sized'`: the number of bytes was confirmed; `'unproven'`: the server confirmed the end, but
   * no size was available.
   */
  readonly integrity: 'sized' | 'hashed' | 'unproven'
  /** The hash that was compared, or `'size'`, when the transfer was verified. */
  readonly verifiedBy?: string
  /** The final reply was lost, but a fresh session found every byte: `'size'`, or the hash that was compared. */
  readonly confirmedBy?: string
  /** Over TLS: whether the data connection resumed the TLS session. */
  readonly sessionReused?: boolean
  /** Tries after the first one, those of single segments included. */
  readonly retries: number
}

/** What a recursive transfer resolves with. One that could not copy everything rejects with `incomplete` and all failures instead. */
export interface TreeResult {
  /** Files that were copied. */
  readonly files: number
  /** Directories that were copied; the topmost is not counted. */
  readonly directories: number
  /** Bytes of all files. */
  readonly bytes: number
  /** Milliseconds. */
  readonly elapsedMs: number
  /** Tries after the first one, over all files. */
  readonly retries: number
  /** Files whose final reply was lost but of which a fresh session found every byte: `'size'`, or the hash that was compared. */
  readonly confirmed: readonly {
    /** The source's path. */
    readonly path: string
    /** What was compared. */
    readonly by: string
  }[]
  /** Links and special files, which are not copied. */
  readonly skipped: readonly {
    /** The source's path. */
    readonly path: string
    /** Why it is not copied. */
    readonly reason: string
  }[]
}

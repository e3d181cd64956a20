import type { Readable, Writable } from 'node:stream'
import type { ReplyText } from '../../errors.js'
import type { Capabilities, Entry, HashName, Range, Space } from '../../store.js'
import type {
  CallOptions,
  Secret,
  Security,
  SessionCommands,
  SshSecurity,
  Timeouts,
  TransferOptions,
  TransferResult,
  TreeResult,
} from '../options/options.js'
import type { Input, Output } from '../streams/streams.js'
import type { RemoteFile } from './remote-file.js'

export type { RemoteFile } from './remote-file.js'

/**
 * A connection to a server, from `connect()`. Calls may overlap: they queue, or spread over the sessions of the pool. A session that
 * was lost is replaced by the next call.
 *
 * Every method that returns a promise may also reject with `bad-argument` (nothing was sent), `timeout`, `session-lost`,
 * `session-held`, `closed` or `aborted`.
 */
export interface Remote extends AsyncDisposable {
  /**
   * Returns the entries of a directory in the order they come, in constant memory, by MLSD or LIST. Nothing is sent before the first
   * step. Other calls may be made inside the loop: the rest of the listing is then read to the end and kept.
   *
   * @param dir - Defaults to the directory that relative paths begin in.
   * @throws TransferError `not-found`, `not-directory` or `permission-denied`, from the first step.
   * @example
   * ```ts
   * for await (const entry of remote.list('/out')) console.log(entry.type, entry.size, entry.name)
   * ```
   */
  list(dir?: string, options?: CallOptions): AsyncIterable<Entry>
  /**
   * Resolves with what is under a path, links not followed; with `undefined` when nothing is. MLST; else SIZE and MDTM for a file and
   * CWD for a directory; else the listing of the directory above.
   *
   * @throws TransferError `permission-denied` or `refused` where the server does not say whether anything is there.
   */
  stat(path: string, options?: CallOptions): Promise<Entry | undefined>
  /** Resolves with whether `stat()` finds anything under a path. Rejects as `stat()` does. */
  exists(path: string, options?: CallOptions): Promise<boolean>
  /**
   * Downloads everything below a directory into a local directory, which is made if it does not exist, up to `pool.max` files at a
   * time. Links and special files are skipped.
   *
   * @throws TransferError `incomplete` with all `failures`, after the other files were copied.
   */
  download(
    remotePath: string,
    target: string | Output,
    options: TransferOptions & {
      /** The paths are directories. */
      recursive: true
    },
  ): Promise<TreeResult>
  /**
   * Downloads a file to a local path or into a stream, which is ended. A local file is written under a temporary name and renamed when
   * the server has confirmed the transfer, the sizes agree and `verify` succeeded.
   *
   * @throws TransferError `not-found`, `is-directory`, `permission-denied`; `exists` where `overwrite` is `'never'`; `truncated` or
   * `mismatch`; `timeout`, `data-connection` or `session-lost` after the last retry; `disk-full` or `local`.
   * @example
   * ```ts
   * const { bytes, integrity } = await remote.download('/out/report.csv', './report.csv', { verify: true })
   * ```
   */
  download(remotePath: string, target: string | Output, options?: TransferOptions): Promise<TransferResult>
  /**
   * Uploads everything below a local directory into a directory, which is made if it does not exist, up to `pool.max` files at a time.
   * Links and special files are skipped.
   *
   * @throws TransferError `incomplete` with all `failures`, after the other files were copied.
   */
  upload(
    source: string | Input,
    remotePath: string,
    options: TransferOptions & {
      /** The paths are directories. */
      recursive: true
    },
  ): Promise<TreeResult>
  /**
   * Uploads a file from a local path, bytes, a stream or an iterable. A string is always a path: `writeFile()` takes text. The file is
   * written under a temporary name and renamed when the server has confirmed it, the sizes agree and `verify` succeeded.
   *
   * @throws TransferError `not-found` for a missing source; `permission-denied`, `disk-full`; `exists` where `overwrite` is `'never'`;
   * `unconfirmed` or `mismatch`; `timeout`, `data-connection` or `session-lost` after the last retry; `local` for a source that fails.
   * @example
   * ```ts
   * await remote.upload('./report.csv', '/in/report.csv', { verify: true })
   * ```
   */
  upload(source: string | Input, remotePath: string, options?: TransferOptions): Promise<TransferResult>
  /**
   * Returns a stream of a file's bytes, compared at the end with `verify`. The file is opened at the first read; `end` means that the server has confirmed the transfer.
   * Destroying the stream cancels the transfer. The stream holds its session until it is closed.
   *
   * @throws TransferError `bad-argument`; any other error destroys the stream with a `TransferError`.
   * @example
   * ```ts
   * await pipeline(remote.read('/out/log.gz'), createGunzip(), createWriteStream('./log'))
   * ```
   */
  read(
    path: string,
    options?: CallOptions &
      Range &
      Pick<TransferOptions, 'verify'> & {
        /** `'ascii'` converts line ends. Defaults to `'binary'`, or what `configure()` set. */
        type?: 'binary' | 'ascii'
      },
  ): Readable
  /**
   * Returns a stream that writes a file directly under its final name. `finish` comes after the server's confirmation. Destroying the
   * stream cancels the transfer; what was written stays. The stream holds its session until it is closed.
   *
   * @throws TransferError `bad-argument`; any other error destroys the stream with a `TransferError`.
   */
  write(
    path: string,
    options?: CallOptions &
      Pick<TransferOptions, 'verify'> & {
        /** Adds to the end of the file. Defaults to `false`. */
        append?: boolean
        /** `'ascii'` converts line ends. Defaults to `'binary'`, or what `configure()` set. */
        type?: 'binary' | 'ascii'
      },
  ): Writable
  /**
   * Resolves with the bytes of a file, from `from` (default 0) up to, not including, `to` (default: the end).
   *
   * @throws TransferError `not-found`, `is-directory`, `permission-denied`; `truncated`; `mismatch` with `verify`; `not-supported` for a range where the server
   * has no REST.
   */
  readFile(path: string, options?: CallOptions & Range & Pick<TransferOptions, 'verify'>): Promise<Buffer>
  /** Uploads text (as UTF-8) or bytes. Resolves and rejects as `upload()` does. */
  writeFile(path: string, data: string | Uint8Array, options?: TransferOptions): Promise<TransferResult>
  /**
   * Removes a file or a link.
   *
   * @throws TransferError `not-found`, `is-directory` or `permission-denied`.
   */
  remove(path: string, options?: CallOptions): Promise<void>
  /**
   * Makes a directory. With `recursive` (default `false`) also its parents, and a directory that exists is no error.
   *
   * @throws TransferError `exists` when the name is taken; `not-found` when the parent is missing; `permission-denied`.
   */
  makeDir(
    path: string,
    options?: CallOptions & {
      /** Makes the parents too; a directory that exists is no error. Defaults to `false`. */
      recursive?: boolean
    },
  ): Promise<void>
  /**
   * Removes an empty directory. With `recursive` (default `false`) also everything in it; links are removed and never followed.
   *
   * @throws TransferError `not-found`, `not-directory`, `permission-denied`; `refused` when it is not empty; with `recursive`
   * `incomplete` with all `failures`.
   */
  removeDir(
    path: string,
    options?: CallOptions & {
      /** Removes everything in it. Defaults to `false`. */
      recursive?: boolean
    },
  ): Promise<void>
  /**
   * Renames or moves a file or directory on the server. Whether an existing file is replaced is up to the server.
   *
   * @throws TransferError `not-found`, `permission-denied`; `exists` or `refused` where a file is not replaced.
   */
  rename(from: string, to: string, options?: CallOptions): Promise<void>
  /**
   * Sets the modification time, in whole seconds, UTC (MFMT; MDTM with vsftpd).
   *
   * @throws TransferError `not-supported` where the server has neither; `not-found`; `permission-denied`.
   */
  setTimes(path: string, modified: Date, options?: CallOptions): Promise<void>
  /**
   * Sets permission bits (SITE CHMOD).
   *
   * @param mode - 0 to 0o7777.
   * @throws TransferError `not-supported` where the server has no such command; `not-found`; `permission-denied`.
   */
  setMode(path: string, mode: number, options?: CallOptions): Promise<void>
  /**
   * Makes a symbolic link at `path` that points to `target`, which is stored as it is written. SFTP only.
   *
   * @throws TransferError `not-supported` over FTP; `exists` when the name is taken; `permission-denied`.
   */
  link(path: string, target: string, options?: CallOptions): Promise<void>
  /**
   * Resolves with the space on the file system of a directory or file, in bytes. SFTP servers with statvfs only.
   *
   * @param path - Defaults to the directory that relative paths begin in.
   * @throws TransferError `not-supported` over FTP and where the server has no statvfs; `not-found`.
   */
  space(path?: string, options?: CallOptions): Promise<Space>
  /**
   * Resolves with the hash of a file as lower-case hex. FTP: made by the server (HASH, XMD5 and the like). SFTP: the file is read.
   *
   * @throws TransferError `not-supported` where the server cannot make this hash; `not-found`; `is-directory`.
   */
  checksum(path: string, algorithm: HashName, options?: CallOptions): Promise<string>
  /**
   * Opens a file to read (`'r'`), to write (`'w'`) or to append to (`'a'`). The file holds its session until it is closed.
   *
   * @param options - When writing, what is before `from` is kept.
   * @throws TransferError `not-found`, `is-directory`, `permission-denied`; `not-supported` for `from` where the server has no REST.
   */
  open(
    path: string,
    mode: 'r' | 'w' | 'a',
    options?: CallOptions &
      Pick<TransferOptions, 'verify'> & {
        /** The offset in bytes where reading or writing begins. Defaults to 0; not with `'a'`. */
        from?: number
        /** `'ascii'` converts line ends. Defaults to `'binary'`, or what `configure()` set. */
        type?: 'binary' | 'ascii'
      },
  ): Promise<RemoteFile>
  /**
   * Resolves with the absolute path of the directory that relative paths begin in. With a path, first changes to that directory.
   *
   * @throws TransferError `not-found` or `not-directory` when it cannot be entered; nothing changes then.
   */
  cwd(path?: string, options?: CallOptions): Promise<string>
  /**
   * Logs in after `login: false` or `logout()`, or as another user on a fresh connection.
   *
   * @param credentials - Default to those of `connect()`.
   * @throws TransferError `login-refused`, `proxy-refused` or `too-many-sessions`.
   */
  login(
    credentials?: {
      /** The user name. */
      user?: string
      /** The password; a function is called once. */
      password?: Secret
      /** FTP: sent when the server asks for an account. */
      account?: Secret
    },
    options?: CallOptions,
  ): Promise<void>
  /**
   * Logs out: REIN, or a fresh connection where the server does not support it or a proxy is in between.
   *
   * @throws TransferError `not-supported` over SFTP.
   */
  logout(options?: CallOptions): Promise<void>
  /**
   * Changes how data connections are made, limits in milliseconds, or the default type, from the next call on. What is left out stays.
   *
   * @throws TransferError `bad-argument`.
   */
  configure(changes: {
    /** FTP: how data connections are made. */
    dataMode?: 'passive' | 'active' | 'auto'
    /** Milliseconds. */
    timeouts?: Timeouts
    /** The default of the transfer option. */
    type?: 'binary' | 'ascii'
  }): void
  /** What the server supports, as far as is known. */
  readonly capabilities: Capabilities & {
    /** The names that FEAT listed; empty over SFTP. */
    readonly features: readonly string[]
  }
  /**
   * Protects a channel or stops protecting it (PROT, CCC; RFC 4217), in every session. `('command', 'clear')` cannot be undone: the
   * control connection continues in plaintext.
   *
   * @throws TransferError `tls` or `not-supported` when the server rejects it, and nothing changes; `bad-argument` without TLS;
   * `not-supported` over SFTP.
   */
  setChannelMode(channel: 'command' | 'data', mode: 'clear' | 'secure', options?: CallOptions): Promise<void>
  /** What was negotiated with the server by TLS on the control connection, or by SSH; `undefined` without either. */
  readonly security: Security | SshSecurity | undefined
  /** The last reply of the session that was used last; `undefined` before the first reply and over SFTP. */
  readonly lastReply: ReplyText | undefined
  /** Commands that depend on the protocol. */
  readonly session: SessionCommands
  /** Sends QUIT and closes every session. Calls in progress reject with `closed`. Never rejects. */
  close(): Promise<void>
}

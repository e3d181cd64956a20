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
import type { Input, Output } from './streams.js'

/** A file that is read or written in pieces. Reading and writing keep one session; close() or cancel() gives it back. */
export interface RemoteFile {
  /** The next bytes, at most `n`; an empty buffer at the end of the file. */
  read(n: number): Promise<Buffer>
  write(bytes: Uint8Array | string): Promise<void>
  /** Ends the file. For writing: resolves when the server has confirmed it. */
  close(): Promise<void>
  /** Stops early. What was written stays under the file's name. */
  cancel(): Promise<void>
}

/** One connection to a server, as its user holds it. Calls may overlap: they queue up or spread over the pool. */
export interface Remote extends AsyncDisposable {
  list(dir?: string, options?: CallOptions): AsyncIterable<Entry>
  stat(path: string, options?: CallOptions): Promise<Entry | undefined>
  exists(path: string, options?: CallOptions): Promise<boolean>
  download(
    remotePath: string,
    target: string | Output,
    options: TransferOptions & { recursive: true },
  ): Promise<TreeResult>
  download(remotePath: string, target: string | Output, options?: TransferOptions): Promise<TransferResult>
  upload(
    source: string | Input,
    remotePath: string,
    options: TransferOptions & { recursive: true },
  ): Promise<TreeResult>
  upload(source: string | Input, remotePath: string, options?: TransferOptions): Promise<TransferResult>
  read(path: string, options?: CallOptions & Range & { type?: 'binary' | 'ascii' }): Readable
  write(path: string, options?: CallOptions & { append?: boolean; type?: 'binary' | 'ascii' }): Writable
  readFile(path: string, options?: CallOptions & Range): Promise<Buffer>
  writeFile(path: string, data: string | Uint8Array, options?: TransferOptions): Promise<TransferResult>
  remove(path: string, options?: CallOptions): Promise<void>
  makeDir(path: string, options?: CallOptions & { recursive?: boolean }): Promise<void>
  removeDir(path: string, options?: CallOptions & { recursive?: boolean }): Promise<void>
  rename(from: string, to: string, options?: CallOptions): Promise<void>
  setTimes(path: string, modified: Date, options?: CallOptions): Promise<void>
  setMode(path: string, mode: number, options?: CallOptions): Promise<void>
  /** Makes a symbolic link at `path` that points to `target`, as it is written. SFTP only. */
  link(path: string, target: string, options?: CallOptions): Promise<void>
  /** The room on the file system that a directory or file is on, in bytes. SFTP servers that know statvfs only. */
  space(path?: string, options?: CallOptions): Promise<Space>
  checksum(path: string, algorithm: HashName, options?: CallOptions): Promise<string>
  /** `from`: where reading or writing ('w') begins, in bytes; what stands before it is kept. */
  open(
    path: string,
    mode: 'r' | 'w' | 'a',
    options?: CallOptions & { from?: number; type?: 'binary' | 'ascii' },
  ): Promise<RemoteFile>
  /** The directory relative paths begin in; with a path, changes to it (it must exist) and answers its absolute path. */
  cwd(path?: string, options?: CallOptions): Promise<string>
  login(credentials?: { user?: string; password?: Secret; account?: Secret }, options?: CallOptions): Promise<void>
  logout(options?: CallOptions): Promise<void>
  configure(changes: { dataMode?: 'passive' | 'active' | 'auto'; timeouts?: Timeouts; type?: 'binary' | 'ascii' }): void
  readonly capabilities: Capabilities & { readonly features: readonly string[] }
  /**
   * Protects a channel or stops protecting it (PROT, CCC; RFC 4217). Clearing the command channel is one way. Refused by the
   * server: an error, and nothing changes.
   */
  setChannelMode(channel: 'command' | 'data', mode: 'clear' | 'secure', options?: CallOptions): Promise<void>
  /** What TLS settled on the control connection, or SSH; undefined without either. */
  readonly security: Security | SshSecurity | undefined
  readonly lastReply: ReplyText | undefined
  readonly session: SessionCommands
  close(): Promise<void>
}

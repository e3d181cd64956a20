import { eachOf } from '../each.js'
import { badArgument, TransferError } from '../errors.js'
import { hasher } from '../hash.js'
import type { Meaning } from '../meaning.js'
import { checkLine } from '../path.js'
import { bounds, checkOffset } from '../range.js'
import type { SshSecurity } from '../ssh/security.js'
import {
  type ByteSink,
  type ByteSource,
  type CallOptions,
  type Capabilities,
  type Entry,
  type HashName,
  isReceipt,
  type Lossy,
  type Range,
  type Space,
  type Store,
  type WriteAt,
} from '../store.js'
import { typeOf } from './listing/entries.js'
import { listDirectory } from './listing/list.js'
import { Look } from './listing/look.js'
import { Links } from './requests/links.js'
import { OpenFiles } from './requests/open-files.js'
import { RequestWindow } from './requests/request-window.js'
import { Requests, type SftpParts } from './requests/requests.js'
import { failure, notReplacing, renameRefused } from './requests/status-errors.js'
import { DownloadSource } from './transfer/download.js'
import { attributesOf, closeFile, type OpenFile } from './transfer/open-file.js'
import { SecondChannel } from './transfer/second-channel.js'
import { spaceOf, sync, writeError } from './transfer/storage.js'
import { UploadSink } from './transfer/upload.js'

/** Above this time to open a file, in ms, the server is so far away that one channel's window cannot fill the link. */
const FAR = 5

/** The last second that 32 bits hold: 2106-02-07T06:28:15Z. */
const LATEST = 0xffffffff

const NO_HOME = 'The server does not tell where relative paths begin. Paths that begin with / work.'

/** SSH_FXF_… (draft-ietf-secsh-filexfer-02 section 6.3). */
const OPEN = { read: 0x01, write: 0x02, create: 0x08, truncate: 0x10, exclusive: 0x20 } as const

/** An SFTP session (version 3) as a Store. Calls may overlap: every request has an id. */
export class SftpSession implements Store {
  readonly protocol = 'sftp'
  readonly parts: SftpParts
  readonly can: Capabilities = {
    ranges: true,
    resume: true,
    lookAhead: true,
    checksums: ['md5', 'sha256', 'sha512', 'sha1', 'crc32'],
    times: true,
    modes: true,
    links: true,
    stat: true,
  }
  readonly #window: RequestWindow
  readonly #links: Links
  readonly #requests: Requests
  readonly #look: Look
  readonly #files: OpenFiles
  readonly #secondChannel: SecondChannel
  #home: string | undefined

  constructor(parts: SftpParts) {
    this.parts = parts
    const { channel, observe, mask, learned, limits } = parts
    this.#window = new RequestWindow(learned)
    this.#files = new OpenFiles({ learned, limit: () => limits.reply })
    this.#links = new Links(channel.connection.server)
    this.#requests = new Requests(parts, (path) => this.stat(path))
    this.#look = new Look(this.#requests)
    this.#secondChannel = new SecondChannel(channel.connection, limits)
    const session = this.#requests.number
    channel.connection.onEnd((error) => observe({ type: 'closed', session, reason: mask(error.message) }))
  }

  get describe(): string {
    return this.parts.describe
  }

  get state(): 'ready' | 'lost' {
    return this.parts.channel.over ? 'lost' : 'ready'
  }

  get security(): SshSecurity | undefined {
    return this.parts.channel.connection.security
  }

  async home({ signal }: CallOptions = {}): Promise<string> {
    const request = { kind: 'text', name: 'REALPATH', path: '.', signal } as const
    this.#home ??= await this.#requests
      .ask(request, (sftp, answer) => sftp.realpath('.', answer))
      .catch((error: unknown) => {
        const isRefused = error instanceof TransferError && error.reply !== undefined
        throw isRefused ? error.with({ hint: NO_HOME }) : error
      })
    return this.#home
  }

  list(dir: string, { signal }: CallOptions = {}): AsyncIterableIterator<Entry> {
    return eachOf(this.#pages(dir, signal))
  }

  async *#pages(dir: string, signal: AbortSignal | undefined): AsyncGenerator<readonly Entry[]> {
    const { channel, limits, observe } = this.parts
    const handle = await this.#requests.openDirectory(dir, signal, 'list')
    const listing = {
      ...{ channel, handle, dir, limits, signal, observe, window: this.#window },
      target: (path: string) => this.#requests.target(path, signal),
      typeAt: (path: string) => this.#look.type(path, signal),
    }
    try {
      for await (const entries of listDirectory(listing)) {
        for (const { type, raw = '', problem = '' } of entries)
          if (type === 'unreadable') observe({ type: 'unreadable-entry', dir, raw, problem })
        yield entries
      }
    } catch (error) {
      throw failure(error, 'READDIR', dir)
    }
  }

  async stat(path: string, { signal }: CallOptions = {}): Promise<Entry | undefined> {
    return await this.#look.entry(path, signal)
  }

  async read(path: string, options: CallOptions & Lossy & { range?: Range; entry?: Entry } = {}): Promise<ByteSource> {
    const { range, entry, signal, onLost } = options
    const { from, to } = bounds(range)
    const began = performance.now()
    const file = await this.#open(path, { flags: OPEN.read, meaning: 'read', signal })
    const isFar = performance.now() - began > FAR
    const attributes = attributesOf(file)
    attributes.catch(() => {}) // the source rejects with it
    const second = isFar ? this.#secondChannel.open(file, { attributes, from, to }) : undefined
    const size = attributes.then((stats) => {
      if (typeOf(stats) !== 'directory') return stats.size
      const text = `${path} is a directory on the server.`
      throw new TransferError('is-directory', text, { phase: 'command', path })
    })
    size.catch(() => {})
    return new DownloadSource(file, { from, to, hint: entry?.size, size, second, onLost })
  }

  async write(
    path: string,
    { at = {}, signal, onLost }: CallOptions & Lossy & { at?: WriteAt } = {},
  ): Promise<ByteSink> {
    const { offset, append, exclusive, durable } = at
    checkOffset(offset ?? 0, 'The offset')
    const keeps = append === true || offset !== undefined
    const flags = OPEN.write | OPEN.create | (keeps ? 0 : OPEN.truncate) | (exclusive ? OPEN.exclusive : 0)
    const file = await this.#open(path, { flags, meaning: exclusive ? 'make' : 'write', signal })
    return new UploadSink(file, {
      start: append ? await this.#endOf(file) : (offset ?? 0),
      keeps,
      settle: durable ? () => sync(file) : undefined,
      explain: (error) => writeError(error, file),
      sizeNow: () => this.#look.size(path, signal),
      onLost,
    })
  }

  /** Sends posix-rename@openssh.com, which replaces the target; where unsupported, RENAME, which does not. */
  async rename(from: string, to: string, { signal }: CallOptions = {}): Promise<void> {
    checkLine(to, 'new path')
    const look = (path: string): Promise<Entry | undefined> => this.stat(path)
    try {
      await this.#requests.run({ name: 'POSIX-RENAME', path: from, signal }, (sftp, answer) =>
        sftp.ext_openssh_rename(from, to, answer),
      )
    } catch (error) {
      if (!isUnsupported(error)) throw await renameRefused(error, { from, to }, look)
      await this.#requests
        .run({ name: 'RENAME', path: from, signal }, (sftp, answer) => sftp.rename(from, to, answer))
        .catch(async (refused: unknown) => {
          throw notReplacing(await renameRefused(refused, { from, to }, look))
        })
    }
  }

  async remove(path: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#requests.run({ name: 'REMOVE', path, meaning: 'remove', signal }, (sftp, answer) =>
      sftp.unlink(path, answer),
    )
  }

  async makeDir(path: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#requests.run({ name: 'MKDIR', path, meaning: 'make', signal }, (sftp, answer) =>
      sftp.mkdir(path, answer),
    )
  }

  async removeDir(path: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#requests.run({ name: 'RMDIR', path, meaning: 'list', signal }, (sftp, answer) =>
      sftp.rmdir(path, answer),
    )
  }

  /** Computes the checksum by reading the file again: version 3 has no checksum request. */
  async checksum(path: string, algorithm: HashName, { signal }: CallOptions = {}): Promise<string> {
    const hash = hasher(algorithm)
    const source = await this.read(path, { signal })
    for (let next = await source.next(); !isReceipt(next); next = await source.next()) {
      for (const chunk of next.chunks) hash.update(chunk)
      next.release()
    }
    return hash.hex()
  }

  /** Sets the modification time in whole seconds (section 5); the access time is set to the same value. */
  async setTimes(path: string, modified: Date, { signal }: CallOptions = {}): Promise<void> {
    const seconds = Math.floor(modified.getTime() / 1000)
    if (!(seconds >= 0 && seconds <= LATEST)) throw outOfRange(modified)
    await this.#requests.run({ name: 'SETSTAT', path, meaning: 'use', signal }, (sftp, answer) =>
      sftp.utimes(path, seconds, seconds, answer),
    )
  }

  async setMode(path: string, mode: number, { signal }: CallOptions = {}): Promise<void> {
    await this.#requests.run({ name: 'SETSTAT', path, meaning: 'use', signal }, (sftp, answer) =>
      sftp.chmod(path, mode, answer),
    )
  }

  /** Sends statvfs@openssh.com. */
  async space(path: string, { signal }: CallOptions = {}): Promise<Space> {
    const found = await this.#requests.ask(
      { kind: 'space', name: 'STATVFS', path, meaning: 'use', signal },
      (sftp, answer) => sftp.ext_openssh_statvfs(path, answer),
    )
    return spaceOf(found, path)
  }

  async link(path: string, target: string, { signal }: CallOptions = {}): Promise<void> {
    checkLine(target, 'target of a link')
    await this.#links.make(path, target, {
      send: (first, second) =>
        this.#requests.run({ name: 'SYMLINK', path, meaning: 'make', signal }, (sftp, answer) =>
          sftp.symlink(first, second, answer),
        ),
      target: (at) => this.#requests.target(at, signal),
      remove: (at) => this.remove(at, { signal }),
    })
  }

  /** Resolves at once: requests do not wait for each other. */
  async quiet(): Promise<void> {}

  /** Rejects unless `path` is a directory. */
  async enter(path: string, { signal }: CallOptions = {}): Promise<void> {
    if (await this.#look.isDirectory(path, signal)) return
    const text = `${path} is not a directory on the server.`
    throw new TransferError('not-directory', text, { phase: 'command', path })
  }

  close(): Promise<void> {
    return this.parts.channel.connection.close()
  }

  async #open(
    path: string,
    { flags, meaning, signal }: CallOptions & { readonly flags: number; readonly meaning: Meaning },
  ): Promise<OpenFile> {
    const { channel, limits, learned } = this.parts
    const late = (handle: Buffer): void => this.#requests.leave(handle, path)
    const send = (): Promise<Buffer> =>
      this.#requests.ask({ kind: 'handle', name: 'OPEN', path, meaning, signal, late }, (sftp, answer) =>
        sftp.open(path, flags, answer),
      )
    return { channel, learned, window: this.#window, path, limits, signal, ...(await this.#files.open(send, signal)) }
  }

  /** Where an open file ends, so that it can be added to. */
  async #endOf(file: OpenFile): Promise<number> {
    const { path, signal } = file
    const size = (await attributesOf(file)).size ?? (await this.#look.size(path, signal))
    if (size !== undefined) return size
    await closeFile(file, 'reply').catch(() => {})
    const text = `Nothing can be added to ${path}: the server refuses FSTAT and STAT, so its end is not known.`
    throw new TransferError('not-supported', text, { phase: 'command', path })
  }
}

function isUnsupported(error: unknown): boolean {
  return error instanceof TransferError && error.code === 'not-supported'
}

function outOfRange(modified: Date): TransferError {
  const text = `SFTP cannot carry the time ${Number.isNaN(modified.getTime()) ? 'given' : modified.toISOString()}.`
  return badArgument(text, 'It has times from 1970-01-01T00:00:00Z to 2106-02-07T06:28:15Z.')
}

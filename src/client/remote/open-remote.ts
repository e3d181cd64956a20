import type { Readable, Writable } from 'node:stream'
import { isThere } from '../../engine/listing/listed-entry.js'
import { makeDirs } from '../../engine/tree/make-dirs.js'
import { badArgument, type ReplyText } from '../../errors.js'
import { bounds } from '../../range.js'
import type { ByteSink, ByteSource, Entry, HashName, Range, Space, Store, WriteAt } from '../../store.js'
import { NOTHING, required } from '../options/checks.js'
import type {
  CallOptions,
  Secret,
  SessionCommands,
  Timeouts,
  TransferOptions,
  TransferResult,
  TreeResult,
  Verify,
} from '../options/options.js'
import { reveal } from '../options/secret.js'
import type { About } from '../protocol/protocol.js'
import { withStream } from '../streams/caller-stream.js'
import { collect, type Input, type Output, readableFrom, writableTo } from '../streams/streams.js'
import { readCall, readCommand, readCredentials } from './calls.js'
import type { Connection } from './connection.js'
import { listing, listOn } from './lazy-listing.js'
import { type Held, sinkOn, sourceOn, type TextChoice, type VerifyChoice } from './leased-stream.js'
import { openFile } from './open-file.js'
import type { Remote, RemoteFile } from './remote.js'
import { download, upload } from './transfers.js'

/** The `remote` over one Connection: every method checks its strings, takes a session from the pool and gives it back. */
export class OpenRemote implements Remote {
  readonly connection: Connection
  readonly session: SessionCommands
  /** The default of every transfer. */
  readonly verify: Verify | undefined

  constructor(connection: Connection, verify: Verify | undefined) {
    this.connection = connection
    this.verify = verify
    this.session = {
      protocol: connection.protocol.name,
      command: async (line, options) =>
        await connection.call('command', readCommand(line, options).signal, (signal) =>
          connection.command(line, signal),
        ),
    }
  }

  list(dir = '.', options?: CallOptions): AsyncIterableIterator<Entry> {
    return listing(async () => {
      const signal = this.connection.signal(readCall('list', [dir], options).signal)
      const path = await this.connection.resolve(dir, signal)
      return await listOn(this.connection, path, signal)
    })
  }

  async stat(path: string, options?: CallOptions): Promise<Entry | undefined> {
    const { signal: own } = readCall('stat', [path], options)
    return await this.connection.look(path, own, (store, full, signal) => store.stat(full, { signal }))
  }

  async exists(path: string, options?: CallOptions): Promise<boolean> {
    const { signal: own } = readCall('exists', [path], options)
    return await this.connection.look(path, own, (store, full, signal) => isThere(store, full, { signal }))
  }

  download(
    remotePath: string,
    target: string | Output,
    options: TransferOptions & { recursive: true },
  ): Promise<TreeResult>
  download(remotePath: string, target: string | Output, options?: TransferOptions): Promise<TransferResult>
  async download(
    remotePath: string,
    target: string | Output,
    options?: TransferOptions,
  ): Promise<TransferResult | TreeResult> {
    const wishes = readCall('download', [remotePath, target], options)
    return await this.connection.call(`download(${remotePath})`, wishes.signal, (signal) =>
      withStream(target, signal, async () => {
        const path = await this.connection.resolve(remotePath, signal)
        return await download(this.connection, { path, target }, { verify: this.verify, ...wishes, signal })
      }),
    )
  }

  upload(
    source: string | Input,
    remotePath: string,
    options: TransferOptions & { recursive: true },
  ): Promise<TreeResult>
  upload(source: string | Input, remotePath: string, options?: TransferOptions): Promise<TransferResult>
  async upload(
    source: string | Input,
    remotePath: string,
    options?: TransferOptions,
  ): Promise<TransferResult | TreeResult> {
    const wishes = readCall('upload', [source, remotePath], options)
    return await this.connection.call(`upload(${remotePath})`, wishes.signal, (signal) =>
      withStream(source, signal, async () => {
        const path = await this.connection.resolve(remotePath, signal)
        return await upload(this.connection, { source, path }, { verify: this.verify, ...wishes, signal })
      }),
    )
  }

  read(path: string, options?: CallOptions & Range & TextChoice & VerifyChoice): Readable {
    const wishes = readCall('read', [path], options)
    bounds(wishes)
    const { total } = this.connection.protocol.limits
    return readableFrom((onEnd) => this.#source(path, { ...wishes, total, onEnd }))
  }

  write(path: string, options?: CallOptions & TextChoice & VerifyChoice & { append?: boolean }): Writable {
    const { append, ...wishes } = readCall('write', [path], options)
    const { total } = this.connection.protocol.limits
    return writableTo((onEnd) => this.#sink(path, { ...wishes, total, onEnd }, { append }))
  }

  async readFile(path: string, options?: CallOptions & Range & VerifyChoice): Promise<Buffer> {
    const wishes = readCall('readFile', [path], options)
    bounds(wishes)
    return await this.connection.call(`readFile(${path})`, wishes.signal, async (signal) =>
      collect(await this.#source(path, { ...wishes, signal })),
    )
  }

  async writeFile(path: string, data: string | Uint8Array, options?: TransferOptions): Promise<TransferResult> {
    const wishes = readCall('writeFile', [path, data], options)
    return await this.upload(typeof data === 'string' ? Buffer.from(data, 'utf8') : data, path, wishes)
  }

  async remove(path: string, options?: CallOptions): Promise<void> {
    const wishes = readCall('remove', [path], options)
    await this.#at(path, wishes, (store, full, signal) => store.remove(full, { signal }))
  }

  async makeDir(path: string, options?: CallOptions & { recursive?: boolean }): Promise<void> {
    const { recursive, ...wishes } = readCall('makeDir', [path], options)
    await this.#at(path, wishes, async (store, full, signal) => {
      if (recursive) await makeDirs(store, full, { signal })
      else await store.makeDir(full, { signal })
    })
  }

  async removeDir(path: string, options?: CallOptions & { recursive?: boolean }): Promise<void> {
    const { recursive, ...wishes } = readCall('removeDir', [path], options)
    const { removeTree } = recursive ? await import('../../engine/tree/remove-tree.js') : {}
    await this.#at(path, wishes, (store, full, signal) =>
      removeTree ? removeTree(store, full, { signal }) : store.removeDir(full, { signal }),
    )
  }

  async rename(from: string, to: string, options?: CallOptions): Promise<void> {
    const { signal: own } = readCall('rename', [from, to], options)
    await this.connection.call(from, own, async (signal) => {
      const source = await this.connection.resolve(from, signal)
      const target = await this.connection.resolve(to, signal)
      await this.connection.onSession(signal, (store) => store.rename(source, target, { signal }))
    })
  }

  async setTimes(path: string, modified: Date, options?: CallOptions): Promise<void> {
    const wishes = readCall('setTimes', [path, modified], options)
    await this.#at(path, wishes, (store, full, signal) =>
      required(store, 'setTimes', 'set times')(full, modified, { signal }),
    )
  }

  async setMode(path: string, mode: number, options?: CallOptions): Promise<void> {
    const wishes = readCall('setMode', [path, mode], options)
    await this.#at(path, wishes, (store, full, signal) =>
      required(store, 'setMode', 'set permissions')(full, mode, { signal }),
    )
  }

  async link(path: string, target: string, options?: CallOptions): Promise<void> {
    const wishes = readCall('link', [path, target], options)
    await this.#at(path, wishes, (store, full, signal) =>
      required(store, 'link', 'make links')(full, target, { signal }),
    )
  }

  async space(path = '.', options?: CallOptions): Promise<Space> {
    const wishes = readCall('space', [path], options)
    return await this.#at(path, wishes, (store, full, signal) =>
      required(store, 'space', 'tell how much room there is')(full, { signal }),
    )
  }

  async checksum(path: string, algorithm: HashName, options?: CallOptions): Promise<string> {
    const wishes = readCall('checksum', [path, algorithm], options)
    return await this.#at(path, wishes, (store, full, signal) =>
      required(store, 'checksum', 'make checksums')(full, algorithm, { signal }),
    )
  }

  async open(
    path: string,
    mode: 'r' | 'w' | 'a',
    options?: CallOptions & { from?: number } & TextChoice & VerifyChoice,
  ): Promise<RemoteFile> {
    const { from, ...rest } = readCall('open', [path, mode], options)
    const verifies = (rest.verify ?? this.verify) !== undefined
    if (mode === 'r') return openFile({ source: await this.#source(path, { from, ...rest }), verifies })
    if (mode === 'a' && from !== undefined)
      throw badArgument('open() got both from and the mode that adds to the end.', "Use 'w' to write from an offset.")
    return openFile({ sink: await this.#sink(path, rest, mode === 'a' ? { append: true } : { offset: from }) })
  }

  async cwd(path?: string, options?: CallOptions): Promise<string> {
    const { signal: own } = readCall('cwd', [path === undefined ? '.' : path], options)
    return await this.connection.call(`cwd(${path ?? ''})`, own, async (signal) => {
      if (path === undefined) return await this.connection.directory(signal)
      const full = await this.connection.resolve(path, signal)
      await this.connection.onSession(signal, (store) => this.connection.protocol.enter(store, full, { signal }))
      this.connection.start = full
      return full
    })
  }

  async login(
    credentials?: { user?: string; password?: Secret; account?: Secret },
    options?: CallOptions,
  ): Promise<void> {
    const who = readCredentials(credentials)
    const { signal: own } = readCall('login', [], options)
    await this.connection.call('login', own, async (signal) => {
      const password = await reveal(who?.password, 'password', signal)
      const account = await reveal(who?.account, 'account', signal)
      await this.connection.login(who && { user: who.user, password, account }, signal)
    })
  }

  async logout(options?: CallOptions): Promise<void> {
    const { signal: own } = readCall('logout', [], options)
    await this.connection.call('logout', own, (signal) => this.connection.logout(signal))
  }

  configure(changes: {
    dataMode?: 'passive' | 'active' | 'auto'
    timeouts?: Timeouts
    type?: 'binary' | 'ascii'
  }): void {
    this.connection.configure(readCall('configure', [], changes))
  }

  async setChannelMode(channel: 'command' | 'data', mode: 'clear' | 'secure', options?: CallOptions): Promise<void> {
    const { signal: own } = readCall('setChannelMode', [channel, mode], options)
    await this.connection.call('setChannelMode', own, (signal) =>
      this.connection.setChannelMode({ channel, mode }, signal),
    )
  }

  get security(): Remote['security'] {
    return this.#about.security
  }

  get capabilities(): Remote['capabilities'] {
    return { ...(this.connection.latest?.can ?? NOTHING), features: this.#about.features }
  }

  get lastReply(): ReplyText | undefined {
    return this.#about.lastReply
  }

  async close(): Promise<void> {
    await this.connection.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  get #about(): About {
    return this.connection.protocol.about(this.connection.latest)
  }

  /** A call about one path, on one session. */
  async #at<T>(
    path: string,
    { signal }: CallOptions,
    work: (store: Store, full: string, signal?: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return await this.connection.call(path, signal, async (both) => {
      const full = await this.connection.resolve(path, both)
      return await this.connection.onSession(both, (session) => work(session, full, both))
    })
  }

  async #source(path: string, options: CallOptions & Held & Range & TextChoice & VerifyChoice): Promise<ByteSource> {
    const full = await this.connection.resolve(path, this.connection.signal(options.signal))
    return await sourceOn(this.connection, full, { verify: this.verify, ...options })
  }

  async #sink(path: string, options: CallOptions & Held & TextChoice & VerifyChoice, at: WriteAt): Promise<ByteSink> {
    const full = await this.connection.resolve(path, this.connection.signal(options.signal))
    return await sinkOn(this.connection, full, { verify: this.verify, ...options, at })
  }
}

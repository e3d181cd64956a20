import type { Readable, Writable } from 'node:stream'
import { isThere } from '../../engine/listing/listed-entry.js'
import { makeDirs } from '../../engine/tree/make-dirs.js'
import { badArgument, type ReplyText } from '../../errors.js'
import type { ByteSink, ByteSource, Entry, HashName, Range, Space, Store, WriteAt } from '../../store.js'
import { checkHash, checkPath, NOTHING, required } from '../options/checks.js'
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
import type { About } from '../protocol/protocol.js'
import { reveal } from '../target/proxy.js'
import type { Connection } from './connection.js'
import { listing } from './lazy-listing.js'
import { sinkOn, sourceOn, type TextChoice } from './leased-stream.js'
import type { Remote, RemoteFile } from './remote.js'
import { openFile } from './remote-file.js'
import { collect, type Input, type Output, readableFrom, writableTo } from './streams.js'
import { download, upload } from './transfers.js'

/** The `remote` over one Connection: every method checks its strings, takes a session from the pool and gives it back. */
export class OpenRemote implements Remote {
  readonly connection: Connection
  readonly session: SessionCommands
  readonly #verify: Verify | undefined

  constructor(connection: Connection, verify: Verify | undefined) {
    this.connection = connection
    this.#verify = verify
    this.session = {
      protocol: connection.protocol.name,
      command: (line, options = {}) =>
        this.#on('command', options.signal, (store, signal) => connection.protocol.command(store, line, { signal })),
    }
  }

  list(dir = '.', options: CallOptions = {}): AsyncIterableIterator<Entry> {
    const signal = this.connection.signal(options.signal)
    return listing(async () => {
      const path = await this.#path(dir, 'directory', signal)
      let tell = (): void => {}
      const wanted = new Promise<void>((yes) => {
        tell = yes
      })
      const { store, release } = await this.connection.borrow({ signal, kind: 'list', wanted: tell })
      const { spool } = await import('../../engine/listing/buffered-listing.js')
      return spool(store.list(path, { signal }), wanted, release)
    })
  }

  async stat(path: string, options: CallOptions = {}): Promise<Entry | undefined> {
    checkPath(path, 'remote path')
    return await this.connection.look(path, options, (store, full, how) => store.stat(full, how))
  }

  async exists(path: string, options: CallOptions = {}): Promise<boolean> {
    checkPath(path, 'remote path')
    return await this.connection.look(path, options, isThere)
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
    options: TransferOptions = {},
  ): Promise<TransferResult | TreeResult> {
    return await this.connection.call(`download(${remotePath})`, options.signal, async (signal) => {
      const path = await this.#path(remotePath, 'remote path', signal)
      return await download(this.connection, path, target, { verify: this.#verify, ...options, signal })
    })
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
    options: TransferOptions = {},
  ): Promise<TransferResult | TreeResult> {
    return await this.connection.call(`upload(${remotePath})`, options.signal, async (signal) => {
      const path = await this.#path(remotePath, 'remote path', signal)
      return await upload(this.connection, source, path, { verify: this.#verify, ...options, signal })
    })
  }

  read(path: string, options: CallOptions & Range & TextChoice = {}): Readable {
    checkPath(path, 'remote path')
    return readableFrom(() => this.#source(path, options))
  }

  write(path: string, options: CallOptions & TextChoice & { append?: boolean } = {}): Writable {
    checkPath(path, 'remote path')
    return writableTo(() => this.#sink(path, options, { append: options.append }))
  }

  async readFile(path: string, options: CallOptions & Range = {}): Promise<Buffer> {
    return await this.connection.call(`readFile(${path})`, options.signal, async (signal) =>
      collect(await this.#source(path, { ...options, signal })),
    )
  }

  async writeFile(path: string, data: string | Uint8Array, options: TransferOptions = {}): Promise<TransferResult> {
    return await this.upload(typeof data === 'string' ? Buffer.from(data, 'utf8') : data, path, options)
  }

  async remove(path: string, options: CallOptions = {}): Promise<void> {
    await this.#at(path, options, (store, full, signal) => store.remove(full, { signal }))
  }

  async makeDir(path: string, options: CallOptions & { recursive?: boolean } = {}): Promise<void> {
    await this.#at(path, options, async (store, full, signal) => {
      if (options.recursive) await makeDirs(store, full, { signal })
      else await store.makeDir(full, { signal })
    })
  }

  async removeDir(path: string, options: CallOptions & { recursive?: boolean } = {}): Promise<void> {
    const { removeTree } = options.recursive ? await import('../../engine/tree/remove-tree.js') : {}
    await this.#at(path, options, (store, full, signal) =>
      removeTree ? removeTree(store, full, { signal }) : store.removeDir(full, { signal }),
    )
  }

  async rename(from: string, to: string, options: CallOptions = {}): Promise<void> {
    const target = await this.#path(to, 'new path', options.signal)
    await this.#at(from, options, (store, full, signal) => store.rename(full, target, { signal }))
  }

  async setTimes(path: string, modified: Date, options: CallOptions = {}): Promise<void> {
    if (!(modified instanceof Date) || Number.isNaN(modified.getTime()))
      throw badArgument('setTimes() got no valid Date.')
    await this.#at(path, options, (store, full, signal) =>
      required(store, 'setTimes', 'set times')(full, modified, { signal }),
    )
  }

  async setMode(path: string, mode: number, options: CallOptions = {}): Promise<void> {
    if (!Number.isInteger(mode) || mode < 0 || mode > 0o7777)
      throw badArgument(`setMode() got '${mode}', not a number of permission bits.`, 'Write it like 0o644.')
    await this.#at(path, options, (store, full, signal) =>
      required(store, 'setMode', 'set permissions')(full, mode, { signal }),
    )
  }

  async link(path: string, target: string, options: CallOptions = {}): Promise<void> {
    if (typeof target !== 'string' || target === '') throw badArgument('link() got no target.')
    await this.#at(path, options, (store, full, signal) =>
      required(store, 'link', 'make links')(full, target, { signal }),
    )
  }

  async space(path = '.', options: CallOptions = {}): Promise<Space> {
    return await this.#at(path, options, (store, full, signal) =>
      required(store, 'space', 'tell how much room there is')(full, { signal }),
    )
  }

  async checksum(path: string, algorithm: HashName, options: CallOptions = {}): Promise<string> {
    checkHash(algorithm)
    return await this.#at(path, options, (store, full, signal) =>
      required(store, 'checksum', 'make checksums')(full, algorithm, { signal }),
    )
  }

  async open(
    path: string,
    mode: 'r' | 'w' | 'a',
    options: CallOptions & { from?: number } & TextChoice = {},
  ): Promise<RemoteFile> {
    if (!['r', 'w', 'a'].includes(mode))
      throw badArgument(`open() has no mode '${mode}'.`, "Use 'r' to read, 'w' to write, 'a' to add to the end.")
    if (mode === 'r') return openFile({ source: await this.#source(path, options) })
    const { from, ...rest } = options
    if (mode === 'a' && from !== undefined)
      throw badArgument('open() got both from and the mode that adds to the end.', "Use 'w' to write from an offset.")
    return openFile({ sink: await this.#sink(path, rest, mode === 'a' ? { append: true } : { offset: from }) })
  }

  async cwd(path?: string, options: CallOptions = {}): Promise<string> {
    if (path === undefined) return await this.connection.directory(options.signal)
    const full = await this.#path(path, 'directory', options.signal)
    await this.#on(`cwd(${path})`, options.signal, (store, signal) =>
      this.connection.protocol.enter(store, full, { signal }),
    )
    this.connection.start = full
    return full
  }

  async login(
    credentials?: { user?: string; password?: Secret; account?: Secret },
    options: CallOptions = {},
  ): Promise<void> {
    const who = credentials && {
      user: credentials.user,
      password: await reveal(credentials.password),
      account: await reveal(credentials.account),
    }
    await this.connection.call('login', options.signal, (signal) => this.connection.login(who, signal))
  }

  async logout(options: CallOptions = {}): Promise<void> {
    await this.connection.call('logout', options.signal, (signal) => this.connection.logout(signal))
  }

  configure(changes: {
    dataMode?: 'passive' | 'active' | 'auto'
    timeouts?: Timeouts
    type?: 'binary' | 'ascii'
  }): void {
    this.connection.configure(changes)
  }

  async setChannelMode(
    channel: 'command' | 'data',
    mode: 'clear' | 'secure',
    options: CallOptions = {},
  ): Promise<void> {
    await this.connection.call('setChannelMode', options.signal, (signal) =>
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
      const full = await this.#path(path, 'remote path', both)
      return await this.connection.onSession(both, (session) => work(session, full, both))
    })
  }

  async #on<T>(
    what: string,
    signal: AbortSignal | undefined,
    work: (store: Store, signal?: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return await this.connection.call(what, signal, (both) =>
      this.connection.onSession(both, (session) => work(session, both)),
    )
  }

  async #path(path: string, what: string, signal?: AbortSignal): Promise<string> {
    checkPath(path, what)
    return await this.connection.resolve(path, signal)
  }

  async #source(path: string, options: CallOptions & Range & TextChoice): Promise<ByteSource> {
    const full = await this.#path(path, 'remote path', this.connection.signal(options.signal))
    return await sourceOn(this.connection, full, options)
  }

  async #sink(path: string, options: CallOptions & TextChoice, at: WriteAt): Promise<ByteSink> {
    const full = await this.#path(path, 'remote path', this.connection.signal(options.signal))
    return await sinkOn(this.connection, full, { ...options, at })
  }
}

import { eachOf } from '../each.js'
import { badArgument, throwIfAborted } from '../errors.js'
import { bounds, checkOffset } from '../range.js'
import type {
  ByteSink,
  ByteSource,
  CallOptions,
  Capabilities,
  Entry,
  HashName,
  Lossy,
  NextOptions,
  Range,
  Store,
  WriteAt,
} from '../store.js'
import { capabilities } from './capabilities.js'
import { checksum } from './commands/checksum.js'
import { clarified, type Meaning, secondAnswer } from './commands/clarify-error.js'
import type { Commands } from './commands/session-commands.js'
import { statEntry } from './commands/stat.js'
import type { AskOptions, Reply } from './control/command-channel.js'
import { clearControl, protectData } from './control/tls-commands.js'
import type { QueuedTransfer } from './data/pipelining.js'
import { isWhole, nothingToRead, startDownload } from './transfer/download.js'
import type { Form } from './transfer/representation.js'
import type { SessionParts } from './transfer/session-context.js'
import type { Done } from './transfer/transfer.js'
import { startUpload, taken } from './transfer/upload.js'

/** A control connection that is logged in, as a Store. Calls that overlap wait for their turn, in order. */
export class FtpSession implements Store {
  readonly protocol = 'ftp'
  readonly parts: SessionParts
  readonly can: Capabilities
  readonly #form: Form

  constructor(parts: SessionParts, form: Form = {}) {
    this.parts = parts
    this.#form = form
    this.can = capabilities(parts, form)
  }

  get describe(): string {
    return this.parts.describe
  }

  get state(): 'ready' | 'busy' | 'lost' {
    if (this.parts.control.lost) return 'lost'
    return this.parts.turns.taken ? 'busy' : 'ready'
  }

  asText(): Store {
    return new FtpSession(this.parts, { ...this.#form, text: true })
  }

  asPacked(): Store {
    return new FtpSession(this.parts, { ...this.#form, packed: true })
  }

  async home(options: CallOptions = {}): Promise<string> {
    return this.parts.state.home ?? (await this.#turn(options, (commands) => commands.home(options)))
  }

  list(dir: string, { signal }: CallOptions = {}): AsyncIterableIterator<Entry> {
    return eachOf(this.#pages(dir, signal))
  }

  async *#pages(dir: string, signal: AbortSignal | undefined): AsyncGenerator<Entry[]> {
    const done = await this.#take(signal)
    try {
      const { listDirectory } = await import('./transfer/list.js')
      yield* listDirectory(this.parts, { dir, signal })
    } catch (error) {
      if (!signal?.aborted) await this.parts.control.settled()
      throw await this.#meaning(error, dir, 'list')
    } finally {
      this.#handOn(done)
    }
  }

  stat(path: string, options: NextOptions = {}): Promise<Entry | undefined> {
    const { pipeline, data } = this.parts
    return this.#turn(options, (commands) => {
      const look = (): Promise<Entry | undefined> =>
        statEntry(commands, path, { ...options, find: (dir, wanted) => this.#find(dir, wanted, options) })
      return options.next && pipeline.open ? data.prefetchWith(look) : look()
    })
  }

  async read(
    path: string,
    { signal, range = {}, entry, onLost }: CallOptions & Lossy & { range?: Range; entry?: Entry } = {},
  ): Promise<ByteSource> {
    const { from, to } = bounds(range)
    if (!this.can.ranges && (from > 0 || to < Number.POSITIVE_INFINITY))
      throw badArgument('A range cannot be read of a text, nor compressed: what is counted changes on the way.')
    if (from === to) return nothingToRead
    const about = { path, from, to, form: this.#form, entry, signal, onLost }
    const queued = isWhole(about) && entry ? await this.#queued(`RETR ${path}`, signal) : undefined
    const open = (done: Done): Promise<ByteSource> =>
      startDownload(this.parts, { ...about, done, pipelined: queued?.take() })
    return await this.#transfer({ path, meaning: 'read', signal }, open).finally(() => queued?.drop())
  }

  async write(
    path: string,
    { signal, at = {}, next, onLost }: NextOptions & Lossy & { at?: WriteAt } = {},
  ): Promise<ByteSink> {
    if (!this.can.resume && at.offset)
      throw badArgument('Neither a text nor a compressed file can be continued at an offset: what is counted changes.')
    checkOffset(at.offset ?? 0, 'The offset')
    if (at.exclusive === true && (await this.stat(path, { signal }))) throw taken(path)
    return await this.#transfer({ path, meaning: 'write', signal }, (done) =>
      startUpload(this.parts, { path, at, next, form: this.#form, signal, onLost, done }),
    )
  }

  rename(from: string, to: string, { signal, next }: NextOptions = {}): Promise<void> {
    const { pipeline, data } = this.parts
    const along = next && pipeline.open ? data.prefetchWith.bind(data) : undefined
    return this.#meant({ path: from, meaning: 'use', signal, renames: true }, (commands) =>
      commands.rename(from, to, { signal, along }),
    )
  }

  remove(path: string, options: CallOptions = {}): Promise<void> {
    return this.#meant({ ...options, path, meaning: 'remove' }, (commands) =>
      commands.ok(`DELE ${path}`, path, options),
    )
  }

  makeDir(path: string, options: CallOptions = {}): Promise<void> {
    return this.#meant({ ...options, path, meaning: 'make' }, (commands) => commands.ok(`MKD ${path}`, path, options))
  }

  removeDir(path: string, options: CallOptions = {}): Promise<void> {
    return this.#meant({ ...options, path, meaning: 'list' }, (commands) => commands.removeDir(path, options))
  }

  checksum(path: string, algorithm: HashName, options: CallOptions = {}): Promise<string> {
    return this.#meant({ ...options, path, meaning: 'use' }, (commands) =>
      checksum(commands, path, { ...options, algorithm, limit: this.parts.limits.confirm }),
    )
  }

  setTimes(path: string, modified: Date, options: CallOptions = {}): Promise<void> {
    return this.#meant({ ...options, path, meaning: 'use' }, (commands) => commands.setTimes(path, modified, options))
  }

  setMode(path: string, mode: number, options: CallOptions = {}): Promise<void> {
    return this.#meant({ ...options, path, meaning: 'use' }, (commands) => commands.setMode(path, mode, options))
  }

  /** Sends one line of the caller's and resolves with the final reply, whatever its class. Its effects on the session are not assumed. */
  command(line: string, options: AskOptions = {}): Promise<Reply> {
    return this.#turn({ ...options, renames: true }, (commands) => {
      this.parts.data.forgetPrefetched()
      return commands.raw(line, options)
    })
  }

  /** PROT for 'data', CCC for 'command' 'clear'; anything else cannot be: TLS cannot come back on this connection. */
  setChannelMode(channel: 'command' | 'data', mode: 'clear' | 'secure', options: CallOptions = {}): Promise<void> {
    return this.#turn(options, async ({ control }) => {
      const { protection, state } = this.parts
      if (!protection)
        throw badArgument(
          'This connection has no TLS; there is no channel to protect or to clear.',
          'Connect with ftpes:// or ftps://.',
        )
      if (channel === 'data') return await protectData({ control, protection, state }, mode, options)
      if (mode === 'secure' && protection.control) return
      if (mode === 'secure')
        throw badArgument('The command channel was cleared; TLS cannot come back on this connection.', 'Connect anew.')
      await clearControl(control, protection, options)
    })
  }

  /** Runs a dialogue of several commands that nothing may come between. */
  exclusive<T>(work: (commands: Commands) => Promise<T>, options: CallOptions = {}): Promise<T> {
    return this.#turn(options, work)
  }

  /**
   * Resolves when no call uses this session any more; a cancelled one may still be ending. It can be lost by then: also because a
   * reply came meanwhile that answers nothing, which is found here, before the next call has sent anything. `raw`: a line of the
   * caller's comes next, so an RNFR of the caller's waits for its RNTO.
   */
  async quiet({ signal, raw }: CallOptions & { raw?: boolean } = {}): Promise<void> {
    const { turns, commands, control, protection } = this.parts
    const done = await turns.take(signal)
    if (!raw) await commands.dropRename()
    // What has arrived is read by then. Not under TLS: CCC of Pure-FTPd loses the next command when the turn ends there.
    if (!protection) await new Promise((resolve) => setImmediate(resolve))
    control.checkStep()
    done()
  }

  close(): Promise<void> {
    return this.parts.control.close()
  }

  async #find(dir: string, wanted: string, { signal }: CallOptions): Promise<Entry | undefined> {
    let found: Entry | undefined
    const { listDirectory } = await import('./transfer/list.js')
    for await (const entries of listDirectory(this.parts, { dir, signal }))
      found = entries.find(({ name }) => name === wanted) ?? found
    return found
  }

  async #take(signal: AbortSignal | undefined, renames = false): Promise<() => void> {
    const { control, turns, commands } = this.parts
    if (control.lost) throw control.lost
    throwIfAborted(signal, 'command')
    const done = turns.takeNow() ?? (await turns.take(signal))
    if (!renames && commands.renameStands) await commands.dropRename()
    return done
  }

  async #turn<T>(
    { signal, renames }: CallOptions & { renames?: boolean },
    work: (commands: Commands) => Promise<T>,
  ): Promise<T> {
    const done = await this.#take(signal, renames)
    try {
      return await work(this.parts.commands)
    } finally {
      this.#handOn(done)
    }
  }

  /** Ends a turn as soon as every reply is in; a caller who cancelled does not wait for that. */
  #handOn(done: () => void): void {
    if (this.parts.control.inFlight === 0) done()
    else this.parts.control.settled().then(done, done)
  }

  /** What a failed transfer means, once every reply is in. */
  async #afterFailure(error: unknown, path: string, meaning: Meaning): Promise<unknown> {
    const { control, data } = this.parts
    await control.settled()
    const second = data.options.throughProxy && !control.lost ? await secondAnswer(control, error, path) : undefined
    const meant = await this.#meaning(second?.error ?? error, path, meaning)
    second?.giveUp()
    return meant
  }

  /** Runs work whose refusal is clarified: servers send 550 for nearly everything. */
  #meant<T>(
    about: CallOptions & { path: string; meaning: Meaning; renames?: boolean },
    work: (commands: Commands) => Promise<T>,
  ): Promise<T> {
    return this.#turn(about, async (commands) => {
      try {
        return await work(commands)
      } catch (error) {
        throw await this.#meaning(error, about.path, about.meaning)
      }
    })
  }

  #meaning(error: unknown, path: string, meaning: Meaning): Promise<unknown> {
    const look = (what: string): Promise<Entry | undefined> =>
      statEntry(this.parts.commands, what, { find: (dir, wanted) => this.#find(dir, wanted, {}) })
    return clarified(error, { path, meaning, look, control: this.parts.control })
  }

  /** The place right behind the download that runs now, if this one can have it. */
  async #queued(command: string, signal: AbortSignal | undefined): Promise<QueuedTransfer | undefined> {
    const { pipeline, commands, data } = this.parts
    const free = (): boolean => pipeline.canQueue && commands.isPlain
    const offer = free() ? await data.offer(signal) : undefined
    if (!offer) return undefined
    if (free()) return pipeline.queue(offer, command)
    offer.discard()
    return undefined
  }

  /** Opens a source or sink that keeps the turn until it is done. */
  async #transfer<T>(
    { path, meaning, signal }: CallOptions & { path: string; meaning: Meaning },
    open: (done: () => void) => Promise<T>,
  ): Promise<T> {
    const done = await this.#take(signal)
    try {
      return await open(done)
    } catch (error) {
      if (signal?.aborted) {
        this.#handOn(done)
        throw error
      }
      const meant = await this.#afterFailure(error, path, meaning)
      done()
      throw meant
    }
  }
}

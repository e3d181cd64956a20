import { OpenRemote } from '../../src/client/remote/open-remote.js'
import type { ConnectOptions } from '../../src/index.js'
import { connect } from '../../src/index.js'
import type {
  ByteSink,
  ByteSource,
  CallOptions,
  Capabilities,
  Entry,
  HashName,
  Range,
  Store,
  WriteAt,
} from '../../src/store.js'

/**
 * One session as a Store that is opened anew when it was lost: some proxies end the session after a refused command, and the
 * engine gets a new one from the pool then, as this does.
 */
export class LivingStore implements Store {
  readonly #remote: OpenRemote
  #held: { store: Store; release(): void }
  /** Sessions that were lost and replaced. */
  replaced = 0

  private constructor(remote: OpenRemote, held: { store: Store; release(): void }) {
    this.#remote = remote
    this.#held = held
  }

  static async open(url: string, options: ConnectOptions): Promise<LivingStore> {
    const remote = await connect(url, options)
    if (!(remote instanceof OpenRemote)) throw new TypeError('connect() answers an OpenRemote')
    return new LivingStore(remote, await remote.connection.borrow())
  }

  get can(): Capabilities {
    return this.#held.store.can
  }

  get state(): Store['state'] {
    return this.#held.store.state === 'busy' ? 'busy' : 'ready'
  }

  get describe(): string {
    return this.#held.store.describe
  }

  async home(options?: CallOptions): Promise<string> {
    return await (await this.#living()).home(options)
  }

  async *list(dir: string, options?: CallOptions): AsyncGenerator<Entry> {
    yield* (await this.#living()).list(dir, options)
  }

  async stat(path: string, options?: CallOptions): Promise<Entry | undefined> {
    return await (await this.#living()).stat(path, options)
  }

  async read(path: string, options?: CallOptions & { range?: Range; entry?: Entry }): Promise<ByteSource> {
    return await (await this.#living()).read(path, options)
  }

  async write(path: string, options?: CallOptions & { at?: WriteAt }): Promise<ByteSink> {
    return await (await this.#living()).write(path, options)
  }

  async rename(from: string, to: string, options?: CallOptions): Promise<void> {
    await (await this.#living()).rename(from, to, options)
  }

  async remove(path: string, options?: CallOptions): Promise<void> {
    await (await this.#living()).remove(path, options)
  }

  async makeDir(path: string, options?: CallOptions): Promise<void> {
    await (await this.#living()).makeDir(path, options)
  }

  async removeDir(path: string, options?: CallOptions): Promise<void> {
    await (await this.#living()).removeDir(path, options)
  }

  async checksum(path: string, algorithm: HashName, options?: CallOptions): Promise<string> {
    return (await (await this.#living()).checksum?.(path, algorithm, options)) ?? ''
  }

  async setTimes(path: string, modified: Date, options?: CallOptions): Promise<void> {
    await (await this.#living()).setTimes?.(path, modified, options)
  }

  async setMode(path: string, mode: number, options?: CallOptions): Promise<void> {
    await (await this.#living()).setMode?.(path, mode, options)
  }

  /** Absent where the session has none: that is how a store shows that it cannot. */
  get link(): Store['link'] {
    if (!this.#held.store.link) return undefined
    return async (path, target, options) => await (await this.#living()).link?.(path, target, options)
  }

  async close(): Promise<void> {
    this.#held.release()
    await this.#remote.close()
  }

  async #living(): Promise<Store> {
    if (this.#held.store.state !== 'lost') return this.#held.store
    this.#held.release()
    this.#held = await this.#remote.connection.borrow()
    this.replaced++
    return this.#held.store
  }
}

import { type Limits, unlessAborted } from '../../deadline.js'
import type { RateLimiter } from '../../engine/flow/progress.js'
import type { LeaseOptions, PoolLease } from '../../engine/pool/lease.js'
import { Supply } from '../../engine/pool/lease-order.js'
import type { Several } from '../../engine/pool/leased-store.js'
import { Pool } from '../../engine/pool/pool.js'
import { type ReplyText, TransferError, throwIfAborted } from '../../errors.js'
import { resolve } from '../../path.js'
import type { Store } from '../../store.js'
import type { ChannelChange, Protocol, Sessions, Who } from '../protocol/protocol.js'

/** What the sessions of a remote are opened and used by. */
export interface Setup {
  readonly protocol: Protocol
  /** The caller's `pool.max`; defaults to 1, and to more during a call that uses several sessions. */
  readonly poolMax?: number
  /** For all transfers together. */
  readonly limiter?: RateLimiter
  /** The directory of the URL: where relative paths begin. Relative itself: inside the login directory. */
  readonly directory?: string
  readonly type: 'binary' | 'ascii'
  readonly onConnect?: (store: Store, signal?: AbortSignal) => Promise<void>
  readonly signal?: AbortSignal
}

/** A session that is lent out. */
export type Borrowed = Pick<PoolLease, 'store' | 'release' | 'crowded'>

/** The sessions behind one `remote`, and where relative paths begin. */
export class Connection {
  type: 'binary' | 'ascii'
  /** The session that was lent last. */
  latest: Store | undefined
  readonly protocol: Protocol
  /** For work that needs sessions of two connections at once. */
  readonly supply = new Supply()
  readonly #setup: Setup
  #pool: Pool
  #directory: string | undefined
  #closed: Promise<void> | undefined
  readonly #sessions: Sessions = {
    on: (signal, work) => this.onSession(signal, work),
    replace: (undo, signal) => this.#replaced(undo, signal),
    greet: (store, signal) => this.#greeted(store, signal),
  }

  constructor(setup: Setup) {
    this.#setup = setup
    this.type = setup.type
    this.protocol = setup.protocol
    this.#pool = this.#newPool()
    this.#directory = setup.directory
  }

  /** Sessions that may work at the same time. */
  get parallel(): number {
    return this.#setup.poolMax ?? 1
  }

  /** Allows `count` sessions at a time, within the caller's `pool.max`; a login that cannot be repeated allows one. */
  several(count: number): Several {
    const { poolMax } = this.#setup
    const { unrepeatable } = this.protocol
    if (unrepeatable) return { count: 1, reason: unrepeatable, done: () => {} }
    if (poolMax !== undefined && poolMax < count)
      return { count: poolMax, reason: `pool.max is ${poolMax}`, done: () => {} }
    return { count, done: this.#pool.limit.widen(count) }
  }

  get limiter(): RateLimiter | undefined {
    return this.#setup.limiter
  }

  /** What was refused so far; work that leases more than once leases with `since`, so that no login is refused twice for it. */
  get refusals(): number {
    return this.#pool.refusals
  }

  async borrow(options: LeaseOptions & { raw?: boolean } = {}): Promise<Borrowed> {
    const lease = await this.#rested({ since: this.refusals, ...options })
    const { store } = lease
    try {
      if (!lease.shared) await this.protocol.prepare(store, options)
    } catch (error) {
      throw givenBack(lease) ?? error
    }
    this.latest = store
    return { store, release: () => lease.release(), crowded: () => lease.crowded() }
  }

  /** The caller's signal and the connection's own as one. */
  signal(signal: AbortSignal | undefined): AbortSignal | undefined {
    const signals = [signal, this.#setup.signal].filter((one) => one !== undefined)
    return signals.length > 1 ? AbortSignal.any(signals) : signals[0]
  }

  /** Runs one call under the caller's signal, ours, and the total limit. */
  async call<T>(
    what: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal | undefined) => Promise<T>,
  ): Promise<T> {
    const both = this.signal(signal)
    throwIfAborted(both, 'command')
    return await limited({ limit: this.protocol.limits.total, signal: both, what }, work)
  }

  /** Runs something short on one session. */
  async onSession<T>(
    signal: AbortSignal | undefined,
    work: (store: Store) => Promise<T>,
    since = this.refusals,
  ): Promise<T> {
    const borrowed = await this.borrow({ signal, since })
    try {
      return await work(borrowed.store)
    } finally {
      borrowed.release()
    }
  }

  /** The same for what changes nothing: when the session turns out to be gone, once more on a new one. */
  async asking<T>(signal: AbortSignal | undefined, work: (store: Store) => Promise<T>): Promise<T> {
    const since = this.refusals
    try {
      return await this.onSession(signal, work, since)
    } catch (error) {
      if (!wasLost(error)) throw error
      return await this.onSession(signal, work, since)
    }
  }

  /** One look at a path that the caller wrote. */
  async look<T>(
    path: string,
    own: AbortSignal | undefined,
    work: (store: Store, full: string, signal: AbortSignal | undefined) => Promise<T>,
  ): Promise<T> {
    return await this.call(path, own, async (signal) => {
      const full = await this.resolve(path, signal)
      return await this.asking(signal, (store) => work(store, full, signal))
    })
  }

  /** Sends one command of the caller's. */
  async command(line: string, signal: AbortSignal | undefined): Promise<ReplyText> {
    const { store, release } = await this.borrow({ signal, raw: true })
    try {
      const { reply, newUser } = await this.protocol.command(store, line, { signal })
      if (newUser) this.#directory = this.#setup.directory
      return reply
    } finally {
      release()
    }
  }

  /** An absolute path from what the caller wrote. */
  async resolve(path: string, signal?: AbortSignal): Promise<string> {
    if (path.startsWith('/')) return resolve('/', path)
    return resolve(await this.directory(signal), path)
  }

  /** The directory that relative paths begin in. */
  async directory(signal?: AbortSignal): Promise<string> {
    if (this.#directory?.startsWith('/')) return this.#directory
    const home = await this.asking(signal, (store) => store.home({ signal }))
    this.#directory = resolve(home, this.#directory ?? '')
    return this.#directory
  }

  set start(directory: string) {
    this.#directory = directory
  }

  /** Logs in as this user. Relative paths begin in his login directory from now on, or in the URL's inside it. */
  async login(who: Who | undefined, signal?: AbortSignal): Promise<void> {
    await this.protocol.login(who, this.#sessions, signal)
    this.#directory = this.#setup.directory
  }

  async logout(signal?: AbortSignal): Promise<void> {
    await this.protocol.logout(this.#sessions, signal)
    this.#directory = this.#setup.directory
  }

  configure(changes: {
    dataMode?: 'passive' | 'active' | 'auto'
    timeouts?: Partial<Limits>
    type?: 'binary' | 'ascii'
  }): void {
    if (changes.dataMode) this.protocol.setDataMode(changes.dataMode)
    if (changes.timeouts) Object.assign(this.protocol.limits, changes.timeouts)
    if (changes.type) this.type = changes.type
  }

  async setChannelMode(change: ChannelChange, signal?: AbortSignal): Promise<void> {
    await this.protocol.setChannelMode(change, this.#sessions, signal)
  }

  close(): Promise<void> {
    this.#closed ??= this.#pool.close()
    return this.#closed
  }

  /**
   * Resolves with a lease on a session without a pending reply, to a NOOP or to what a cancelled call left: a session that never sends it
   * is replaced before the job begins. The pool counts those that it had just opened, and rejects when there were too many.
   */
  async #rested(options: LeaseOptions & { raw?: boolean }): Promise<PoolLease> {
    for (;;) {
      const lease = await this.#pool.lease(options)
      if (lease.shared) return lease
      try {
        await this.protocol.quiet(lease.store, options)
      } catch (error) {
        throw givenBack(lease) ?? error
      }
      if (lease.store.state !== 'lost') return lease
      const error = lease.unfit()
      if (error) throw error
    }
  }

  async #replaced(undo: () => void, signal?: AbortSignal): Promise<void> {
    const old = this.#pool
    this.#pool = this.#newPool()
    await old.close()
    try {
      await this.onSession(signal, async () => {})
    } catch (error) {
      // What was refused is not tried again behind the caller's back: that locks accounts.
      undo()
      throw error
    }
  }

  async #greeted(store: Store, signal?: AbortSignal): Promise<void> {
    try {
      await unlessAborted(Promise.resolve(this.#setup.onConnect?.(store, signal)), signal, 'login')
    } catch (cause) {
      if (cause instanceof TransferError) throw cause
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new TransferError('local', `onConnect failed: ${reason}.`, { phase: 'login', cause })
    }
  }

  #newPool(): Pool {
    return new Pool({
      max: this.parallel,
      waitLimit: this.protocol.limits.reply,
      open: (signal) => this.protocol.open(signal),
      lostBy: (store) => this.protocol.lostBy(store),
      onFull: () => this.protocol.full?.(),
      onOpen: (store, signal) => (this.protocol.logsIn ? this.#greeted(store, signal) : undefined),
    })
  }
}

/** Gives back a session that a job could not begin with. Returns the error that takes the place of what it met there, if any. */
function givenBack(lease: PoolLease): TransferError | undefined {
  if (lease.store.state === 'lost') return lease.unfit()
  lease.release()
  return undefined
}

interface Bounds {
  /** Milliseconds. Absent: none. */
  readonly limit?: number
  readonly signal?: AbortSignal
  readonly what: string
}

/** Runs a call under the total limit. The call itself is waited for when the limit passes: it has things to put away. */
export async function limited<T>(
  { limit, signal, what }: Bounds,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (limit === undefined) return await work(signal)
  const stop = new AbortController()
  const timer = setTimeout(() => {
    const text = `Gave up after ${limit} ms: ${what} took longer than timeouts.total.`
    stop.abort(new TransferError('timeout', text, { phase: 'command', retryable: true }))
  }, limit)
  try {
    return await work(signal ? AbortSignal.any([signal, stop.signal]) : stop.signal)
  } finally {
    clearTimeout(timer)
  }
}

function wasLost(error: unknown): boolean {
  if (!(error instanceof TransferError) || error.code !== 'session-lost') return false
  return error.phase !== 'proxy' && error.phase !== 'login'
}

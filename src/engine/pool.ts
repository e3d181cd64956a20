import { aborted, asTransferError, TransferError, throwIfAborted } from '../errors.js'
import type { Store } from '../store.js'
import { type Clock, systemClock } from './clock.js'
import { IdleSessions } from './idle.js'
import { allOurs, closedError, heldError, isFull } from './no-lease.js'
import { SessionLimit } from './session-limit.js'

/** A session that is the holder's alone until it is released; two small reads may share one. */
export interface Lease {
  readonly store: Store
  /** Somebody else still reads on this session; reads follow one another there. */
  readonly shared?: boolean
  /** Gives the session back; a lost one is thrown away. Safe to call twice. */
  release(): void
}

/**
 * What a session is held for: a call that ends by itself, a listing that can be drained, a stream the caller reads at leisure, or
 * one small file to be read: then the next such read may begin on the same session before this one has ended.
 */
export type LeaseKind = 'call' | 'list' | 'stream' | 'small-read'

export interface LeaseOptions {
  readonly signal?: AbortSignal
  readonly kind?: LeaseKind
  /** Called once when somebody else waits for this session; the holder then releases it as soon as it can. */
  readonly wanted?: () => void
  /** Sessions of this pool that the same job holds already: where no more are to be had, it fails instead of waiting for itself. */
  readonly beside?: number
}

export interface PoolOptions {
  /** Opens one session, ready for work. */
  readonly open: (signal?: AbortSignal) => Promise<Store>
  /** Sessions at most. */
  readonly max: number
  /** Milliseconds a job waits while every session is held by a stream. */
  readonly waitLimit: number
  /** Runs on every new session before anyone gets it. */
  readonly onOpen?: (store: Store) => Promise<void> | void
  readonly clock?: Clock
}

interface Waiter {
  readonly kind: LeaseKind
  readonly wanted?: () => void
  readonly beside: number
  readonly settle: (outcome: Lease | TransferError) => void
  stopClock?: () => void
}

interface Holder {
  readonly store: Store
  readonly kind: LeaseKind
  wanted?: () => void
  asked: boolean
}

/**
 * Sessions of one connection, lent to one job at a time and first come, first served. It opens a session only when a job waits
 * and none is idle, replaces lost ones, and takes the server's `too-many-sessions` as its own maximum for a minute. Of the sessions
 * that nobody needs for a minute it keeps one.
 */
export class Pool {
  /** Sessions at most. */
  readonly limit: SessionLimit
  readonly #options: PoolOptions
  readonly #clock: Clock
  readonly #idle: IdleSessions
  readonly #held = new Set<Holder>()
  readonly #waiters: Waiter[] = []
  readonly #opening = new Map<AbortController, Promise<void>>()
  readonly #ending = new Set<Promise<void>>()
  #closing: Promise<void> | undefined

  constructor(options: PoolOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.limit = new SessionLimit(options.max, this.#clock, () => this.#turn())
    this.#idle = new IdleSessions(this.#clock, (store) => this.#retire(store))
  }

  /** Sessions that are open now. */
  get size(): number {
    return this.#idle.size + new Set([...this.#held].map(({ store }) => store)).size
  }

  /**
   * A session of one's own. Waits its turn; fails with `session-held` when every session is held by a stream for the wait limit,
   * with `too-many-sessions` when the job itself holds all there can be (`beside`), with `closed` after close(), with `aborted`, or with what opening a session failed with.
   */
  async lease(options: LeaseOptions = {}): Promise<Lease> {
    const { signal, kind = 'call', wanted, beside = 0 } = options
    if (this.#closing) throw closedError()
    throwIfAborted(signal, 'connect')
    return await new Promise<Lease>((resolve, reject) => {
      const leave = (): void => this.#leave(waiter, signal && aborted(signal, 'connect'))
      const settle = (outcome: Lease | TransferError): void => {
        signal?.removeEventListener('abort', leave)
        waiter.stopClock?.()
        if (outcome instanceof TransferError) reject(outcome)
        else resolve(outcome)
      }
      const waiter: Waiter = { kind, wanted, beside, settle }
      signal?.addEventListener('abort', leave, { once: true })
      this.#waiters.push(waiter)
      this.#turn()
    })
  }

  /** Ends every session, the held ones too; what waits fails with `closed`. */
  async close(): Promise<void> {
    this.#closing ??= this.#shut()
    await this.#closing
  }

  async #shut(): Promise<void> {
    this.limit.forget()
    for (const waiter of this.#waiters.splice(0)) waiter.settle(closedError())
    const opening = [...this.#opening]
    for (const [stop] of opening) stop.abort(closedError())
    const holders = [...this.#held]
    this.#held.clear()
    for (let store = this.#idle.take(); store; store = this.#idle.take()) this.#end(store)
    for (const store of new Set(holders.map((holder) => holder.store))) this.#end(store)
    await Promise.all([...this.#ending, ...opening.map(([, opened]) => opened)])
  }

  #end(store: Store): void {
    const ended = quietClose(store).finally(() => this.#ending.delete(ended))
    this.#ending.add(ended)
  }

  /** One look at who waits and what there is; runs after every change. */
  #turn(): void {
    this.#sendAway()
    while (this.#waiters.length > 0 && this.#serve()) {}
    this.#dropSurplus()
    while (this.#opening.size < this.#waiters.length && this.size + this.#opening.size < this.limit.max) this.#grow()
    this.#askHolders()
    this.#watchStreams()
  }

  #sendAway(): void {
    for (const waiter of this.#waiters.filter(({ beside }) => beside >= this.limit.max))
      this.#leave(waiter, allOurs(this.limit.max))
  }

  #serve(): boolean {
    const store = this.#takeIdle() ?? this.#seat()
    if (!store) return false
    const waiter = this.#waiters.shift()
    if (waiter) waiter.settle(this.#lend(store, waiter))
    return true
  }

  /** A session whose holder reads a small file, for one who wants to do the same, when no further session can be had. */
  #seat(): Store | undefined {
    if (this.#waiters[0]?.kind !== 'small-read' || this.size + this.#opening.size < this.limit.max) return undefined
    const holders = [...this.#held]
    return holders.find(
      ({ store, kind }) =>
        kind === 'small-read' &&
        store.can.lookAhead &&
        store.state !== 'lost' &&
        holders.filter((other) => other.store === store).length === 1,
    )?.store
  }

  #takeIdle(): Store | undefined {
    for (let store = this.#idle.take(); store; store = this.#idle.take()) {
      if (store.state !== 'lost') return store
      this.#end(store)
    }
    return undefined
  }

  #rest(store: Store): void {
    this.#idle.put(store, this.size === 0)
  }

  #retire(store: Store): void {
    if (this.size === 1) return
    this.#idle.drop(store)
    this.#end(store)
  }

  #lend(store: Store, { kind, wanted }: Waiter): Lease {
    const holder: Holder = { store, kind, wanted, asked: false }
    const shared = this.#isHeld(store)
    this.#held.add(holder)
    return { store, shared, release: () => this.#takeBack(holder) }
  }

  #takeBack(holder: Holder): void {
    if (!this.#held.delete(holder)) return
    const { store } = holder
    if (store.state === 'lost') this.#end(store)
    else if (!this.#isHeld(store)) this.#rest(store)
    this.#turn()
  }

  #isHeld(store: Store): boolean {
    return [...this.#held].some((holder) => holder.store === store)
  }

  #grow(): void {
    const stop = new AbortController()
    const opened = this.#open(stop.signal).then(
      (store) => this.#welcome(stop, store),
      (error) => this.#refused(stop, asTransferError(error, { code: 'unreachable', phase: 'connect' })),
    )
    this.#opening.set(stop, opened)
  }

  async #open(signal: AbortSignal): Promise<Store> {
    const store = await this.#options.open(signal)
    try {
      await this.#options.onOpen?.(store)
      return store
    } catch (error) {
      await quietClose(store)
      throw error
    }
  }

  async #welcome(stop: AbortController, store: Store): Promise<void> {
    this.#opening.delete(stop)
    if (this.#closing) return await quietClose(store)
    this.#rest(store)
    this.#turn()
  }

  #refused(stop: AbortController, error: TransferError): void {
    this.#opening.delete(stop)
    if (this.#closing) return
    const others = this.size + this.#opening.size
    if (others > 0 && isFull(error)) this.limit.refusedAbove(others, error.code === 'login-refused')
    else if (!stop.signal.aborted) this.#waiters.shift()?.settle(error)
    this.#turn()
  }

  /** A session is not opened for a job that has gone away; the newest attempt is given up first. */
  #dropSurplus(): void {
    const attempts = [...this.#opening.keys()].filter((stop) => !stop.signal.aborted)
    for (const stop of attempts.slice(this.#waiters.length)) stop.abort(closedError())
  }

  #askHolders(): void {
    const holders = [...this.#held]
    const coming = this.#opening.size + holders.filter((holder) => holder.asked).length
    const able = holders.filter((holder) => holder.wanted && !holder.asked)
    for (const holder of able.slice(0, Math.max(0, this.#waiters.length - coming))) {
      holder.asked = true
      holder.wanted?.()
    }
  }

  #watchStreams(): void {
    const stuck =
      this.#held.size > 0 && this.#opening.size === 0 && [...this.#held].every((holder) => holder.kind === 'stream')
    for (const waiter of this.#waiters) {
      if (!stuck) {
        waiter.stopClock?.()
        waiter.stopClock = undefined
      } else
        waiter.stopClock ??= this.#clock.after(this.#options.waitLimit, () => this.#leave(waiter, heldError(this.size)))
    }
  }

  #leave(waiter: Waiter, error: TransferError | undefined): void {
    const at = this.#waiters.indexOf(waiter)
    if (at < 0) return
    this.#waiters.splice(at, 1)
    waiter.settle(error ?? closedError())
    this.#turn()
  }
}

async function quietClose(store: Store): Promise<void> {
  await store.close().catch(() => {})
}

import { aborted, asTransferError, TransferError, throwIfAborted } from '../../errors.js'
import type { Store } from '../../store.js'
import { type Clock, systemClock } from '../flow/clock.js'
import { IdleSessions } from './idle-sessions.js'
import { allOurs, closedError, heldError, isFull } from './pool-errors.js'
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
  /** Who holds each session that is lent: one job, or two that read small files. */
  readonly #held = new Map<Store, Holder[]>()
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
    return this.#idle.size + this.#held.size
  }

  /**
   * A session of one's own. Waits its turn; fails with `session-held` when every session is held by a stream for the wait limit,
   * with `too-many-sessions` when the job itself holds all there can be (`beside`), with `closed` after close(), with `aborted`, or with what opening a session failed with.
   */
  async lease(options: LeaseOptions = {}): Promise<Lease> {
    const { signal, kind = 'call', wanted, beside = 0 } = options
    if (this.#closing) throw closedError()
    throwIfAborted(signal, 'connect')
    const free = this.#waiters.length === 0 && beside < this.limit.max ? this.#free(kind) : undefined
    if (free) return this.#lend(free, { kind, wanted })
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
    const held = [...this.#held.keys()]
    this.#held.clear()
    for (let store = this.#idle.take(); store; store = this.#idle.take()) this.#end(store)
    for (const store of held) this.#end(store)
    await Promise.all([...this.#ending, ...opening.map(([, opened]) => opened)])
  }

  #end(store: Store): void {
    const ended = quietClose(store).finally(() => this.#ending.delete(ended))
    this.#ending.add(ended)
  }

  /** One look at who waits and what there is; runs after every change. */
  #turn(): void {
    this.#dropSurplus()
    if (this.#waiters.length === 0) return
    this.#sendAway()
    while (this.#waiters.length > 0 && this.#serve()) {}
    this.#dropSurplus()
    while (this.#opening.size < this.#waiters.length && this.size + this.#opening.size < this.limit.max) this.#grow()
    this.#askHolders()
    this.#watchStreams()
  }

  #sendAway(): void {
    const { max } = this.limit
    for (const waiter of this.#waiters.filter(({ beside }) => beside >= max)) this.#leave(waiter, allOurs(max))
  }

  #serve(): boolean {
    const [waiter] = this.#waiters
    const store = waiter && this.#free(waiter.kind)
    if (!store) return false
    this.#waiters.shift()
    waiter.settle(this.#lend(store, waiter))
    return true
  }

  /** A session that can be had at once. */
  #free(kind: LeaseKind): Store | undefined {
    return this.#takeIdle() ?? (kind === 'small-read' ? this.#seat() : undefined)
  }

  /** A session whose holder reads a small file, for one who wants to do the same, when no further session can be had. */
  #seat(): Store | undefined {
    if (this.size + this.#opening.size < this.limit.max) return undefined
    for (const [store, holders] of this.#held) {
      const alone = holders.length === 1 && holders[0]?.kind === 'small-read'
      if (alone && store.can.lookAhead && store.state !== 'lost') return store
    }
    return undefined
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

  #lend(store: Store, { kind, wanted }: Pick<Waiter, 'kind' | 'wanted'>): Lease {
    const holder: Holder = { kind, wanted, asked: false }
    const others = this.#held.get(store)
    if (others) others.push(holder)
    else this.#held.set(store, [holder])
    return { store, shared: others !== undefined, release: () => this.#takeBack(store, holder) }
  }

  #takeBack(store: Store, holder: Holder): void {
    const holders = this.#held.get(store)
    const at = holders?.indexOf(holder) ?? -1
    if (!holders || at < 0) return
    holders.splice(at, 1)
    if (holders.length === 0) this.#held.delete(store)
    if (store.state === 'lost') this.#end(store)
    else if (holders.length === 0) this.#rest(store)
    this.#turn()
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
    if (this.#opening.size === 0) return
    const attempts = [...this.#opening.keys()].filter((stop) => !stop.signal.aborted)
    for (const stop of attempts.slice(this.#waiters.length)) stop.abort(closedError())
  }

  #askHolders(): void {
    const holders = [...this.#held.values()].flat().filter((holder) => holder.wanted)
    const coming = this.#opening.size + holders.filter((holder) => holder.asked).length
    const able = holders.filter((holder) => !holder.asked)
    for (const holder of able.slice(0, Math.max(0, this.#waiters.length - coming))) {
      holder.asked = true
      holder.wanted?.()
    }
  }

  #watchStreams(): void {
    const holders = [...this.#held.values()].flat()
    const stuck = holders.length > 0 && this.#opening.size === 0 && holders.every(({ kind }) => kind === 'stream')
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

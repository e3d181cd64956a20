import { aborted, TransferError, throwIfAborted } from '../../errors.js'
import { onAbort } from '../../on-abort.js'
import type { Store } from '../../store.js'
import { type Clock, systemClock } from '../flow/clock.js'
import { IdleSessions } from './idle-sessions.js'
import type { LeaseKind, LeaseOptions, PoolLease } from './lease.js'
import { allHeldByJob, closedError, heldError, isFull } from './pool-errors.js'
import type { PoolOptions } from './pool-options.js'
import { quietClose } from './quiet-close.js'
import { SessionLimit } from './session-limit.js'
import { SessionOpener } from './session-opener.js'

interface Waiter {
  readonly kind: LeaseKind
  readonly wanted?: () => void
  readonly beside: number
  readonly since: number
  readonly settle: (outcome: PoolLease | TransferError) => void
  stopClock?: () => void
}

interface Holder {
  readonly kind: LeaseKind
  wanted?: () => void
  asked: boolean
}

/**
 * Sessions of one connection, leased to one job at a time in the order of the requests. It opens a session only when a job waits and
 * none is idle, replaces lost ones, and takes the server's `too-many-sessions` as its own maximum for a minute. Of the sessions that
 * are idle for a minute it keeps one.
 */
export class Pool {
  /** Most sessions. */
  readonly limit: SessionLimit
  readonly #options: PoolOptions
  readonly #clock: Clock
  readonly #idle: IdleSessions
  /** The holders of each leased session: one job, or two that read small files. */
  readonly #held = new Map<Store, Holder[]>()
  readonly #waiters: Waiter[] = []
  readonly #opener: SessionOpener
  /** Sessions that have worked for a job. */
  readonly #used = new WeakSet<Store>()
  readonly #ending = new Set<Promise<void>>()
  #closing: Promise<void> | undefined

  constructor(options: PoolOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.limit = new SessionLimit(options.max, this.#clock, () => this.#turn())
    this.#idle = new IdleSessions(this.#clock, (store) => this.#retire(store))
    this.#opener = new SessionOpener({
      ...options,
      clock: this.#clock,
      opened: (store) => this.#welcome(store),
      failed: (error, isFinal) => this.#refused(error, isFinal),
      ready: () => this.#turn(),
    })
  }

  /** Number of permanent refusals so far; see `since`. */
  get refusals(): number {
    return this.#opener.refusals
  }

  /** Sessions that are open now. */
  get size(): number {
    return this.#idle.size + this.#held.size
  }

  /**
   * Resolves with a lease, in order. Rejects with `session-held` when every session is held by a stream for the wait limit, with
   * `too-many-sessions` when the job itself holds all sessions that can be had (`beside`), with `closed` after close(), with `aborted`,
   * or with the error of opening a session.
   */
  async lease(options: LeaseOptions = {}): Promise<PoolLease> {
    const { signal, kind = 'call', wanted, beside = 0, since = this.refusals } = options
    if (this.#closing) throw closedError()
    throwIfAborted(signal, 'connect')
    const free = this.#waiters.length === 0 && beside < this.limit.max ? this.#free({ kind, beside }) : undefined
    if (free) return this.#lend(free, { kind, wanted })
    return await new Promise<PoolLease>((resolve, reject) => {
      const leave = (): void => this.#leave(waiter, signal && aborted(signal, 'connect'))
      const settle = (outcome: PoolLease | TransferError): void => {
        forget()
        waiter.stopClock?.()
        if (outcome instanceof TransferError) reject(outcome)
        else resolve(outcome)
      }
      const waiter: Waiter = { kind, wanted, beside, since, settle }
      const forget = onAbort(signal, leave)
      this.#waiters.push(waiter)
      this.#turn()
    })
  }

  /** Closes every session, including leased ones; waiting requests reject with `closed`. */
  async close(): Promise<void> {
    this.#closing ??= this.#shut()
    await this.#closing
  }

  async #shut(): Promise<void> {
    this.limit.forget()
    for (const waiter of this.#waiters.splice(0)) waiter.settle(closedError())
    const opened = this.#opener.close()
    const held = [...this.#held.keys()]
    this.#held.clear()
    for (let store = this.#idle.take(); store; store = this.#idle.take()) this.#end(store)
    for (const store of held) this.#end(store)
    await Promise.all([...this.#ending, opened])
  }

  #end(store: Store): void {
    const ended = quietClose(store).finally(() => this.#ending.delete(ended))
    this.#ending.add(ended)
  }

  /** Matches waiting requests and sessions; called after every change. */
  #turn(): void {
    this.#sendAway()
    while (this.#waiters.length > 0 && this.#serve()) {}
    if (this.#waiters.length === 0) return this.#opener.distrust()
    const most = this.limit.room(this.#waiters[0]?.beside)
    const isRoom = (): boolean => this.#coming < this.#waiters.length && this.size + this.#coming < most
    while (isRoom() && this.#opener.mayOpen(this.size)) this.#opener.open()
    this.#askHolders()
    this.#watchStreams()
  }

  /** Number of sessions being opened. */
  get #coming(): number {
    return this.#opener.size
  }

  #sendAway(): void {
    const { max } = this.limit
    for (const waiter of this.#waiters.filter(({ beside }) => beside >= max)) this.#leave(waiter, allHeldByJob(max))
    if (this.size + this.#coming > 0) return
    for (const waiter of [...this.#waiters]) {
      const refusal = this.#opener.refusedSince(waiter.since)
      if (refusal) this.#leave(waiter, refusal)
    }
  }

  #serve(): boolean {
    const [waiter] = this.#waiters
    const store = waiter && this.#free(waiter)
    if (!store) return false
    this.#waiters.shift()
    waiter.settle(this.#lend(store, waiter))
    return true
  }

  /** Returns an idle session for this kind of lease. */
  #free({ kind, beside }: Pick<Waiter, 'kind' | 'beside'>): Store | undefined {
    const idle = this.#held.size < this.limit.room(beside) ? this.#takeIdle() : undefined
    return idle ?? (kind === 'small-read' ? this.#sharedSession() : undefined)
  }

  /** Returns a session whose holder reads a small file, for another such read, when no further session can be opened. */
  #sharedSession(): Store | undefined {
    if (this.size + this.#coming < this.limit.room()) return undefined
    for (const [store, holders] of this.#held) {
      const alone = holders.length === 1 && holders[0]?.kind === 'small-read'
      if (alone && store.can.lookAhead && store.state !== 'lost') return store
    }
    return undefined
  }

  #takeIdle(): Store | undefined {
    for (let store = this.#idle.take(); store; store = this.#idle.take()) {
      if (store.state !== 'lost') return store
      this.#opener.distrust()
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

  #lend(store: Store, { kind, wanted }: Pick<Waiter, 'kind' | 'wanted'>): PoolLease {
    const holder: Holder = { kind, wanted, asked: false }
    const others = this.#held.get(store)
    if (others) others.push(holder)
    else this.#held.set(store, [holder])
    const release = (): boolean => this.#takeBack(store, holder)
    return {
      store,
      shared: others !== undefined,
      release,
      unfit: () => this.#unfit(store, release),
      crowded: () => this.#crowded(),
    }
  }

  /** Returns false when the session was released before. */
  #takeBack(store: Store, holder: Holder): boolean {
    const holders = this.#held.get(store)
    const at = holders?.indexOf(holder) ?? -1
    if (!holders || at < 0) return false
    holders.splice(at, 1)
    if (holders.length === 0) this.#held.delete(store)
    if (store.state === 'lost') {
      this.#opener.distrust()
      this.#end(store)
    } else {
      this.#used.add(store)
      this.#opener.trust()
      if (holders.length === 0) this.#rest(store)
      if (this.limit.isCrowded) this.#endSurplus()
    }
    this.#turn()
    return true
  }

  #crowded(): void {
    this.limit.crowded(this.#held.size)
    this.#endSurplus()
  }

  /** Closes idle sessions that may not work now: each of them may hold a passive port that it was given early. */
  #endSurplus(): void {
    while (this.#idle.size > 0 && this.size > this.limit.room()) {
      const store = this.#idle.take()
      if (store) this.#end(store)
    }
  }

  /** A session that has worked may be lost while idle; one that never did counts as a failed attempt. */
  #unfit(store: Store, release: () => boolean): TransferError | undefined {
    const error = this.#used.has(store) ? undefined : this.#opener.wasted(store)
    release()
    if (error) this.#fail(error)
    return error
  }

  #welcome(store: Store): void {
    this.#rest(store)
    this.#turn()
  }

  #refused(error: TransferError, isFinal: boolean): void {
    if (this.#closing) return
    if (this.size > 0 && isFull(error)) {
      this.limit.refusedAbove(this.size + this.#coming, error.code === 'login-refused')
      this.#options.onFull?.()
    } else if (isFinal) this.#fail(error)
    this.#turn()
  }

  /** Rejects all waiting requests when no session is left; beside working sessions only the first. */
  #fail(error: TransferError): void {
    const count = this.size === 0 ? this.#waiters.length : 1
    for (const waiter of this.#waiters.splice(0, count)) waiter.settle(error)
  }

  #askHolders(): void {
    const holders = [...this.#held.values()].flat().filter((holder) => holder.wanted)
    const coming = this.#coming + holders.filter((holder) => holder.asked).length
    const able = holders.filter((holder) => !holder.asked)
    for (const holder of able.slice(0, Math.max(0, this.#waiters.length - coming))) {
      holder.asked = true
      holder.wanted?.()
    }
  }

  #watchStreams(): void {
    const holders = [...this.#held.values()].flat()
    const stuck = holders.length > 0 && this.#coming === 0 && holders.every(({ kind }) => kind === 'stream')
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
    this.#opener.keep(this.#waiters.length)
    this.#turn()
  }
}

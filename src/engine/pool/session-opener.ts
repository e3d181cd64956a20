import { asTransferError, TransferError } from '../../errors.js'
import type { Store } from '../../store.js'
import type { Clock } from '../flow/clock.js'
import { delayAfter, type RetryOptions } from '../flow/retry.js'
import { closedError } from './pool-errors.js'
import { quietClose } from './quiet-close.js'

/** Milliseconds for which a refused login is not retried beside sessions that work. */
const REFUSAL_TTL = 60_000

/** Failed attempts in a row before waiting jobs get the error of the first. */
const MAX_ATTEMPTS = 3

/** The delay after each of them. It keeps growing, so that repeated calls do not become a flood of logins. */
const WAITS: RetryOptions = { firstDelay: 500, longestDelay: 8000 }

/** How a pool opens its sessions, and what it is notified of. */
export interface OpenerOptions {
  /** Opens one session, ready for use. */
  readonly open: (signal: AbortSignal) => Promise<Store>
  /** Called for every new session before it is leased. */
  readonly onOpen?: (store: Store, signal?: AbortSignal) => Promise<void> | void
  /** Returns why a session was lost. */
  readonly lostBy?: (store: Store) => TransferError | undefined
  readonly clock: Clock
  /** Returns a number from 0 to 1, which spreads the retries of many clients. */
  readonly random?: () => number
  readonly opened: (store: Store) => void
  /** `isFinal`: waiting jobs get this error; otherwise a further session is opened in its place. */
  readonly failed: (error: TransferError, isFinal: boolean) => void
  /** Called after a delay: further sessions may be opened. */
  readonly ready: () => void
}

/** The failures when an attempt began, which it cannot be blamed for. */
interface Before {
  readonly tries: number
  readonly refusals: number
}

/**
 * Opens the sessions of a pool. Until a login has succeeded while jobs wait, it opens one at a time: a wrong password is sent once, not
 * once for each waiting call. A session that is lost before it was of use counts as a failed attempt: it is replaced after a delay that
 * grows with each.
 */
export class SessionOpener {
  readonly #options: OpenerOptions
  readonly #attempts = new Map<AbortController, Promise<void>>()
  #isTrusted = false
  /** Failed attempts in a row, the error of the first, and when the next may start. */
  #tries = 0
  #first: TransferError | undefined
  #notBefore = Number.NEGATIVE_INFINITY
  #stopClock: (() => void) | undefined
  /** Number of refusals so far, and the last one unless a session was opened since. */
  #refusals = 0
  #refusal: TransferError | undefined
  #refusedUntil = Number.NEGATIVE_INFINITY
  #closed = false

  constructor(options: OpenerOptions) {
    this.#options = options
  }

  /** Number of sessions being opened. */
  get size(): number {
    return this.#attempts.size
  }

  /** Number of permanent refusals. */
  get refusals(): number {
    return this.#refusals
  }

  /** Returns the refusal of a session since the count was `refusals`; undefined also when one was opened since. */
  refusedSince(refusals: number): TransferError | undefined {
    return this.#refusals > refusals ? this.#refusal : undefined
  }

  /** Returns whether a session may be opened now, beside `live` others. When it is too early for the next attempt, `ready` is called later. */
  mayOpen(live: number): boolean {
    const { clock, ready } = this.#options
    if (live > 0 && clock.now() < this.#refusedUntil) return false
    const early = this.#notBefore - clock.now()
    if (early > 0) {
      this.#stopClock ??= clock.after(early, () => {
        this.#stopClock = undefined
        ready()
      })
      return false
    }
    return this.#attempts.size === 0 || (this.#tries === 0 && this.#isTrusted)
  }

  open(): void {
    const stop = new AbortController()
    const before = { tries: this.#tries, refusals: this.#refusals }
    const attempt = this.#made(stop.signal).then(
      (store) => {
        this.#attempts.delete(stop)
        return this.#arrived(store, before)
      },
      (thrown) => {
        this.#attempts.delete(stop)
        if (stop.signal.aborted) return this.#options.ready()
        const error = asTransferError(thrown, { code: 'unreachable', phase: 'connect' })
        if (isPassing(error)) this.#passing(error, before)
        else this.#refused(error)
      },
    )
    this.#attempts.set(stop, attempt)
  }

  /** After a lost session, or with no job waiting: whether the next login succeeds is unknown. */
  distrust(): void {
    this.#isTrusted = false
  }

  /** After a session was of use: resets the failed attempts. */
  trust(): void {
    this.#tries = 0
    this.#first = undefined
  }

  /** Counts a session that was lost before it was of use. Returns the error for its holder once there were too many in a row. */
  wasted(store: Store): TransferError | undefined {
    this.#count(this.#options.lostBy?.(store) ?? lostAtOnce(store))
    return this.#verdict
  }

  /** Cancels the newest attempts, down to `count` of them, and the delay before the next when no job waits. */
  keep(count: number): void {
    if (count === 0) this.#forgetWait()
    const attempts = [...this.#attempts.keys()].filter((stop) => !stop.signal.aborted)
    for (const stop of attempts.slice(count)) stop.abort(closedError())
  }

  /** Cancels every attempt; resolves when all have ended. */
  async close(): Promise<void> {
    this.#closed = true
    this.keep(0)
    await Promise.all(this.#attempts.values())
  }

  async #made(signal: AbortSignal): Promise<Store> {
    const store = await this.#options.open(signal)
    try {
      await this.#options.onOpen?.(store, signal)
      return store
    } catch (error) {
      await quietClose(store)
      throw error
    }
  }

  async #arrived(store: Store, before: Before): Promise<void> {
    if (this.#closed) return await quietClose(store)
    if (store.state === 'lost') {
      void quietClose(store)
      return this.#passing(this.#options.lostBy?.(store) ?? lostAtOnce(store), before)
    }
    if (before.refusals === this.#refusals) {
      this.#isTrusted = true
      this.#refusal = undefined
      this.#refusedUntil = Number.NEGATIVE_INFINITY
    }
    this.#options.opened(store)
  }

  /** Counts a temporary failure. Attempts that ran concurrently and failed together count as one. */
  #passing(error: TransferError, before: Before): void {
    if (before.tries === this.#tries) this.#count(error)
    const verdict = this.#verdict
    this.#options.failed(verdict ?? error, verdict !== undefined)
  }

  #refused(error: TransferError): void {
    this.distrust()
    if (!error.retryable || error.code === 'login-refused') {
      this.#refusals++
      this.#refusal = error
      this.#refusedUntil = this.#options.clock.now() + REFUSAL_TTL
    }
    this.#options.failed(error, true)
  }

  #count(error: TransferError): void {
    this.distrust()
    this.#tries++
    this.#first ??= error
    const { clock, random } = this.#options
    this.#notBefore = clock.now() + delayAfter(this.#tries, { ...WAITS, random })
  }

  get #verdict(): TransferError | undefined {
    return this.#tries >= MAX_ATTEMPTS ? this.#first : undefined
  }

  #forgetWait(): void {
    this.#stopClock?.()
    this.#stopClock = undefined
  }
}

/** Returns whether the connection ended, at the server or at a proxy that gave no reason. */
function isPassing({ code, retryable, reply }: TransferError): boolean {
  return retryable && (code === 'session-lost' || (code === 'proxy-refused' && reply === undefined))
}

function lostAtOnce(store: Store): TransferError {
  const text = `The session with ${store.describe} was lost before anything was done with it.`
  return new TransferError('session-lost', text, { phase: 'login', retryable: true })
}

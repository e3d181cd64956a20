import { asTransferError, TransferError } from '../../errors.js'
import type { Store } from '../../store.js'
import type { Clock } from '../flow/clock.js'
import { delayAfter, type RetryOptions } from '../flow/retry.js'
import { closedError } from './pool-errors.js'
import { quietClose } from './quiet-close.js'

/** Milliseconds for which a login that was refused is not tried again beside sessions that work. */
const REFUSED_FOR = 60_000

/** Sessions in a row that come to nothing before those who wait get the error of the first. */
const MOST_TRIES = 3

/** The wait after each of them. It goes on to grow afterwards, so that calls that are made again do not become a flood of logins. */
const WAITS: RetryOptions = { firstDelay: 500, longestDelay: 8000 }

/** What a pool tells about the opening of its sessions. */
export interface OpenerOptions {
  /** Opens one session, ready for work. */
  readonly open: (signal: AbortSignal) => Promise<Store>
  /** Runs on every new session before anyone gets it. */
  readonly onOpen?: (store: Store, signal?: AbortSignal) => Promise<void> | void
  /** Why a session was lost. */
  readonly lostBy?: (store: Store) => TransferError | undefined
  readonly clock: Clock
  /** From 0 to 1; spreads the waits of many clients. */
  readonly random?: () => number
  readonly opened: (store: Store) => void
  /** `isFinal`: those who wait get this error; otherwise a further session is opened in its place. */
  readonly failed: (error: TransferError, isFinal: boolean) => void
  /** A wait is over: further sessions may be opened. */
  readonly ready: () => void
}

/** What had failed when an attempt began: it says nothing about what failed since. */
interface Before {
  readonly tries: number
  readonly refusals: number
}

/**
 * Opens the sessions of a pool. Until a login has succeeded while jobs wait, it opens one at a time: a password that is wrong is
 * sent once, not once for each call that waits. A session that is lost before it was of use counts as a failed try: it is replaced
 * after a wait that grows from one to the next.
 */
export class SessionOpener {
  readonly #options: OpenerOptions
  readonly #attempts = new Map<AbortController, Promise<void>>()
  #isTrusted = false
  /** Sessions in a row that came to nothing, the error of the first, and when the next may be opened. */
  #tries = 0
  #first: TransferError | undefined
  #notBefore = Number.NEGATIVE_INFINITY
  #stopClock: (() => void) | undefined
  /** Refusals so far, and the last one unless a session was opened since. */
  #refusals = 0
  #refusal: TransferError | undefined
  #refusedUntil = Number.NEGATIVE_INFINITY
  #closed = false

  constructor(options: OpenerOptions) {
    this.#options = options
  }

  /** Sessions that are being opened. */
  get size(): number {
    return this.#attempts.size
  }

  /** Counts the refusals that trying again cannot change. */
  get refusals(): number {
    return this.#refusals
  }

  /** The refusal of a session since the count was `refusals`; undefined also when one has been opened since. */
  refusedSince(refusals: number): TransferError | undefined {
    return this.#refusals > refusals ? this.#refusal : undefined
  }

  /** Whether a session may be opened now, beside `live` others. When it is too early for the next try, `ready` is called in time. */
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

  /** A session was lost, or no job waits any more: whether the next login succeeds is not known. */
  distrust(): void {
    this.#isTrusted = false
  }

  /** A session was of use: the tries before it are forgotten. */
  trust(): void {
    this.#tries = 0
    this.#first = undefined
  }

  /** Counts a session that was lost before it was of use. Returns the error for its holder once there were too many in a row. */
  wasted(store: Store): TransferError | undefined {
    this.#count(this.#options.lostBy?.(store) ?? lostAtOnce(store))
    return this.#verdict
  }

  /** Gives up the newest attempts, down to `count` of them, and the wait for the next when nobody waits. */
  keep(count: number): void {
    if (count === 0) this.#forgetWait()
    const attempts = [...this.#attempts.keys()].filter((stop) => !stop.signal.aborted)
    for (const stop of attempts.slice(count)) stop.abort(closedError())
  }

  /** Gives up every attempt; resolves when all have ended. */
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

  /** What the next try may heal. Attempts that ran beside each other and failed together are one try. */
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
      this.#refusedUntil = this.#options.clock.now() + REFUSED_FOR
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
    return this.#tries >= MOST_TRIES ? this.#first : undefined
  }

  #forgetWait(): void {
    this.#stopClock?.()
    this.#stopClock = undefined
  }
}

/** The connection ended, at the server or at a proxy that gave no reason. */
function isPassing({ code, retryable, reply }: TransferError): boolean {
  return retryable && (code === 'session-lost' || (code === 'proxy-refused' && reply === undefined))
}

function lostAtOnce(store: Store): TransferError {
  const text = `The session with ${store.describe} was lost before anything was done with it.`
  return new TransferError('session-lost', text, { phase: 'login', retryable: true })
}

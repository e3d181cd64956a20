import type { Store } from '../../store.js'
import type { Clock } from '../flow/clock.js'

/** Milliseconds after which a session that nobody wanted is one too many. */
const IDLE_LIMIT = 60_000

interface Idle {
  readonly store: Store
  readonly stopClock: (() => void) | undefined
}

/** Sessions that nobody holds. The one used last is lent first, so that the others grow old. */
export class IdleSessions {
  readonly #clock: Clock
  readonly #tooOld: (store: Store) => void
  readonly #idle: Idle[] = []

  constructor(clock: Clock, tooOld: (store: Store) => void) {
    this.#clock = clock
    this.#tooOld = tooOld
  }

  get size(): number {
    return this.#idle.length
  }

  /** `alone`: it may stay for ever. No process stays for the others. */
  put(store: Store, alone: boolean): void {
    const stopClock = alone ? undefined : this.#clock.after(IDLE_LIMIT, () => this.#tooOld(store), true)
    this.#idle.push({ store, stopClock })
  }

  take(): Store | undefined {
    const idle = this.#idle.pop()
    idle?.stopClock?.()
    return idle?.store
  }

  drop(store: Store): void {
    const at = this.#idle.findIndex((idle) => idle.store === store)
    this.#idle.splice(at, 1)
  }
}

import type { Store } from '../../store.js'
import type { Clock } from '../flow/clock.js'

/** Milliseconds after which an idle session is closed. */
const MAX_IDLE_MS = 60_000

interface Idle {
  readonly store: Store
  readonly stopClock: (() => void) | undefined
}

/** Idle sessions. The one used last is leased first, so that the others reach the idle limit. */
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

  /** `alone`: the session is kept without a limit. The timers of the others do not keep the process alive. */
  put(store: Store, alone: boolean): void {
    const stopClock = alone ? undefined : this.#clock.after(MAX_IDLE_MS, () => this.#tooOld(store), true)
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

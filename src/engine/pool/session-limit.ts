import type { Clock } from '../flow/clock.js'

/**
 * Milliseconds for which the server's limit applies: it may have counted sessions that were lost and not yet noticed, or those of other
 * clients.
 */
const LIMIT_TTL = 60_000

/** The most sessions at a time: as many as the caller allows, and no more than the server accepted in the last minute. */
export class SessionLimit {
  readonly #allowed: number[]
  readonly #clock: Clock
  readonly #raised: () => void
  /** Open sessions when the server refused a further one. */
  #ceiling = Number.POSITIVE_INFINITY
  #stopClock: (() => void) | undefined

  /** `raised` is called when the refused sessions may be tried again. */
  constructor(max: number, clock: Clock, raised: () => void) {
    this.#allowed = [Math.max(1, max)]
    this.#clock = clock
    this.#raised = raised
  }

  get max(): number {
    return Math.min(this.#ceiling, Math.max(...this.#allowed))
  }

  /** Records that the server refused a session beyond this number. `forGood`: without a time limit. */
  refusedAbove(sessions: number, forGood: boolean): void {
    this.#ceiling = sessions
    this.forget()
    if (!forGood) this.#stopClock = this.#clock.after(LIMIT_TTL, () => this.#raise(), true)
  }

  /** Stops the timer. */
  forget(): void {
    this.#stopClock?.()
    this.#stopClock = undefined
  }

  /** Allows up to `max` until the returned function is called. */
  widen(max: number): () => void {
    this.#allowed.push(max)
    let held = true
    return () => {
      if (held) this.#allowed.splice(this.#allowed.indexOf(max, 1), 1)
      held = false
    }
  }

  #raise(): void {
    this.#ceiling = Number.POSITIVE_INFINITY
    this.#raised()
  }
}

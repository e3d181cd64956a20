import type { Clock } from '../flow/clock.js'

/**
 * Milliseconds for which the server's limit is taken as our own: it may have counted sessions that were lost and not yet missed, or
 * somebody else's.
 */
const REMEMBERED_FOR = 60_000

/** How many sessions there may be at a time: as many as the caller allows, and no more than the server took a minute ago. */
export class SessionLimit {
  readonly #allowed: number[]
  readonly #clock: Clock
  readonly #raised: () => void
  /** Sessions that there were when the server refused a further one. */
  #ceiling = Number.POSITIVE_INFINITY
  #stopClock: (() => void) | undefined

  /** `raised` is called when the server may be asked again for the sessions that it refused. */
  constructor(max: number, clock: Clock, raised: () => void) {
    this.#allowed = [Math.max(1, max)]
    this.#clock = clock
    this.#raised = raised
  }

  get max(): number {
    return Math.min(this.#ceiling, Math.max(...this.#allowed))
  }

  /** The server has refused one more than these. `forGood`: it is not asked again. */
  refusedAbove(sessions: number, forGood: boolean): void {
    this.#ceiling = sessions
    this.forget()
    if (!forGood) this.#stopClock = this.#clock.after(REMEMBERED_FOR, () => this.#raise(), true)
  }

  /** No clock runs any more. */
  forget(): void {
    this.#stopClock?.()
    this.#stopClock = undefined
  }

  /** Allows up to `max` until the function it answers is called. */
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

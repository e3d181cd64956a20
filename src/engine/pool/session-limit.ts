import type { Clock } from '../flow/clock.js'

/**
 * Milliseconds for which the server's limit applies: it may have counted sessions that were lost and not yet noticed, or those of other
 * clients.
 */
const LIMIT_TTL = 60_000

/** Milliseconds after which one session more may work again; it doubles with each that was one too many. */
const FIRST_GROWTH = 1_000
const LONGEST_GROWTH = 60_000

/** The most sessions at a time: as many as the caller allows, and no more than the server accepted in the last minute. */
export class SessionLimit {
  readonly #allowed: number[]
  readonly #clock: Clock
  readonly #raised: () => void
  /** Open sessions when the server refused a further one. */
  #ceiling = Number.POSITIVE_INFINITY
  #stopClock: (() => void) | undefined
  /** Sessions that may work at a time while there is no room for more: passive ports of the server, file descriptors here. */
  #room = Number.POSITIVE_INFINITY
  #growth = FIRST_GROWTH
  #hasGrown = false
  #stopGrowth: (() => void) | undefined

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
    this.#stopClock?.()
    this.#stopClock = undefined
    if (!forGood) this.#stopClock = this.#clock.after(LIMIT_TTL, () => this.#raise(), true)
  }

  /** Whether fewer sessions may work than could be open. */
  get isCrowded(): boolean {
    return this.#room < this.max
  }

  /** Sessions that may be leased at a time, to a job that holds `beside` others. */
  room(beside = 0): number {
    return Math.min(this.max, Math.max(this.#room, beside + 1))
  }

  /** Records that there was no room for the work of one of this many leased sessions. Fewer are leased, and then one more at a time. */
  crowded(leased: number): void {
    this.#room = Math.max(1, Math.min(this.#room, leased) - 1)
    if (this.#hasGrown) this.#growth = Math.min(LONGEST_GROWTH, this.#growth * 2)
    this.#hasGrown = false
    this.#stopGrowth?.()
    this.#grow()
  }

  /** Stops the timers. */
  forget(): void {
    this.#stopClock?.()
    this.#stopClock = undefined
    this.#stopGrowth?.()
    this.#stopGrowth = undefined
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

  #grow(): void {
    const more = (): void => {
      this.#room++
      this.#hasGrown = true
      if (this.#room < this.max) this.#grow()
      else this.#stopGrowth = undefined
      this.#raised()
    }
    this.#stopGrowth = this.#clock.after(this.#growth, more, true)
  }

  #raise(): void {
    this.#ceiling = Number.POSITIVE_INFINITY
    this.#raised()
  }
}

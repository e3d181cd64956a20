/** How many sessions there may be at a time: as many as the caller allows, and no more than the server took. */
export class SessionLimit {
  readonly #allowed: number[]
  /** Sessions that there were when the server refused a further one. */
  #ceiling = Number.POSITIVE_INFINITY

  constructor(max: number) {
    this.#allowed = [Math.max(1, max)]
  }

  get max(): number {
    return Math.min(this.#ceiling, Math.max(...this.#allowed))
  }

  /** The server has refused one more than these. */
  refusedAbove(sessions: number): void {
    this.#ceiling = sessions
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
}

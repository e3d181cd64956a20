/** Steps that together have twice the limit of one: a server may be slow once, not at each of them. */
const WHOLE = 2

/** Limits the time that a server takes to let us in: for each of its steps, and for all of them together. */
export class LoginClock {
  readonly #limit: number | undefined
  readonly #late: (limit: number, isWhole: boolean) => void
  #timer: NodeJS.Timeout | undefined
  /** In ms. */
  #waited = 0
  #since: number | undefined

  /** `limit`: of one step, in ms; undefined: none. `late` is called with the limit that has passed. */
  constructor(limit: number | undefined, late: (limit: number, isWhole: boolean) => void) {
    this.#limit = limit
    this.#late = late
  }

  /** It is the server's turn. */
  start(): void {
    this.stop()
    const limit = this.#limit
    if (limit === undefined) return
    this.#since = performance.now()
    const left = Math.max(0, WHOLE * limit - this.#waited)
    const isWhole = left < limit
    this.#timer = setTimeout(() => this.#late(isWhole ? WHOLE * limit : limit, isWhole), Math.min(limit, left))
  }

  /** The server has answered, or something of ours is waited for. */
  stop(): void {
    clearTimeout(this.#timer)
    if (this.#since !== undefined) this.#waited += performance.now() - this.#since
    this.#since = undefined
  }
}

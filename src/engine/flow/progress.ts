import { badArgument } from '../../errors.js'
import { type Direction, nobody, type Observer, quietObserver } from '../../events.js'
import { type Clock, sleep, systemClock } from './clock.js'

export interface MeterOptions {
  readonly direction: Direction
  readonly path: string
  /** Size of the whole file in bytes, when it is known. */
  readonly total?: number
  readonly observe?: Observer
  readonly clock?: Clock
  /** Least time between two progress events, in milliseconds. */
  readonly every?: number
}

const WINDOW = 3_000
const STEP = 200

/** Counts the bytes of one file and emits progress events; the last one is `done`. */
export class Meter {
  readonly #options: MeterOptions
  readonly #observe: Observer
  readonly #clock: Clock
  #marks: { readonly at: number; readonly bytes: number }[] = []
  #bytes = 0
  #total: number | undefined
  #told: number
  #done = false

  constructor(options: MeterOptions) {
    this.#options = options
    this.#observe = quietObserver(options.observe)
    this.#clock = options.clock ?? systemClock
    this.#total = options.total
    this.#told = this.#clock.now()
    this.begin(0)
  }

  /** Starts (again) at this byte of the file: bytes of an earlier attempt count as transferred, not as speed. */
  begin(bytes: number, total = this.#total): void {
    this.#bytes = bytes
    this.#total = total
    if (this.#observe === nobody) return
    this.#marks = [{ at: this.#clock.now(), bytes }]
  }

  add(bytes: number): void {
    this.#bytes += bytes
    if (this.#observe === nobody) return
    const now = this.#clock.now()
    const last = this.#marks.at(-1)
    if (!last || now - last.at >= STEP) this.#marks.push({ at: now, bytes: this.#bytes })
    while (this.#marks.length > 2 && now - (this.#marks[1]?.at ?? now) >= WINDOW) this.#marks.shift()
    if (now - this.#told >= (this.#options.every ?? 250)) this.#tell(now)
  }

  /** Emits the last event, on success and on failure. */
  finish(): void {
    if (this.#done || this.#observe === nobody) return
    this.#done = true
    this.#tell(this.#clock.now())
  }

  #tell(now: number): void {
    this.#told = now
    const { direction, path } = this.#options
    const total = this.#total
    const bytes = this.#bytes
    const rate = this.#rate(now)
    const known = total !== undefined && {
      total,
      percent: total === 0 ? 100 : Math.min(100, (bytes / total) * 100),
      ...(rate > 0 && { eta: Math.max(0, total - bytes) / rate }),
    }
    this.#observe({ type: 'progress', direction, path, bytes, ...known, rate, done: this.#done })
  }

  #rate(now: number): number {
    const first = this.#marks[0]
    if (!first || now <= first.at) return 0
    return ((this.#bytes - first.bytes) * 1000) / (now - first.at)
  }
}

const CREDIT = 250

/** A token bucket shared by any number of transfers: bytes per second, with at most a quarter of a second saved up. */
export class RateLimiter {
  readonly #clock: Clock
  #rate = 0
  #paidUntil: number

  constructor(bytesPerSecond: number, clock: Clock = systemClock) {
    this.#clock = clock
    this.#paidUntil = clock.now()
    this.setRate(bytesPerSecond)
  }

  /** Sets another rate, also for transfers in progress. */
  setRate(bytesPerSecond: number): void {
    if (!(bytesPerSecond > 0) || !Number.isFinite(bytesPerSecond))
      throw badArgument(`The rate limit is ${bytesPerSecond}; it must be a number of bytes per second above 0.`)
    this.#rate = bytesPerSecond
  }

  /** Bytes to request at a time so that the flow stays even. */
  get portion(): number {
    return Math.max(1024, Math.floor((this.#rate * CREDIT) / 1000))
  }

  /** Resolves when `bytes` may pass. Rejects with `aborted` when the signal fires. */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    const now = this.#clock.now()
    this.#paidUntil = Math.max(this.#paidUntil, now - CREDIT) + (bytes * 1000) / this.#rate
    const wait = this.#paidUntil - now
    if (wait > 0) await sleep(this.#clock, wait, signal)
  }
}

import { TransferError } from '../../errors.js'
import { type Clock, sleep, systemClock } from './clock.js'

/** The retries that several attempts share: each retry takes a token, and each success returns one. */
export class RetryBudget {
  readonly #most: number
  #left: number

  constructor(tokens = 50) {
    this.#most = tokens
    this.#left = tokens
  }

  /** Takes a token; returns false when none is left, which makes the failure final. */
  spend(): boolean {
    if (this.#left === 0) return false
    this.#left--
    return true
  }

  earn(): void {
    this.#left = Math.min(this.#most, this.#left + 1)
  }
}

export interface RetryOptions {
  /** Attempts in all; defaults to 3. */
  readonly attempts?: number
  /** Shared with other work of the same kind, so that a server where everything fails is not asked three times for each file. */
  readonly budget?: RetryBudget
  /** Approximate delay before the second attempt, in ms; it doubles with each. */
  readonly firstDelay?: number
  readonly longestDelay?: number
  readonly clock?: Clock
  /** Returns a number from 0 to 1, which spreads the retries of many clients. */
  readonly random?: () => number
}

/** Returns the delay after attempt number `attempt` (from 1) failed, in ms. Undefined: no retry. */
export function retryDelay(error: unknown, attempt: number, options: RetryOptions = {}): number | undefined {
  const { attempts = 3 } = options
  if (!(error instanceof TransferError) || !error.retryable || attempt >= attempts) return undefined
  return delayAfter(attempt, options)
}

/** Returns the delay after attempt number `attempt` (from 1), in ms: half of it fixed, half random. */
export function delayAfter(attempt: number, options: RetryOptions = {}): number {
  const { firstDelay = 500, longestDelay = 30_000, random = Math.random } = options
  const full = Math.min(longestDelay, firstDelay * 2 ** (attempt - 1))
  return Math.round(full / 2 + (full / 2) * random())
}

export interface Retrying extends RetryOptions {
  readonly signal?: AbortSignal
  /** Called before each wait. */
  readonly onRetry?: (error: TransferError, attempt: number, delayMs: number) => void
  /** Called after a failure; false: it cannot be repeated, whatever the error is. */
  readonly repeatable?: () => boolean
}

/** Runs `work(attempt)` until it succeeds, fails permanently, or no attempts are left. */
export async function retrying<T>(work: (attempt: number) => Promise<T>, options: Retrying = {}): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const done = await work(attempt)
      options.budget?.earn()
      return done
    } catch (error) {
      const delay = retryDelay(error, attempt, options)
      if (delay === undefined || options.signal?.aborted || options.repeatable?.() === false) throw error
      if (options.budget?.spend() === false) throw error
      if (error instanceof TransferError) options.onRetry?.(error, attempt, delay)
      await sleep(options.clock ?? systemClock, delay, options.signal)
    }
  }
}

import { TransferError } from '../../errors.js'
import { type Clock, sleep, systemClock } from './clock.js'

/** What the tries again of one piece of work draw on together: one takes a token, and each part of the work that succeeds gives one back. */
export class RetryBudget {
  readonly #most: number
  #left: number

  constructor(tokens = 50) {
    this.#most = tokens
    this.#left = tokens
  }

  /** False: there is nothing left; what fails now fails for good. */
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
  /** Tries in all; 3 unless given. */
  readonly attempts?: number
  /** Shared with other work of the same kind, so that a server where everything fails is not asked three times for each file. */
  readonly budget?: RetryBudget
  /** Milliseconds before the second try, more or less; it doubles from try to try. */
  readonly firstDelay?: number
  readonly longestDelay?: number
  readonly clock?: Clock
  /** From 0 to 1; spreads the tries of many clients. */
  readonly random?: () => number
}

/** Milliseconds to wait after try number `attempt` (from 1) failed: half of it fixed, half by chance. Undefined: give up. */
export function retryDelay(error: unknown, attempt: number, options: RetryOptions = {}): number | undefined {
  const { attempts = 3 } = options
  if (!(error instanceof TransferError) || !error.retryable || attempt >= attempts) return undefined
  return delayAfter(attempt, options)
}

/** Milliseconds to wait after try number `attempt` (from 1): half of it fixed, half by chance. */
export function delayAfter(attempt: number, options: RetryOptions = {}): number {
  const { firstDelay = 500, longestDelay = 30_000, random = Math.random } = options
  const full = Math.min(longestDelay, firstDelay * 2 ** (attempt - 1))
  return Math.round(full / 2 + (full / 2) * random())
}

export interface Retrying extends RetryOptions {
  readonly signal?: AbortSignal
  /** Called before each wait. */
  readonly onRetry?: (error: TransferError, attempt: number, delayMs: number) => void
  /** Asked after a failure; false: it cannot be done again, whatever the error says. */
  readonly repeatable?: () => boolean
}

/** Runs `work(attempt)` until it succeeds, fails for good, or the tries are used up. */
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

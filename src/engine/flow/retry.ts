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

/** Waits of one job for room: about a minute in all, on top of what its other attempts take. */
const MOST_WAITS = 12

/** Delays before a job asks for room again, in ms: others need it for a small file only. */
const WAITS = { firstDelay: 250, longestDelay: 8_000 }

/** Returns the delay after wait number `wait` (from 1) for room, in ms; undefined: the error is not of this kind, or there were too many. */
function waitForRoom(error: unknown, wait: number, options: RetryOptions): number | undefined {
  const { attempts = 3, firstDelay = WAITS.firstDelay, longestDelay = WAITS.longestDelay, random } = options
  if (!isCrowded(error) || attempts === 1 || wait > MOST_WAITS) return undefined
  return delayAfter(wait, { firstDelay, longestDelay: Math.min(longestDelay, WAITS.longestDelay), random })
}

/** Returns whether an error says that too much was done at a time. */
export function isCrowded(error: unknown): boolean {
  return error instanceof TransferError && error.retryable && error.crowded === true
}

/** Returns the delay after attempt number `attempt` (from 1) failed, in ms. Undefined: no retry. */
export function retryDelay(error: unknown, attempt: number, options: RetryOptions = {}): number | undefined {
  const { attempts = 3 } = options
  if (!(error instanceof TransferError) || !error.retryable || isCrowded(error) || attempt >= attempts) return undefined
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

/**
 * Runs `work(run)` until it succeeds, fails permanently, or no attempts are left. A failure for want of room is no attempt and takes
 * nothing from the budget: it is repeated after a wait of its own.
 */
export async function retrying<T>(work: (run: number) => Promise<T>, options: Retrying = {}): Promise<T> {
  let waits = 0
  for (let run = 1; ; run++) {
    try {
      const done = await work(run)
      options.budget?.earn()
      return done
    } catch (error) {
      const pause = waitForRoom(error, waits + 1, options)
      const delay = pause ?? retryDelay(error, run - waits, options)
      if (delay === undefined || options.signal?.aborted || options.repeatable?.() === false) throw error
      if (pause !== undefined) waits++
      else if (options.budget?.spend() === false) throw error
      if (error instanceof TransferError) options.onRetry?.(error, run, delay)
      await sleep(options.clock ?? systemClock, delay, options.signal)
    }
  }
}

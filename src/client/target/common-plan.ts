import type { Limits } from '../../deadline.js'
import { type Observer, quietObserver } from '../../events.js'
import type { ConnectOptions, Verify } from '../options/options.js'
import type { Target } from './url.js'

/** What both protocols need to know. */
export interface CommonPlan {
  /** The parts of the URL. */
  readonly target: Target
  readonly limits: Limits
  readonly preferIPv6: boolean
  /** Absent: none was asked for. */
  readonly keepAlive?: { readonly idleMs: number; readonly duringTransfer: boolean; readonly beforeLogin: boolean }
  /** Absent: 1, and more for the length of a call that wants parts. */
  readonly poolMax?: number
  readonly rateLimit?: number
  readonly verify?: Verify
  readonly onConnect?: ConnectOptions['onConnect']
  readonly signal?: AbortSignal
  readonly observe: Observer
}

/** Milliseconds. */
const DEFAULT_LIMITS: Limits = { connect: 15_000, reply: 30_000, idle: 30_000, confirm: 300_000 }

/** Shorter than what middleboxes and servers allow, long enough not to be noticed; in ms. */
const IDLE_BEFORE_ASKING = 30_000

/** Reads what is not of one protocol. */
export function commonPlan(target: Target, options: ConnectOptions): CommonPlan {
  const { timeouts, pool, preferIPv6 = false, rateLimit, verify, onConnect, signal, observe } = options
  return {
    target,
    limits: { ...DEFAULT_LIMITS, ...timeouts },
    preferIPv6,
    keepAlive: keepAliveOf(options),
    poolMax: pool?.max,
    rateLimit,
    verify,
    onConnect,
    signal,
    observe: quietObserver(observe),
  }
}

function keepAliveOf({ keepAlive: wish }: ConnectOptions): CommonPlan['keepAlive'] {
  if (wish === undefined || wish === false) return undefined
  const { idleMs = IDLE_BEFORE_ASKING, duringTransfer = false, beforeLogin = false } = wish === true ? {} : wish
  return { idleMs, duringTransfer, beforeLogin }
}

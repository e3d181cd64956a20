import { badArgument } from '../../errors.js'
import { suggestion } from '../../nearest.js'
import type { ConnectOptions } from '../options/options.js'

/** Shorter than what middleboxes and servers allow, long enough not to be noticed; in ms. */
const IDLE_BEFORE_ASKING = 30_000
/** The longest time that Node's timers can wait, in ms. */
const LONGEST_TIMER = 2 ** 31 - 1
const MEMBERS: readonly string[] = ['idleMs', 'duringTransfer']

/** What is wished, in full; undefined for no keep-alive. Throws `bad-argument` for what cannot be meant. */
export function keepAliveOf(
  wish: ConnectOptions['keepAlive'],
): { readonly idleMs: number; readonly duringTransfer: boolean } | undefined {
  if (wish === undefined || wish === false) return undefined
  const { idleMs = IDLE_BEFORE_ASKING, duringTransfer = false, ...unknown } = wish === true ? {} : wish
  for (const name of Object.keys(unknown))
    throw badArgument(`keepAlive has no member '${name}'.`, suggestion(name, MEMBERS))
  if (!(Number.isFinite(idleMs) && idleMs > 0 && idleMs <= LONGEST_TIMER))
    throw badArgument(`keepAlive.idleMs is ${idleMs}; it must be a number of milliseconds above 0.`)
  if (typeof duringTransfer !== 'boolean')
    throw badArgument(`keepAlive.duringTransfer is ${String(duringTransfer)}, neither true nor false.`)
  return { idleMs, duringTransfer }
}

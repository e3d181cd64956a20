import type { ConnectOptions } from '../options/options.js'

/** Shorter than what middleboxes and servers allow, long enough not to be noticed; in ms. */
const IDLE_BEFORE_ASKING = 30_000

/** What is wished, in full; undefined for no keep-alive. */
export function keepAliveOf(
  wish: ConnectOptions['keepAlive'],
): { readonly idleMs: number; readonly duringTransfer: boolean } | undefined {
  if (wish === undefined || wish === false) return undefined
  const { idleMs = IDLE_BEFORE_ASKING, duringTransfer = false } = wish === true ? {} : wish
  return { idleMs, duringTransfer }
}

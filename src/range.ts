import { badArgument } from './errors.js'
import type { Range } from './store.js'

/** Returns a caller's range with both ends: `from` defaults to 0 and `to` to Infinity. Throws `bad-argument` for an invalid range. */
export function bounds(range: Range | undefined): { from: number; to: number } {
  const from = range?.from ?? 0
  const to = range?.to ?? Number.POSITIVE_INFINITY
  checkOffset(from, 'The start of the range')
  if (to !== Number.POSITIVE_INFINITY) checkOffset(to, 'The end of the range')
  if (to < from) throw badArgument(`The range ends at byte ${to}, before it begins at byte ${from}.`)
  return { from, to }
}

/** Throws `bad-argument` when a number cannot be a position in a file. */
export function checkOffset(value: number, what: string): void {
  if (Number.isSafeInteger(value) && value >= 0) return
  throw badArgument(`${what} is ${value}; it must be a whole number of bytes, 0 or more.`)
}

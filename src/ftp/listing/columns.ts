import type { Entry } from '../../store.js'

/**
 * Reads one line of a listing, without its end: an entry, 'skip' for a line that holds none, undefined when it is not of this
 * format. Never throws.
 */
export type Parser = (line: string) => Entry | 'skip' | undefined

/** The parser of one listing. It may remember what its lines have in common. `now` decides the year of dates that are printed without one. */
export type Format = (now: Date) => Parser

const BLANK = 32

/** Where the blanks that begin at `at` end. */
export function skipBlanks(line: string, at: number): number {
  let next = at
  while (line.charCodeAt(next) === BLANK) next++
  return next
}

/** Whether exactly this text stands at `at`, with `mark` behind it. (startsWith() compares letter by letter, five times as slowly.) */
export function standsAt(line: string, at: number, text: string, mark = ' '): boolean {
  const end = at + text.length
  return line.charAt(end) === mark && line.slice(at, end) === text
}

/** The number that stands in part of a text, NaN unless all of it is digits. A regular expression takes three times as long. */
export function digits(text: string, from: number, to: number): number {
  if (from >= to) return Number.NaN
  let value = 0
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/**
 * `read`, remembering the last text and its answer: what hardly changes from line to line is compared and not read again. The answer
 * is shared by the lines, so nobody may change it.
 */
export function recurring<T>(read: (text: string) => T): (text: string) => T {
  let known: { readonly text: string; readonly value: T } | undefined
  return (text) => {
    if (known?.text !== text) known = { text, value: read(text) }
    return known.value
  }
}

import type { Entry } from '../../../store.js'

/** What a listing says about a modification time: milliseconds since 1970, and what they are worth. Empty when the text is no time. */
export interface When extends Pick<Entry, 'precision' | 'zone'> {
  readonly time?: number
}

/** The Date of an entry. Each has its own, because a Date can be changed. */
export function dateOf({ time }: When): Date | undefined {
  return time === undefined ? undefined : new Date(time)
}

/** The same as members of an Entry. */
export function inEntry(when: When): Pick<Entry, 'modified' | 'precision' | 'zone'> {
  const { time, ...worth } = when
  return time === undefined ? {} : { modified: new Date(time), ...worth }
}

export interface Clock {
  readonly hour: number
  readonly minute: number
  readonly second?: number
}

const UNKNOWN: When = {}

/** No zone on earth is further from UTC, so a time later than that is of another year. */
const AHEAD = 26 * 3600_000

/** A local time of the server's, UTC assumed. `month` counts from 0. Without a clock it is exact to the day. */
export function localTime(year: number, month: number, day: number, clock?: Clock): When {
  const time = utc(year, month, day, clock)
  if (time === undefined) return UNKNOWN
  const exact = clock?.second === undefined ? 'min' : 's'
  return { time, precision: clock ? exact : 'day', zone: 'assumed' }
}

/** A date without its year: the latest such day that is not in the future. 29 February is of a leap year. */
export function recentTime(month: number, day: number, clock: Clock, now: Date): When {
  const { limit, latest } = latestOf(now)
  // Leap years may be eight years apart (1896 and 1904).
  for (let year = latest; year >= latest - 8; year--) {
    const time = utc(year, month, day, clock)
    if (time === undefined || time > limit) continue
    return { time, precision: clock.second === undefined ? 'min' : 's', zone: 'assumed' }
  }
  return UNKNOWN
}

/** The latest moment that is not in the future, and its year; kept, because each line of a listing asks with the same `now`. */
function latestOf(now: Date): { readonly limit: number; readonly latest: number } {
  const limit = now.getTime() + AHEAD
  if (known.limit !== limit) known = { limit, latest: new Date(limit).getUTCFullYear() }
  return known
}

let known = { limit: Number.NaN, latest: 0 }

/** Years before it are "never" in other calendars' zeros: 0001 of .NET, 1601 of Windows. No file system had files by then. */
const FIRST_YEAR = 1602

/** Milliseconds since 1970, or undefined when there is no such day or hour, NaN among the numbers included, and for years that mean "never". */
export function utc(year: number, month: number, day: number, clock?: Clock): number | undefined {
  const { hour = 0, minute = 0, second = 0 } = clock ?? {}
  if (year < FIRST_YEAR) return undefined
  if (month < 0 || month > 11 || day < 1 || day > daysIn(year, month)) return undefined
  if (hour > 23 || minute > 59 || second > 60) return undefined
  const time = Date.UTC(year, month, day, hour, minute, second)
  return Number.isNaN(time) ? undefined : time
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 1 && leap ? 29 : (DAYS[month] ?? 0)
}

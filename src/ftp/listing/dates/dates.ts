import { monthOf, type Tongue, tongueOf } from './months.js'
import { type Clock, localTime, recentTime, type When } from './time.js'

/** What the lines of a listing have shown so far of how its dates are written. */
export interface Manners {
  /** Clocks have 24 hours: AM or PM behind one begins a name. */
  clock24: boolean
  /** The language, where it decides what a month's name means. */
  tongue?: Tongue
}

/** A date in a line. */
export interface Found {
  readonly when: When
  /** It begins with a year, which may as well be a size with a date behind it. */
  readonly yearFirst?: boolean
  /** Where the one blank before the name is. */
  readonly end: number
}

export interface Place {
  readonly line: string
  /** Where the date begins. */
  readonly at: number
  readonly now: Date
  readonly manners: Manners
}

/** A month's name, with what is written around it: `Jan.,`, `de juny`, `d’abr.`; Vietnamese has digits in it. */
const MONTH = String.raw`(?:de[ \t]|d['’])?(?<name>[^\s\d](?:[^\s]{0,30}[^\s,])?(?: \p{L}[^\s]{1,30})?)`
const BLANK = String.raw`[ \t\u00a0]`
const CLOCK = String.raw`(?<hour>\d{1,2})[:.](?<minute>\d{1,2})`

/** The first words of a date: the numbers in them, and what may follow: a year or a clock, a clock, or nothing. */
interface Front {
  readonly shape: RegExp
  readonly then: 'year-or-clock' | 'clock' | 'maybe-clock' | 'nothing'
  /** Without it the shape has a month's name. */
  readonly order?: 'sure' | 'month-first' | 'unknown'
}

function front(source: string, then: Front['then'], order?: Front['order']): Front {
  return { shape: new RegExp(`${source}(?=[ \\tT,]|$)`, 'uy'), then, order }
}

/** Dates with numbers only, and those with a month's name, in the order in which they are tried. */
const FRONTS: readonly Front[] = [
  // 22. Nov, 28 de juny, 30. Jan.,
  front(String.raw`(?<day>\d{1,2})(?<dot>\.?)${BLANK}{1,16}${MONTH},?`, 'year-or-clock'),
  // Nov 22
  front(String.raw`${MONTH}${BLANK}{1,16}(?<day>\d{1,2})[.,]?`, 'year-or-clock'),
  // 2019 jan    1
  front(String.raw`(?<year>\d{4})${BLANK}{1,16}${MONTH}${BLANK}{1,16}(?<day>\d{1,2})\.?`, 'maybe-clock'),
  // 08-Oct-2022
  front(String.raw`(?<day>\d{1,2})[-/](?<name>[^\s\d/-]{2,20}?)\.?[-/](?<year>\d{4}|\d\d)`, 'maybe-clock'),
  // 09:05  7 Th01
  front(String.raw`${CLOCK} {1,3}(?<day>\d{1,2}) ${MONTH}`, 'nothing'),
  // 7 Thg 11  2019 and 09:05  7 Thg 6  with the month filled up to two digits
  front(String.raw`(?<day>\d{1,2}) [Tt]h(?:g|áng) (?<month>\d{1,2})`, 'year-or-clock', 'sure'),
  front(
    String.raw`${CLOCK} {1,3}(?<day>\d{1,2}) [Tt]h(?:g|áng) (?:(?<month>\d\d)|(?<short>\d)(?: (?= ))?)`,
    'nothing',
    'sure',
  ),
  // 2019年 3月 5日 and 3月 5日
  front(
    String.raw`(?<year>\d{4})[年년] {0,3}(?<month>\d{1,2})[月월] {0,3}(?<day>\d{1,2})[日일]?`,
    'maybe-clock',
    'sure',
  ),
  front(String.raw`(?<month>\d{1,2})[月월] {0,3}(?<day>\d{1,2})[日일]?`, 'year-or-clock', 'sure'),
  // 2022-10-08, 2022/10/08, 2022.10.08
  front(String.raw`(?<year>\d{4})(?<mark>[-/.])(?<month>\d{1,2})\k<mark>(?<day>\d{1,2})`, 'maybe-clock', 'sure'),
  // 08.10.2022 and 28. 6.
  front(String.raw`(?<day>\d{1,2})\. ?(?<month>\d{1,2})\. ?(?<year>\d{4})`, 'maybe-clock', 'sure'),
  front(String.raw`(?<day>\d{1,2})\. ?(?<month>\d{1,2})\.`, 'year-or-clock', 'sure'),
  // 24-10-2022, 10/24/2022
  front(String.raw`(?<day>\d{1,2})(?<mark>[-/])(?<month>\d{1,2})\k<mark>(?<year>\d{4})`, 'maybe-clock', 'unknown'),
  // 10-24 2022, 10-24 09:47, 10 24 09:47
  front(String.raw`(?<month>\d{1,2})[-/](?<day>\d{1,2})`, 'year-or-clock', 'month-first'),
  front(String.raw`(?<month>\d{1,2}) {1,3}(?<day>\d{1,2})`, 'clock', 'month-first'),
]

type Groups = Readonly<Record<string, string | undefined>>

/** The date that begins here; undefined when none does. A day or an hour that there is not makes a date without a time. */
export function dateAt(place: Place): Found | undefined {
  for (const one of FRONTS) {
    const groups = match(one.shape, place.line, place.at)
    if (!groups) continue
    const end = rest(one, groups, place)
    if (!end || !atBlank(place.line, end.end)) continue
    const month = monthIn(one, groups, { end, manners: place.manners })
    if (month === undefined) continue
    if (end.clock && !end.halved) place.manners.clock24 = true
    const yearFirst = groups.year !== undefined && groups.name !== undefined
    return { when: timeOf(groups, month, { end, now: place.now }), end: end.end, yearFirst }
  }
  return undefined
}

/** A month and a day in their order; undefined: the month's name is not known; NaN: which of the two is which is not. */
interface Day {
  readonly month: number
  readonly day: number
}

function monthIn(
  { order }: Front,
  groups: Groups,
  { end, manners }: { readonly end: End; readonly manners: Manners },
): Day | undefined {
  const day = Number(groups.day)
  if (order === undefined) {
    // Of the languages that share words for months only Czech writes 6. lis 06.35.
    const czech = groups.dot === '.' && end.dotted ? 'cs' : undefined
    const month = monthOf(groups.name ?? '', manners.tongue ?? czech)
    manners.tongue ??= tongueOf(groups.name ?? '')
    return month === undefined ? undefined : { month, day }
  }
  const month = Number(groups.month ?? groups.short)
  if (order !== 'sure' && month > 12 && day <= 12) return { month: day - 1, day: month }
  if (order === 'unknown' && day <= 12 && day !== month) return { month: Number.NaN, day }
  return { month: month - 1, day }
}

/** The year and the clock behind the first words of a date. */
interface End {
  readonly year?: number
  readonly clock?: Clock
  /** The clock is written with a dot. */
  readonly dotted?: boolean
  /** The clock has AM or PM. */
  readonly halved?: boolean
  /** Minutes by which the clock is ahead of UTC, where the line says so. */
  readonly ahead?: number
  readonly end: number
}

const YEAR = /,?(?<gap>[ \t\u00a0]{1,16})(?<year>\d{4})(?:[.,年년](?=[ \t]))?(?=[ \t])/uy
const SHORT_YEAR = /,?[ \t]{1,16}(?<year>\d\d),?(?=[ \t]{1,16}\d{1,2}[:.]\d\d)/y
const LATE_YEAR = /[ \t](?<year>\d{4})(?=[ \t])/y
const TIME =
  /,?[ \tT]{1,16}(?:у )?(?<hour>\d{1,2})(?<mark>[:.])(?<minute>\d{1,2})(?:[:.](?<second>\d\d)(?:[.,]\d{1,9})?)?/uy
const HALF = / ?(?<half>[AaPp])\.?[Mm]\.?(?=[ \t])/y
const ZONE = / ?(?:(?<sign>[-+])(?<hours>\d\d):?(?<minutes>\d\d)|Z)(?=[ \t])/y

function rest({ then, shape }: Front, groups: Groups, place: Place): End | undefined {
  const at = shape.lastIndex
  if (then === 'nothing') return { clock: clockOf(groups), end: at }
  const { line, manners } = place
  if (then === 'maybe-clock') return clockAt(line, at, manners) ?? { end: padded(line, at) }
  if (then === 'clock') return clockAt(line, at, manners)
  return yearAt(line, at, manners) ?? clockAt(line, at, manners)
}

/**
 * `Nov 22  2026 name`, `22. Nov 2026  name` where a year is filled up to the width of a clock, `Nov 22, 2026 18:57 name`,
 * `Nov 22 18:57:33 2026 name`.
 */
function yearAt(line: string, at: number, manners: Manners): End | undefined {
  const long = match(YEAR, line, at)
  if (long) {
    const { lastIndex } = YEAR
    const year = Number(long.year)
    if (long.gap?.length !== 1) return { year, end: lastIndex }
    const clock = clockAt(line, lastIndex, manners)
    return clock ? { ...clock, year } : { year, end: padded(line, lastIndex) }
  }
  const short = match(SHORT_YEAR, line, at)
  if (short) {
    const clock = clockAt(line, SHORT_YEAR.lastIndex, manners)
    return clock && { ...clock, year: fullYear(Number(short.year)) }
  }
  const clock = clockAt(line, at, manners)
  if (clock?.clock?.second === undefined) return clock
  const late = match(LATE_YEAR, line, clock.end)
  return late ? { ...clock, year: Number(late.year), end: LATE_YEAR.lastIndex } : clock
}

function clockAt(line: string, at: number, manners: Manners): End | undefined {
  const groups = match(TIME, line, at)
  if (!groups) return undefined
  const dotted = groups.mark === '.'
  const clock = clockOf(groups)
  let end = TIME.lastIndex
  const half = manners.clock24 ? undefined : match(HALF, line, end)?.half
  const hour = half === undefined ? undefined : in24(clock.hour, half)
  if (hour !== undefined) return { clock: { ...clock, hour }, dotted, halved: true, end: HALF.lastIndex }
  const zone = match(ZONE, line, end)
  if (zone) end = ZONE.lastIndex
  if (!atBlank(line, end)) return undefined
  return { clock, dotted, end, ...(zone && { ahead: minutesAhead(zone) }) }
}

/** The hour of a clock with AM or PM; undefined where such a clock cannot say that hour. */
export function in24(hour: number, half: string): number | undefined {
  if (hour < 1 || hour > 12) return undefined
  return (hour % 12) + (/^p/i.test(half) ? 12 : 0)
}

/** The year of two digits. */
export function fullYear(year: number): number {
  return year < 70 ? 2000 + year : year < 100 ? 1900 + year : year
}

function minutesAhead({ sign, hours, minutes }: Groups): number {
  if (sign === undefined) return 0
  return (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1)
}

function clockOf({ hour, minute = '', second }: Groups): Clock {
  // One digit is what is left of two, unless it is the zero that nothing can be added to.
  const minutes = minute.length === 2 || minute === '0' ? Number(minute) : Number.NaN
  return { hour: Number(hour), minute: minutes, second: second === undefined ? undefined : Number(second) }
}

function timeOf(groups: Groups, { month, day }: Day, { end, now }: { end: End; now: Date }): When {
  const year = end.year ?? (groups.year === undefined ? undefined : fullYear(Number(groups.year)))
  if (year === undefined) return end.clock ? recentTime(month, day, end.clock, now) : {}
  const local = localTime(year, month, day, end.clock)
  if (end.ahead === undefined || local.time === undefined) return local
  return { ...local, time: local.time - end.ahead * 60_000, zone: 'utc' }
}

/** Where a date without a clock ends that is filled up with one blank to the width of those with one. */
function padded(line: string, at: number): number {
  return line.charAt(at) === ' ' && line.charAt(at + 1) === ' ' && at + 2 < line.length ? at + 1 : at
}

/** Dates whose month is not known: a name in another language or charset, or numbers with letters behind them. */
const STRANGE: readonly RegExp[] = [
  /\d{0,2}[^\s\d][^\s]{0,30}(?: [^\s\d][^\s]{0,30}){0,2}[ \t\u00a0]{1,16}\d{1,2}[.,]?(?=[ \t])/uy,
  /\d{1,2}\.?[ \t\u00a0]{1,16}(?:[^\s\d]{1,2}[ \t])?[^\s\d][^\s]{0,30}(?=[ \t])/uy,
  /\d{1,2}[^\s\d]{1,4} {0,3}\d{1,2}[^\s\d]{0,4}(?=[ \t])/uy,
]
const STRANGE_YEAR_FIRST =
  /\d{4}(?:[^\s\d]{0,4} {1,3}\d{1,2}[^\s\d]{1,4} {0,3}\d{1,2}[^\s\d]{1,4}|[ \t]{1,3}[^\s\d][^\s]{0,30}[ \t]{1,4}\d{1,2}\.?)(?=[ \t])/uy
const STRANGE_YEAR = /[ \t]{1,16}\d{4}[^\s\d]{1,4}(?=[ \t])/uy

/** What looks like a date and cannot be read: only where it ends. */
export function strangeDateAt({ line, at, manners }: Place): Found | undefined {
  for (const shape of STRANGE) {
    if (!match(shape, line, at)) continue
    const { lastIndex } = shape
    const end =
      yearAt(line, lastIndex, manners)?.end ?? (match(STRANGE_YEAR, line, lastIndex) && STRANGE_YEAR.lastIndex)
    if (end !== undefined && atBlank(line, end)) return { when: {}, end }
  }
  return match(STRANGE_YEAR_FIRST, line, at) ? { when: {}, end: STRANGE_YEAR_FIRST.lastIndex } : undefined
}

function match(shape: RegExp, line: string, at: number): Groups | undefined {
  shape.lastIndex = at
  const found = shape.exec(line)
  return found ? (found.groups ?? {}) : undefined
}

function atBlank(line: string, at: number): boolean {
  const mark = line.charAt(at)
  return mark === ' ' || mark === '\t'
}

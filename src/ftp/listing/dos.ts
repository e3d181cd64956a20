import type { Entry } from '../../store.js'
import type { Format } from './columns.js'
import { fullYear, in24 } from './dates/dates.js'
import { monthOf } from './dates/months.js'
import { type Clock, inEntry, localTime, type When } from './dates/time.js'

/**
 * Date, time, size or mark, one blank, name. Behind `<DIR>` IIS fills up to the column where names begin with ten blanks; more
 * than those belong to the name.
 */
const LINE =
  /^(?<date>\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}),? {1,4}(?<time>\d{1,2}:\d\d(?::\d\d)?) ?(?<half>[AaPp][Mm]?)? +(?:(?<size>\d[\d.,]{0,30}) |<(?<mark>DIR|JUNCTION|SYMLINKD?)> {1,10})(?<name>.+)$/s

/** The same with blanks or tabs in other places, months by name, `p.m.`, and narrow blanks in the size. */
const UNUSUAL =
  /^[ \t]{0,8}(?<date>\d{1,4}[-/.](?:\d{1,2}|[^\s\d]{1,12})[-/.]\d{2,4}),?[ \t]{1,4}(?<time>\d{1,2}:\d\d(?::\d\d)?) ?(?:(?<half>[AaPp])\.?(?:[Mm]\.?)?)?[ \t]+(?:(?<size>\d[\d.,\u00a0\u202f]{0,30})[ \t]|<(?<mark>DIR|JUNCTION|SYMLINKD?)>[ \t]{1,10})(?<name>.+)$/su

/** The listing of `dir`, as IIS and many servers on Windows print it. */
export const dos: Format = () => {
  const order: Order = { dayFirst: false }
  return (line) => {
    const groups = (LINE.exec(line) ?? UNUSUAL.exec(line))?.groups
    if (!groups) return undefined
    const { date = '', time = '', half, size, mark, name = '' } = groups
    const when = inEntry(timeOf(date, clockOf(time, half), order))
    if (mark === undefined) return { name, type: 'file', size: sizeOf(size ?? ''), ...when, raw: line }
    if (mark === 'DIR') return { name, type: 'directory', ...when, raw: line }
    return { ...linkName(name), type: 'link', ...when, raw: line }
  }
}

/** A line of this listing had a day where the month is expected. */
interface Order {
  dayFirst: boolean
}

/** 01-02-24 and 01/02/2024 have the month first, 02.01.2024 and 02-JAN-24 the day, 2024-01-02 the year. */
function timeOf(date: string, clock: Clock, order: Order): When {
  const [first = '', second = '', third = ''] = date.split(/[-/.]/)
  const [a, b, c] = [Number(first), Number(second), Number(third)]
  if (Number.isNaN(b)) return localTime(fullYear(c), monthOf(second) ?? Number.NaN, a, clock)
  if (a > 31) return localTime(a, b - 1, c, clock)
  const dotted = date.includes('.')
  if (!dotted && a > 12 && b <= 12) order.dayFirst = true
  return dotted || (order.dayFirst && b <= 12)
    ? localTime(fullYear(c), b - 1, a, clock)
    : localTime(fullYear(c), a - 1, b, clock)
}

/** An hour that a clock with AM or PM cannot say is none, but 18:57PM is what it says. */
function clockOf(text: string, half: string | undefined): Clock {
  const [hour = 0, minute = 0, second] = text.split(':').map(Number)
  if (half === undefined) return { hour, minute, second }
  const late = /^p/i.test(half) && hour > 12
  return { hour: late ? hour : (in24(hour || 12, half) ?? Number.NaN), minute, second }
}

function sizeOf(text: string): number | undefined {
  const size = Number(text.replace(/[^\d]/g, ''))
  return Number.isSafeInteger(size) ? size : undefined
}

/** `name [target]`, where the target is printed at all. */
function linkName(text: string): Pick<Entry, 'name' | 'target'> {
  const at = text.endsWith(']') ? text.indexOf(' [') : -1
  return at <= 0 ? { name: text } : { name: text.slice(0, at), target: text.slice(at + 2, -1) }
}

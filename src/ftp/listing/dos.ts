import type { Entry } from '../../store.js'
import type { Format } from './columns.js'
import { type Clock, inEntry, localTime, type When } from './time.js'

/**
 * Date, time, size or mark, one blank, name. Behind `<DIR>` IIS fills up to the column where names begin with ten blanks; more
 * than those belong to the name.
 */
const LINE =
  /^(?<date>\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}),? {1,4}(?<time>\d{1,2}:\d\d(?::\d\d)?) ?(?<half>[AaPp][Mm]?)? +(?:(?<size>\d[\d.,]{0,30}) |<(?<mark>DIR|JUNCTION|SYMLINKD?)> {1,10})(?<name>.+)$/s

/** The listing of `dir`, as IIS and many servers on Windows print it. */
export const dos: Format = () => (line) => {
  const groups = LINE.exec(line)?.groups
  if (!groups) return undefined
  const { date = '', time = '', half, size, mark, name = '' } = groups
  const when = inEntry(timeOf(date, clockOf(time, half)))
  if (mark === undefined) return { name, type: 'file', size: sizeOf(size ?? ''), ...when, raw: line }
  if (mark === 'DIR') return { name, type: 'directory', ...when, raw: line }
  return { ...linkName(name), type: 'link', ...when, raw: line }
}

/** 01-02-24 and 01/02/2024 have the month first, 02.01.2024 the day, 2024-01-02 the year. */
function timeOf(date: string, clock: Clock): When {
  const [a = 0, b = 0, c = 0] = date.split(/[-/.]/).map(Number)
  if (a > 31) return localTime(a, b - 1, c, clock)
  const year = c < 70 ? 2000 + c : c < 100 ? 1900 + c : c
  return date.includes('.') ? localTime(year, b - 1, a, clock) : localTime(year, a - 1, b, clock)
}

function clockOf(text: string, half: string | undefined): Clock {
  const [hour = 0, minute = 0, second] = text.split(':').map(Number)
  if (half === undefined) return { hour, minute, second }
  return { hour: (hour % 12) + (/^p/i.test(half) ? 12 : 0), minute, second }
}

function sizeOf(text: string): number | undefined {
  const size = Number(text.replace(/[.,]/g, ''))
  return Number.isSafeInteger(size) ? size : undefined
}

/** `name [target]`, where the target is printed at all. */
function linkName(text: string): Pick<Entry, 'name' | 'target'> {
  const at = text.endsWith(']') ? text.indexOf(' [') : -1
  return at <= 0 ? { name: text } : { name: text.slice(0, at), target: text.slice(at + 2, -1) }
}

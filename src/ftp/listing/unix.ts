import type { Entry } from '../../store.js'
import type { Format } from './columns.js'
import { digits, skipBlanks, standsAt } from './columns.js'
import type { Manners } from './dates/dates.js'
import { monthOf, tongueOf } from './dates/months.js'
import { type Clock, localTime, recentTime, type When } from './dates/time.js'
import { entry, modeOf, typeOf, type Whose } from './unix-entry.js'
import { columnsOf } from './unix-variants.js'

/**
 * `ls -l`, as Unix servers and those that imitate them print it. Listings may have a million lines, so what a line has in common
 * with the one before is compared and not read again.
 */
export const unix: Format = (now) => {
  const manners: Manners = { clock24: false }
  let whose: Before | undefined
  let dated: Dated | undefined
  const usual = (line: string): Entry | undefined => {
    if (!whose || !standsAt(line, 0, whose.text)) whose = whoseOf(line)
    if (!whose) return undefined
    const number = skipBlanks(line, whose.text.length)
    const numberEnd = line.indexOf(' ', number)
    const size = digits(line, number, numberEnd)
    if (Number.isNaN(size)) return undefined
    const date = numberEnd + 1
    if (!dated || !standsAt(line, date, dated.text)) dated = datedOf(line, date, now)
    if (!dated) return undefined
    const from = date + dated.text.length + 1
    if (dated.clock && !manners.clock24) {
      if (isHalf(line, from)) return undefined
      manners.clock24 = true
    }
    const text = line.slice(from)
    return text === '' ? undefined : entry({ whose, size, when: dated.when, text, line })
  }
  const unusual = (line: string): Entry | undefined => {
    const columns = columnsOf(line, now, manners)
    if (columns) return entry(columns)
    // The word before the sum tells the language of all lines.
    if (line.length < 60) manners.tongue ??= tongueOf(line.slice(0, line.indexOf(' ')))
    return undefined
  }
  return (line) => usual(line) ?? unusual(line)
}

/** What nearly every server prints: permissions, links, owner, group; size; a date in a language whose months have three plain letters. */
const WHOSE = /^([a-zA-Z-])([-rwxsStTlL]{9})[+.@]? +\d+ +(\S+) +(\S+)(?= )/
const DATED = /([A-Z][a-z]{2}) +(\d{1,2}) (?: +(\d{4})| *(\d{1,2}:\d\d))(?= )/y

/** What is before the size, and its text. */
interface Before extends Whose {
  readonly text: string
}

function whoseOf(line: string): Before | undefined {
  const found = WHOSE.exec(line)
  if (!found) return undefined
  const [text, letter = '', bits = '', owner, group] = found
  return { text, type: typeOf(letter), mode: modeOf(bits), owner, group }
}

/** A date, and its text. A year with only one blank before it is unusual: what is behind it then depends on the line. */
interface Dated {
  readonly text: string
  readonly when: When
  readonly clock: boolean
}

function datedOf(line: string, at: number, now: Date): Dated | undefined {
  DATED.lastIndex = at
  const found = DATED.exec(line)
  if (!found) return undefined
  const [text, name = '', day, year, clock] = found
  const month = monthOf(name)
  if (month === undefined) return undefined
  if (clock === undefined) return { text, when: localTime(Number(year), month, Number(day)), clock: false }
  return { text, when: recentTime(month, Number(day), clockOf(clock), now), clock: true }
}

/** `7:05` or `07:05`. */
function clockOf(text: string): Clock {
  const mark = text.length - 3
  return { hour: digits(text, 0, mark), minute: digits(text, mark + 1, text.length) }
}

/** AM or PM begins here, with something behind it. */
function isHalf(line: string, at: number): boolean {
  return HALF.test(line.slice(at, at + 5))
}

const HALF = /^[AaPp]\.?[Mm]\.?[ \t]/

import type { Entry, EntryType } from '../../store.js'
import type { Format } from './columns.js'
import { digits, skipBlanks, standsAt } from './columns.js'
import { type Clock, dateOf, localTime, monthOf, recentTime, type When } from './time.js'

/**
 * `ls -l`, as Unix servers and those that imitate them print it. Listings may have a million lines, so what a line has in common
 * with the one before is compared and not read again.
 */
export const unix: Format = (now) => {
  let whose: Whose | undefined
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
    const text = line.slice(date + dated.text.length + 1)
    return text === '' ? undefined : entry({ whose, size, when: dated.when, text, line })
  }
  return (line) => usual(line) ?? (TOTAL.test(line) ? 'skip' : unusual(line, now))
}

/** What nearly every server prints: permissions, links, owner, group; size; a date in a language whose months have three plain letters. */
const WHOSE = /^([a-zA-Z-])([-rwxsStTlL]{9})[+.@]? +\d+ +(\S+) +(\S+)(?= )/
const DATED = /([A-Z][a-z]{2}) +(\d{1,2}) +(\d{4}|\d{1,2}:\d\d)(?= )/y

/** What stands before the size, and its text. */
interface Whose {
  readonly text: string
  readonly type: EntryType
  readonly mode?: number
  readonly owner?: string
  readonly group?: string
}

function whoseOf(line: string): Whose | undefined {
  const found = WHOSE.exec(line)
  if (!found) return undefined
  const [text, letter = '', bits = '', owner, group] = found
  return { text, type: typeOf(letter), mode: modeOf(bits), owner, group }
}

/** A date, and its text. */
interface Dated {
  readonly text: string
  readonly when: When
}

function datedOf(line: string, at: number, now: Date): Dated | undefined {
  DATED.lastIndex = at
  const found = DATED.exec(line)
  if (!found) return undefined
  const [text, month, day, end] = found
  const when = named({ month, day, end }, now)
  return when && { text, when }
}

const TOTAL =
  /^(?:total|insgesamt|totale|итого|összesen|razem|celkem|合計|总用量|總計|총|toplam|yhteensä|totalt) {0,3}[\d.,]{0,30}[KMGT]? {0,3}$/iu

const HEAD = /^([a-zA-Z-])([-rwxsStTlL]{9}|[ ]?\[[-A-Z]{8}\])[+.@]? */

/**
 * How the date may stand behind the size, in the order in which they are tried. The first place in the line where one fits is
 * taken, because all that follows is the name.
 */
const DATES: readonly { readonly shape: RegExp; readonly read: (groups: Groups, now: Date) => When | undefined }[] = [
  {
    shape: behindSize(String.raw`(?<month>\p{L}{2,12}\.?) +(?<day>\d{1,2})\.?,? +(?<end>\d{4}|\d{1,2}[:.]\d\d)`),
    read: named,
  },
  {
    shape: behindSize(String.raw`(?<day>\d{1,2})\.? +(?<month>\p{L}{2,12}\.?) +(?<end>\d{4}|\d{1,2}[:.]\d\d)`),
    read: named,
  },
  {
    shape: behindSize(
      String.raw`(?<month>\d{1,2})(?:月|월) {0,2}(?<day>\d{1,2})(?:日|일)? +(?<end>\d{4}|\d{1,2}:\d\d)(?:年|년)?`,
    ),
    read: numbered,
  },
  {
    shape: behindSize(
      String.raw`(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d) (?<clock>\d\d:\d\d(?::\d\d)?)(?:[.,]\d{1,9})?(?: (?<zone>[-+]\d{4}))?`,
    ),
    read: iso,
  },
  { shape: behindSize(String.raw`(?<month>\d\d)-(?<day>\d\d) (?<end>\d\d:\d\d)`), read: numbered },
  { shape: behindSize(String.raw`(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d) ?`), read: iso },
]

type Groups = Readonly<Record<string, string | undefined>>

/** A size (of a device: its two numbers), the date, exactly one blank, and the name with all blanks of its own. */
function behindSize(date: string): RegExp {
  return new RegExp(String.raw`(?:^|[ \t])(?<size>-?\d+(?:, *\d+)?)[ \t]+${date}[ \t](?<name>.+)$`, 'su')
}

/** Other languages, other dates, missing columns, names of owners with blanks. */
function unusual(line: string, now: Date): Entry | undefined {
  const head = HEAD.exec(line)
  if (!head) return undefined
  const [{ length }, letter = '', bits = ''] = head
  const rest = line.slice(length)
  for (const { shape, read } of DATES) {
    const found = shape.exec(rest)
    const when = found?.groups && read(found.groups, now)
    if (!found?.groups || !when) continue
    const { size = '', name: text = '' } = found.groups
    // NetWare fills up to a column before the name, and has no names that begin with blanks.
    const posix = bits.length === 9
    const names = owners(rest.slice(0, found.index))
    const whose = { type: typeOf(letter), mode: posix ? modeOf(bits) : undefined, ...names }
    return entry({ whose, size: Number(size), when, text: posix ? text : text.trimStart(), line })
  }
  return undefined
}

/** What stands between the permissions and the size. More words than two cannot be told apart unless wide gaps part them. */
function owners(text: string): { owner?: string; group?: string } {
  const words = text.trim().replace(/^\d+(?: +|$)/, '')
  if (words === '') return {}
  const parts = words.split(/ +/)
  const [owner, group, ...more] = parts.length > 2 ? words.split(/ {2,}/) : parts
  return more.length > 0 || (parts.length > 2 && group === undefined) ? {} : { owner, group }
}

function named({ month = '', day, end = '' }: Groups, now: Date): When | undefined {
  const number = monthOf(month)
  return number === undefined ? undefined : yearOrClock(number, Number(day), end, now)
}

function numbered({ month, day, end = '' }: Groups, now: Date): When | undefined {
  return yearOrClock(Number(month) - 1, Number(day), end, now)
}

function yearOrClock(month: number, day: number, end: string, now: Date): When {
  return end.length === 4 && isDigit(end.charCodeAt(1)) && isDigit(end.charCodeAt(2))
    ? localTime(Number(end), month, day)
    : recentTime(month, day, clockOf(end), now)
}

function iso({ year, month, day, clock, zone }: Groups): When {
  const local = localTime(
    Number(year),
    Number(month) - 1,
    Number(day),
    clock === undefined ? undefined : clockOf(clock),
  )
  if (zone === undefined || local.time === undefined) return local
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3))
  const shift = (zone.startsWith('-') ? -minutes : minutes) * 60_000
  return { ...local, time: local.time - shift, zone: 'utc' }
}

/** `7:05`, `07:05`, `07:05:59`, also with a dot: the shapes above let nothing else through. */
function clockOf(text: string): Clock {
  const mark = isDigit(text.charCodeAt(1)) ? 2 : 1
  const hour = mark === 2 ? twoDigits(text, 0) : text.charCodeAt(0) - 48
  const second = text.length > mark + 3 ? twoDigits(text, mark + 4) : undefined
  return { hour, minute: twoDigits(text, mark + 1), second }
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

interface Columns {
  readonly whose: Omit<Whose, 'text'>
  /** As it is printed: that of a link is the length of its target; NaN for the two numbers of a device. */
  readonly size: number
  readonly when: When
  /** The name, and the target of a link. */
  readonly text: string
  readonly line: string
}

function entry({ whose: { type, mode, owner, group }, size: printed, when, text, line }: Columns): Entry {
  const size = type === 'directory' || type === 'link' ? undefined : safe(printed)
  const { name, target } = type === 'link' ? linkName(text, printed) : { name: text, target: undefined }
  const bare = type === 'directory' && name.endsWith('/') ? name.slice(0, -1) : name
  const { precision, zone } = when
  return { name: bare, type, size, modified: dateOf(when), precision, zone, mode, owner, group, target, raw: line }
}

/** Not known when it is more than a number can hold exactly. */
function safe(size: number): number | undefined {
  return Number.isSafeInteger(size) && size >= 0 ? size : undefined
}

const TYPES: ReadonlyMap<string, EntryType> = new Map([
  ['-', 'file'],
  ['d', 'directory'],
  ['l', 'link'],
])

function typeOf(letter: string): EntryType {
  return TYPES.get(letter) ?? 'other'
}

/** Either part of `name -> target` may hold the arrow: the target is the part as long as the link's size says, else the longest. */
function linkName(text: string, size: number): { name: string; target?: string } {
  const first = text.indexOf(ARROW)
  if (first < 0) return { name: text }
  for (let at = first; at >= 0; at = text.indexOf(ARROW, at + 1)) {
    const target = text.slice(at + ARROW.length)
    if (at > 0 && target.length <= size && Buffer.byteLength(target) === size)
      return { name: text.slice(0, at), target }
  }
  return { name: text.slice(0, first), target: text.slice(first + ARROW.length) }
}

const ARROW = ' -> '

/** `rwxr-sr-T` as bits. */
function modeOf(bits: string): number {
  let mode = 0
  for (let i = 0; i < 9; i++) {
    const letter = bits[i] ?? '-'
    if (letter !== '-' && letter !== 'S' && letter !== 'T' && letter !== 'l' && letter !== 'L') mode |= 0o400 >> i
    if (i % 3 === 2 && letter !== '-' && letter !== 'x') mode |= 0o4000 >> ((i - 2) / 3)
  }
  return mode
}

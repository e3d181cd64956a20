import { dateAt, type Found, type Manners, strangeDateAt } from './dates/dates.js'
import { type Columns, modeOf, typeOf, type Whose } from './unix-entry.js'

/** The inode or the blocks, or both, that some servers print first. */
const FIRST = /[ \t]*(?:\d+[ \t]+){0,2}/y

/** What may be where permissions are, in the order in which it is tried. Only nine permissions make a mode. */
const HEADS: readonly RegExp[] = [
  /(?<type>[a-zA-Z-])(?<bits>[-rwxsStTlL]{9})[+.@]?/y,
  /(?<type>[a-zA-Z-]) ?(?<netware>\[[-A-Z]{6,9}\])/y,
  // No letter for the type: files only.
  /(?<bits>r[-rwxsStTlL]{8})[+.@]?(?=[ \t])/y,
  /(?<type>[-dlbcps])[-rwxsStTlL]{6,8}[+.@]?(?=[ \t])/y,
  // Letters of attributes, one or the other of them replaced.
  /(?<type>[-dl])[-a-zA-Z]{9}(?=[ \t])/y,
]

interface Head {
  readonly type: string
  readonly mode?: number
  readonly netware: boolean
  readonly end: number
}

function headOf(line: string): Head | undefined {
  FIRST.lastIndex = 0
  FIRST.exec(line)
  const at = FIRST.lastIndex
  for (const shape of HEADS) {
    shape.lastIndex = at
    const groups = shape.exec(line)?.groups
    if (!groups) continue
    const { type = '-', bits, netware } = groups
    const mode = bits === undefined ? undefined : modeOf(bits)
    return { type, mode, netware: netware !== undefined, end: shape.lastIndex }
  }
  return undefined
}

/**
 * What a line says that is not usual: other languages, other dates, missing columns, owners with blanks. The size is the first number
 * with a date behind it, and all behind the date is the name.
 */
export function columnsOf(line: string, now: Date, manners: Manners): Columns | undefined {
  const head = headOf(line)
  if (!head) return undefined
  const usual = usualPlace(line, head.end)
  const search = { usual, now, manners, line }
  const found = datedAt(usual < 0 ? undefined : sizeAt(line, usual, head.type), search) ?? scanned(head, search)
  return found && columns(line, head, found)
}

/** A number that may be the size. */
interface Size {
  readonly from: number
  /** Bytes; NaN where what is printed is no number of bytes. */
  readonly value: number
  /** Where a date may begin. */
  readonly date: number
}

const WORDS = 24
const SIZE =
  /(?:(?<device>\d+, *\d+|0x[\da-f]+)|(?<rounded>\d+(?:[.,]\d+)?[kKMGTPEZYRQ]i?B?)|(?<grouped>\d{1,3}(?:,\d{3})+|\d{1,3}(?:\.\d{3}){2,})|(?<plain>-?\d+))[ \t]+/y
const WORD = /[^ \t]+[ \t]*/y
const GROUPED = /\d{1,3}(?:,\d{3})+[ \t]/y

function sizesOf(line: string, { type, end }: Head): readonly Size[] {
  const sizes: Size[] = []
  let at = skip(line, end)
  for (let words = 0; words < WORDS && at < line.length; words++) {
    const size = sizeAt(line, at, type)
    if (size) sizes.push(size)
    WORD.lastIndex = at
    if (!WORD.test(line)) break
    at = WORD.lastIndex
  }
  return sizes
}

function sizeAt(line: string, at: number, type: string): Size | undefined {
  SIZE.lastIndex = at
  const groups = SIZE.exec(line)?.groups
  if (!groups) return undefined
  const { lastIndex: date } = SIZE
  const { device, grouped, plain } = groups
  if (plain !== undefined) return { from: at, value: Number(plain), date }
  GROUPED.lastIndex = at
  const isNumber = device !== undefined && type !== 'b' && type !== 'c' && GROUPED.test(line)
  const digits = grouped?.replace(/[.,]/g, '') ?? (isNumber ? device?.replace(/,/g, '') : undefined)
  return { from: at, value: Number(digits), date }
}

function skip(line: string, at: number): number {
  let next = at
  while (line.charAt(next) === ' ' || line.charAt(next) === '\t') next++
  return next
}

const BEFORE_SIZE = /[ \t]*\d+[ \t]+[^ \t]+[ \t]+[^ \t]+[ \t]+/y

/** Where the size is when there are links, an owner and a group before it. */
function usualPlace(line: string, at: number): number {
  BEFORE_SIZE.lastIndex = at
  return BEFORE_SIZE.test(line) ? BEFORE_SIZE.lastIndex : -1
}

interface Search {
  readonly line: string
  readonly usual: number
  readonly now: Date
  readonly manners: Manners
}

interface Dated extends Found {
  readonly size: Size
}

/** The size at its usual place with a date that can be read. */
function datedAt(size: Size | undefined, { line, now, manners }: Search): Dated | undefined {
  const found = size && dateAt({ line, at: size.date, now, manners })
  return found && { ...found, size }
}

function scanned(head: Head, search: Search): Dated | undefined {
  const sizes = sizesOf(search.line, head)
  return dated(sizes, search) ?? strange(sizes, search)
}

/** The first size with a date. A size at its usual place may have one that cannot be read, for a name may hold another one. */
function dated(sizes: readonly Size[], { line, usual, now, manners }: Search): Dated | undefined {
  let held: Dated | undefined
  for (const size of sizes) {
    const place = { line, at: size.date, now, manners }
    const isUsual = size.from === usual
    const found = dateAt(place) ?? (isUsual ? (strangeDateAt(place) ?? secondsAt(place)) : undefined)
    if (!found) {
      if (held) return held
      continue
    }
    // `1000 2019 Jan 1 10:00 x`: 2019 is the year, or the size behind a group's number.
    if (!found.yearFirst || isUsual || held) return { ...found, size }
    held = { ...found, size }
  }
  return held
}

function strange(sizes: readonly Size[], search: Search): Dated | undefined {
  for (const size of sizes) {
    const found = strangeDateAt({ ...search, at: size.date })
    if (found) return { ...found, size }
  }
  return undefined
}

const SECONDS = /\d{9,10}(?=[ \t])/y

/** Seconds since 1970. */
function secondsAt({ line, at }: { readonly line: string; readonly at: number }): Found | undefined {
  SECONDS.lastIndex = at
  const seconds = SECONDS.exec(line)?.[0]
  if (seconds === undefined) return undefined
  return { when: { time: Number(seconds) * 1000, precision: 's', zone: 'utc' }, end: SECONDS.lastIndex }
}

function columns(line: string, head: Head, { size, when, end }: Dated): Columns | undefined {
  const text = line.slice(end + 1)
  // NetWare fills up to a column before the name, and has no names that begin with blanks.
  const name = head.netware ? text.trimStart() : text
  if (name === '') return undefined
  const names = owners(line.slice(head.end, size.from), size.value)
  const whose: Whose = { type: typeOf(head.type), mode: head.mode, ...names }
  return { whose, size: size.value, when, text: name, line }
}

/** What is between the permissions and the size. More words than two cannot be told apart unless wide gaps part them. */
function owners(text: string, size: number): { owner?: string; group?: string } {
  const all = text.trim().replaceAll('\t', '  ')
  const forks = /^(\d{1,15}) +(\d{1,15})$/.exec(all)
  // The two forks of a file on a Macintosh.
  if (forks && Number(forks[1]) + Number(forks[2]) === size) return {}
  const words = all.replace(/^\d+(?: +|$)/, '')
  if (words === '') return {}
  const parts = words.split(/ +/)
  const [owner, group, ...more] = parts.length > 2 ? words.split(/ {2,}/) : parts
  return more.length > 0 || (parts.length > 2 && group === undefined) ? {} : { owner, group }
}

import type { Entry, EntryType } from '../../store.js'
import type { Parser } from './parser.js'
import { type Clock, localTime, monthOf, recentTime, type When } from './time.js'

/** `ls -l`, as Unix servers and those that imitate them print it. `now` decides the year of dates without one. */
export const unix: Parser = (line, now) => {
  if (!PLAIN.test(line)) return TOTAL.test(line) ? 'skip' : unusual(line, now)
  return plain(line, now) ?? unusual(line, now)
}

/** Permissions, links, owner, group, size, date in English: what nearly every server prints. */
const PLAIN = /^[a-zA-Z-][-rwxsStTlL]{9}[+.@]? +\d+ +\S+ +\S+ +\d+ [A-Z][a-z]{2} +\d{1,2} +(?:\d{4}|\d{1,2}:\d\d) ./s

/** A line that is PLAIN, cut at its blanks: half as much work as groups in the expression, and listings may have a million lines. */
function plain(line: string, now: Date): Entry | undefined {
  const owner = after(line, line.indexOf(' ', after(line, line.indexOf(' ', 10))))
  const ownerEnd = line.indexOf(' ', owner)
  const group = after(line, ownerEnd)
  const groupEnd = line.indexOf(' ', group)
  const size = after(line, groupEnd)
  const month = line.indexOf(' ', size) + 1
  const day = after(line, month + 3)
  const dayEnd = line.indexOf(' ', day)
  const end = after(line, dayEnd)
  const name = line.indexOf(' ', end) + 1
  const number = monthOf(line.slice(month, month + 3))
  if (number === undefined) return undefined
  return entry({
    type: line.slice(0, 1),
    bits: line.slice(1, 10),
    owner: line.slice(owner, ownerEnd),
    group: line.slice(group, groupEnd),
    size: line.slice(size, month - 1),
    when: yearOrClock(number, Number(line.slice(day, dayEnd)), line.slice(end, name - 1), now),
    name: line.slice(name),
    line,
  })
}

/** The first place from `at` on that is no blank. */
function after(line: string, at: number): number {
  let next = at
  while (line.charCodeAt(next) === 32) next++
  return next
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
  const [{ length }, type = '', bits = ''] = head
  const rest = line.slice(length)
  for (const { shape, read } of DATES) {
    const found = shape.exec(rest)
    const when = found?.groups && read(found.groups, now)
    if (!found?.groups || !when) continue
    const { size = '', name: text = '' } = found.groups
    // NetWare fills up to a column before the name, and has no names that begin with blanks.
    const name = bits.length === 9 ? text : text.trimStart()
    return entry({ type, bits, ...owners(rest.slice(0, found.index)), size, when, name, line })
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
  if (zone === undefined || !local.modified) return local
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3))
  const shift = (zone.startsWith('-') ? -minutes : minutes) * 60_000
  return { ...local, modified: new Date(local.modified.getTime() - shift), zone: 'utc' }
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
  readonly type: string
  readonly bits: string
  readonly owner?: string
  readonly group?: string
  readonly size: string
  readonly when: When
  readonly name: string
  readonly line: string
}

const TYPES: ReadonlyMap<string, EntryType> = new Map([
  ['-', 'file'],
  ['d', 'directory'],
  ['l', 'link'],
])

function entry({ type: letter, bits, owner, group, size: digits, when, name: text, line }: Columns): Entry {
  const type = TYPES.get(letter) ?? 'other'
  const printed = safeSize(digits)
  const size = type === 'directory' || type === 'link' ? undefined : printed
  const { modified, precision, zone } = when
  const { name, target } = type === 'link' ? linkName(text, printed) : { name: text, target: undefined }
  const bare = type === 'directory' && name.endsWith('/') ? name.slice(0, -1) : name
  const mode = bits.length === 9 ? modeOf(bits) : undefined
  return { name: bare, type, size, modified, precision, zone, mode, owner, group, target, raw: line }
}

/** Not known when it is a device's numbers, or more than a number can hold exactly. */
function safeSize(digits: string): number | undefined {
  const size = Number(digits)
  return Number.isSafeInteger(size) && size >= 0 ? size : undefined
}

/** Either part of `name -> target` may hold the arrow: the target is the part as long as the link's size says, else the longest. */
function linkName(text: string, size: number | undefined): { name: string; target?: string } {
  const first = text.indexOf(ARROW)
  if (first < 0) return { name: text }
  for (let at = first; at >= 0; at = text.indexOf(ARROW, at + 1)) {
    const target = text.slice(at + ARROW.length)
    if (at > 0 && target.length <= (size ?? 0) && Buffer.byteLength(target) === size)
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

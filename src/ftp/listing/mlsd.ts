import type { Entry, EntryType } from '../../store.js'
import type { Reply } from '../talk.js'
import type { Parser } from './parser.js'
import { utc } from './time.js'

/** `facts SP name` (RFC 3659 section 7.2). The name is all that follows the one blank. 'skip' for the directory itself and its parent. */
export const mlsd: Parser = (line) => {
  const at = endOfFacts(line)
  if (at < 0) return undefined
  const facts = factsOf(line.slice(0, at))
  if (facts.type === 'cdir' || facts.type === 'pdir') return 'skip'
  return entry(facts, line.slice(at + 1), line)
}

/**
 * What a reply to MLST says (RFC 3659 section 7.3), under the given name: servers print a path, a name or nothing there.
 * Undefined when no line of it can be read.
 */
export function mlstEntry(reply: Reply, name: string): Entry | undefined {
  for (const line of reply.lines) {
    const bare = line.startsWith(' ') ? line.slice(1) : line
    const at = endOfFacts(bare)
    if (at > 0 && bare.slice(0, at).includes('=')) return entry(factsOf(bare.slice(0, at)), name, line)
  }
  return undefined
}

/** Where the one blank stands; -1: nowhere. Values with blanks (`UNIX.groupname=Domain Users;`) are against the RFC, and met. */
function endOfFacts(line: string): number {
  const blank = line.indexOf(' ')
  if (blank <= 0 || line.charCodeAt(blank - 1) === SEMICOLON) return blank
  const late = line.indexOf('; ')
  if (late > 0 && line.slice(0, late).split(';').every(isFact)) return late + 1
  return line.slice(0, blank).split(';').every(isFact) ? blank : -1
}

const SEMICOLON = 59

function isFact(text: string): boolean {
  return /^[^\s=/]+=/.test(text)
}

/** The facts we use. Others are skipped, as RFC 3659 section 7.1 asks. */
interface Facts {
  type?: string
  size?: string
  sizd?: string
  modify?: string
  unique?: string
  mode?: string
  owner?: string
  ownerName?: string
  group?: string
  groupName?: string
}

const MEMBERS = new Map<string, keyof Facts>([
  ['type', 'type'],
  ['size', 'size'],
  ['sizd', 'sizd'],
  ['modify', 'modify'],
  ['unique', 'unique'],
  ['unix.mode', 'mode'],
  ['unix.owner', 'owner'],
  ['unix.uid', 'owner'],
  ['unix.ownername', 'ownerName'],
  ['unix.group', 'group'],
  ['unix.gid', 'group'],
  ['unix.groupname', 'groupName'],
])

function factsOf(text: string): Facts {
  const facts: Facts = {}
  for (let from = 0; from < text.length; ) {
    const semicolon = text.indexOf(';', from)
    const end = semicolon < 0 ? text.length : semicolon
    const equals = text.indexOf('=', from)
    if (equals > from && equals < end) take(facts, text.slice(from, equals), text.slice(equals + 1, end))
    from = end + 1
  }
  return facts
}

function take(facts: Facts, name: string, value: string): void {
  const member = MEMBERS.get(name) ?? MEMBERS.get(name.toLowerCase())
  if (member === 'type') facts.type = PLAIN_TYPES.has(value) ? value : typeWord(value)
  else if (member) facts[member] = value
}

const PLAIN_TYPES = new Set(['file', 'dir', 'cdir', 'pdir'])

/** Any case, but the target of a link stays as it is. */
function typeWord(value: string): string {
  const lower = value.toLowerCase()
  return PLAIN_TYPES.has(lower) ? lower : value
}

function entry(facts: Facts, name: string, raw: string): Entry {
  const { type, target } = typeOf(facts)
  const size = type === 'directory' || type === 'link' ? undefined : whole(facts.size)
  const mode =
    facts.mode !== undefined && /^[0-7]{1,7}$/.test(facts.mode) ? Number.parseInt(facts.mode, 8) & 0o7777 : undefined
  const owner = facts.ownerName ?? facts.owner
  const group = facts.groupName ?? facts.group
  const { modified, precision, zone } = timeVal(facts.modify ?? '')
  return { name, type, size, modified, precision, zone, mode, owner, group, target, unique: facts.unique, raw }
}

const TYPES: ReadonlyMap<string, EntryType> = new Map([
  ['file', 'file'],
  ['dir', 'directory'],
  ['cdir', 'directory'],
  ['pdir', 'directory'],
])

/** `OS.unix=slink:target` (Pure-FTPd leaves the target out), `OS.unix=symlink` (ProFTPD). */
const LINK = /^OS\.unix=s(?:ym)?link(?::(.*))?$/is

function typeOf({ type, sizd }: Facts): { type: EntryType; target?: string } {
  if (type === undefined) return { type: sizd === undefined ? 'other' : 'directory' }
  const plain = TYPES.get(type)
  if (plain) return { type: plain }
  const link = LINK.exec(type)
  return link ? { type: 'link', target: link[1] || undefined } : { type: 'other' }
}

function whole(text: string | undefined): number | undefined {
  const size = text === undefined || text === '' ? Number.NaN : digits(text, 0, text.length)
  return Number.isSafeInteger(size) ? size : undefined
}

/** YYYYMMDDHHMMSS with an optional fraction, always UTC (RFC 3659 section 2.3). */
function timeVal(text: string): Pick<Entry, 'modified' | 'precision' | 'zone'> {
  const clock = { hour: digits(text, 8, 10), minute: digits(text, 10, 12), second: digits(text, 12, 14) }
  const time = utc(digits(text, 0, 4), digits(text, 4, 6) - 1, digits(text, 6, 8), clock)
  const fraction = text.length === 14 ? 0 : FRACTION.test(text) ? Number(text.slice(14)) : Number.NaN
  if (time === undefined || Number.isNaN(fraction)) return UNKNOWN
  const modified = new Date(time + Math.floor(fraction * 1000))
  return { modified, precision: text.length === 14 ? 's' : 'ms', zone: 'utc' }
}

const UNKNOWN = {}
const FRACTION = /^.{14}\.\d{1,9}$/

/** The number that stands in part of a text, NaN unless all of it is digits. A regular expression takes three times as long. */
function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48
    if (!(digit >= 0 && digit <= 9)) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

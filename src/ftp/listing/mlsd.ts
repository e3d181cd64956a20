import type { Entry, EntryType } from '../../store.js'
import type { Reply } from '../control/command-channel.js'
import type { Format } from './columns.js'
import { digits, recurring, skipBlanks, standsAt } from './columns.js'
import { dateOf, utc, type When } from './dates/time.js'

/** Why a line without the fact `type` is no entry until a look has told what it is. */
export const NO_TYPE = 'the server does not say whether it is a file or a directory'

/** `facts SP name` (RFC 3659 section 7.2). The name is all that follows the one blank. 'skip' for the directory itself and its parent. */
export const mlsd: Format = () => {
  const reader = new FactReader()
  return (line) => {
    const from = line.charCodeAt(0) === BLANK ? indent(line) : 0
    const at = endOfFacts(line, from)
    if (at < 0) return undefined
    const facts = reader.read(line, from, at)
    return reader.kind(facts).itself ? 'skip' : reader.entry(facts, line.slice(at + 1), line)
  }
}

const BLANK = 32

/** Where facts begin that a server puts blanks before. A line of no facts begins with its one blank. */
function indent(line: string): number {
  const from = skipBlanks(line, 0)
  return INDENTED.test(line.slice(from, from + 60)) ? from : 0
}

const INDENTED = /^(?:type|size|sizd|modify|create|perm|unique|unix\.\w+)=[^\s/]{0,40};/i

/**
 * What a reply to MLST says (RFC 3659 section 7.3), under the given name: servers print a path, a name or nothing there.
 * Undefined when no line of it can be read.
 */
export function mlstEntry(reply: Reply, name: string): Entry | undefined {
  for (const line of reply.lines) {
    const bare = line.startsWith(' ') ? line.slice(1) : line
    const at = endOfFacts(bare, 0)
    if (at <= 0 || !bare.slice(0, at).includes('=')) continue
    const reader = new FactReader()
    return reader.entry(reader.read(bare, 0, at), name, line)
  }
  return undefined
}

/** Where the one blank is; -1: nowhere. Values with blanks (`UNIX.groupname=Domain Users;`) are against the RFC, and met. */
function endOfFacts(line: string, from: number): number {
  const blank = line.indexOf(' ', from)
  if (blank <= from || line.charAt(blank - 1) === ';') return blank
  const late = line.indexOf('; ', from)
  if (late > 0 && line.slice(from, late).split(';').every(isFact)) return late + 1
  return line.slice(from, blank).split(';').every(isFact) ? blank : -1
}

/** Values of the facts that RFC 3659 defines have no blanks, but for the target of a link. */
function isFact(text: string): boolean {
  return (
    /^[^\s=/]+=/.test(text) && !/^(?:size|sizd|modify|create|perm|unique|type|unix\.mode)=(?!OS\.)[^ ]* /i.test(text)
  )
}

/** The facts we use. Others are skipped, as RFC 3659 section 7.1 asks. */
interface Facts {
  type?: string
  size?: string
  sizd?: string
  perm?: string
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

/** The name of a fact as a server spells it, and what it is to us. */
interface Spelling {
  readonly name: string
  readonly member: keyof Facts | undefined
}

/**
 * Reads facts. In a listing the same ones stand in the same places, line after line: their names are compared, not looked up again,
 * and so are the values that hardly change.
 */
class FactReader {
  readonly #places: Spelling[] = []
  readonly #kindOf = recurring(kindOf)
  readonly #modeOf = recurring(modeOf)

  /** The facts from `start` up to `end`. */
  read(line: string, start: number, end: number): Facts {
    const facts = { ...NONE }
    let place = 0
    for (let from = start; from < end; place++) {
      const semicolon = line.indexOf(';', from)
      const to = semicolon < 0 || semicolon > end ? end : semicolon
      const { name, member } = this.#spelling(place, line, from, to)
      if (member) facts[member] = line.slice(from + name.length + 1, to)
      from = to + 1
    }
    if (!facts.type) facts.perm = PERM.exec(line.slice(start, end))?.[1]
    return facts
  }

  kind({ type, sizd, perm }: Facts): Kind {
    if (type !== undefined && type !== '') return this.#kindOf(type)
    return sizd === undefined ? byPermissions(perm) : DIRECTORY
  }

  entry(facts: Facts, name: string, raw: string): Entry {
    const { type, target, problem } = this.kind(facts)
    const size = type === 'directory' || type === 'link' ? undefined : whole(facts.size)
    const mode = facts.mode === undefined ? undefined : this.#modeOf(facts.mode)
    const owner = facts.ownerName ?? facts.owner
    const group = facts.groupName ?? facts.group
    const when = timeVal(facts.modify ?? '')
    const { precision, zone } = when
    const { unique } = facts
    const entry: Entry = {
      name,
      type,
      size,
      modified: dateOf(when),
      precision,
      zone,
      mode,
      owner,
      group,
      target,
      unique,
      raw,
    }
    return problem === undefined ? entry : { ...entry, problem }
  }

  #spelling(place: number, line: string, from: number, to: number): Spelling {
    const known = this.#places[place]
    if (known && standsAt(line, from, known.name, '=')) return known
    const spelling = spellingOf(line.slice(from, to))
    if (place < PLACES) this.#places[place] = spelling
    return spelling
  }
}

/** Of use only where there is no type. */
const PERM = /(?:^|;)perm=([^;]*)/i

/** More facts than any server sends. */
const PLACES = 32

/** All members, so that every line's facts have the same shape for the compiler. */
const NONE: Facts = {
  type: undefined,
  size: undefined,
  sizd: undefined,
  perm: undefined,
  modify: undefined,
  unique: undefined,
  mode: undefined,
  owner: undefined,
  ownerName: undefined,
  group: undefined,
  groupName: undefined,
}

/** Text without '=' is no fact. */
function spellingOf(text: string): Spelling {
  const name = text.slice(0, Math.max(0, text.indexOf('=')))
  return { name, member: MEMBERS.get(name.toLowerCase()) }
}

/** What the fact `type` says. */
interface Kind {
  readonly type: EntryType
  readonly target?: string
  /** The directory itself, or its parent. */
  readonly itself?: boolean
  readonly problem?: string
}

const OTHER: Kind = { type: 'other' }
const FILE: Kind = { type: 'file' }
const DIRECTORY: Kind = { type: 'directory' }
const UNTOLD: Kind = { type: 'unreadable', problem: NO_TYPE }
const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['file', FILE],
  ['dir', DIRECTORY],
  ['cdir', { type: 'directory', itself: true }],
  ['pdir', { type: 'directory', itself: true }],
])

/** `OS.unix=slink:target` (Pure-FTPd leaves the target out), `OS.unix=symlink` (ProFTPD). */
const LINK = /^OS\.unix=s(?:ym)?link(?::(.*))?$/is

/** Any case, but the target of a link stays as it is. */
function kindOf(text: string): Kind {
  const plain = KINDS.get(text.toLowerCase())
  if (plain) return plain
  const link = LINK.exec(text)
  return link ? { type: 'link', target: link[1] || undefined } : OTHER
}

/** Permissions that only a directory has (e, l, c, m, p), and those that only a file has (r, w, a); RFC 3659 section 7.5.5. */
function byPermissions(perm = ''): Kind {
  // pyftpdlib adds M and T to those of any entry.
  const letters = /[a-z]/.test(perm) ? perm : perm.toLowerCase()
  const directory = /[elcmp]/.test(letters)
  const file = /[rwa]/.test(letters)
  if (directory === file) return UNTOLD
  return directory ? DIRECTORY : FILE
}

function modeOf(text: string): number | undefined {
  return /^[0-7]{1,7}$/.test(text) ? Number.parseInt(text, 8) & 0o7777 : undefined
}

function whole(text: string | undefined): number | undefined {
  const size = text === undefined ? Number.NaN : digits(text, 0, text.length)
  return Number.isSafeInteger(size) ? size : undefined
}

/** YYYYMMDDHHMMSS with an optional fraction, always UTC (RFC 3659 section 2.3). */
function timeVal(text: string): When {
  const clock = { hour: digits(text, 8, 10), minute: digits(text, 10, 12), second: digits(text, 12, 14) }
  const time = utc(digits(text, 0, 4), digits(text, 4, 6) - 1, digits(text, 6, 8), clock)
  const fraction = text.length === 14 ? 0 : FRACTION.test(text) ? Number(text.slice(14)) : Number.NaN
  if (time === undefined || Number.isNaN(fraction)) return UNKNOWN
  return { time: time + Math.floor(fraction * 1000), precision: text.length === 14 ? 's' : 'ms', zone: 'utc' }
}

const UNKNOWN: When = {}
const FRACTION = /^.{14}\.\d{1,9}$/

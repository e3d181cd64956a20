import { nameProblem } from '../../path.js'
import type { Attributes, FileEntryWithStats } from '../../ssh/sftp-channel.js'
import type { Entry, EntryType } from '../../store.js'

const TYPE_BITS = 0o170000
const TYPES: ReadonlyMap<number, EntryType> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'link'],
])

/** Returns the type in the permissions (POSIX bits, which version 3 uses everywhere); undefined where they carry none, or are missing. */
export function typeOf({ mode = 0 }: Partial<Attributes>): EntryType | undefined {
  const bits = mode & TYPE_BITS
  return bits === 0 ? undefined : (TYPES.get(bits) ?? 'other')
}

/** A line of `ls -l`; servers may also put the bare name there, whose first letter means nothing. */
const LS_LINE = /^([-dlbcps])[-r][-w][-xsSlL][-r][-w][-xsSlL][-r][-w][-xtT][+.@]?\s/
const LETTERS: Readonly<Record<string, EntryType>> = { '-': 'file', d: 'directory', l: 'link' }

/** Returns the type in a listing's line for people, which version 3 sends beside the attributes; undefined where it has another form. */
export function typeInLongname(longname: string): EntryType | undefined {
  const letter = LS_LINE.exec(longname)?.[1]
  return letter === undefined ? undefined : (LETTERS[letter] ?? 'other')
}

/** What is known of an entry besides its attributes. */
export interface More {
  /** The type, where the attributes carry none. */
  readonly type?: EntryType
  /** Where a link points to. */
  readonly target?: string
}

/** Returns an entry with the attributes that the server sent (draft-ietf-secsh-filexfer-02 section 5). */
export function entryOf(name: string, attributes: Partial<Attributes>, { target, type: found }: More = {}): Entry {
  const { size, mtime, mode, uid, gid } = attributes
  const type = typeOf(attributes) ?? found ?? 'other'
  // Listings are long: spreading costs more than all the rest.
  const entry: { -readonly [Member in keyof Entry]: Entry[Member] } = { name, type }
  if (type === 'file' && Number.isSafeInteger(size)) entry.size = size
  if (mtime !== undefined) {
    entry.modified = new Date(mtime * 1000)
    entry.precision = 's'
    entry.zone = 'utc'
  }
  if (mode !== undefined) entry.mode = mode & 0o7777
  if (uid !== undefined) entry.owner = String(uid)
  if (gid !== undefined) entry.group = String(gid)
  if (target !== undefined) entry.target = target
  return entry
}

/** The character that ssh2 puts in place of bytes that are not UTF-8: such a name cannot be sent back as it is. */
const LOST = '\ufffd'

/** Returns why a name of a listing must not be used; undefined for a good one. */
export function problemWith(filename: string): string | undefined {
  return filename.includes(LOST) ? 'the name is not UTF-8' : nameProblem(filename, false)
}

/** Returns an entry that must not be acted on, with the reason. */
export function unreadable({ filename, longname }: FileEntryWithStats, problem: string): Entry {
  return { name: filename, type: 'unreadable', raw: longname || filename, problem }
}

import { nameProblem } from '../../path.js'
import type { Attributes, FileEntryWithStats } from '../../ssh/sftp-channel.js'
import type { Entry, EntryType } from '../../store.js'

const TYPE_BITS = 0o170000
const TYPES: ReadonlyMap<number, EntryType> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'link'],
])

/** Returns the type that the permissions carry (POSIX bits, which version 3 uses everywhere). */
export function typeOf({ mode }: Partial<Attributes>): EntryType {
  return TYPES.get((mode ?? 0) & TYPE_BITS) ?? 'other'
}

/** Returns an entry with the attributes that the server sent (draft-ietf-secsh-filexfer-02 section 5). */
export function entryOf(name: string, attributes: Partial<Attributes>, target?: string): Entry {
  const { size, mtime, mode, uid, gid } = attributes
  const type = typeOf(attributes)
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

/** Returns an entry of a listing, with `raw` set to the reason when its name must not be used. */
export function listedEntry({ filename, longname, attrs }: FileEntryWithStats, target?: string): Entry {
  const problem = filename.includes(LOST) ? 'the name is not UTF-8' : nameProblem(filename, false)
  if (problem === undefined) return entryOf(filename, attrs, target)
  return { name: filename, type: 'unreadable', raw: longname || filename, problem }
}

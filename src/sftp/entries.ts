import { nameProblem } from '../path.js'
import type { Attributes, FileEntryWithStats } from '../ssh/sftp.js'
import type { Entry, EntryType } from '../store.js'

const TYPE_BITS = 0o170000
const TYPES: ReadonlyMap<number, EntryType> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'link'],
])

/** The type that the permissions carry (POSIX bits, which version 3 uses everywhere). */
export function typeOf({ mode }: Partial<Attributes>): EntryType {
  return TYPES.get((mode ?? 0) & TYPE_BITS) ?? 'other'
}

/** What the server says of a file (draft-ietf-secsh-filexfer-02 section 5). Whatever it left out is left out. */
export function entryOf(name: string, attributes: Partial<Attributes>, target?: string): Entry {
  const { size, mtime, mode, uid, gid } = attributes
  const type = typeOf(attributes)
  return {
    name,
    type,
    ...(type === 'file' && Number.isSafeInteger(size) && { size }),
    ...(mtime !== undefined && { modified: new Date(mtime * 1000), precision: 's', zone: 'utc' }),
    ...(mode !== undefined && { mode: mode & 0o7777 }),
    ...(uid !== undefined && { owner: String(uid) }),
    ...(gid !== undefined && { group: String(gid) }),
    ...(target !== undefined && { target }),
  }
}

/** What ssh2 leaves of bytes that are no UTF-8: the name cannot be sent back as it is. */
const LOST = '\ufffd'

/** An entry of a listing; `raw` with the reason when its name must not be used. */
export function listedEntry({ filename, longname, attrs }: FileEntryWithStats, target?: string): Entry {
  const problem = filename.includes(LOST) ? 'the name is not UTF-8' : nameProblem(filename, false)
  if (problem === undefined) return entryOf(filename, attrs, target)
  return { name: filename, type: 'unreadable', raw: longname || filename, problem }
}

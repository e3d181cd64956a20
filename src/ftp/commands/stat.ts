import { TransferError } from '../../errors.js'
import { name, parent } from '../../path.js'
import type { CallOptions, Entry } from '../../store.js'
import type { Reply } from '../control/command-channel.js'
import { saysMissing } from '../control/reply-errors.js'
import { utc } from '../listing/dates/time.js'
import { mlstEntry, NO_TYPE } from '../listing/mlsd.js'
import type { Features } from './features.js'
import type { Commands } from './session-commands.js'

/**
 * Resolves with what is under a path: MLST tells everything in one go (RFC 3659 section 7); without it SIZE and MDTM tell a file from
 * the rest, and CWD a directory. Resolves with undefined when nothing is there: the server says so, or refuses what it has told of
 * other paths. Rejects with what it answered when it does not tell: `permission-denied`, `refused`, `busy`.
 */
export async function statEntry(
  commands: Commands,
  path: string,
  { find, ...options }: CallOptions & { readonly find: Find },
): Promise<Entry | undefined> {
  if (path === '/') return { name: '', type: 'directory' }
  const asking = commands.typeFact(options)
  if (asking) await asking
  const reply = await commands.optional('MLST', path, { ...options, path })
  if (reply?.code === 250) {
    const entry = mlstEntry(reply, name(path))
    if (entry?.problem === NO_TYPE)
      return (await typed(commands, entry, { ...options, path })) ?? { ...entry, ...OTHER }
    if (entry) return entry
  }
  if (reply && isNotThere(commands, { verb: 'MLST', reply }, path)) return undefined
  await commands.type('I', options)
  if (!commands.features.has('SIZE')) return (await listed(path, find)) ?? (await asDirectory(commands, path, options))
  const [size, time] = await sizeAndTime(commands, path, options)
  if (!size) return (await listed(path, find)) ?? (await asDirectory(commands, path, options))
  if (size.code === 213)
    return { name: name(path), type: 'file', size: parseSize(size.text), ...modificationTime(time, commands.features) }
  return await otherThanFile(commands, size, { ...options, path })
}

/** Codes behind which a server may hide anything about a path. */
const VAGUE = new Set([501, 550, 553])

/** Returns whether a refusal says that nothing is there. Throws what another refusal means, such as `busy`. */
function isNotThere(commands: Commands, { verb, reply }: { verb: string; reply: Reply }, path: string): boolean {
  if (saysMissing(reply, path)) return true
  if (reply.code >= 400 && !VAGUE.has(reply.code)) throw commands.control.failure(reply, `${verb} ${path}`, { path })
  return VAGUE.has(reply.code) && commands.told.has(verb)
}

/** What SIZE was refused for: a directory, nothing, something that is no file, or something that the server does not tell. */
async function otherThanFile(
  commands: Commands,
  size: Reply,
  { path, ...options }: CallOptions & { readonly path: string },
): Promise<Entry | undefined> {
  const isGone = isNotThere(commands, { verb: 'SIZE', reply: size }, path)
  const found = await directory(commands, path, options)
  if (found === 'directory') return { name: name(path), type: 'directory' }
  const refused = commands.control.failure(size, `SIZE ${path}`, { path })
  if (refused.code === 'is-directory') return { name: name(path), type: 'other' }
  if (isGone || found === 'missing' || refused.code === 'not-found') return undefined
  throw refused
}

async function asDirectory(commands: Commands, path: string, options: CallOptions): Promise<Entry | undefined> {
  const found = await directory(commands, path, options)
  return found === 'directory' ? { name: name(path), type: 'directory' } : undefined
}

const OTHER = { type: 'other', problem: undefined } as const

/**
 * The entry of a server that does not say what it is: a directory is what CWD leads into, a file what has a size. undefined: neither
 * tells.
 */
export async function typed(
  commands: Commands,
  entry: Entry,
  { path, ...options }: CallOptions & { readonly path: string },
): Promise<Entry | undefined> {
  if (await leadsInto(commands, path, options))
    return { ...entry, type: 'directory', size: undefined, problem: undefined }
  await commands.type('I', options)
  const size = await commands.optional('SIZE', path, { ...options, path })
  if (size?.code !== 213) return undefined
  return { ...entry, type: 'file', size: entry.size ?? parseSize(size.text), problem: undefined }
}

async function leadsInto(commands: Commands, path: string, options: CallOptions): Promise<boolean> {
  try {
    await commands.changeTo(path, options)
    return true
  } catch (error) {
    if (error instanceof TransferError && error.reply) return false
    throw error
  }
}

/** Looks a name up in the listing of its directory: for servers that know neither MLST nor SIZE. */
export type Find = (dir: string, wanted: string) => Promise<Entry | undefined>

/** SIZE and MDTM, together where the server takes that: MDTM of what is no file is refused as well, and harms nothing. */
async function sizeAndTime(
  commands: Commands,
  path: string,
  options: CallOptions,
): Promise<[Reply | undefined, Reply | undefined]> {
  const { control, features } = commands
  if (commands.pipelining() && features.has('MDTM')) {
    const { size, time } = control.together(() => ({
      size: control.start(`SIZE ${path}`),
      time: control.start(`MDTM ${path}`),
    }))
    const answers = [await control.answer(size, options), await control.answer(time, options)] as const
    if (areSwapped(...answers)) throw control.giveUp('The server answered SIZE with a time and MDTM with a refusal')
    return [commands.judged('SIZE', answers[0]), commands.judged('MDTM', answers[1])]
  }
  const size = await commands.optional('SIZE', path, { ...options, path })
  return [size, size?.code === 213 ? await commands.optional('MDTM', path, { ...options, path }) : undefined]
}

/** A file whose size reads as a time, and that has no time: the replies were those to each other's command. */
function areSwapped(size: Reply, time: Reply): boolean {
  return size.code === 213 && time.code !== 213 && /^\s*(?:19|20)\d{12}\s*$/.test(size.text) && !!parseTime(size.text)
}

/** Resolves with the size of a file in bytes, in TYPE I; with undefined when the server cannot report it. */
export async function sizeOf(commands: Commands, path: string, options: CallOptions): Promise<number | undefined> {
  const reply = await commands.optional('SIZE', path, { ...options, path })
  return reply?.code === 213 ? parseSize(reply.text) : undefined
}

/** The same for a file that will be renamed next: RNFR is sent together with it. */
export async function sizeBeforeRename(commands: Commands, path: string): Promise<number | undefined> {
  const { control } = commands
  const asked = control.together(() => {
    const size = control.start(`SIZE ${path}`)
    commands.startRename(path)
    return size
  })
  const reply = await control.answer(asked)
  return reply.code === 213 ? parseSize(reply.text) : undefined
}

async function listed(path: string, find: Find): Promise<Entry | undefined> {
  try {
    return await find(parent(path), name(path))
  } catch (error) {
    if (error instanceof TransferError && error.code === 'not-found') return undefined
    throw error
  }
}

/** The size in a 213 reply, in bytes; undefined when it is not a number that can be right. */
export function parseSize(text: string): number | undefined {
  const digits = /^\s*(\d{1,16})\b/.exec(text)?.[1]
  const size = Number(digits)
  return digits !== undefined && Number.isSafeInteger(size) ? size : undefined
}

/** The time of MDTM is UTC where the server lists it, as RFC 3659 section 3 has it, and is not known to print local times. */
function modificationTime(reply: Reply | undefined, { quirks, listed }: Features): Partial<Entry> {
  const modified = reply?.code === 213 ? parseTime(reply.text) : undefined
  const zone = listed.includes('MDTM') && !quirks.localTimes ? 'utc' : 'assumed'
  return modified ? { modified, precision: 's', zone } : {}
}

/** A time of RFC 3659 section 2.3: YYYYMMDDHHMMSS, a fraction ignored, always UTC. */
export function parseTime(text: string): Date | undefined {
  const parts = /^\s*(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(text)?.slice(1).map(Number)
  if (!parts) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
  const time = utc(year, month - 1, day, { hour, minute, second })
  return time === undefined ? undefined : new Date(time)
}

/** Whether a path is a directory, by CWD. 'refused': it is none, or not for this user. */
async function directory(
  commands: Commands,
  path: string,
  options: CallOptions,
): Promise<'directory' | 'missing' | 'refused'> {
  try {
    await commands.changeTo(path, options)
    return 'directory'
  } catch (error) {
    if (!(error instanceof TransferError) || !error.reply || error.reply.code < 500) throw error
    return saysMissing({ lines: [], ...error.reply }, path) ? 'missing' : 'refused'
  }
}

import { asTransferError, TransferError, throwIfAborted } from '../../errors.js'
import { type Observer, quietObserver } from '../../events.js'
import { join, nameProblem } from '../../path.js'
import type { CallOptions, Entry, Store } from '../../store.js'
import { type Alike, RepeatedListings } from './repeated-listings.js'

/** One entry below the walked directory. */
export interface Walked {
  readonly path: string
  /** The path below the walked directory, without a leading slash. */
  readonly relative: string
  readonly entry: Entry
  /** The number of entries in its directory, including itself. */
  readonly siblings: number
  /** Set when it must not be used: an unreadable line, an unsafe name, or a directory that could not be listed. */
  readonly error?: TransferError
}

export interface WalkOptions extends CallOptions {
  readonly observe?: Observer
  /** The names become names of local files, so this system's own rules apply too. */
  readonly forLocal?: boolean
}

/** Deeper than any real tree, so that a server that invents directories comes to an end. */
const MAX_DEPTH = 20_000
/** Characters of a path; longer ones cannot be sent or opened anywhere. */
const MAX_PATH = 32_768

interface Level {
  readonly path: string
  readonly relative: string
  readonly entry: Entry | undefined
  readonly siblings: number
  readonly depth: number
  readonly above: Level | undefined
  /** Set once it is listed. */
  alike?: Alike
}

/**
 * Yields everything below `dir`, a directory before its entries. Links are yielded, never followed. Each directory is read to its end
 * before its entries are yielded, so no listing is open while the caller works. Rejects when `dir` itself cannot be listed.
 */
export async function* walk(
  store: Pick<Store, 'list'>,
  dir: string,
  options: WalkOptions = {},
): AsyncGenerator<Walked, void, undefined> {
  const repeated = new RepeatedListings()
  const waiting: Level[] = [{ path: dir, relative: '', entry: undefined, siblings: 1, depth: 0, above: undefined }]
  for (let level = waiting.pop(); level; level = waiting.pop()) {
    const listed = await listLevel(store, level, options)
    const found = Array.isArray(listed) && repeated.isOne(level, listed) ? repeatedError(level) : listed
    if (found instanceof TransferError) {
      if (!level.entry) throw found
      yield { path: level.path, relative: level.relative, entry: level.entry, siblings: level.siblings, error: found }
      continue
    }
    const below: Level[] = []
    for (const entry of found) {
      const item = { ...look(level, entry, options), siblings: found.length }
      if (entry.type === 'directory' && !item.error) below.push({ ...item, depth: level.depth + 1, above: level })
      yield item
    }
    waiting.push(...reversed(below))
  }
}

function* reversed<T>(items: readonly T[]): Generator<T> {
  for (let at = items.length - 1; at >= 0; at--) yield items[at] as T
}

async function listLevel(
  store: Pick<Store, 'list'>,
  level: Level,
  options: WalkOptions,
): Promise<Entry[] | TransferError> {
  throwIfAborted(options.signal, 'command')
  const entries: Entry[] = []
  try {
    for await (const entry of store.list(level.path, { signal: options.signal })) entries.push(entry)
    return entries
  } catch (error) {
    throwIfAborted(options.signal, 'command')
    return asTransferError(error, { code: 'local', phase: 'command', path: level.path })
  }
}

function look(level: Level, entry: Entry, options: WalkOptions): Omit<Walked, 'siblings'> {
  const path = join(level.path, entry.name)
  const relative = level.relative === '' ? entry.name : `${level.relative}/${entry.name}`
  const problem = problemOf(level, entry, options)
  if (problem === undefined) return { path, relative, entry }
  quietObserver(options.observe)({
    type: 'unreadable-entry',
    dir: level.path,
    raw: entry.raw ?? entry.name,
    problem,
  })
  const message = `'${entry.name}' in '${level.path}' was left out: ${problem}.`
  const error = new TransferError('unsafe-name', message, { phase: 'command', path: level.path })
  return { path: level.path, relative, entry, error }
}

function problemOf(level: Level, entry: Entry, { forLocal }: WalkOptions): string | undefined {
  if (entry.type === 'unreadable') return entry.problem ?? 'the line of the listing could not be read'
  const problem = nameProblem(entry.name, forLocal ? undefined : false)
  if (problem !== undefined || entry.type !== 'directory') return problem
  if (level.path.length + entry.name.length > MAX_PATH) return `its path is longer than ${MAX_PATH} characters`
  if (level.depth >= MAX_DEPTH) return `it is more than ${MAX_DEPTH} directories deep`
  return isAbove(level, entry.unique) ? 'it is a directory that contains itself' : undefined
}

function isAbove(from: Level, unique: string | undefined): boolean {
  if (unique === undefined) return false
  for (let level: Level | undefined = from; level; level = level.above) if (level.entry?.unique === unique) return true
  return false
}

function repeatedError({ path }: Level): TransferError {
  const message = `'${path}' has the same listing as the directories above it: the server may list one directory for every path.`
  return new TransferError('protocol', message, { phase: 'command', path })
}

import { TransferError } from '../../errors.js'
import { join } from '../../path.js'
import type { Slab } from '../../slab.js'
import type { CallOptions, Entry } from '../../store.js'
import { typed } from '../commands/stat.js'
import { refusesCommand } from '../control/expected-replies.js'
import { saysMissing, saysNothing } from '../control/reply-errors.js'
import { openListing } from '../listing/listing.js'
import { NO_TYPE } from '../listing/mlsd.js'
import { abort } from './abort.js'
import type { SessionParts } from './session-context.js'
import { begin, nextSlab, type Running, refusal } from './transfer.js'

/** Bytes of a listing that are parsed at once: enough entries to be worth a turn of the loop, few enough to stay small. */
const PIECE = 16 * 1024

/**
 * The entries of a directory as they arrive, some at a time (RFC 3659 section 7 MLSD, else RFC 959 LIST). The caller may stop at any
 * time; the session is usable again when the generator has ended.
 */
export async function* listDirectory(
  parts: SessionParts,
  options: CallOptions & { dir: string },
): AsyncGenerator<Entry[]> {
  const { dir, signal } = options
  const { commands } = parts
  const machine = commands.features.has('MLSD')
  try {
    if (machine) await commands.typeFact({ signal })
    yield* machine ? withTypes(parts, machineListing(parts, options), options) : plain(parts, options)
  } catch (error) {
    if (!machine || !refusesMlsd(error, commands)) throw error
    commands.refused('MLSD')
    yield* plain(parts, { dir, signal })
  }
}

/** Entries without a type that are looked at one by one. The rest of them stay unreadable. */
const MOST_LOOKS = 10_000

/** The entries of a listing; those of which it does not say what they are come last, after a look at each. */
async function* withTypes(
  parts: SessionParts,
  pages: AsyncGenerator<Entry[]>,
  { dir, signal }: CallOptions & { dir: string },
): AsyncGenerator<Entry[]> {
  const untold: Entry[] = []
  for await (const page of pages) {
    const without = page.filter(isUntold)
    yield without.length === 0 ? page : page.filter((entry) => !isUntold(entry))
    untold.push(...without.splice(0, MOST_LOOKS - untold.length))
    yield reported(parts, without, { dir, looked: true })
  }
  for (const entry of untold) {
    const told = await typed(parts.commands, entry, { path: join(dir, entry.name), signal })
    yield reported(parts, [told ?? entry], { dir, looked: true })
  }
}

function isUntold({ problem }: Entry): boolean {
  return problem === NO_TYPE
}

/**
 * MLSD without an argument from inside the directory, except where the server is known to list the one that is named; with it too
 * where the directory cannot be entered.
 */
async function* machineListing(parts: SessionParts, options: CallOptions & { dir: string }): AsyncGenerator<Entry[]> {
  const named = `MLSD ${options.dir}`
  if (parts.commands.features.quirks.listsByName) return yield* run(parts, named, options)
  try {
    yield* run(parts, 'MLSD', options)
  } catch (error) {
    if (!isCwdRefused(error)) throw error
    await parts.control.settled()
    yield* run(parts, named, options)
  }
}

const NO_DIRECTORY: ReadonlySet<string> = new Set(['not-found', 'not-directory', 'session-lost', 'timeout', 'aborted'])

function isCwdRefused(error: unknown): boolean {
  return error instanceof TransferError && (error.command?.startsWith('CWD ') ?? false) && !NO_DIRECTORY.has(error.code)
}

/**
 * LIST without an argument from inside the directory: with one, servers read options into it, split it at blanks (Pure-FTPd then
 * answers an empty listing) and take a missing directory for an empty one (vsftpd).
 */
function plain(parts: SessionParts, options: CallOptions & { dir: string }): AsyncGenerator<Entry[]> {
  return run(parts, parts.commands.features.quirks.hidesDotFiles ? 'LIST -a' : 'LIST', options)
}

/**
 * One listing. A data connection that breaks in an orderly way looks like its end, and a server that had sent everything by then
 * confirms it: files would seem to be gone. So an end in the middle of a line is an error, and nothing at all is asked for once more,
 * where the server is known to do otherwise.
 */
async function* run(
  parts: SessionParts,
  command: string,
  options: CallOptions & { dir: string; again?: boolean },
): AsyncGenerator<Entry[]> {
  const { dir, signal, again } = options
  const running = await opened(parts, command, { dir, signal })
  if (!running) return
  const { habits } = parts
  const kind = command.startsWith('LIST') ? 'list' : 'mlsd'
  const listing = openListing(kind, { charset: parts.control.charset, now: new Date(), dir })
  let whole = false
  try {
    for (
      let slab = await nextSlab(running, `listing ${running.path}`, signal);
      slab;
      slab = await nextSlab(running, `listing ${running.path}`, signal)
    ) {
      try {
        for (const piece of pieces(slab)) yield reported(parts, listing.push(piece), { dir })
      } finally {
        slab.release()
      }
    }
    await confirmed(running, dir, listing.empty)
    whole = true
  } finally {
    if (!whole) await abort(running)
    running.wire.destroy()
  }
  if (listing.unfinished && (kind === 'mlsd' || habits.ended)) throw cutShort(dir)
  if (listing.empty && habits.framed && !again) return yield* run(parts, command, { ...options, again: true })
  habits.ended ||= !listing.empty && !listing.unfinished
  yield reported(parts, listing.end(), { dir })
  habits.framed ||= listing.framed
}

function cutShort(dir: string): TransferError {
  const text = `The listing of ${dir} ended in the middle of a line, though the server says it is done.`
  return new TransferError('truncated', text, { phase: 'transfer', retryable: true, path: dir })
}

/** Opens a listing. Resolves with undefined for an empty directory, which some servers refuse to list without giving a reason. */
async function opened(
  parts: SessionParts,
  command: string,
  { dir, signal }: CallOptions & { dir: string },
): Promise<Running | undefined> {
  try {
    await parts.commands.streamMode({ signal })
    await parts.commands.fileStructure({ signal })
    const directory = / \//.test(command) ? undefined : dir
    return await begin(parts, { command, path: dir, directory, signal, bulk: true })
  } catch (error) {
    if (command.startsWith('LIST') && saysEmpty(error, command, dir)) return undefined
    throw error
  }
}

/** A refusal is an empty directory only where it says that there is nothing, or says nothing at all. */
function saysEmpty(error: unknown, command: string, dir: string): boolean {
  if (!(error instanceof TransferError) || error.command !== command || !error.reply) return false
  const reply = { lines: [], ...error.reply }
  return (reply.code === 450 || reply.code === 550) && (saysMissing(reply, dir) || saysNothing(reply, dir))
}

/** A listing without its 226 is not a listing: files would seem to be gone. */
async function confirmed({ link, exchange, path }: Running, dir: string, isEmpty: boolean): Promise<void> {
  const reply = await link.control.final(exchange, link.limits.confirm)
  await link.keepAlive?.answered()
  const about = { command: exchange.shown, path: path || dir }
  if (reply.code >= 300) throw refusal(link, reply, about)
  if (isEmpty && NOT_OPENED.test(reply.text))
    throw refusal(link, { ...reply, code: 550 }, about).with({ code: 'permission-denied' })
  if (exchange.shown.startsWith('MLSD')) link.commands.told.add('MLSD')
}

function* pieces({ chunks }: Slab): Generator<Uint8Array> {
  for (const chunk of chunks) for (let at = 0; at < chunk.length; at += PIECE) yield chunk.subarray(at, at + PIECE)
}

function reported(
  { observe }: SessionParts,
  entries: Entry[],
  { dir, looked = false }: { dir: string; looked?: boolean },
): Entry[] {
  for (const { type, raw = '', problem = '' } of entries) {
    if (type === 'unreadable' && (looked || problem !== NO_TYPE))
      observe({ type: 'unreadable-entry', dir, raw, problem })
  }
  return entries
}

function refusesMlsd(error: unknown, { told }: SessionParts['commands']): boolean {
  if (!(error instanceof TransferError) || !error.reply || !error.command?.startsWith('MLSD')) return false
  return refusesCommand(error.reply, told.has('MLSD'))
}

/** vsftpd ends the listing of a directory that it may not read with '226 Transfer done (but failed to open directory).' */
const NOT_OPENED = /\b(?:failed|unable|could ?n[o']t|cannot|can't|denied|no access)\b/i

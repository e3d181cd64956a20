import type { Limits } from '../../deadline.js'
import type { Observer } from '../../events.js'
import { join } from '../../path.js'
import type { FileEntryWithStats, SftpChannel } from '../../ssh/sftp-channel.js'
import { readNames, SftpStatus } from '../../ssh/sftp-channel.js'
import type { CallOptions, Entry, EntryType } from '../../store.js'
import type { RequestWindow } from '../requests/request-window.js'
import { EOF } from '../requests/status-errors.js'
import { entryOf, type More, problemWith, typeInLongname, typeOf, unreadable } from './entries.js'
import { Pages } from './pages.js'

interface Listing extends CallOptions {
  readonly channel: SftpChannel
  readonly handle: Buffer
  readonly dir: string
  readonly limits: Limits
  readonly window: RequestWindow
  readonly observe: Observer
  /** Where a link points to. */
  readonly target: (path: string) => Promise<string | undefined>
  /** Resolves with the type of a path, requested separately; with undefined where the server does not report it. */
  readonly typeAt: (path: string) => Promise<EntryType | undefined>
}

/** READDIRs that are in flight at once; each brings about a hundred names. */
const AHEAD = 8

/** Yields the entries behind a handle of OPENDIR, one batch for each reply; closes the handle at the end. */
export async function* listDirectory(listing: Listing): AsyncGenerator<readonly Entry[]> {
  const { window } = listing
  const asked: Promise<readonly FileEntryWithStats[] | undefined>[] = []
  const pages = new Pages(listing)
  const ask = (): void => {
    const batch = window.run(() => readSome(listing))
    batch.catch(() => {}) // the error is thrown when the batch is awaited
    asked.push(batch)
  }
  try {
    for (let wanted = 1; ; ) {
      while (asked.length < wanted) ask()
      const names = await asked.shift()
      if (!names) break
      if (!pages.isNew(names)) return
      // Most directories end with the second answer: only a longer one is worth several questions at once.
      wanted = window.single ? 1 : Math.min(wanted * 2, AHEAD)
      yield await entriesOf(listing, names)
    }
    for (const rest of await Promise.all(asked.splice(0)))
      if (rest && pages.isNew(rest)) yield await entriesOf(listing, rest)
  } finally {
    await close(listing)
  }
}

/** Resolves with the names of one reply, or with undefined at the end. */
async function readSome({
  channel,
  handle,
  dir,
  limits,
  signal,
}: Listing): Promise<readonly FileEntryWithStats[] | undefined> {
  try {
    const what = `no answer to READDIR ${dir}`
    const options = { kind: 'names', limit: limits.reply, signal, what } as const
    const names = await channel.ask(readNames(handle), options)
    return names.length > 0 ? names : undefined
  } catch (error) {
    if (error instanceof SftpStatus && error.code === EOF) return undefined
    throw error
  }
}

async function entriesOf(listing: Listing, names: readonly FileEntryWithStats[]): Promise<readonly Entry[]> {
  const others = names.filter(({ filename }) => filename !== '.' && filename !== '..')
  return await Promise.all(others.map((found) => listedEntry(listing, found)))
}

/** The type comes from the attributes, else from the line for people, else from a request about this entry alone. */
function listedEntry({ dir, target, typeAt }: Listing, found: FileEntryWithStats): Entry | Promise<Entry> {
  const { filename, longname, attrs } = found
  const problem = problemWith(filename)
  if (problem !== undefined) return unreadable(found, problem)
  const path = join(dir, filename)
  const told = (type: EntryType): Entry | Promise<Entry> =>
    type === 'link' ? target(path).then((to) => entryWith(found, { type, target: to })) : entryWith(found, { type })
  const type = typeOf(attrs) ?? typeInLongname(longname)
  if (type !== undefined) return told(type)
  return typeAt(path).then((asked) => (asked ? told(asked) : unreadable(found, 'the server does not say what it is')))
}

function entryWith({ filename, attrs }: FileEntryWithStats, more: More): Entry {
  return entryOf(filename, attrs, more)
}

async function close({ channel, handle, dir, limits }: Listing): Promise<void> {
  await channel
    .ask((sftp, answer) => sftp.close(handle, answer), {
      kind: 'nothing',
      limit: limits.reply,
      what: `no answer to CLOSE ${dir}`,
    })
    .catch(() => {})
}

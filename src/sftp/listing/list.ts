import type { Limits } from '../../deadline.js'
import { join } from '../../path.js'
import type { FileEntryWithStats, SftpChannel } from '../../ssh/sftp-channel.js'
import { readNames, SftpStatus } from '../../ssh/sftp-channel.js'
import type { CallOptions, Entry } from '../../store.js'
import type { RequestWindow } from '../requests/request-window.js'
import { EOF } from '../requests/status-errors.js'
import { listedEntry, typeOf } from './entries.js'

interface Listing extends CallOptions {
  readonly channel: SftpChannel
  readonly handle: Buffer
  readonly dir: string
  readonly limits: Limits
  readonly window: RequestWindow
  /** Resolves with the target of a link. */
  readonly target: (path: string) => Promise<string | undefined>
}

/** READDIRs that are in flight at once; each brings about a hundred names. */
const AHEAD = 8

/** Yields the entries behind a handle of OPENDIR, one batch for each reply; closes the handle at the end. */
export async function* listDirectory(listing: Listing): AsyncGenerator<readonly Entry[]> {
  const { window } = listing
  const asked: Promise<readonly FileEntryWithStats[] | undefined>[] = []
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
      // Most directories end with the second reply: several requests at once pay only for longer ones.
      wanted = window.single ? 1 : Math.min(wanted * 2, AHEAD)
      yield await entriesOf(listing, names)
    }
    for (const rest of await Promise.all(asked.splice(0))) if (rest) yield await entriesOf(listing, rest)
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

async function entriesOf({ dir, target }: Listing, names: readonly FileEntryWithStats[]): Promise<readonly Entry[]> {
  const others = names.filter(({ filename }) => filename !== '.' && filename !== '..')
  const entries = others.map((found) =>
    typeOf(found.attrs) === 'link'
      ? target(join(dir, found.filename)).then((to) => listedEntry(found, to))
      : listedEntry(found),
  )
  return await Promise.all(entries)
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

import { asTransferError, badArgument, type Failure, TransferError } from '../../errors.js'
import type { Observer } from '../../events.js'
import { resolve } from '../../path.js'
import type { CallOptions, Store } from '../../store.js'
import { incomplete } from './incomplete-error.js'
import { type Walked, walk } from './walk.js'

/**
 * Removes a directory and everything in it, depth first. A link is removed, never followed; an unreadable entry is left. Goes on after
 * a failure and rejects with `incomplete` at the end. Rejects with `not-found` and `not-directory`.
 */
export async function removeTree(
  store: Store,
  dir: string,
  options: CallOptions & { observe?: Observer } = {},
): Promise<void> {
  const { signal } = options
  if (resolve('/', dir) === '/') throw badArgument('The root directory cannot be removed.')
  const entry = await store.stat(dir, { signal })
  if (!entry) throw new TransferError('not-found', `There is no '${dir}'.`, { phase: 'command', path: dir })
  if (entry.type === 'link') return await store.remove(dir, { signal })
  if (entry.type !== 'directory')
    throw new TransferError('not-directory', `'${dir}' is not a directory.`, { phase: 'command', path: dir })
  const failures: Failure[] = []
  const outcome = { failures, signal }
  const directories = await removeFiles(store, walk(store, dir, options), outcome)
  for (const path of [dir, ...directories].reverse())
    await collecting(outcome, path, () => store.removeDir(path, { signal }))
  if (failures.length > 0) throw incomplete(`'${dir}' was removed only in part`, failures)
}

/** The failures so far, and what ends the call. */
interface Outcome {
  readonly failures: Failure[]
  readonly signal?: AbortSignal
}

async function removeFiles(store: Store, items: AsyncIterable<Walked>, outcome: Outcome): Promise<string[]> {
  const { failures, signal } = outcome
  const directories: string[] = []
  for await (const { path, entry, error } of items) {
    if (error) failures.push({ path, error })
    else if (entry.type === 'directory') directories.push(path)
    else await collecting(outcome, path, () => store.remove(path, { signal }))
  }
  return directories
}

async function collecting({ failures, signal }: Outcome, path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    const error = asTransferError(thrown, { code: 'local', phase: 'command', path })
    if (signal?.aborted || endsAll(error)) throw error
    if (error.code !== 'not-found') failures.push({ path, error })
  }
}

function endsAll({ code }: TransferError): boolean {
  return code === 'session-lost' || code === 'closed' || code === 'aborted'
}

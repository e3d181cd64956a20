import { TransferError } from '../../errors.js'
import { parent } from '../../path.js'
import type { CallOptions, Entry, Store } from '../../store.js'

/**
 * Makes a directory and those above it that are missing; answers whether it made the last one. Fine when it exists;
 * `not-directory` when something else has the name.
 */
export async function makeDirs(store: Store, path: string, options: CallOptions = {}): Promise<boolean> {
  const missing: string[] = []
  for (let at = path; at !== '/' && at !== ''; at = parent(at)) {
    if (await isThere(store, at, options)) break
    missing.push(at)
  }
  let made = false
  for (const dir of missing.reverse()) made = await makeDirIfMissing(store, dir, options)
  return made
}

/** Makes one directory; false when it was there. A directory, or a link that may lead to one, under that name is fine. */
export async function makeDirIfMissing(store: Store, path: string, options: CallOptions = {}): Promise<boolean> {
  try {
    await store.makeDir(path, options)
    return true
  } catch (error) {
    // Servers answer one and the same code for "exists", "no permission" and "no parent": only a look tells.
    if (!(error instanceof TransferError) || error.retryable || error.code === 'aborted') throw error
    const entry = await store.stat(path, options)
    if (!entry) throw error
    checkDirectory(entry, path)
    return false
  }
}

async function isThere(store: Store, path: string, options: CallOptions): Promise<boolean> {
  try {
    const entry = await store.stat(path, options)
    if (entry) checkDirectory(entry, path)
    return entry !== undefined
  } catch (error) {
    // What lies above the login directory may be out of sight; making what is missing shows whether it is there.
    if (error instanceof TransferError && HIDDEN.has(error.code)) return true
    throw error
  }
}

const HIDDEN: ReadonlySet<string> = new Set(['permission-denied', 'refused', 'not-supported'])

function checkDirectory(entry: Entry, path: string): void {
  if (entry.type === 'directory' || entry.type === 'link') return
  throw new TransferError('not-directory', `'${path}' exists and is not a directory.`, { phase: 'command', path })
}

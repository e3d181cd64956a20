import { TransferError } from '../../errors.js'
import { parent } from '../../path.js'
import type { CallOptions, Entry, Store } from '../../store.js'

/**
 * Creates a directory and its missing parents; resolves with whether it created the last one. Succeeds when it exists; rejects with
 * `not-directory` when something else has the name. Where the store forbids stat, makeDir() is tried from the top: only the last
 * directory has to be created, or found.
 */
export async function makeDirs(store: Store, path: string, options: CallOptions = {}): Promise<boolean> {
  const missing: { readonly dir: string; readonly hidden: boolean }[] = []
  for (let at = path; at !== '/' && at !== ''; at = parent(at)) {
    const found = await look(store, at, options)
    if (found === 'there') break
    missing.push({ dir: at, hidden: found === 'hidden' })
  }
  let made = false
  for (const { dir, hidden } of missing.reverse()) {
    if (!hidden) made = await makeDirIfMissing(store, dir, options)
    else if (dir === path) made = await makeHidden(store, dir, options)
    else made = await store.makeDir(dir, options).then(() => true, unlessRefused)
  }
  return made
}

/** Ignores the refusal of a parent: it exists already, or cannot be created, which the next directory shows. */
function unlessRefused(error: unknown): false {
  if (isRefusal(error)) return false
  throw error
}

/** Creates the last directory, or finds it by listing, where the store forbids stat. */
async function makeHidden(store: Store, path: string, options: CallOptions): Promise<boolean> {
  try {
    await store.makeDir(path, options)
    return true
  } catch (error) {
    if (!isRefusal(error)) throw error
    await checkByListing(store, path, { error, options })
    return false
  }
}

async function checkByListing(
  store: Store,
  path: string,
  { error, options }: { error: TransferError; options: CallOptions },
): Promise<void> {
  try {
    for await (const _ of store.list(path, options)) return
  } catch (listing) {
    if (!isRefusal(listing)) throw listing
    // A drop box may forbid listing; the reply to MKD has shown that the name is taken.
    if (error.code !== 'exists' || listing.code === 'not-directory' || listing.code === 'not-found') throw error
  }
}

/** Creates one directory; resolves with false when it existed. An existing directory, or a link that may lead to one, is accepted. */
export async function makeDirIfMissing(store: Store, path: string, options: CallOptions = {}): Promise<boolean> {
  try {
    await store.makeDir(path, options)
    return true
  } catch (error) {
    // Servers send the same code for "exists", "no permission" and "no parent": only a stat shows which.
    if (!(error instanceof TransferError) || error.retryable || error.code === 'aborted') throw error
    const found = await look(store, path, options)
    if (found === 'missing') throw error
    if (found === 'hidden') await checkByListing(store, path, { error, options })
    return false
  }
}

async function look(store: Store, path: string, options: CallOptions): Promise<'there' | 'missing' | 'hidden'> {
  try {
    const entry = await store.stat(path, options)
    if (entry) checkDirectory(entry, path)
    return entry ? 'there' : 'missing'
  } catch (error) {
    if (error instanceof TransferError && HIDDEN.has(error.code)) return 'hidden'
    throw error
  }
}

const HIDDEN: ReadonlySet<string> = new Set(['permission-denied', 'refused', 'not-supported'])

/** Returns whether the store refused this one call: another call may still succeed. */
function isRefusal(error: unknown): error is TransferError {
  return error instanceof TransferError && !error.retryable && !ENDS_ALL.has(error.code)
}

const ENDS_ALL: ReadonlySet<string> = new Set(['aborted', 'closed', 'session-lost', 'timeout', 'bad-argument'])

function checkDirectory(entry: Entry, path: string): void {
  if (entry.type === 'directory' || entry.type === 'link') return
  // A store that reports no type: whether it is a directory shows when a file is stored in it.
  if (entry.type === 'other' && entry.mode === undefined) return
  throw new TransferError('not-directory', `'${path}' exists and is not a directory.`, { phase: 'command', path })
}

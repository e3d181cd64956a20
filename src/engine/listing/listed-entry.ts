import { TransferError } from '../../errors.js'
import { name, parent } from '../../path.js'
import type { CallOptions, Entry, Store } from '../../store.js'

/** Codes of a store that forbids stat: whether there is a file remains unknown. */
export const FORBIDDEN: ReadonlySet<string> = new Set(['permission-denied', 'not-supported', 'refused'])

/**
 * Resolves with the entry that the listing of its directory has for a path, and with undefined where it has none: for files that the
 * store does not let us look at. Rejects with `permission-denied` where the listing cannot be read either.
 */
export async function entryListed(store: Store, path: string, { signal }: CallOptions): Promise<Entry | undefined> {
  const wanted = name(path)
  try {
    for await (const entry of store.list(parent(path), { signal }))
      if (entry.name === wanted || mayBe(entry, wanted)) return entry
    return undefined
  } catch (error) {
    if (!(error instanceof TransferError) || !FORBIDDEN.has(error.code)) throw error
    const text = `Whether there is a '${path}' cannot be found out: the server lets us neither look at it nor list its directory.`
    throw new TransferError('permission-denied', text, { phase: 'command', path, cause: error })
  }
}

/** Returns whether an unreadable line of the listing may be that of the file. */
function mayBe({ type, raw }: Entry, wanted: string): boolean {
  return type === 'unreadable' && (raw?.includes(wanted) ?? true)
}

/** Resolves with whether a path exists: where stat is refused, the listing of the directory decides. */
export async function isThere(store: Store, path: string, options: CallOptions): Promise<boolean> {
  try {
    return (await store.stat(path, options)) !== undefined
  } catch (error) {
    if (!(error instanceof TransferError) || !FORBIDDEN.has(error.code)) throw error
    return (await entryListed(store, path, options)) !== undefined
  }
}

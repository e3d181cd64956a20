import { TransferError } from '../../errors.js'
import { join, name, parent } from '../../path.js'
import type { Entry, Store } from '../../store.js'
import { makeDirIfMissing, makeDirs } from './make-dirs.js'

/** With fewer files for an existing directory, each is stat'ed instead of listing it. */
const MIN_FILES_TO_LIST = 4

export interface TargetTreeOptions {
  /** The directory that receives the tree. */
  readonly root: string
  /** The target is local: a link in place of a directory would lead outside, so it is refused. */
  readonly near: boolean
  readonly signal?: AbortSignal
  /** Runs `work` on a session of the target. */
  readonly leased: <T>(work: (store: Store) => Promise<T>) => Promise<T>
}

/** The directories that a tree is copied into: creates them, and knows their previous entries. */
export class TargetTree {
  readonly #options: TargetTreeOptions
  /** Directories created by this call, or found empty: they contain nothing else. */
  readonly #made = new Set<string>()
  /** The directory that was listed last; the files of one directory come one after the other. */
  #listed: { readonly dir: string; readonly entries: Promise<ReadonlyMap<string, Entry> | undefined> } | undefined

  constructor(options: TargetTreeOptions) {
    this.#options = options
  }

  async makeRoot(): Promise<void> {
    const { leased, root, near, signal } = this.#options
    const isOurs = await leased(
      async (store) => (await makeDirs(store, root, { signal })) || (near && (await isEmpty(store, root, signal))),
    )
    if (isOurs) this.#made.add('')
  }

  /** Creates the directory with this relative path. */
  async make(relative: string): Promise<void> {
    const { leased, near, root, signal } = this.#options
    const dir = join(root, relative)
    await leased(async (store) => {
      if (await makeDirIfMissing(store, dir, { signal })) this.#made.add(relative)
      else if (near) refuseLink(await store.stat(dir, { signal }), dir)
    })
  }

  /** Resolves with the existing entry for a file to be written: null for none, undefined when it was not worth a request. */
  async there(relative: string, siblings: number): Promise<Entry | null | undefined> {
    const { near } = this.#options
    const dir = relative.includes('/') ? parent(relative) : ''
    if (this.#made.has(dir)) return null
    if (near || siblings < MIN_FILES_TO_LIST) return undefined
    if (this.#listed?.dir !== dir) this.#listed = { dir, entries: this.#list(dir) }
    const listed = this.#listed
    try {
      const entries = await listed.entries
      return entries && (entries.get(name(relative)) ?? null)
    } catch (error) {
      if (this.#listed === listed) this.#listed = undefined
      throw error
    }
  }

  /** Resolves with undefined where listing is forbidden (a drop box): each file is stat'ed then. */
  async #list(dir: string): Promise<ReadonlyMap<string, Entry> | undefined> {
    const { leased, root, signal } = this.#options
    try {
      return await leased(async (store) => {
        const entries = new Map<string, Entry>()
        for await (const entry of store.list(dir === '' ? root : join(root, dir), { signal }))
          entries.set(entry.name, entry)
        return entries
      })
    } catch (error) {
      if (error instanceof TransferError && !error.retryable && error.code !== 'aborted') return undefined
      throw error
    }
  }
}

async function isEmpty(store: Store, dir: string, signal: AbortSignal | undefined): Promise<boolean> {
  for await (const _ of store.list(dir, { signal })) return false
  return true
}

function refuseLink(entry: Entry | undefined, path: string): void {
  if (entry?.type !== 'link') return
  throw new TransferError('unsafe-name', `'${path}' is a link; files would be written where it leads.`, {
    phase: 'local',
    path,
    hint: 'Remove the link, or copy into another directory.',
  })
}

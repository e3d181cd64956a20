/** An open directory. `path` is valid until close(), which returns undefined when there is nothing to wait for. */
export interface OpenDirectory {
  readonly path: string
  close(): Promise<void> | undefined
}

/** Most directories kept open; a tree is copied directory by directory, so a few are enough. */
const KEPT = 8

interface Kept {
  readonly entering: Promise<OpenDirectory>
  /** Set once it is open. */
  entered?: OpenDirectory
  users: number
  dropped: boolean
}

/**
 * Keeps directories open while files in them are accessed: opening one costs three system calls, and a small file costs little
 * more. An open directory remains the one that was checked, even when its name is taken by another meanwhile.
 */
export class OpenDirectories {
  readonly #open: (dir: string) => Promise<OpenDirectory>
  /** The least recently used comes first. */
  readonly #kept = new Map<string, Kept>()

  constructor(open: (dir: string) => Promise<OpenDirectory>) {
    this.#open = open
  }

  /** Returns the directory synchronously when it is open: every file of a tree requests its directory several times. */
  enter(dir: string): OpenDirectory | Promise<OpenDirectory> {
    const kept = this.#kept.get(dir) ?? { entering: this.#open(dir), users: 0, dropped: false }
    this.#kept.delete(dir)
    this.#kept.set(dir, kept)
    kept.users++
    return kept.entered ? handleOf(kept, kept.entered) : this.#coming(dir, kept)
  }

  /** Drops the directories at or below this path: it was moved, removed or not found. */
  forget(path: string): Promise<void> | undefined {
    const below = path.endsWith('/') ? path : `${path}/`
    const gone: [string, Kept][] = []
    for (const one of this.#kept) if (one[0] === path || one[0].startsWith(below)) gone.push(one)
    return gone.length > 0 ? this.#close(gone) : undefined
  }

  async #coming(dir: string, kept: Kept): Promise<OpenDirectory> {
    try {
      kept.entered = await kept.entering
      await this.#shrink()
      return handleOf(kept, kept.entered)
    } catch (error) {
      this.#drop(dir, kept)
      kept.users--
      await closeUnused(kept)
      throw error
    }
  }

  async #shrink(): Promise<void> {
    await this.#close([...this.#kept].slice(0, Math.max(0, this.#kept.size - KEPT)))
  }

  async #close(directories: readonly [string, Kept][]): Promise<void> {
    for (const [dir, kept] of directories) this.#drop(dir, kept)
    for (const [, kept] of directories) await closeUnused(kept)
  }

  #drop(dir: string, kept: Kept): void {
    kept.dropped = true
    if (this.#kept.get(dir) === kept) this.#kept.delete(dir)
  }
}

/** Returns a handle for one user of a directory; closing it twice does no harm. */
function handleOf(kept: Kept, { path }: OpenDirectory): OpenDirectory {
  let held = true
  return {
    path,
    close() {
      if (!held) return undefined
      held = false
      kept.users--
      return closeUnused(kept)
    },
  }
}

function closeUnused(kept: Kept): Promise<void> | undefined {
  if (!kept.dropped || kept.users > 0) return undefined
  return closeWhenEntered(kept)
}

async function closeWhenEntered({ entering }: Kept): Promise<void> {
  const held = await entering.catch(() => undefined)
  await held?.close()
}

/** A directory that was entered; `path` is good until close(), which answers undefined when there was nothing to wait for. */
export interface Entered {
  readonly path: string
  close(): Promise<void> | undefined
}

/** Directories kept open at most; a tree is copied directory by directory, so a few are enough. */
const KEPT = 8

interface Kept {
  readonly entering: Promise<Entered>
  /** Once it is open. */
  entered?: Entered
  users: number
  dropped: boolean
}

/**
 * Directories that stay entered while files in them are worked on: entering one costs three system calls, and a small file little
 * more. A directory kept open is the one that was looked at, whatever takes its name meanwhile.
 */
export class EnteredDirectories {
  readonly #open: (dir: string) => Promise<Entered>
  /** The least recently used comes first. */
  readonly #kept = new Map<string, Kept>()

  constructor(open: (dir: string) => Promise<Entered>) {
    this.#open = open
  }

  /** At once when it is open already: every file of a tree asks for its directory several times. */
  enter(dir: string): Entered | Promise<Entered> {
    const kept = this.#kept.get(dir) ?? { entering: this.#open(dir), users: 0, dropped: false }
    this.#kept.delete(dir)
    this.#kept.set(dir, kept)
    kept.users++
    return kept.entered ? handleOf(kept, kept.entered) : this.#coming(dir, kept)
  }

  /** What was entered under this path, or below it, is not believed any more: it was moved, removed or not found. */
  forget(path: string): Promise<void> | undefined {
    const below = path.endsWith('/') ? path : `${path}/`
    const gone: [string, Kept][] = []
    for (const one of this.#kept) if (one[0] === path || one[0].startsWith(below)) gone.push(one)
    return gone.length > 0 ? this.#close(gone) : undefined
  }

  async #coming(dir: string, kept: Kept): Promise<Entered> {
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

/** One user's hold on a directory; closing it twice does no harm. */
function handleOf(kept: Kept, { path }: Entered): Entered {
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

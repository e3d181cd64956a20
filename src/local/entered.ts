/** A directory that was entered; `path` is good until close(). */
export interface Entered {
  readonly path: string
  close(): Promise<void>
}

/** Directories kept open at most; a tree is copied directory by directory, so a few are enough. */
const KEPT = 8

interface Kept {
  readonly entered: Promise<Entered>
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

  async enter(dir: string): Promise<Entered> {
    const kept = this.#kept.get(dir) ?? { entered: this.#open(dir), users: 0, dropped: false }
    this.#kept.delete(dir)
    this.#kept.set(dir, kept)
    kept.users++
    let released = false
    const close = async (): Promise<void> => {
      if (released) return
      released = true
      kept.users--
      await closeUnused(kept)
    }
    try {
      const { path } = await kept.entered
      await this.#shrink()
      return { path, close }
    } catch (error) {
      this.#drop(dir, kept)
      await close()
      throw error
    }
  }

  /** What was entered under this path, or below it, is not believed any more: it was moved, removed or not found. */
  async forget(path: string): Promise<void> {
    const below = path.endsWith('/') ? path : `${path}/`
    for (const [dir, kept] of [...this.#kept]) {
      if (dir !== path && !dir.startsWith(below)) continue
      this.#drop(dir, kept)
      await closeUnused(kept)
    }
  }

  async #shrink(): Promise<void> {
    for (const [dir, kept] of [...this.#kept].slice(0, Math.max(0, this.#kept.size - KEPT))) {
      this.#drop(dir, kept)
      await closeUnused(kept)
    }
  }

  #drop(dir: string, kept: Kept): void {
    kept.dropped = true
    if (this.#kept.get(dir) === kept) this.#kept.delete(dir)
  }
}

async function closeUnused({ entered, users, dropped }: Kept): Promise<void> {
  if (!dropped || users > 0) return
  const held = await entered.catch(() => undefined)
  await held?.close()
}

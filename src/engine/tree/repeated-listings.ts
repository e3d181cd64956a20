import type { Entry } from '../../store.js'

/** Levels in a row with one and the same listing. Real trees have a few; a server that lists one directory for every path has no end. */
const MAX_ALIKE = 16

/** The same for directories with one entry, which do not multiply: a path of 4,096 bytes (PATH_MAX) holds no more names. */
const MAX_ALIKE_ALONE = 2_048

/** What a listing is compared by, and how many levels above it have the same. */
export interface Alike {
  readonly signature: string
  readonly levels: number
}

interface Listed {
  readonly above: Listed | undefined
  alike?: Alike
}

/** Finds directories that are listed like those above them, level after level. After the first such row one level is enough. */
export class RepeatedListings {
  #most: number | undefined

  /** Returns whether a listing ends its row; notes it for the levels below. */
  isOne(level: Listed, entries: readonly Entry[]): boolean {
    if (!entries.some(({ type }) => type === 'directory')) return false
    const signature = signatureOf(entries)
    const above = level.above?.alike
    const levels = above?.signature === signature ? above.levels + 1 : 0
    level.alike = { signature, levels }
    if (levels < (this.#most ?? (entries.length === 1 ? MAX_ALIKE_ALONE : MAX_ALIKE))) return false
    this.#most = 1
    return true
  }
}

/** Returns the number of the entries and a hash of their facts (FNV-1a). */
function signatureOf(entries: readonly Entry[]): string {
  let hash = 0x811c9dc5
  for (const { name, type, size, modified } of entries)
    for (const char of `${name}/${type}/${size}/${modified?.getTime()}\n`)
      hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193)
  return `${entries.length}:${hash >>> 0}`
}

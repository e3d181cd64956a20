import { TransferError } from '../../errors.js'
import type { Observer } from '../../events.js'
import type { FileEntryWithStats } from '../../ssh/sftp-channel.js'

/** Answers to READDIR that are compared with the next one. */
const REMEMBERED = 64
/** Names in one directory. More than any server is known to hold; a listing that never ends comes to an end here. */
const MOST_NAMES = 2_000_000

/**
 * The answers to READDIR of one listing. No name comes twice in a directory, so an answer that came before is from a server that does
 * not move on: it ends the listing.
 */
export class Pages {
  readonly #of: { readonly dir: string; readonly observe: Observer }
  readonly #seen: string[] = []
  #names = 0

  constructor(of: { readonly dir: string; readonly observe: Observer }) {
    this.#of = of
  }

  /** Returns false when the listing ends here. Throws `protocol` for a directory with more names than there can be. */
  isNew(names: readonly FileEntryWithStats[]): boolean {
    const { dir, observe } = this.#of
    const page = `${names.length}/${names[0]?.filename}/${names.at(-1)?.filename}`
    if (this.#seen.includes(page)) {
      const message = `The server repeats itself in the listing of ${dir}; it was taken to end there.`
      observe({ type: 'warning', code: 'listing-repeats', message })
      return false
    }
    this.#seen.push(page)
    if (this.#seen.length > REMEMBERED) this.#seen.shift()
    this.#names += names.length
    if (this.#names > MOST_NAMES) throw endless(dir)
    return true
  }
}

function endless(dir: string): TransferError {
  const text = `The listing of ${dir} was given up after ${MOST_NAMES} names: it may have no end.`
  return new TransferError('protocol', text, { phase: 'command', path: dir })
}

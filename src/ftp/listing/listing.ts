import { nameProblem } from '../../path.js'
import type { Entry } from '../../store.js'
import { type Charset, utf8 } from '../control/charset.js'
import type { Format, Parser } from './columns.js'
import { dos } from './dos.js'
import { eplf } from './eplf.js'
import { bareLine, Lines } from './lines.js'
import { mlsd } from './mlsd.js'
import { unix } from './unix.js'

export interface ListingOptions {
  readonly charset: Charset
  /** The time of the listing: it decides the year of dates that are printed without one. */
  readonly now: Date
  /** The format an earlier listing of the same server had: it is tried first. */
  readonly format?: string
}

/** A listing being received. */
export interface Listing {
  /** The entries of the lines that end in this chunk. Throws `protocol` for a line of more than 64 KiB, nothing else. */
  push(chunk: Uint8Array): Entry[]
  /** The entry of a last line without a line end. */
  end(): Entry[]
  /** The format of the lines so far; undefined before the first that could be read. */
  readonly format: string | undefined
  /** Whether anything came at all. */
  readonly empty: boolean
  /** A line was about the directory itself ('.', 'cdir', 'total'): where they are sent, no listing is without one. */
  readonly framed: boolean
  /** The last line that came so far has no end. */
  readonly unfinished: boolean
}

/** What whole listings of a server have in common, so that one that was cut is told from them. All sessions of one connection share it. */
export interface ListingHabits {
  /** Each begins with lines about the directory itself. */
  framed: boolean
  /** The last line ends as the others do. RFC 3659 asks that of MLSD; of LIST nobody asks it. */
  ended: boolean
}

/** The formats of LIST, in the order in which they are tried. */
const FORMATS: readonly (readonly [string, Format])[] = [
  ['unix', unix],
  ['dos', dos],
  ['eplf', eplf],
]

/**
 * Reads the listing that MLSD or LIST sends. The first line that a format can read settles the format; '.' and '..' are left
 * out. A line that nobody can read, or whose name would be unsafe on this side, becomes an entry of type 'unreadable' with the
 * raw line and the problem: nothing is dropped.
 */
export function openListing(kind: 'mlsd' | 'list', options: ListingOptions): Listing {
  return new Reading(kind === 'mlsd' ? [MLSD] : preferred(options.format), options)
}

class Reading implements Listing {
  format: string | undefined
  empty = true
  framed = false
  readonly #charset: Charset
  readonly #lines: Lines
  #parsers: readonly { readonly name: string; readonly parser: Parser }[]

  constructor(formats: readonly (readonly [string, Format])[], { charset, now }: ListingOptions) {
    this.#charset = charset
    this.#lines = new Lines(charset)
    this.#parsers = formats.map(([name, open]) => ({ name, parser: open(now) }))
  }

  get unfinished(): boolean {
    return this.#lines.unfinished
  }

  push(chunk: Uint8Array): Entry[] {
    this.empty &&= chunk.length === 0
    return this.#entries(this.#lines.push(chunk))
  }

  end(): Entry[] {
    return this.#entries(this.#lines.end())
  }

  #entries(lines: readonly string[]): Entry[] {
    const entries: Entry[] = []
    for (const ended of lines) {
      const line = bareLine(ended)
      if (line === '') continue
      const entry = this.#parse(line)
      if (entry === 'skip') this.framed = true
      else entries.push(entry)
    }
    return entries
  }

  #parse(line: string): Entry | 'skip' {
    for (const one of this.#parsers) {
      const entry = one.parser(line)
      if (entry === undefined) continue
      if (entry === 'skip') return entry
      if (this.format === undefined) this.#settle(one)
      return checked(entry, line, this.#charset)
    }
    return unreadable(line, 'the line is in no format that is known')
  }

  #settle(one: { readonly name: string; readonly parser: Parser }): void {
    this.format = one.name
    this.#parsers = [one]
  }
}

const MLSD: readonly [string, Format] = ['mlsd', mlsd]

function preferred(format: string | undefined): readonly (readonly [string, Format])[] {
  const first = FORMATS.filter(([name]) => name === format)
  return [...first, ...FORMATS.filter(([name]) => name !== format)]
}

function checked(entry: Entry, line: string, charset: Charset): Entry | 'skip' {
  const { name } = entry
  if (name === '.' || name === '..') return 'skip'
  const problem = nameProblem(name, false)
  if (problem !== undefined) return unreadable(line, problem)
  if (charset.name !== utf8.name && name.includes('\ufffd'))
    return unreadable(line, `the name holds bytes that are not ${charset.name}`)
  return entry
}

function unreadable(line: string, problem: string): Entry {
  return { name: line, type: 'unreadable', raw: line, problem }
}

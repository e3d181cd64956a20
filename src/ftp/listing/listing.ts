import { nameProblem } from '../../path.js'
import type { Entry } from '../../store.js'
import { type Charset, utf8 } from '../control/charset.js'
import type { Format, Parser } from './columns.js'
import { dos } from './dos.js'
import { eplf } from './eplf.js'
import { Headings } from './headings.js'
import { LineEnds, Lines } from './lines.js'
import { mlsd } from './mlsd.js'
import { unix } from './unix.js'

export interface ListingOptions {
  readonly charset: Charset
  /** The time of the listing: it decides the year of dates that are printed without one. */
  readonly now: Date
  /** The directory that is listed: names that are printed as paths in it are names in it. */
  readonly dir?: string
}

/** A listing being received. */
export interface Listing {
  /** The entries of the lines that end in this chunk. Throws `protocol` for a line of more than 64 KiB, nothing else. */
  push(chunk: Uint8Array): Entry[]
  /** The entry of a last line without a line end. */
  end(): Entry[]
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
const FORMATS: readonly Format[] = [unix, dos, eplf]

/**
 * Reads the listing that MLSD or LIST sends. The first line that a format can read settles the format; '.' and '..' are left
 * out. A line that nobody can read, or whose name would be unsafe on this side, becomes an entry of type 'unreadable' with the
 * raw line and the problem: nothing is dropped.
 */
export function openListing(kind: 'mlsd' | 'list', options: ListingOptions): Listing {
  return kind === 'mlsd' ? new Reading([mlsd], options) : new Reading(FORMATS, options, new Headings(options.dir))
}

class Reading implements Listing {
  empty = true
  framed = false
  readonly #where: Where
  readonly #lines: Lines
  readonly #ends = new LineEnds()
  readonly #headings: Headings | undefined
  /** Those left to try; one alone once a line could be read. */
  #parsers: readonly Parser[]
  #settled = false

  constructor(formats: readonly Format[], { charset, now, dir }: ListingOptions, headings?: Headings) {
    this.#where = { charset, dir }
    this.#headings = headings
    this.#lines = new Lines(charset)
    this.#parsers = formats.map((open) => open(now))
  }

  get unfinished(): boolean {
    return this.#lines.unfinished
  }

  push(chunk: Uint8Array): Entry[] {
    this.empty &&= chunk.length === 0
    return this.#entries(this.#ends.bare(this.#lines.push(chunk)))
  }

  end(): Entry[] {
    const entries = this.#entries(this.#ends.end(this.#lines.end()))
    return [...entries, ...(this.#headings?.doubtful(this.#settled) ?? []).map((line) => unreadable(line, UNKNOWN))]
  }

  #entries(lines: readonly string[]): Entry[] {
    const entries: Entry[] = []
    for (const line of lines) {
      if (line === '') continue
      const entry = this.#parse(line)
      if (entry === 'skip') this.framed = true
      else entries.push(entry)
    }
    return entries
  }

  #parse(line: string): Entry | 'skip' {
    for (const parser of this.#parsers) {
      const entry = parser(line)
      if (entry === undefined) continue
      if (entry === 'skip') return entry
      if (!this.#settled) this.#parsers = [parser]
      this.#settled = true
      if (this.#headings?.elsewhere)
        return unreadable(line, 'the line is listed under the heading of another directory')
      return checked(entry, line, this.#where)
    }
    return this.#headings?.skips(line, this.#settled) ? 'skip' : unreadable(line, UNKNOWN)
  }
}

const UNKNOWN = 'the line is in no format that is known'

interface Where {
  readonly charset: Charset
  readonly dir: string | undefined
}

function checked(entry: Entry, line: string, { charset, dir }: Where): Entry | 'skip' {
  const { name } = entry
  if (name === '.' || name === '..') return 'skip'
  const problem = nameProblem(name, false)
  if (problem !== undefined) {
    const inside = dir === undefined || entry.type === 'unreadable' ? undefined : nameIn(dir, name)
    return inside === undefined
      ? unreadable(line, problem)
      : checked({ ...entry, name: inside }, line, { charset, dir: undefined })
  }
  if (charset.name !== utf8.name && name.includes('\ufffd'))
    return unreadable(line, `the name holds bytes that are not ${charset.name}`)
  return entry
}

/** The name in a path that leads to something in that directory, as servers print it that are asked with a path. */
function nameIn(dir: string, path: string): string | undefined {
  const within = dir.endsWith('/') ? dir : `${dir}/`
  const before = path.startsWith(within) ? within : path.startsWith('./') ? './' : undefined
  return before === undefined ? undefined : path.slice(before.length)
}

function unreadable(line: string, problem: string): Entry {
  return { name: line, type: 'unreadable', raw: line, problem }
}

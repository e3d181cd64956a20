import { isUtf8 } from 'node:buffer'
import { TransferError } from '../../errors.js'
import { type Charset, utf8 } from '../control/charset.js'

/** The longest line of a listing, in bytes. */
export const MAX_LINE = 64 * 1024

const LF = 10
const CR = 13

/** Cuts the bytes of a listing into lines, CRLF or bare LF, and decodes them. Holds at most one unfinished line. */
export class Lines {
  readonly #charset: Charset
  #held: Uint8Array[] = []
  #heldLength = 0

  constructor(charset: Charset) {
    this.#charset = charset
  }

  /** A line has begun and not ended. */
  get unfinished(): boolean {
    return this.#heldLength > 0
  }

  /** The lines that end in this chunk, as LineEnds takes them. The chunk may be used again. Throws `protocol` for a line of more than 64 KiB. */
  push(chunk: Uint8Array): string[] {
    const end = chunk.lastIndexOf(LF) + 1
    if (end === 0) {
      this.#hold(chunk)
      return []
    }
    const block = this.#release(chunk.subarray(0, end))
    checkLengths(block)
    this.#hold(chunk.subarray(end))
    const lines = this.#decode(block)
    lines.pop()
    return lines
  }

  /** The last line, of servers that do not end it. */
  end(): string[] {
    const last = this.#release(new Uint8Array())
    return last.length === 0 ? [] : [this.#charset.decode(last)]
  }

  #hold(rest: Uint8Array): void {
    if (rest.length === 0) return
    this.#heldLength += rest.length
    if (this.#heldLength > MAX_LINE) throw tooLong()
    // Not slice(): of a Buffer that is a view, and the chunk will be used again.
    this.#held.push(new Uint8Array(rest))
  }

  #release(more: Uint8Array): Buffer {
    const all = Buffer.concat([...this.#held, more])
    this.#held = []
    this.#heldLength = 0
    return all
  }

  /** All at once where that is safe, which is ten times as fast; else line by line, so that a bad byte spoils one line only. */
  #decode(block: Buffer): string[] {
    const { name } = this.#charset
    if (name === 'latin1' || (name === utf8.name && isUtf8(block))) return this.#charset.decode(block).split('\n')
    const lines: string[] = []
    let from = 0
    for (let at = block.indexOf(LF); at >= 0; at = block.indexOf(LF, from)) {
      lines.push(this.#charset.decode(block.subarray(from, at)))
      from = at + 1
    }
    return [...lines, '']
  }
}

/** Jumps from the end of one line to that of the last one within reach. */
function checkLengths(block: Buffer): void {
  for (let from = 0; block.length - from > MAX_LINE; ) {
    const at = block.lastIndexOf(LF, from + MAX_LINE)
    if (at < from) throw tooLong()
    from = at + 1
  }
}

function tooLong(): TransferError {
  return new TransferError('protocol', 'The server sent a line of more than 64 KiB in a listing.', {
    phase: 'transfer',
  })
}

/** Lines after which it is settled what the ends of a listing's lines are. */
const ENOUGH = 64

/**
 * Takes the CR off the ends of lines: one of them, or the number that most lines have. One more than the others belongs to the name
 * (Macs have such files), and stays.
 */
export class LineEnds {
  /** Lines so far by the number of CR behind them, which is cut to two. */
  readonly #seen = [0, 0, 0]
  /** The only line so far, whose end is odd. */
  #held: string[] = []
  /** Lines counted so far. */
  #all = 0

  /** These lines without their ends. The first of a listing may be held back until the next have come. */
  bare(lines: readonly string[]): readonly string[] {
    if (this.#all >= ENOUGH) return this.#strip(lines)
    for (const line of lines) this.#count(line)
    const all = this.#held.length === 0 ? lines : [...this.#held, ...lines]
    // A lone line with two says nothing yet.
    this.#held = this.#all === 1 && this.#seen[2] === 1 ? [...all] : []
    return this.#held.length === 0 ? this.#strip(all) : []
  }

  /** The last lines, of which the very last may have no end. */
  end(lines: readonly string[]): readonly string[] {
    const all = [...this.#held, ...lines]
    this.#held = []
    return this.#strip(all)
  }

  #count(line: string): void {
    if (line === '' || line === '\r') return
    const ends = crs(line, 2)
    this.#all++
    this.#seen[ends] = (this.#seen[ends] ?? 0) + 1
  }

  #strip(lines: readonly string[]): readonly string[] {
    const [bare = 0, one = 0, more = 0] = this.#seen
    const most = more > bare + one ? Number.POSITIVE_INFINITY : bare > one + more ? 0 : 1
    return lines.map((line) => withoutEnd(line, most))
  }
}

function withoutEnd(line: string, most: number): string {
  const last = line.length - 1
  if (most === 1 && line.charCodeAt(last) === CR) return line.slice(0, last)
  const ends = crs(line, most)
  return ends === 0 ? line : line.slice(0, line.length - ends)
}

/** How many CR a line ends with, of `most`. */
function crs(line: string, most: number): number {
  let count = 0
  while (count < most && line.charCodeAt(line.length - 1 - count) === CR) count++
  return count
}

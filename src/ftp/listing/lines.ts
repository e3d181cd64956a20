import { isUtf8 } from 'node:buffer'
import { TransferError } from '../../errors.js'
import { type Charset, utf8 } from '../control/charset.js'

/** The longest line of a listing, in bytes. */
export const MAX_LINE = 64 * 1024

const LF = 10

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

  /** The lines that end in this chunk, as bareLine() takes them. The chunk may be used again. Throws `protocol` for a line of more than 64 KiB. */
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

/** A line without the CR at its end, whatever number of them. */
export function bareLine(line: string): string {
  let end = line.length
  while (end > 0 && line.charCodeAt(end - 1) === 13) end--
  return end === line.length ? line : line.slice(0, end)
}

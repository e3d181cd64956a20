import { isUtf8 } from 'node:buffer'

const ESCAPE = 0xdc00

/** Decodes bytes as UTF-8; every invalid byte becomes U+DC80…U+DCFF, so that encode() restores the same bytes. */
export function decode(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceAt(bytes, at)
    text +=
      length === 0
        ? String.fromCharCode(ESCAPE + (bytes[at] ?? 0))
        : Buffer.from(bytes.subarray(at, at + length)).toString('utf8')
    at += length || 1
  }
  return text
}

/** Returns the length of the valid UTF-8 sequence that begins at `at`; 0 when there is none. */
function sequenceAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0
  const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
  if (at + length > bytes.length) return 0
  return isUtf8(bytes.subarray(at, at + length)) ? length : 0
}

/** Reverses decode(). */
export function encode(text: string): Buffer {
  if (!/[\udc80-\udcff]/.test(text)) return Buffer.from(text, 'utf8')
  return Buffer.concat([...text].map(encodeCharacter))
}

function encodeCharacter(character: string): Buffer {
  const code = character.charCodeAt(0)
  const escaped = character.length === 1 && code >= 0xdc80 && code <= 0xdcff
  return escaped ? Buffer.of(code - ESCAPE) : Buffer.from(character, 'utf8')
}

/** One received line, without its line end. `whole` is false when it was longer than the limit; `text` is then its beginning. */
export interface ArrivedLine {
  readonly text: string
  readonly whole: boolean
}

const LF = 10
const CR = 13
const IAC = 0xff

/** Splits a stream of bytes into lines (CRLF or LF), buffering at most `limit` bytes of an unfinished line. */
export class LineSplitter {
  readonly #limit: number
  #held: Uint8Array[] = []
  #length = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  push(chunk: Uint8Array): ArrivedLine[] {
    const lines: ArrivedLine[] = []
    let from = 0
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      this.#hold(chunk.subarray(from, end))
      lines.push(this.#take())
      from = end + 1
    }
    this.#hold(chunk.subarray(from))
    return lines
  }

  #hold(piece: Uint8Array): void {
    const room = this.#limit - this.#length
    if (room > 0 && piece.length > 0) this.#held.push(Buffer.from(piece.subarray(0, room)))
    this.#length += piece.length
  }

  #take(): ArrivedLine {
    const whole = this.#length <= this.#limit
    const bytes = Buffer.concat(this.#held)
    this.#held = []
    this.#length = 0
    const end = bytes.at(-1) === CR ? bytes.length - 1 : bytes.length
    return { text: decode(withoutTelnet(bytes.subarray(0, end))), whole }
  }
}

/**
 * Removes Telnet signals: RFC 959 lets a client send IAC IP IAC DM before ABOR. The urgent byte may be lost in transit, so a partial
 * signal at the start of a line is removed too; IAC IAC is the byte 255.
 */
function withoutTelnet(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(IAC) && (bytes[0] ?? 0) < 0xf0) return bytes
  const kept: number[] = []
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    const next = bytes[at + 1] ?? 0
    if (byte === IAC && next >= 0xf0) {
      at += next >= 0xfb && next < IAC ? 2 : 1
      if (next === IAC) kept.push(IAC)
    } else if (kept.length > 0 || byte < 0xf0) kept.push(byte)
  }
  return Uint8Array.from(kept)
}

/** Splits a command line into its verb, in upper case, and its argument. One space ends the verb, since names may begin with spaces. */
export function readCommand(line: string): { verb: string; argument: string } {
  const [, verb = '', argument = ''] = /^\s*(\S*)(?: (.*))?/s.exec(line) ?? []
  return { verb: verb.toUpperCase(), argument }
}

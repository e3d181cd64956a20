import { TransferError } from '../../errors.js'
import { printable } from '../../printable.js'

/** A reply as bytes: its charset is not the parser's business. */
export interface RawReply {
  /** 0: text that was sent before the greeting, which is no reply. */
  readonly code: number
  /** The code of the last line, where the reply was ended by a line with another code than the first. */
  readonly endCode?: number
  /** The text of each line without its code and line end. */
  readonly lines: readonly Uint8Array[]
}

/** The longest reply, in bytes: all its lines together, with their codes and line ends. */
export const MAX_REPLY = 64 * 1024

/** Lines of text that may be sent before the greeting: banners of tunnels and of wrappers around the server. */
const MOST_BANNER = 50

/** This many bytes without a line end prove that the peer does not use FTP. */
const ENOUGH = 256

const CR = 13
const LF = 10
const DASH = 45

/**
 * Cuts the bytes of a control connection into replies (RFC 959 section 4.2), however they were cut on their way. Tolerates
 * what servers do: bare LF, empty lines between replies, the code on every line, a last line that is only the code.
 */
export class ReplyParser {
  #bytes = new Uint8Array(4096)
  #end = 0
  /** Where the reply being read begins, where its current line begins, and how far that line has been searched for its end. */
  #reply = 0
  #line = 0
  #searched = 0
  /** The code of the multi-line reply being read; 0 between replies. */
  #code = 0
  #seen = false
  #banner = 0
  /** The code of the last complete line of a multi-line reply, when it looks like a last line but for its code. */
  #endCode = 0
  #failed: TransferError | undefined

  /** Takes bytes in. They are copied, so the chunk may be used again. */
  push(chunk: Uint8Array): void {
    if (this.#failed) return
    if (this.#end + chunk.length > this.#bytes.length) this.#makeRoom(chunk.length)
    this.#bytes.set(chunk, this.#end)
    this.#end += chunk.length
  }

  /**
   * The next whole reply, or undefined when more bytes are needed. Throws, from then on always, `protocol` for a reply of more
   * than 64 KiB or a line that cannot begin a reply, and `wrong-protocol` when that line is SSH, TLS or HTTP.
   */
  next(): RawReply | undefined {
    if (this.#failed) throw this.#failed
    if (this.#code === 0) this.#skipBlank()
    if (this.#searched === this.#end) return undefined
    for (;;) {
      const end = this.#lineEnd()
      if (this.#code === 0 && this.#isBanner(end)) return this.#takeBanner(end ?? this.#end)
      if ((end ?? this.#end) - this.#reply > MAX_REPLY) this.#fail(tooLong())
      if (end === undefined) return undefined
      if (this.#takeLine(end)) return this.#finish()
    }
  }

  /** Whether bytes are held that no answered reply accounts for. */
  get pending(): boolean {
    return this.#end > this.#reply
  }

  /** Empty lines between replies are dropped byte by byte, so that an endless row of them is never held. */
  #skipBlank(): void {
    const before = this.#reply
    while (this.#reply < this.#end && (this.#bytes[this.#reply] === CR || this.#bytes[this.#reply] === LF))
      this.#reply++
    if (this.#reply === before) return
    this.#line = this.#reply
    this.#searched = Math.max(this.#searched, this.#reply)
  }

  /** One past the LF of the current line. */
  #lineEnd(): number | undefined {
    const at = this.#bytes.subarray(this.#searched, this.#end).indexOf(LF)
    if (at < 0) {
      this.#searched = this.#end
      return undefined
    }
    this.#searched += at + 1
    return this.#searched
  }

  /** Whether a whole reply is held but for the code of its last line: it is over when nothing more comes. */
  get isEndedOtherwise(): boolean {
    return this.#endCode > 0 && this.#line === this.#end
  }

  /** The reply that is ended by a line with another code (`221-Features … 211 End`). */
  endOtherwise(): RawReply {
    const endCode = this.#endCode
    return { ...this.#finish(), endCode }
  }

  /**
   * True for a whole line of text before the greeting. Throws for anything else that begins no reply; it is judged by its first bytes
   * only, so that the error does not depend on how it was cut.
   */
  #isBanner(end: number | undefined): boolean {
    const at = this.#reply
    if (this.#end - at >= 4 && codeAt(this.#bytes, at) > 0 && !isDigit(this.#bytes[at + 3])) return false
    const held = this.#bytes.subarray(this.#reply, Math.min(end ?? this.#end, this.#reply + ENOUGH))
    if (canBegin(held)) return false
    if (end === undefined && held.length < ENOUGH && !isTls(held)) return false
    if (this.#seen || end === undefined || !isText(held) || ++this.#banner > MOST_BANNER || otherProtocol(held))
      this.#fail(notFtp(held, this.#seen))
    return true
  }

  #takeBanner(end: number): RawReply {
    const line = this.#bytes.slice(this.#reply, endOfText(this.#bytes, this.#reply, end))
    this.#reply = this.#line = this.#searched = end
    return { code: 0, lines: [line] }
  }

  /** Moves on to the next line; true when the reply is complete. */
  #takeLine(end: number): boolean {
    const code = codeAt(this.#bytes, this.#line)
    const mark = this.#bytes[this.#line + 3]
    this.#line = end
    const isFirst = this.#code === 0
    if (isFirst) this.#code = code
    const isLast = code > 0 && mark !== DASH && (isFirst || isMark(mark))
    this.#endCode = isLast && code !== this.#code ? code : 0
    return isLast && code === this.#code
  }

  #finish(): RawReply {
    const raw = this.#bytes.slice(this.#reply, this.#line)
    const code = this.#code
    this.#reply = this.#line
    this.#code = this.#endCode = 0
    this.#seen = true
    if (this.#reply === this.#end) this.#reply = this.#line = this.#searched = this.#end = 0
    return { code, lines: textLines(raw, code) }
  }

  /** Doubles, so that a reply that comes byte by byte is copied a bounded number of times. */
  #makeRoom(needed: number): void {
    const held = this.#bytes.subarray(this.#reply, this.#end)
    const wanted = (held.length + needed) * 2
    const roomier = wanted > this.#bytes.length ? new Uint8Array(wanted) : this.#bytes
    roomier.set(held)
    this.#bytes = roomier
    this.#end -= this.#reply
    this.#line -= this.#reply
    this.#searched = Math.max(0, this.#searched - this.#reply)
    this.#reply = 0
  }

  #fail(error: TransferError): never {
    this.#failed = error
    throw error
  }
}

/** The lines of one whole reply; inner lines lose their code only where it is followed by a dash. A code may be glued to its text. */
function textLines(raw: Uint8Array, code: number): Uint8Array[] {
  const lines: Uint8Array[] = []
  for (let from = 0; from < raw.length; ) {
    const end = raw.indexOf(LF, from) + 1
    const inner = from > 0 && end < raw.length
    const coded = from === 0 || (codeAt(raw, from) === code && (!inner || raw[from + 3] === DASH))
    const last = endOfText(raw, from, end)
    const text = from + (from > 0 || isMark(raw[3]) ? 4 : 3)
    lines.push(raw.subarray(coded ? Math.min(text, last) : from, last))
    from = end
  }
  return lines
}

/** Where the text of a line ends that ends with LF, and mostly with CR before it. */
function endOfText(raw: Uint8Array, from: number, end: number): number {
  let last = end - 1
  while (last > from && raw[last - 1] === CR) last--
  return last
}

/** Returns the three digits that a line begins with, or -1. RFC 959 has 1xx to 5xx, RFC 2228 adds 6xx. */
function codeAt(bytes: Uint8Array, at: number): number {
  const a = (bytes[at] ?? 0) - 48
  const b = (bytes[at + 1] ?? 0) - 48
  const c = (bytes[at + 2] ?? 0) - 48
  if (a < 1 || a > 6 || b < 0 || b > 9 || c < 0 || c > 9) return -1
  return a * 100 + b * 10 + c
}

/** What may follow the code: a dash, a blank, a tab, the end of the line. */
function isMark(byte: number | undefined): boolean {
  return byte === undefined || byte === DASH || byte === 32 || byte === 9 || byte === CR || byte === LF
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57
}

/** Nothing but characters, blanks and line ends: the bytes of other protocols hold more. */
function isText(line: Uint8Array): boolean {
  return line.every((byte) => byte >= 32 || byte === 9 || byte === CR || byte === LF || byte === 27)
}

/** Whether these first bytes are, or can still become, the beginning of a reply. Some servers glue the code to the text (`220Service`). */
function canBegin(first: Uint8Array): boolean {
  if (first.length >= 4) return codeAt(first, 0) > 0 && !isDigit(first[3])
  return codeAt(Uint8Array.of(...first, 49, 49, 49), 0) > 0 && !first.includes(LF)
}

/** A handshake or alert record of SSL 3 or TLS. */
function isTls(first: Uint8Array): boolean {
  return (first[0] === 0x15 || first[0] === 0x16) && first[1] === 3
}

function tooLong(): TransferError {
  return new TransferError('protocol', 'The server sent a reply of more than 64 KiB.', {
    phase: 'command',
    hint: 'Check that the host and port are those of an FTP server.',
  })
}

function notFtp(first: Uint8Array, seen: boolean): TransferError {
  const phase = seen ? 'command' : 'greeting'
  const other = otherProtocol(first)
  if (other) return new TransferError('wrong-protocol', `${other.name} answered, not FTP.`, { phase, hint: other.hint })
  const shown = printable(new TextDecoder().decode(first).trimEnd(), 100)
  return new TransferError('protocol', `The server sent something that is not an FTP reply: "${shown}".`, {
    phase,
    hint: 'Check that the host and port are those of an FTP server.',
  })
}

function otherProtocol(first: Uint8Array): { name: string; hint: string } | undefined {
  const text = Buffer.from(first).toString('latin1')
  if (isTls(first)) return { name: 'A TLS server', hint: 'Use ftps:// for implicit TLS (usually port 990).' }
  if (/^SSH-\d/.test(text)) return { name: 'An SSH server', hint: 'Use sftp:// for SFTP (usually port 22).' }
  if (/^HTTP\/|^\s*</i.test(text))
    return { name: 'A web server', hint: 'Check the port; an HTTP proxy is given as proxy: http://host:port.' }
  return undefined
}

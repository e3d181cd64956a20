import { MASK } from '../../redact.js'

/** One line of a control connection. */
export interface Line {
  /** Milliseconds since the server or proxy was started. */
  readonly at: number
  /** Numbers the control connections, from 1. */
  readonly session: number
  /** Who sent it. */
  readonly from: 'client' | 'server'
  /** The line without its line end; the arguments of PASS, ACCT and RESP are masked. */
  readonly text: string
}

const MAX_LINES = 20_000
const MAX_LENGTH = 1024

/** Records the lines of all control connections, for assertions. Keeps the newest 20,000 lines, each up to 1,024 characters. */
export class Conversation {
  readonly lines: Line[] = []
  readonly #started = performance.now()

  record(session: number, from: Line['from'], text: string): void {
    if (this.lines.length >= MAX_LINES) this.lines.splice(0, MAX_LINES / 2)
    const shown = from === 'client' ? masked(text) : text
    this.lines.push({ at: performance.now() - this.#started, session, from, text: shown.slice(0, MAX_LENGTH) })
  }

  /** The client's lines only. */
  get commands(): string[] {
    return this.lines.filter((line) => line.from === 'client').map((line) => line.text)
  }
}

function masked(line: string): string {
  const secret = /^\s*(PASS|ACCT|RESP)\b/i.exec(line)
  return secret ? `${secret[0]} ${MASK}` : line
}

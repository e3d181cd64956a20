import { MASK } from '../../redact.js'

/** One line of a control connection. */
export interface Line {
  /** Milliseconds since the server or proxy was started. */
  readonly at: number
  /** Numbers the control connections, from 1. */
  readonly session: number
  readonly from: 'client' | 'server'
  /** The line without its end; what PASS, ACCT and RESP carry is masked. */
  readonly text: string
}

const MOST_LINES = 20_000
const LONGEST = 1024

/** What was said on every control connection, for assertions. The newest 20,000 lines are kept, each up to 1,024 characters. */
export class Conversation {
  readonly lines: Line[] = []
  readonly #started = performance.now()

  record(session: number, from: Line['from'], text: string): void {
    if (this.lines.length >= MOST_LINES) this.lines.splice(0, MOST_LINES / 2)
    const shown = from === 'client' ? masked(text) : text
    this.lines.push({ at: performance.now() - this.#started, session, from, text: shown.slice(0, LONGEST) })
  }

  /** The client's lines alone. */
  get commands(): string[] {
    return this.lines.filter((line) => line.from === 'client').map((line) => line.text)
  }
}

function masked(line: string): string {
  const secret = /^\s*(PASS|ACCT|RESP)\b/i.exec(line)
  return secret ? `${secret[0]} ${MASK}` : line
}

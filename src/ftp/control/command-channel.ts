import type { Limits } from '../../deadline.js'
import type { Phase } from '../../errors.js'
import type { Observer } from '../../events.js'
import type { Redactor } from '../../redact.js'
import type { Charset } from './charset.js'

/** One reply of the server (RFC 959 section 4.2). */
export interface Reply {
  readonly code: number
  /** The text of each line without its code, control characters as they came. */
  readonly lines: readonly string[]
  /** The lines joined by '\n'. */
  readonly text: string
}

export interface AskOptions {
  readonly signal?: AbortSignal
  /** What we are doing, for the error. Default 'command'. */
  readonly phase?: Phase
  /** The line in logs and errors. Defaults to the line itself. Known secrets are masked by value in either. */
  readonly shown?: string
  /** Milliseconds to wait for the final reply. Default: the reply limit. */
  readonly limit?: number
}

/** A dialogue over a control connection, for modules that only send commands and read replies. */
export interface Talk {
  /**
   * Sends one line and resolves with the final reply, whatever its class; 1xx replies are skipped. Rejects only when there is no reply:
   * `bad-argument` for CR, LF or NUL, `timeout`, `session-lost` (also after 421), `aborted`.
   */
  ask(line: string, options?: AskOptions): Promise<Reply>
  /** The next reply without sending anything: the greeting, or one more reply after an unfinished answer. */
  listen(options?: AskOptions): Promise<Reply>
  readonly redactor: Redactor
}

export interface ControlOptions {
  readonly charset: Charset
  readonly redactor: Redactor
  readonly observe: Observer
  readonly limits: Limits
}

/** Who has to know what happens on a control connection. */
export interface ControlWatcher {
  /** A command went out. */
  sent(): void
  /** Nothing will go out any more. */
  lost(): void
}

/** True when a code fits an expectation such as '2xx', '350' or '2xx|331'. */
export function matches(expect: string, code: number): boolean {
  if (expect === '2xx') return code >= 200 && code < 300
  return expect.split('|').some((one) => (one.endsWith('xx') ? one[0] === String(code)[0] : one === String(code)))
}

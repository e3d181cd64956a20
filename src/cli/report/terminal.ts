import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { printable, TransferError } from '../../index.js'
import { exitCodeOf } from './exit-codes.js'
import { inFlags } from './flags.js'
import { type JsonLine, jsonError, jsonText } from './json.js'

/** A stream that may be a terminal. */
export type Screen = Writable & { readonly isTTY?: boolean; readonly columns?: number }

export interface TerminalOptions {
  readonly out: Screen
  readonly err: Screen
  readonly json?: boolean
  readonly quiet?: boolean
  /** Fires when nobody reads any more, or the person wants to stop: nothing is waited for then. */
  readonly signal?: AbortSignal
}

/** The reason of a signal: the reader of our output has left (`sallyport ls … | head`), which is an end and no fault. */
export const PIPE_GONE = new Error('Nobody reads the standard output.')

/** At most so many failures of a directory are shown to people; --json has all. */
const MOST_FAILURES = 20

/**
 * The two output streams. What was asked for goes to the standard output; everything about it (progress, summary, warnings,
 * errors) to the standard error. Callers pass texts from the other side through printable().
 */
export class Terminal {
  readonly json: boolean
  readonly quiet: boolean
  readonly #out: Screen
  readonly #err: Screen
  readonly #signal: AbortSignal | undefined
  #status = ''
  #fileOnOut = false

  constructor({ out, err, json, quiet, signal }: TerminalOptions) {
    this.json = json ?? false
    this.quiet = quiet ?? false
    this.#out = out
    this.#err = err
    this.#signal = signal
  }

  /** The stream that files are written to. From then on JSON lines go to the standard error. */
  fileOutput(): Writable {
    this.#fileOnOut = true
    return this.#out
  }

  /** Whether a line of progress can be drawn and redrawn. */
  get drawable(): boolean {
    return this.#err.isTTY === true && !(this.#fileOnOut && this.#out.isTTY === true)
  }

  /** Some terminals do not tell, or tell 0. */
  get columns(): number {
    return this.#err.columns || 80
  }

  /** A line that was asked for. Resolves when there is room for the next. */
  async line(text: string): Promise<void> {
    this.status('')
    await this.#write(this.#out, text)
  }

  /** A JSON line. Resolves when there is room for the next. */
  async emit(line: JsonLine): Promise<void> {
    await this.#write(this.#fileOnOut ? this.#err : this.#out, jsonText(line))
  }

  /** A line about the work, for people. */
  note(text: string): void {
    const status = this.#status
    this.status('')
    this.#err.write(`${text}\n`)
    this.status(status)
  }

  /** The same, several and none unless people read them: --json has them in its result. */
  notes(texts: readonly string[]): void {
    if (!this.json && !this.quiet) for (const text of texts) this.note(text)
  }

  /** The summary of something that was done: a JSON line, or a note unless it is to be quiet. */
  async done(line: JsonLine, text?: string): Promise<void> {
    this.status('')
    if (this.json) await this.emit(line)
    else if (!this.quiet && text !== undefined) this.note(text)
  }

  warn(code: string, message: string): void {
    if (this.json) void this.emit({ type: 'warning', code, message })
    else this.note(`warning: ${printable(message)}`)
  }

  /** Draws the line of progress, or wipes it when the text is empty. */
  status(text: string): void {
    if (text !== this.#status && this.#err.isTTY) this.#err.write(`\r${text}\x1b[K${text === '' ? '' : '\r'}`)
    this.#status = text
  }

  /** Tells what went wrong and answers the exit code: 0 and nothing is told when only the reader has left. */
  fail(error: unknown): number {
    if (this.#signal?.reason === PIPE_GONE) return 0
    this.status('')
    const failures = error instanceof TransferError ? (error.failures ?? []) : []
    const shown = this.json ? failures : failures.slice(0, MOST_FAILURES)
    for (const failure of shown) this.#tell(failure.error, failure.path)
    if (shown.length < failures.length) this.note(`… and ${failures.length - shown.length} more`)
    this.#tell(error)
    return exitCodeOf(error)
  }

  #tell(error: unknown, path?: string): void {
    if (this.json) return void this.emit(jsonError(error, path))
    const message = error instanceof Error ? error.message : String(error)
    this.note(`sallyport: ${path === undefined ? '' : `${printable(path)}: `}${printable(message)}`)
    if (error instanceof TransferError && error.hint !== undefined) this.note(`  ${printable(inFlags(error.hint))}`)
  }

  async #write(stream: Screen, text: string): Promise<void> {
    if (stream.write(`${text}\n`) || this.#signal?.aborted) return
    await once(stream, 'drain', { signal: this.#signal }).catch(() => {})
  }
}

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
  /** Fires when the output was closed by its reader, or on SIGINT: nothing is waited for then. */
  readonly signal?: AbortSignal
}

/** The reason of a signal: the reader of the output has closed it (`sallyport ls … | head`), which is no error. */
export const OUTPUT_CLOSED = new Error('The standard output was closed by its reader.')

/** Failures of a directory that are printed; --json has all. */
const MAX_FAILURES = 20

/**
 * The two output streams. Results are written to the standard output; everything about them (progress, summary, warnings, errors) to
 * the standard error. Callers pass texts from a server through printable().
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

  /** Returns the stream that files are written to. From then on JSON lines are written to the standard error. */
  fileOutput(): Writable {
    this.#fileOnOut = true
    return this.#out
  }

  /** Whether a line of progress can be drawn and redrawn. */
  get drawable(): boolean {
    return this.#err.isTTY === true && !(this.#fileOnOut && this.#out.isTTY === true)
  }

  /** The width; some terminals report none, or 0. */
  get columns(): number {
    return this.#err.columns || 80
  }

  /** Prints a line of the result. Resolves when the next can be written. */
  async line(text: string): Promise<void> {
    this.status('')
    await this.#write(this.#out, text)
  }

  /** Prints a JSON line. Resolves when the next can be written. */
  async emit(line: JsonLine): Promise<void> {
    await this.#write(this.#fileOnOut ? this.#err : this.#out, jsonText(line))
  }

  /** Prints a line about the work. */
  note(text: string): void {
    const status = this.#status
    this.status('')
    this.#err.write(`${text}\n`)
    this.status(status)
  }

  /** Prints several lines about the work; none with --json, whose result contains them. */
  notes(texts: readonly string[]): void {
    if (!this.json && !this.quiet) for (const text of texts) this.note(text)
  }

  /** Prints the summary of an operation: a JSON line, or a note unless quiet. */
  async done(line: JsonLine, text?: string): Promise<void> {
    this.status('')
    if (this.json) await this.emit(line)
    else if (!this.quiet && text !== undefined) this.note(text)
  }

  warn(code: string, message: string): void {
    if (this.json) void this.emit({ type: 'warning', code, message })
    else this.note(`warning: ${printable(message)}`)
  }

  /** Draws the line of progress, or clears it when the text is empty. */
  status(text: string): void {
    if (text !== this.#status && this.#err.isTTY) this.#err.write(`\r${text}\x1b[K${text === '' ? '' : '\r'}`)
    this.#status = text
  }

  /** Prints an error and returns the exit code: 0, and nothing is printed, when only the reader has closed the output. */
  fail(error: unknown): number {
    if (this.#signal?.reason === OUTPUT_CLOSED) return 0
    this.status('')
    const failures = error instanceof TransferError ? (error.failures ?? []) : []
    const shown = this.json ? failures : failures.slice(0, MAX_FAILURES)
    for (const failure of shown) this.#print(failure.error, failure.path)
    if (shown.length < failures.length) this.note(`… and ${failures.length - shown.length} more`)
    this.#print(error)
    return exitCodeOf(error)
  }

  #print(error: unknown, path?: string): void {
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

import { type Observer, printable, type TransferEvent } from '../../index.js'
import { renderBar, renderProgressLine } from './render.js'
import type { Terminal } from './terminal.js'
import { wireLines } from './wire-log.js'

type ProgressEvent = Extract<TransferEvent, { type: 'progress' }>
type TransferState = Extract<TransferEvent, { type: 'transfer' }>

/** Without a terminal to draw on, a progress line is printed after this time or percentage. */
const LOG_EVERY = { ms: 10_000, percent: 10 }

export interface ObserveOptions {
  readonly verbose?: boolean
  /** A line for each file of a directory, not only for the whole. */
  readonly eachFile?: boolean
  readonly now?: () => number
}

/** Returns the observer of the library's events: wire log, warnings and progress for the terminal. */
export function observerFor(terminal: Terminal, { verbose, eachFile, now = Date.now }: ObserveOptions = {}): Observer {
  const log = new ProgressLog(terminal, now)
  return (event) => {
    if (verbose) for (const line of wireLines(event)) terminal.note(line)
    if (event.type === 'warning') terminal.warn(event.code, event.message)
    if (terminal.quiet) return
    if (event.type === 'progress') reportProgress(event, terminal, log)
    if (event.type === 'transfer' && !terminal.json) reportState(event, terminal, eachFile)
  }
}

function reportProgress(event: ProgressEvent, terminal: Terminal, log: ProgressLog): void {
  if (terminal.json) void terminal.emit(event)
  else if (terminal.drawable) terminal.status(event.done ? '' : renderBar(event, terminal.columns - 1))
  else log.take(event)
}

function reportState({ state, direction, path, bytes }: TransferState, terminal: Terminal, eachFile = false): void {
  if (terminal.drawable) return
  if (state === 'started') terminal.note(`${direction} ${printable(path)}`)
  if (state === 'finished' && eachFile)
    terminal.note(`done ${printable(path)}${bytes === undefined ? '' : `: ${bytes} bytes`}`)
}

/** Prints a progress line from time to time, where nothing can be redrawn. */
class ProgressLog {
  readonly #terminal: Terminal
  readonly #now: () => number
  readonly #told = new Map<string, { at: number; percent: number }>()

  constructor(terminal: Terminal, now: () => number) {
    this.#terminal = terminal
    this.#now = now
  }

  take(event: ProgressEvent): void {
    const { path, percent = 0, done } = event
    if (done) return void this.#told.delete(path)
    const now = this.#now()
    const told = this.#told.get(path)
    if (told && now - told.at < LOG_EVERY.ms && percent - told.percent < LOG_EVERY.percent) return
    this.#told.set(path, { at: now, percent })
    if (told) this.#terminal.note(renderProgressLine(event))
  }
}

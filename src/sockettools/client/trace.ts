import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { TransferEvent } from '../../index.js'
import { TRACE_ERROR, TRACE_WARNING } from '../constants/constants.js'
import { Failure, ST_ERROR_LOCAL_FILE } from '../constants/errors.js'

interface Trace {
  readonly file: WriteStream
  readonly flags: number
  /** An error of the trace file; transfers go on. */
  error?: Error
}

// One trace per thread, of the connections that this thread holds.
let open: Trace | undefined

/** Appends the commands and replies of this thread's connections to a file, secrets masked. */
export async function startTrace(path: string, flags: number): Promise<void> {
  await stopTrace()
  const file = createWriteStream(path, { flags: 'a' })
  try {
    await new Promise<void>((resolve, reject) => file.once('ready', resolve).once('error', reject))
  } catch (cause) {
    throw new Failure(ST_ERROR_LOCAL_FILE, `The trace file cannot be opened: ${String(cause)}.`, { cause })
  }
  const started: Trace = { file, flags }
  file.on('error', (error) => {
    started.error = error
  })
  open = started
}

/** Ends the trace; resolves once everything is in the file. */
export async function stopTrace(): Promise<void> {
  const ending = open
  open = undefined
  if (!ending) return
  ending.file.end()
  await finished(ending.file).catch(() => {})
  if (ending.error) throw new Failure(ST_ERROR_LOCAL_FILE, `The trace is incomplete: ${ending.error.message}.`)
}

export function trace(event: TransferEvent): void {
  if (!open || open.error) return
  if (open.flags & (TRACE_ERROR | TRACE_WARNING) && severity(event) > (open.flags & TRACE_WARNING ? 1 : 0)) return
  const text = lineOf(event)
  if (text !== undefined) open.file.write(`${new Date().toISOString()} ${text}\n`)
}

/** Returns 0 for an error, 1 for a warning, 2 for anything else. */
function severity(event: TransferEvent): number {
  if (event.type === 'reply') return event.code >= 400 ? 0 : 2
  if (event.type === 'transfer') return event.state === 'failed' ? 0 : 2
  return event.type === 'warning' || event.type === 'retry' || event.type === 'unreadable-entry' ? 1 : 2
}

function lineOf(event: TransferEvent): string | undefined {
  if (event.type === 'progress') return undefined
  if (event.type === 'command') return `[${event.session}] > ${event.text}`
  if (event.type === 'reply') return `[${event.session}] < ${event.code} ${event.lines.join('\n')}`
  const { type, ...rest } = event
  const known = Object.entries(rest).map(([name, value]) => `${name}: ${shown(value)}`)
  return `${type} ${known.join(', ')}`
}

function shown(value: unknown): string {
  return value instanceof Error ? value.message : String(value)
}

import {
  type Diagnosis,
  type Entry,
  type ReplyText,
  TransferError,
  type TransferResult,
  type TreeResult,
} from '../../index.js'
import { exitCodeOf } from './exit-codes.js'

/** One line of `--json`. */
export type JsonLine =
  | ({ readonly type: 'entry'; readonly kind: Entry['type'] } & Readonly<Record<string, unknown>>)
  | { readonly type: 'progress'; readonly [member: string]: unknown }
  | { readonly type: 'result'; readonly verb: string; readonly [member: string]: unknown }
  | { readonly type: 'reply'; readonly command: string; readonly code: number; readonly text: string }
  | { readonly type: 'diagnosis'; readonly usable: boolean; readonly [member: string]: unknown }
  | { readonly type: 'warning'; readonly code: string; readonly message: string }
  | { readonly type: 'serving'; readonly url: string; readonly [member: string]: unknown }
  | {
      readonly type: 'error'
      readonly code: string
      readonly phase?: string
      readonly message: string
      readonly hint?: string
      readonly path?: string
      readonly reply?: ReplyText
      readonly retryable: boolean
      readonly exitCode: number
    }

/** The description of each line in docs/CLI.md. */
export const JSON_LINES: readonly {
  readonly type: JsonLine['type']
  readonly verbs: string
  readonly members: string
}[] = [
  {
    type: 'entry',
    verbs: 'ls, stat',
    members:
      '`kind` (file, directory, link, other, unreadable), `name`, `path`; when known `size` (bytes), `modified` (ISO 8601), `precision` (ms, s, min, day), `zone` (utc; assumed = the server did not say), `mode` (octal text), `owner`, `group`, `target`, `unique`; for unreadable ones `raw` and `problem`',
  },
  {
    type: 'progress',
    verbs: 'get, put, cat',
    members:
      '`direction` (download, upload), `path`, `bytes` (of the file, what an earlier try left included), `rate` (bytes per second), `done`; when the size is known `total`, `percent`, `eta` (seconds). Not with --quiet',
  },
  {
    type: 'result',
    verbs: 'all but stat, command, doctor, serve',
    members:
      '`verb`, `path`. Transfers: `local`, `bytes`, `from`, `elapsedMs`, `integrity` (hashed, sized, unproven), `retries`, and when there is one `verifiedBy`, `confirmedBy`, and over TLS `sessionReused` (whether the data connection resumed the TLS session); trees also `files`, `directories`, `confirmed` (each `path`, `by`), `skipped`. ls: `entries`, `unreadable`. mv: `to`. demo: `proxy`, `held`, `failed`, `verifiedBy`, `elapsedMs`',
  },
  { type: 'reply', verbs: 'command', members: '`command` (its verb), `code`, `text`' },
  {
    type: 'diagnosis',
    verbs: 'doctor',
    members:
      '`url`, `usable`, `exitCode`, `verdict`, `steps` (each `name`, `outcome` (ok, warn, fail, skipped), `ms`, `sentence`, and for what does not work `code` and `hint`), `addresses`, `features`, `passivePorts`, `checksums`, `learned` (each `name`, `text`: what the server does differently from most); when known `address`, `greeting`, `security` (`protocol`, `cipher`, `keyExchange`, `certificate`, `trusted`, `reason`), `sessionReused`, `dialects` (each `dialect`, `command`, `reply`, `reaction`)',
  },
  {
    type: 'serving',
    verbs: 'serve',
    members: '`url`, `user`, `directory`, `readOnly`; `password` when it was made up',
  },
  { type: 'warning', verbs: 'all', members: '`code`, `message`' },
  {
    type: 'error',
    verbs: 'all',
    members:
      '`code` (stable), `message`, `retryable`, `exitCode`; when known `phase`, `hint`, `path`, `reply` (`code`, `text`). Of a directory first one line for each file that failed, then one with the code `incomplete`',
  },
]

/** Formats an object as one line. Controls and bidirectional marks are escaped beyond what JSON requires, since a terminal may show the line. */
export function jsonText(line: JsonLine): string {
  return JSON.stringify(line).replace(
    /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** Returns the line for an entry of a listing, or of stat; `path` can be appended to the server's URL. */
export function jsonEntry(entry: Entry, path: string): JsonLine {
  const { type, modified, mode, raw, ...known } = entry
  return {
    type: 'entry',
    kind: type,
    ...known,
    path,
    modified: modified && !Number.isNaN(modified.getTime()) ? modified.toISOString() : undefined,
    mode: mode?.toString(8).padStart(4, '0'),
    raw: type === 'unreadable' ? raw : undefined,
  }
}

/** Returns the line for the result of a transfer. */
export function jsonResult(
  verb: string,
  { path, local }: { path: string; local: string },
  result: TransferResult | TreeResult,
): JsonLine {
  return { type: 'result', verb, path, local, ...result }
}

/** Returns the line for the result of `doctor`. */
export function jsonDiagnosis({ error: _, steps, ...found }: Diagnosis, exitCode: number): JsonLine {
  const told = steps.map(({ error, ...step }) => ({ ...step, code: error?.code, hint: error?.hint }))
  return { type: 'diagnosis', ...found, exitCode, steps: told }
}

/** Returns the line for an error; `at` takes precedence over the path in the error. */
export function jsonError(error: unknown, at?: string): JsonLine {
  const exitCode = exitCodeOf(error)
  if (!(error instanceof TransferError)) {
    const message = error instanceof Error ? error.message : String(error)
    return { type: 'error', code: 'internal', message, retryable: false, exitCode }
  }
  const { code, phase, message, hint, path, reply, retryable } = error
  return { type: 'error', code, phase, message, hint, path: at ?? path, reply, retryable, exitCode }
}

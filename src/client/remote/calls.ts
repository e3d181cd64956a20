import {
  date,
  flag,
  type Kind,
  localPath,
  type OptionTable,
  object,
  oneOf,
  path,
  readOptions,
  readValue,
  whole,
  word,
} from '../../option-checks.js'
import type { CallOptions, Range } from '../../store.js'
import { CONFIGURE, CREDENTIALS } from '../options/connect-table.js'
import type { TransferOptions } from '../options/options.js'
import { CALL, HASHES, TRANSFER } from '../options/transfer-table.js'
import type { Remote } from './remote.js'

/** The methods of a remote. */
type Method = {
  [name in keyof Remote]: Remote[name] extends (...given: never[]) => unknown ? name : never
}[Exclude<keyof Remote, typeof Symbol.asyncDispose>]

/** What a method takes: its arguments by name, in their order, and the options behind them. */
export interface Call<O extends object = object> {
  readonly takes: Readonly<Record<string, Kind>>
  readonly options: OptionTable<O>
}

const type = {
  kind: oneOf('binary', 'ascii'),
  default: "`'binary'`, or what `configure()` set",
  text: "`'ascii'` converts line ends",
}
const from = { kind: whole(0), default: '0', text: 'the offset of the first byte; what is before it is kept' }
const end = whole(0)
const to = {
  kind: { ...end, fits: (value: unknown) => end.fits(value) || value === Number.POSITIVE_INFINITY },
  default: 'the end',
  text: 'the offset behind the last byte',
}
const verify = TRANSFER.verify
const append = { kind: flag, default: '`false`', text: 'adds to the end of the file' }

export const RECURSIVE = {
  makeDir: { kind: flag, default: '`false`', text: 'makes the parents too; a directory that exists is no error' },
  removeDir: {
    kind: flag,
    default: '`false`',
    text: 'removes everything in it; links are removed and never followed',
  },
}

/** Bytes or text, as writeFile() and write() of an open file take them. */
export const content: Kind = {
  says: 'a string, a Uint8Array or a Buffer',
  fits: (value) => typeof value === 'string' || value instanceof Uint8Array,
}

const source: Kind = {
  says: 'a local path, a Uint8Array, a readable stream or an iterable of bytes',
  fits: (value) =>
    typeof value === 'string' ? localPath.fits(value) : has(value, Symbol.asyncIterator) || has(value, Symbol.iterator),
}

const target: Kind = {
  says: 'a local path or a writable stream',
  fits: (value) => localPath.fits(value) || has(value, 'getWriter') || (has(value, 'write') && has(value, 'end')),
}

function has(value: unknown, method: string | symbol): boolean {
  if (typeof value !== 'object' || value === null) return false
  return typeof (value as Readonly<Record<string | symbol, unknown>>)[method] === 'function'
}

type Text = Pick<TransferOptions, 'type'>
type Checked = Pick<TransferOptions, 'verify'>

/** Every method of a remote. A method that is not here does not compile. */
export const CALLS = {
  list: { takes: { dir: path }, options: CALL },
  stat: { takes: { path }, options: CALL },
  exists: { takes: { path }, options: CALL },
  download: { takes: { remotePath: path, target }, options: TRANSFER },
  upload: { takes: { source, remotePath: path }, options: TRANSFER },
  read: {
    takes: { path },
    options: { from, to, type, verify, ...CALL } satisfies OptionTable<CallOptions & Range & Text & Checked>,
  },
  write: { takes: { path }, options: { append, type, verify, ...CALL } },
  readFile: {
    takes: { path },
    options: { from, to, verify, ...CALL } satisfies OptionTable<CallOptions & Range & Checked>,
  },
  writeFile: { takes: { path, data: content }, options: TRANSFER },
  remove: { takes: { path }, options: CALL },
  makeDir: { takes: { path }, options: { recursive: RECURSIVE.makeDir, ...CALL } },
  removeDir: { takes: { path }, options: { recursive: RECURSIVE.removeDir, ...CALL } },
  rename: { takes: { from: path, to: path }, options: CALL },
  setTimes: { takes: { path, modified: date }, options: CALL },
  setMode: { takes: { path, mode: { ...whole(0, 0o7777), says: 'permission bits such as 0o644' } }, options: CALL },
  link: { takes: { path, target: path }, options: CALL },
  space: { takes: { path }, options: CALL },
  checksum: { takes: { path, algorithm: oneOf(...HASHES) }, options: CALL },
  open: { takes: { path, mode: oneOf('r', 'w', 'a') }, options: { from, type, verify, ...CALL } },
  cwd: { takes: { path }, options: CALL },
  login: { takes: {}, options: CALL },
  logout: { takes: {}, options: CALL },
  configure: { takes: {}, options: CONFIGURE },
  setChannelMode: {
    takes: { channel: oneOf('command', 'data'), mode: oneOf('clear', 'secure') },
    options: CALL,
  },
  close: { takes: {}, options: {} },
} satisfies Readonly<Record<Method, Call>>

/** The arguments of login(), and of session.command(). */
const CREDENTIALS_KIND = object(CREDENTIALS, 'an object { user, password, account }')

/**
 * Returns the options of one call to work with, everything that the call was given checked. `given` are its arguments, in the order
 * of the table. Throws `bad-argument`.
 */
export function readCall<O extends object>(method: keyof typeof CALLS, given: readonly unknown[], options?: O): O {
  const { takes, options: table }: Call = CALLS[method]
  for (const [at, [name, kind]] of Object.entries(takes).entries())
    readValue(kind, given[at], `argument '${name}' of ${method}()`)
  return readOptions(table as OptionTable<O>, options)
}

/** What login() was given. */
export function readCredentials<O extends object>(given: O | undefined): O | undefined {
  if (given === undefined) return undefined
  return readValue(CREDENTIALS_KIND, given, "argument 'credentials' of login()") as O
}

/** The options of session.command(). */
export function readCommand(given: string, options: CallOptions | undefined): CallOptions {
  readValue(word, given, "argument 'line' of command()")
  return readOptions<CallOptions>(CALL, options)
}

import { isIP } from 'node:net'
import { badArgument } from './errors.js'
import { suggestion } from './nearest.js'
import { checkLine } from './path.js'
import { printable } from './printable.js'

/** What a value may be. */
export interface Kind {
  /** Stands behind 'must be': 'a string', 'true or false'. */
  readonly says: string
  readonly fits: (value: unknown) => boolean
  /** Returns the value to work with, what is inside checked. Absent: the value as it is. */
  readonly read?: (value: unknown, name: string) => unknown
  /** An error may show the value: it is no secret. */
  readonly shown?: boolean
}

/** One option: the checks, `--help` of an editor and the reference page come from here. */
export interface Option {
  readonly kind: Kind
  /** As the reference page shows it, in Markdown. Absent: no default worth a word. */
  readonly default?: string
  readonly text: string
  /** Refused when it is missing. */
  readonly required?: true
  /** Only URLs of this protocol take it. */
  readonly only?: 'ftp' | 'sftp'
}

/** The options of `T`, each by its name. */
export type OptionTable<T = unknown> = { readonly [name in keyof T]-?: Option }

/** The longest time that Node's timers can wait, in ms; beyond it they fire at once. */
export const LONGEST_TIMER = 2 ** 31 - 1

/**
 * Returns a copy of the options that were given, each read once and checked; undefined ones are left out. `within` stands before
 * the names: 'tls.'. Throws `bad-argument` for a name that the table lacks (it may have been meant to make a connection safer),
 * for a value of a wrong kind or out of range, and for what is no object of options at all.
 */
export function readOptions<T extends object>(table: OptionTable<T>, given: unknown, within = ''): T {
  const options = given === undefined ? {} : given
  if (!isOptions(options)) {
    const what = within === '' ? 'The options argument' : `The option '${within.slice(0, -1)}'`
    throw badArgument(`${what} is ${shape(options)}; it must be an object with options as its members.`)
  }
  const rows = table as Readonly<Record<string, Option>>
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(rows, name)) continue
    throw badArgument(
      `There is no option named '${within}${printable(name, 60)}'.`,
      suggestion(name.slice(0, 60), Object.keys(rows)),
    )
  }
  const found: Record<string, unknown> = {}
  for (const name in rows) {
    const row = rows[name]
    const value: unknown = (options as Readonly<Record<string, unknown>>)[name]
    if (row === undefined || (value === undefined && !row.required)) continue
    found[name] = readValue(row.kind, value, `option '${within}${name}'`)
  }
  return found as T
}

/** Returns one value to work with, checked. `what` names it: "option 'pool.max'". Throws `bad-argument`. */
export function readValue(kind: Kind, value: unknown, what: string): unknown {
  if (!kind.fits(value)) throw badArgument(`The ${what} is ${shape(value, kind)}; it must be ${kind.says}.`)
  return kind.read ? kind.read(value, what) : value
}

/** What a value is, for people; itself only where it cannot be a secret. */
function shape(value: unknown, kind?: Kind): string {
  if (value === null || value === undefined || typeof value === 'boolean') return String(value)
  if (value === '') return 'an empty string'
  if (kind?.shown && typeof value === 'number') return String(value)
  if (kind?.shown && typeof value === 'string') return `'${printable(value, 60)}'`
  if (Array.isArray(value)) return 'an array'
  return /^[aeiou]/.test(typeof value) ? `an ${typeof value}` : `a ${typeof value}`
}

/** Not an AbortSignal, a Date or another thing that happens to have none of the names. */
function isOptions(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return ['[object Object]', '[object Module]'].includes(Object.prototype.toString.call(value))
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

export const flag: Kind = { says: 'true or false', fits: (value) => typeof value === 'boolean' }

export const no: Kind = { says: 'false', fits: (value) => value === false }

export const text: Kind = { says: 'a string', fits: isText }

/** A string that goes out as part of a line. */
export const line: Kind = { says: 'a string', fits: isText, read: readLine }

export const word: Kind = {
  says: 'a string that is not empty',
  fits: (value) => isText(value) && value !== '',
  read: readLine,
}

/** The path of a remote file or directory. */
export const path: Kind = { ...word, says: 'a path: a string that is not empty' }

/** The path of a file on this machine: no file system takes a NUL in a name. */
export const localPath: Kind = {
  says: 'a path: a string that is not empty and has no NUL in it',
  fits: (value) => isText(value) && value !== '' && !value.includes('\0'),
}

/** A string, or a function that fetches it. */
export const secret: Kind = {
  says: 'a string, or a function that resolves to one',
  fits: (value) => isText(value) || isFunction(value),
}

export const callback: Kind = { says: 'a function', fits: isFunction }

export const bytes: Kind = { says: 'a Uint8Array or Buffer', fits: (value) => isTagged(value, 'Uint8Array') }

export const date: Kind = {
  says: 'a valid Date',
  fits: (value) => isTagged(value, 'Date') && !Number.isNaN(Number(value)),
}

export const ipAddress: Kind = {
  says: 'an IP address; a name cannot be advertised',
  fits: (value) => isText(value) && isIP(value) !== 0,
  shown: true,
}

/** Milliseconds, as far as timers can wait. */
export const milliseconds: Kind = {
  says: 'a number of milliseconds from 1 to 2147483647',
  fits: (value) => typeof value === 'number' && value >= 1 && value <= LONGEST_TIMER,
  shown: true,
}

export const bytesPerSecond: Kind = {
  says: 'a number of bytes per second above 0',
  fits: (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
  shown: true,
}

/** Whole numbers from `low` to `high`, both included. */
export function whole(low: number, high = Number.MAX_SAFE_INTEGER): Kind {
  const end = high === Number.MAX_SAFE_INTEGER ? ` of ${low} or more` : ` from ${low} to ${high}`
  const fits = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= low && Number(value) <= high
  return { says: `a whole number${end}`, fits, shown: true }
}

/** First and last port of a range. */
export const portRange: Kind = {
  says: 'a range of ports: [low, high] with 1 ≤ low ≤ high ≤ 65535',
  fits(value) {
    const [low, high]: readonly unknown[] = Array.isArray(value) && value.length === 2 ? value : []
    return isPort(low) && isPort(high) && low <= high
  },
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535
}

/** One of these words. */
export function oneOf(...words: readonly string[]): Kind {
  const says = words.map((word) => `'${word}'`).join(', ')
  return {
    says: words.length > 1 ? `one of ${says}` : says,
    fits: (value) => isText(value) && words.includes(value),
    shown: true,
  }
}

export function listOf(kind: Kind, says = `a list, each ${kind.says}`): Kind {
  const read = (value: unknown, what: string): unknown =>
    [...(value as readonly unknown[])].map((one) => readValue(kind, one, `entry of the ${what}`))
  return { says, fits: Array.isArray, read }
}

/** One, or a list of them. */
export function oneOrMore(kind: Kind): Kind {
  return either(kind, listOf(kind, 'a list of such'))
}

/** Options within an option; `says` what they are, without which they are 'an object'. */
export function object<T extends object>(table: OptionTable<T>, says = 'an object'): Kind {
  const read = (value: unknown, what: string): unknown =>
    readOptions(table, value, `${what.replace(/^.*option '|'$/g, '')}.`)
  return { says, fits: isOptions, read }
}

/** An object with values of one kind under any names. */
export function record(kind: Kind, says: string): Kind {
  const read = (value: unknown, what: string): unknown =>
    Object.fromEntries(
      Object.entries(value as object).map(([key, one]) => [key, readValue(kind, one, `member of the ${what}`)]),
    )
  return { says, fits: isOptions, read }
}

/** The first of these that the value fits. */
export function either(...kinds: readonly Kind[]): Kind {
  const kindOf = (value: unknown): Kind | undefined => kinds.find((kind) => kind.fits(value))
  return {
    says: kinds.map(({ says }) => says).join(', or '),
    fits: (value) => kindOf(value) !== undefined,
    read: (value, what) => kindOf(value)?.read?.(value, what) ?? value,
    shown: kinds.every(({ shown }) => shown),
  }
}

/** An AbortSignal, also one of another realm or of a polyfill. */
export const signal: Kind = { says: 'an AbortSignal', fits: isSignal, read: ownSignal }

function isSignal(value: unknown): value is AbortSignal {
  if (typeof value !== 'object' || value === null) return false
  const { aborted, addEventListener } = value as Partial<AbortSignal>
  return typeof aborted === 'boolean' && isFunction(addEventListener)
}

/** One listener on each foreign signal, however many calls it is given to. */
const twins = new WeakMap<object, AbortSignal>()

/** AbortSignal.any() hears only signals of Node's own class. */
function ownSignal(value: unknown): unknown {
  if (value instanceof AbortSignal) return value
  const given = value as AbortSignal
  const known = twins.get(given)
  if (known) return known
  const twin = new AbortController()
  const tell = (): void => twin.abort(given.reason)
  if (given.aborted) tell()
  else given.addEventListener('abort', tell, { once: true })
  twins.set(given, twin.signal)
  return twin.signal
}

function readLine(value: unknown, what: string): unknown {
  checkLine(String(value), what)
  return value
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function isTagged(value: unknown, tag: string): boolean {
  return Object.prototype.toString.call(value) === `[object ${tag}]`
}

import type { Client, Need } from '../client/client.js'
import { FTP_STATUS_READ } from '../constants/constants.js'
import { invalid } from '../constants/errors.js'

/** One input parameter: its name in the API, and its allowed values. */
export interface Parameter<T> {
  readonly name: string
  readonly wanted: string
  fits(value: unknown): value is T
}

/** The result of a call: the function's return value, and what it writes through its pointers, in their order. */
export interface Answer {
  readonly result: number | boolean
  readonly out?: readonly object[]
}

/** The calling thread. */
export interface Caller {
  /** As FtpAttachThread counts. */
  readonly thread: number
  /** Calls the thread's event function. */
  notify(event: number, error: number): void
}

export interface Context {
  /** Fires with FtpCancel. */
  readonly signal: AbortSignal
  readonly caller: Caller
  /** Ends the handle and its connection. */
  end(): Promise<void>
}

/** One function on a handle, as the thread that holds the handle runs it. */
export interface Call<A extends readonly unknown[]> {
  readonly takes: { readonly [K in keyof A]: Parameter<A[K]> }
  /** Names of the parameters that it writes to. */
  readonly gives: readonly string[]
  /** The return value on failure. */
  readonly failure: number | false
  readonly needs: Need
  /** Allowed from any thread, immediately, beside a running call. */
  readonly always: boolean
  /** The FtpGetStatus value while it runs. */
  readonly status: number
  /** The reply codes that complete it, preferred first; none: the last reply counts. */
  readonly completes: readonly number[]
  run(client: Client, args: A, context: Context): Promise<Answer> | Answer
}

/** The replies that complete a transfer (RFC 959 section 5.4). 250 last: it also answers other commands around a transfer. */
export const COMPLETES: readonly number[] = [226, 225, 250]

/** The replies that announce a data connection. */
export const BEGINS: readonly number[] = [150, 125]

type Given<A extends readonly unknown[]> = Pick<Call<A>, 'takes' | 'run'> & Partial<Omit<Call<A>, 'takes' | 'run'>>

/** Defines a call; by default it is the owner's, waits its turn, requires a login and returns a result code. */
export function call<A extends readonly unknown[]>(given: Given<A>): Call<A> {
  return { gives: [], failure: -1, needs: 'login', always: false, status: FTP_STATUS_READ, completes: [], ...given }
}

/** Throws an invalid parameter unless every argument is allowed. */
export function checkArguments(takes: readonly Parameter<unknown>[], args: readonly unknown[]): void {
  takes.forEach(({ name, wanted, fits }, at) => {
    if (!fits(args[at])) throw invalid(`${name} is ${shown(args[at])}; it has to be ${wanted}.`)
  })
}

/** Describes a wrong value without its content: it may be a secret. */
function shown(value: unknown): string {
  if (typeof value === 'number') return String(value)
  return value === null ? 'null' : value === '' ? 'empty' : `of type ${typeof value}`
}

export function text(name: string): Parameter<string> {
  return {
    name,
    wanted: 'a text that is not empty',
    fits: (value): value is string => typeof value === 'string' && value !== '',
  }
}

/** A text where the API allows NULL, which means the same as an empty one. */
export function textOrNull(name: string): Parameter<string | null> {
  return { name, wanted: 'a text or null', fits: (value) => typeof value === 'string' || value === null }
}

export function anyText(name: string): Parameter<string> {
  return { name, wanted: 'a text', fits: (value) => typeof value === 'string' }
}

export function oneOf(name: string, ...values: number[]): Parameter<number> {
  return {
    name,
    wanted: `one of ${values.join(', ')}`,
    fits: (value): value is number => values.includes(value as number),
  }
}

/** A whole number in a range. */
export function whole(name: string, least = 0, most = Number.MAX_SAFE_INTEGER): Parameter<number> {
  return {
    name,
    wanted: `a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ' on'}`,
    fits: (value): value is number => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most,
  }
}

/** Bits that are tested one by one: bit operations use 32 bits and silently drop the rest. */
export function optionBits(name: string): Parameter<number> {
  return whole(name, 0, 0x7fff_ffff)
}

export function flag(name: string): Parameter<boolean> {
  return { name, wanted: 'true or false', fits: (value) => typeof value === 'boolean' }
}

export function bytes(name: string): Parameter<Uint8Array> {
  return { name, wanted: 'bytes (a Uint8Array)', fits: (value) => value instanceof Uint8Array }
}

/** Reserved: 0. */
export function reserved(name: string): Parameter<number> {
  return { name, wanted: '0', fits: (value): value is number => value === 0 }
}

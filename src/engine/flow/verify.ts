import { TransferError } from '../../errors.js'
import { type Hasher, hasher } from '../../hash.js'
import type { Slab } from '../../slab.js'
import type { HashName, Store } from '../../store.js'

export type VerifyMethod = HashName | 'size'

/** `true`: md5, else crc32, else size. 'hash': the best hash that both sides support. A method or a list: exactly these, in this order. */
export type Verify = boolean | VerifyMethod | 'hash' | readonly (VerifyMethod | 'hash')[]

export interface VerifyPlan {
  readonly methods: readonly VerifyMethod[]
  /** The caller named the methods: it is an error when none of them can be used. */
  readonly strict: boolean
}

const ALWAYS: readonly VerifyMethod[] = ['md5', 'crc32', 'size']
const HASHES: readonly HashName[] = ['sha256', 'sha512', 'sha1', 'md5', 'crc32']

/** Returns the requested methods as a list; undefined when nothing is to be verified. */
export function verifyPlan(requested: Verify | undefined): VerifyPlan | undefined {
  if (requested === undefined || requested === false) return undefined
  if (requested === true) return { methods: ALWAYS, strict: false }
  const named = (Array.isArray(requested) ? requested : [requested]) as readonly (VerifyMethod | 'hash')[]
  const methods = named.flatMap<VerifyMethod>((method) => (method === 'hash' ? HASHES : [method]))
  return methods.length === 0 ? undefined : { methods: [...new Set(methods)], strict: true }
}

/** Hashes the bytes during the transfer, so that the file need not be read again. */
export class Tap {
  readonly #hashers: ReadonlyMap<HashName, Hasher>
  readonly #done = new Map<HashName, string>()
  #bytes = 0

  constructor(names: readonly HashName[]) {
    this.#hashers = new Map(names.map((name) => [name, hasher(name)]))
  }

  get bytes(): number {
    return this.#bytes
  }

  update(slab: Slab): void {
    this.#bytes += slab.length
    for (const hash of this.#hashers.values()) for (const chunk of slab.chunks) hash.update(chunk)
  }

  /** Returns the hash of all bytes; undefined when it was not computed. No bytes may follow. */
  hex(name: HashName): string | undefined {
    const known = this.#done.get(name)
    if (known !== undefined) return known
    const hex = this.#hashers.get(name)?.hex()
    if (hex !== undefined) this.#done.set(name, hex)
    return hex
  }
}

/** Returns a tap for the methods that the remote store supports. */
export function tapFor(plan: VerifyPlan | undefined, far: Store | undefined): Tap {
  const offered = far?.can.checksums ?? []
  return new Tap(offered.filter((name) => plan?.methods.includes(name)))
}

/** One copy of the file. A tap represents the local side: the bytes that passed are the file's. */
export interface Side {
  readonly store?: Store
  readonly path: string
  readonly tap?: Tap
}

export interface Verification {
  readonly plan: VerifyPlan
  readonly source: Side
  readonly target: Side
  readonly signal?: AbortSignal
}

/**
 * Compares both sides by the first method that both support and resolves with it; with undefined when there is none and the caller
 * named none. Rejects with `mismatch` when they differ, `not-supported` when none of the named methods can be used.
 */
export async function verify(what: Verification): Promise<{ method: VerifyMethod } | undefined> {
  const { plan, source, target } = what
  for (const method of plan.methods) {
    const original = await valueBy(source, method, what.signal)
    if (original === undefined) continue
    const arrived = await valueBy(target, method, what.signal)
    if (arrived === undefined) continue
    if (original !== arrived) throw mismatch(method, what, { original, arrived })
    return { method }
  }
  if (plan.strict) throw impossible(what)
  return undefined
}

async function valueBy(side: Side, method: VerifyMethod, signal?: AbortSignal): Promise<string | undefined> {
  if (method === 'size') return (await sizeOf(side, signal))?.toString()
  const hex = side.tap?.hex(method) ?? (await askHash(side, method, signal))
  return hex?.toLowerCase().replace(/^0+(?=.)/, '')
}

async function sizeOf({ store, path, tap }: Side, signal?: AbortSignal): Promise<number | undefined> {
  if (tap) return tap.bytes
  return await unless(SIZE_FORBIDDEN, async () => (await store?.stat(path, { signal }))?.size)
}

async function askHash({ store, path }: Side, name: HashName, signal?: AbortSignal): Promise<string | undefined> {
  return await unless(UNSUPPORTED, async () => await store?.checksum?.(path, name, { signal }))
}

async function unless<T>(codes: ReadonlySet<string>, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof TransferError && codes.has(error.code)) return undefined
    throw error
  }
}

const UNSUPPORTED: ReadonlySet<string> = new Set(['not-supported'])
/** Codes of a store that forbids reading the size, which is no evidence against the file. */
const SIZE_FORBIDDEN: ReadonlySet<string> = new Set(['not-supported', 'permission-denied', 'refused'])

function mismatch(
  method: VerifyMethod,
  { source, target }: Verification,
  { original, arrived }: { original: string; arrived: string },
): TransferError {
  const message = `The copy differs from the original: its ${method} is ${arrived}, not ${original}.`
  return new TransferError('mismatch', message, {
    phase: 'verify',
    path: target.path || source.path,
  })
}

function impossible({ plan, source, target }: Verification): TransferError {
  const methods = plan.methods.join(', ')
  return new TransferError('not-supported', `The file cannot be verified: neither side supports ${methods}.`, {
    phase: 'verify',
    path: target.path || source.path,
    hint: "Use verify: true, which uses the best supported method, or add 'size'.",
  })
}

import { badArgument, TransferError } from '../../errors.js'
import { suggestion } from '../../nearest.js'
import { checkLine } from '../../path.js'
import type { HashName, Store } from '../../store.js'

export const NOTHING: Store['can'] = {
  ranges: false,
  resume: false,
  lookAhead: false,
  checksums: [],
  times: false,
  modes: false,
  links: false,
  stat: false,
}

/** Refuses a path that could not be sent, before anything is. */
export function checkPath(path: string, what: string): void {
  if (typeof path !== 'string' || path === '')
    throw badArgument(`The ${what} is not a text with at least one character.`)
  checkLine(path, what)
}

const HASHES: readonly HashName[] = ['md5', 'sha1', 'sha256', 'sha512', 'crc32']

/** What an option may be: kinds of `typeof` joined by ' or ', or one of these words. */
export type Kinds = string | readonly string[]

/**
 * Refuses an option that has no such name, or a value that is not what the table says; null is nothing. A name that is not known must
 * not be ignored: it may have been meant to make the connection safer. `within` stands before the names: 'tls.'.
 */
export function checkOptions(options: object, kinds: Readonly<Record<string, Kinds>>, within = ''): void {
  for (const [name, value] of Object.entries(options)) {
    const allowed = Object.hasOwn(kinds, name) ? kinds[name] : undefined
    if (allowed === undefined)
      throw badArgument(`There is no option named '${within}${name}'.`, suggestion(name, Object.keys(kinds)))
    if (value === undefined || fits(value, allowed)) continue
    const wanted = typeof allowed === 'string' ? allowed : allowed.map((one) => `'${one}'`).join(', ')
    throw badArgument(`The option '${within}${name}' is not one of these: ${wanted}.`)
  }
}

function fits(value: unknown, allowed: Kinds): boolean {
  if (typeof allowed !== 'string') return typeof value === 'string' && allowed.includes(value)
  return allowed.split(' or ').includes(typeof value) && value !== null
}

/** Refuses options of another protocol: ignored, they would leave the caller with less than was asked for. */
export function refuseForeign<K extends string>(
  scheme: string,
  options: { readonly [name in K]?: unknown },
  foreign: readonly K[],
  why: string,
): void {
  const found = foreign.find((name) => options[name] !== undefined)
  if (found !== undefined)
    throw badArgument(`The option ${found} cannot be used with ${scheme}://: it ${why}`, 'Leave it out.')
}

/** Refuses a checksum that has no such name. */
export function checkHash(algorithm: string): void {
  if (!HASHES.some((one) => one === algorithm))
    throw badArgument(`There is no checksum named '${algorithm}'.`, suggestion(algorithm, HASHES))
}

/** Refuses a wish for verification that names something unknown. */
export function checkVerify(verify: unknown): void {
  if (verify === undefined || typeof verify === 'boolean') return
  if (!Array.isArray(verify)) throw badArgument('verify is neither true, false nor a list of methods.')
  for (const method of verify) if (method !== 'size') checkHash(String(method))
}

/** An optional method of a store, bound to it; `not-supported` when the store has none. */
export function required<K extends 'setTimes' | 'setMode' | 'checksum' | 'space' | 'link' | 'asText' | 'asPacked'>(
  store: Store,
  method: K,
  what: string,
): NonNullable<Store[K]> {
  const found = store[method]
  if (!found) throw new TransferError('not-supported', `${store.describe} cannot ${what}.`, { phase: 'command' })
  return found.bind(store) as NonNullable<Store[K]>
}

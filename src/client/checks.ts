import { badArgument, TransferError } from '../errors.js'
import { checkLine } from '../path.js'
import type { Store } from '../store.js'
import type { Borrowed } from './connection.js'

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

/** An optional method of a store, bound to it; `not-supported` when the store has none. */
export function required<K extends 'setTimes' | 'setMode' | 'checksum' | 'asText'>(
  store: Store,
  method: K,
  what: string,
): NonNullable<Store[K]> {
  const found = store[method]
  if (!found) throw new TransferError('not-supported', `${store.describe} cannot ${what}.`, { phase: 'command' })
  return found.bind(store) as NonNullable<Store[K]>
}

export async function heldBy<T>(borrowed: Borrowed, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    borrowed.release()
    throw error
  }
}

import { unlessAborted } from '../../deadline.js'
import { badArgument, TransferError } from '../../errors.js'
import type { Secret } from './options.js'

/** A secret's value, fetched when it is a function. Rejects as fetched() does. */
export async function reveal(
  secret: Secret | undefined,
  what: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  return typeof secret === 'function' ? await fetched(secret, what, signal) : secret
}

/**
 * What a function of the caller's resolves to. Rejects with `local` when it fails, `bad-argument` when that is no string, and as soon
 * as the signal fires, whether the function ever settles or not.
 */
export async function fetched(
  secret: () => Promise<string>,
  what: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  let value: unknown
  try {
    value = await unlessAborted(Promise.resolve(secret()), signal, 'login')
  } catch (cause) {
    if (cause instanceof TransferError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new TransferError('local', `The function for the ${what} failed: ${reason}.`, { phase: 'login', cause })
  }
  if (typeof value === 'string') return value
  throw badArgument(`The function for the ${what} resolved to no string.`, 'Return a string, or a promise of one.')
}

import type { Call } from './call.js'
import { directoryCalls } from './directories.js'
import { fileCalls } from './files.js'
import { sessionCalls } from './session.js'
import { transferCalls } from './transfers.js'

/** Every function on a handle, by name, as the thread that holds the handle runs it. */
export const CALLS = { ...sessionCalls, ...transferCalls, ...fileCalls, ...directoryCalls }

export type CallName = keyof typeof CALLS

export type ArgumentsOf<N extends CallName> = (typeof CALLS)[N] extends Call<infer A> ? A : never

/** Returns the call of a name that may come from another thread. */
export function callNamed(name: string): Call<readonly unknown[]> | undefined {
  return Object.hasOwn(CALLS, name) ? (CALLS[name as CallName] as unknown as Call<readonly unknown[]>) : undefined
}

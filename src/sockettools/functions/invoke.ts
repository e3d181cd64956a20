import { type ArgumentsOf, type CallName, callNamed } from '../calls/table.js'
import { failureOf, invalid, setLastFailure } from '../constants/errors.js'
import { ask } from '../handles/handles.js'

/** Runs a function on a handle; resolves with a number, also on failure. */
export async function number<N extends CallName>(
  name: N,
  hClient: number,
  args: ArgumentsOf<N>,
  pointers: readonly unknown[] = [],
): Promise<number> {
  return Number(await invoke(name, hClient, args, pointers))
}

/** Runs a function on a handle; resolves with whether it succeeded. */
export async function truth<N extends CallName>(
  name: N,
  hClient: number,
  args: ArgumentsOf<N>,
  pointers: readonly unknown[] = [],
): Promise<boolean> {
  return Boolean(await invoke(name, hClient, args, pointers))
}

async function invoke<N extends CallName>(
  name: N,
  hClient: number,
  args: ArgumentsOf<N>,
  pointers: readonly unknown[],
): Promise<number | boolean> {
  const { gives, failure } = callNamed(name) ?? { gives: [], failure: -1 }
  return await attempt(failure, async () => {
    const targets = gives.map((parameter, at) => pointer(parameter, pointers[at]))
    const { result, out = [] } = await ask(name, hClient, args)
    for (const [at, target] of targets.entries()) fill(target, out[at] ?? {})
    return result
  })
}

/** Runs `work`; on failure stores the error and resolves with `failed`. */
export async function attempt<T>(failed: T, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    setLastFailure(failureOf(error))
    return failed
  }
}

/** Checks a parameter that the API writes through. */
export function pointer(name: string, target: unknown): object {
  if (typeof target === 'object' && target !== null) return target
  throw invalid(`${name} is not an object to be filled in, such as { value: … }.`)
}

export function fill(target: object, content: object): void {
  if (Array.isArray(target) && Array.isArray(content)) target.splice(0, target.length, ...content)
  else Object.assign(target, content)
}

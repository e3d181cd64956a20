import type { Context } from './context.js'

/**
 * Does the work for each item, as many at a time as --parallel says. What fails is told at once and the rest goes on; when it was
 * cancelled nothing more begins. Answers the exit code of the first failure, or 0.
 */
export async function each<T>(
  items: readonly T[],
  { settings, terminal, signal }: Context,
  work: (item: T) => Promise<void>,
): Promise<number> {
  const waiting = items.values()
  let first = 0
  const lane = async (): Promise<void> => {
    for (const item of waiting) {
      if (signal.aborted && first !== 0) return
      try {
        await work(item)
      } catch (error) {
        const code = terminal.fail(error)
        if (first === 0) first = code
      }
    }
  }
  await Promise.all(Array.from({ length: settings.connect.pool?.max ?? 1 }, lane))
  return first
}

import type { Context } from './context.js'

/**
 * Runs `work` for each item, as many at a time as --parallel allows. A failure is reported at once and the others go on; after a
 * cancellation no further item is started. Resolves with the exit code of the first failure, or 0.
 */
export async function forEachParallel<T>(
  items: readonly T[],
  { settings, terminal, signal }: Context,
  work: (item: T) => Promise<void>,
): Promise<number> {
  const waiting = items.values()
  let first = 0
  const worker = async (): Promise<void> => {
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
  await Promise.all(Array.from({ length: settings.connect.pool?.max ?? 1 }, worker))
  return first
}

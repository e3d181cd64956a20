import { unlessAborted } from '../../deadline.js'
import { throwIfAborted } from '../../errors.js'

/** The engine's clock, so that tests can replace it. */
export interface Clock {
  /** Milliseconds since a fixed moment; monotonic. */
  now(): number
  /** Calls `run` once after `ms` milliseconds unless the returned function is called first. `aside`: does not keep the process alive. */
  after(ms: number, run: () => void, aside?: boolean): () => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, run, aside) {
    const timer = setTimeout(run, ms)
    if (aside) timer.unref()
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms` milliseconds; rejects with `aborted` when the signal fires first. */
export async function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  throwIfAborted(signal, 'transfer')
  let cancel = (): void => {}
  const over = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve)
  })
  try {
    await unlessAborted(over, signal, 'transfer')
  } finally {
    cancel()
  }
}

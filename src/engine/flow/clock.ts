import { unlessAborted } from '../../deadline.js'
import { throwIfAborted } from '../../errors.js'

/** Time as the engine sees it, so that tests can own it. */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number
  /** Runs `run` once after `ms` milliseconds unless the function it answers is called first. `aside`: no process stays for it. */
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

import { aborted, type Phase, throwIfAborted } from '../../errors.js'

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

/** The outcome of `work`, or the signal's error as soon as it fires; what becomes of `work` then is not waited for. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined, phase: Phase): Promise<T> {
  if (!signal) return work
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(aborted(signal, phase))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).then(() => signal.removeEventListener('abort', stop))
  })
}

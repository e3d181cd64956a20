/**
 * Runs `run` once when the signal fires; returns how to stop waiting for that. Whatever number of calls wait for one signal, it has
 * one listener of ours: Node warns of a leak from the eleventh on (MaxListenersExceededWarning), and callers often share a signal
 * between all their calls. A signal that has fired already runs nothing.
 */
export function onAbort(signal: AbortSignal | undefined, run: () => void): () => void {
  if (!signal || signal.aborted) return () => {}
  const fan = fans.get(signal) ?? new Fan(signal)
  return fan.add(run)
}

const fans = new WeakMap<AbortSignal, Fan>()

/** The one listener of a signal, for as long as something waits for it. */
class Fan {
  readonly #signal: AbortSignal
  readonly #waiting = new Set<{ readonly run: () => void }>()

  constructor(signal: AbortSignal) {
    this.#signal = signal
    fans.set(signal, this)
  }

  add(run: () => void): () => void {
    const waiter = { run }
    if (this.#waiting.size === 0) this.#signal.addEventListener('abort', this.#fire)
    this.#waiting.add(waiter)
    return () => {
      if (this.#waiting.delete(waiter) && this.#waiting.size === 0)
        this.#signal.removeEventListener('abort', this.#fire)
    }
  }

  readonly #fire = (): void => {
    this.#signal.removeEventListener('abort', this.#fire)
    const waiting = [...this.#waiting]
    for (const waiter of waiting) if (this.#waiting.delete(waiter)) waiter.run()
  }
}

import { aborted, type Phase, TransferError } from '../errors.js'

/** How long each kind of wait may last, in milliseconds. */
export interface Limits {
  /** To reach an address: name look-up, TCP, a proxy's handshake, the greeting. */
  readonly connect: number
  /** For the reply to an ordinary command. */
  readonly reply: number
  /** Without a byte on a data connection while we are waiting for the peer. */
  readonly idle: number
  /** For the final reply of a transfer, and for a checksum. */
  readonly confirm: number
  /** For a whole call. Absent: no limit. */
  readonly total?: number
}

export interface Deadline {
  readonly limit: number
  readonly signal?: AbortSignal
  readonly phase: Phase
  /** What did not happen: 'no reply to SIZE'. */
  readonly what: string
  readonly hint?: string
}

/**
 * Runs `work` under a limit. The signal handed to it fires when the limit passes or the caller's own signal does; the error that
 * leaves is a `timeout` or an `aborted`, also when `work` itself never settles.
 */
export async function within<T>(deadline: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { signal, phase } = deadline
  if (signal?.aborted) throw aborted(signal, phase)
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(timedOut(deadline)), deadline.limit)
  const forward = (): void => stop.abort(signal && aborted(signal, phase))
  signal?.addEventListener('abort', forward, { once: true })
  try {
    return await unlessAborted(work(stop.signal), stop.signal, phase)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', forward)
  }
}

/**
 * The same for work that cannot be told to stop: it is left alone when the limit passes or the signal fires. Every reply and every
 * slab is waited for in this way, so it makes neither a signal nor a race.
 */
export async function inTime<T>(deadline: Deadline, work: () => Promise<T>): Promise<T> {
  const { signal, phase, limit } = deadline
  if (signal?.aborted) throw aborted(signal, phase)
  const outcome = work()
  return await new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => leave(timedOut(deadline)), limit)
    const stop = (): void => leave(signal && aborted(signal, phase))
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
    const leave = (error: TransferError | undefined): void => {
      done()
      reject(error)
    }
    signal?.addEventListener('abort', stop, { once: true })
    outcome.then(
      (value) => {
        done()
        resolve(value)
      },
      (error) => {
        done()
        reject(error)
      },
    )
  })
}

function timedOut({ limit, phase, what, hint }: Deadline): TransferError {
  return new TransferError('timeout', `Gave up after ${limit} ms: ${what}.`, { phase, retryable: true, hint })
}

/** The outcome of `work`, or the signal's error as soon as it fires; what `work` does afterwards is not waited for. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined, phase: Phase): Promise<T> {
  if (!signal) return await work
  let stop = (): void => {}
  const fired = new Promise<never>((_, reject) => {
    stop = () => reject(aborted(signal, phase))
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  fired.catch(() => {})
  work.catch(() => {})
  try {
    return await Promise.race([work, fired])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

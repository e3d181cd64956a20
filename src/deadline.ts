import { aborted, type Phase, TransferError } from './errors.js'
import { onAbort } from './on-abort.js'

/** Limits for each kind of wait, in milliseconds. */
export interface Limits {
  /** To connect: name look-up, TCP, a proxy's handshake, the greeting. */
  readonly connect: number
  /** For the reply to an ordinary command. */
  readonly reply: number
  /** Without a byte on a data connection, in either direction, while waiting for the peer. */
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
  /**
   * Returns a number that changes when there is progress, which lets the limit begin anew. It is called a few times per limit, so that
   * `timeout` comes up to a quarter of the limit late.
   */
  readonly progress?: () => number
  /** Called before the `timeout` is thrown. */
  readonly onTimeout?: (error: TransferError) => void
}

/**
 * Runs `work` under a limit. The signal passed to it fires when the limit passes or the caller's own signal does; rejects with
 * `timeout` or `aborted` then, even when `work` never settles.
 */
export function within<T>(deadline: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController()
  return watched(
    deadline,
    () => work(stop.signal),
    (error) => stop.abort(error),
  )
}

/** Like `within`, for work that cannot be stopped: it goes on when the limit passes or the signal fires, and its outcome is ignored. */
export function inTime<T>(deadline: Deadline, work: () => Promise<T>): Promise<T> {
  return watched(deadline, work, () => {})
}

/** Creates no promise but the one it returns, since every reply, slab and connection is awaited this way. */
function watched<T>(
  deadline: Deadline,
  work: () => Promise<T>,
  tell: (error: TransferError | undefined) => void,
): Promise<T> {
  const { signal, phase } = deadline
  if (signal?.aborted) return Promise.reject(aborted(signal, phase))
  return new Promise<T>((resolve, reject) => {
    const stopClock = clock(deadline, () => {
      const error = timedOut(deadline)
      deadline.onTimeout?.(error)
      leave(error)
    })
    const forget = onAbort(signal, () => leave(signal && aborted(signal, phase)))
    const done = (): void => {
      stopClock()
      forget()
    }
    const leave = (error: TransferError | undefined): void => {
      done()
      reject(error)
      tell(error)
    }
    const failed = (error: unknown): void => {
      done()
      reject(error)
    }
    try {
      work().then((value) => {
        done()
        resolve(value)
      }, failed)
    } catch (error) {
      failed(error)
    }
  })
}

/** Looks at the progress in a limit without any. A loop that was blocked sees several looks as one, and then what arrived meanwhile. */
const LOOKS = 4

/** Calls `fire` once the limit has passed, or has passed without progress. Returns a function that ends this. */
function clock({ limit, progress }: Deadline, fire: () => void): () => void {
  if (!progress) {
    const timer = setTimeout(fire, limit)
    return () => clearTimeout(timer)
  }
  let seen: number | undefined
  let quiet = 0
  const look = (): void => {
    const now = progress()
    quiet = now === seen ? quiet + 1 : 0
    seen = now
    if (quiet === LOOKS) fire()
    else timer = setTimeout(look, limit / LOOKS)
  }
  let timer = setTimeout(look, limit / LOOKS)
  return () => clearTimeout(timer)
}

function timedOut({ limit, phase, what, hint }: Deadline): TransferError {
  return new TransferError('timeout', `Gave up after ${limit} ms: ${what}.`, { phase, retryable: true, hint })
}

/** Settles like `work`, or rejects with `aborted` as soon as the signal fires; `work` itself goes on. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined, phase: Phase): Promise<T> {
  if (!signal) return work
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(aborted(signal, phase))
    if (signal.aborted) stop()
    const forget = onAbort(signal, stop)
    work.then(resolve, reject).then(forget)
  })
}

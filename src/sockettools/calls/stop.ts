/**
 * Stops `work` when `signal` fires: files and listings stay open between calls and have their own signal, which FtpCancel of a running
 * call must fire too.
 */
export async function stoppedBy<T>(signal: AbortSignal, stop: AbortController, work: Promise<T>): Promise<T> {
  const onAbort = (): void => stop.abort(signal.reason)
  signal.addEventListener('abort', onAbort)
  try {
    return await work
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

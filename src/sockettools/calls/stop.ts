/**
 * What stays open between calls has a signal of its own: FtpCancel ends the call that is running, and with it the file or listing
 * it works on.
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

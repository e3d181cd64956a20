import type { Readable, Writable } from 'node:stream'

/** What is asked of a stream of the caller's before it is used: streams of other realms and older packages fit too. */
type NodeStream = Pick<Readable | Writable, 'destroyed' | 'closed'> & {
  destroy(error?: Error): unknown
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

const ignore = (): void => {}

export function isNodeStream(value: unknown): value is NodeStream {
  return has(value, 'destroy') && has(value, 'on') && has(value, 'off')
}

/** Whether `value` has a method of this name. */
export function has<K extends string | symbol>(value: unknown, method: K): value is Record<K, () => unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function'
}

/**
 * Runs a call that was given `stream`. An error that the stream emits before it is used, or after the call has ended it, is no
 * uncaught exception. When the call is cancelled the stream is destroyed with the error, also when it was not used yet.
 */
export async function withStream<T>(
  stream: unknown,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const forget = isNodeStream(stream) ? ignoreErrors(stream) : ignore
  try {
    return await work()
  } catch (error) {
    if (signal?.aborted) endStream(stream, error)
    throw error
  } finally {
    forget()
  }
}

/** Destroys, cancels or aborts a stream with the error, as its kind is ended, and waits for nothing. Never throws. */
export function endStream(stream: unknown, reason: unknown): void {
  const error = reason instanceof Error ? reason : undefined
  try {
    if (isStandard(stream)) return
    if (isNodeStream(stream)) destroy(stream, error)
    else if (has(stream, 'getReader')) letGo(stream as unknown as ReadableStream, 'cancel', error)
    else if (has(stream, 'getWriter')) letGo(stream as unknown as WritableStream, 'abort', error)
  } catch {
    // the caller's own code threw; the call has its error already
  }
}

/** The terminal is not ours to close. */
export function isStandard(stream: unknown): boolean {
  return stream === process.stdout || stream === process.stderr
}

/** Runs the caller's code and forgets it: neither its outcome nor its failure is waited for. */
export function unattended(work: () => unknown): void {
  try {
    Promise.resolve(work()).catch(ignore)
  } catch {
    // as above
  }
}

function letGo<K extends string>(stream: Record<K, (reason: unknown) => unknown>, method: K, error: unknown): void {
  unattended(() => stream[method](error))
}

function destroy(stream: NodeStream, error: Error | undefined): void {
  if (stream.destroyed) return
  const forget = ignoreErrors(stream)
  stream.destroy(error)
  forget()
}

/** Returns a function that ends this; where the stream was destroyed meanwhile, once it has closed, since its error comes before. */
function ignoreErrors(stream: NodeStream): () => void {
  stream.on('error', ignore)
  const off = (): void => {
    stream.off('error', ignore)
    stream.off('close', off)
  }
  return () => {
    if (!stream.destroyed) off()
    // `closed` is true before 'error' and 'close' are emitted, which they are in the same turn.
    else if (stream.closed) setImmediate(off)
    else stream.on('close', off)
  }
}

import { asTransferError, TransferError, throwIfAborted } from '../errors.js'
import { nobody } from '../events.js'
import type { Receipt } from '../store.js'
import { attemptCopy, type Done } from './attempt.js'
import { type CopyOptions, isTemporary, type Job, newJob } from './file/job.js'
import { dropRecord, keepRecord } from './file/keep-resume-record.js'
import { withHint } from './file/target-file.js'
import { retrying } from './flow/retry.js'
import { Borrowed, type Place, type StreamSink, type StreamSource } from './pool/leased-store.js'

export type { CopyOptions } from './file/job.js'
export type { Place, StreamSink, StreamSource } from './pool/leased-store.js'

export interface CopyResult {
  /** Bytes that this call moved. */
  readonly bytes: number
  /** The byte of the file where it began; above 0 when it was resumed. */
  readonly from: number
  readonly elapsedMs: number
  /** The weakest proof of the two sides; 'hashed' only after a verification by content. */
  readonly integrity: Receipt['integrity']
  readonly verifiedBy?: string
  /** The final reply never came, but a fresh session found every byte: 'size', or the hash that was compared. */
  readonly confirmedBy?: string
  readonly sessionReused?: boolean
  /** Tries after the first one, those of single parts included. */
  readonly retries: number
}

export interface CopyWork {
  readonly from: Place | StreamSource
  readonly to: Place | StreamSink
  readonly options?: CopyOptions
}

/**
 * Copies one file from any store to any other: stat, write under a temporary name, confirm on both sides, verify, rename. Tries
 * again what is `retryable`, from what has landed. Throws one TransferError; then nothing is open, and the final name holds what
 * it held before (unless `temporary: 'none'` or `append` was asked for).
 */
export async function copy({ from, to, options = {} }: CopyWork): Promise<CopyResult> {
  const job = newJob(from, to, options)
  const began = job.clock.now()
  try {
    throwIfAborted(options.signal, 'arguments')
    tell(job, 'started')
    const done = await retrying((attempt) => attemptCopy(job, attempt), {
      clock: job.clock,
      ...options.retry,
      signal: options.signal,
      repeatable: () => !job.spent || job.arrived !== undefined,
      onRetry(error, attempt, delayMs) {
        job.retries++
        letGo(job)
        job.observe({ type: 'retry', path: job.label.from, attempt, delayMs, error })
      },
    })
    const result = resultOf(job, done, { elapsedMs: job.clock.now() - began, retries: job.retries })
    job.meter.finish()
    const { bytes, confirmedBy } = result
    tell(job, 'finished', { bytes, ...(confirmedBy && { confirmedBy }) })
    return result
  } catch (thrown) {
    job.meter.finish()
    const error = await leave(job, thrown)
    tell(job, 'failed', { error: asTransferError(error, { code: 'local', phase: 'transfer' }) })
    throw error
  } finally {
    letGo(job)
  }
}

function resultOf(job: Job, done: Done, more: { elapsedMs: number; retries: number }): CopyResult {
  const { size, ...proof } = done
  return { bytes: size - job.from, from: job.from, ...proof, ...more }
}

function letGo({ source, target }: Job): void {
  if (source instanceof Borrowed) source.release()
  if (target instanceof Borrowed) target.release()
}

function tell(job: Job, state: 'started' | 'finished' | 'failed', more: object = {}): void {
  const { direction, label, observe } = job
  if (observe !== nobody) observe({ type: 'transfer', state, direction, path: label.from, target: label.to, ...more })
}

/** What a failure leaves behind, and the error that says so. */
async function leave(job: Job, thrown: unknown): Promise<unknown> {
  const error = asTransferError(thrown, { code: 'local', phase: 'transfer' })
  if (!job.touched || job.options.append) return error
  if (error.code === 'mismatch') return await leaveNothing(job, error)
  if (job.options.resume) {
    await keepRecord(job)
    return job.complete ? error : withHint(error, keptHint(job, 'Call again with resume to go on from there.'))
  }
  // Who cancels does not want the file, though it may be whole already.
  if (job.complete && error.code !== 'aborted') return error
  // Both sides have confirmed every byte: what failed then was a look at the file, or the rename.
  if (job.arrived && job.direction !== 'download' && error.code !== 'aborted') return withHint(error, wholeHint(job))
  if (KEEP.has(error.code)) return withHint(error, keptHint(job, 'Nothing is lost.'))
  if (await discard(job)) return error
  return withHint(error, `The partial file '${job.partial}' could not be removed.`)
}

/** Without resume a partial file is kept only where it may be all that is left to have. */
const KEEP: ReadonlySet<string> = new Set(['truncated', 'unconfirmed'])

function wholeHint(job: Job): string {
  return `The whole file stands ${isTemporary(job) ? 'under its temporary name' : 'as'} '${job.partial}'.`
}

function keptHint(job: Job, advice: string): string {
  const under = isTemporary(job) ? 'under its temporary name' : 'as'
  return `The partial file stays ${under} '${job.partial}'. ${advice}`
}

/** Content that is proven wrong is of no use to anyone. */
async function leaveNothing(job: Job, error: unknown): Promise<unknown> {
  await dropRecord(job)
  const gone = await discard(job)
  const what = gone ? 'was removed' : 'could not be removed'
  return withHint(error, `The copy '${job.partial}' ${what}; transfer the file again.`)
}

/** Removes what this call wrote; false when the store would not, or is lost: nothing is opened just to clean up. */
async function discard(job: Job): Promise<boolean> {
  const { target, partial } = job
  const store = target instanceof Borrowed ? target.live : undefined
  if (!store) return false
  try {
    // In place, the target may be a device, which is not ours to remove.
    const type = (await store.stat(partial))?.type
    if (type === 'file' || (type === 'other' && isTemporary(job))) await store.remove(partial)
    return true
  } catch (error) {
    return error instanceof TransferError && error.code === 'not-found'
  }
}

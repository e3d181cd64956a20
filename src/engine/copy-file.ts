import { asTransferError, TransferError, throwIfAborted } from '../errors.js'
import { nobody } from '../events.js'
import type { Receipt } from '../store.js'
import { attemptCopy, type Done } from './attempt.js'
import { type CopyOptions, isTemporary, type Job, newJob } from './file/job.js'
import { dropRecord, keepRecord } from './file/keep-resume-record.js'
import { withHint } from './file/target-file.js'
import { whereWhole } from './file/temporary-name.js'
import { retrying } from './flow/retry.js'
import { Borrowed, type Place, type StreamSink, type StreamSource } from './pool/leased-store.js'

export type { CopyOptions } from './file/job.js'
export type { Place, StreamSink, StreamSource } from './pool/leased-store.js'

export interface CopyResult {
  /** Bytes that this call transferred. */
  readonly bytes: number
  /** The byte of the file that it started at; above 0 when it was resumed. */
  readonly from: number
  readonly elapsedMs: number
  /** The weakest proof of the two sides; 'hashed' only after a verification by content. */
  readonly integrity: Receipt['integrity']
  readonly verifiedBy?: string
  /** Set when the final reply was lost and a new session found every byte: 'size', or the hash that was compared. */
  readonly confirmedBy?: string
  readonly sessionReused?: boolean
  /** Retries, including those of single segments. */
  readonly retries: number
}

export interface CopyWork {
  readonly from: Place | StreamSource
  readonly to: Place | StreamSink
  readonly options?: CopyOptions
}

/**
 * Copies one file from any store to any other: stat, write under a temporary name, confirm on both sides, verify, rename. Retries
 * what is `retryable`, from the bytes already stored. Rejects with one TransferError; then nothing is open, and the final name has
 * the content that it had before (unless `temporary: 'none'` or `append` was given).
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
        if (error.crowded) makeRoom(job)
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
    const error = await failureOf(job, thrown)
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

/** Reports to the pools of both ends that there was no room. */
function makeRoom({ source, target }: Job): void {
  if (source instanceof Borrowed) source.crowded()
  if (target instanceof Borrowed) target.crowded()
}

function letGo({ source, target }: Job): void {
  if (source instanceof Borrowed) source.release()
  if (target instanceof Borrowed) target.release()
}

function tell(job: Job, state: 'started' | 'finished' | 'failed', more: object = {}): void {
  const { direction, label, observe } = job
  if (observe !== nobody) observe({ type: 'transfer', state, direction, path: label.from, target: label.to, ...more })
}

/** Cleans up after a failure, and returns the error with what is left behind. */
async function failureOf(job: Job, thrown: unknown): Promise<unknown> {
  const error = asTransferError(thrown, { code: 'local', phase: 'transfer' })
  if (job.parked !== undefined) return await parkedLeft(job, error)
  if (!job.touched || job.options.append) return error
  if (error.code === 'mismatch') return await leaveNothing(job, error)
  if (job.options.resume) {
    await keepRecord(job)
    return job.complete ? error : withHint(error, keptHint(job, 'Call again with resume to go on from there.'))
  }
  // A cancelled call removes its file, even one that is complete.
  if (job.complete && error.code !== 'aborted') return error
  // Both sides have confirmed every byte: what failed then was a stat, or the rename.
  if (job.arrived && job.direction !== 'download' && error.code !== 'aborted')
    return withHint(error, await whereWhole(job))
  if (KEEP.has(error.code)) return withHint(error, keptHint(job, 'Nothing is lost.'))
  if (await discard(job)) return isTemporary(job) || !job.replaces ? error : withHint(error, replacedHint(job))
  return withHint(error, `The partial file '${job.partial}' could not be removed.`)
}

/** Errors after which a partial file is kept without resume: it may be the only copy that can be had. */
const KEEP: ReadonlySet<string> = new Set(['truncated', 'unconfirmed'])

function replacedHint(job: Job): string {
  return `'${job.partial}' was written in place: the part of it that arrived was removed, and what it held before is gone.`
}

/** The transfer in place failed after a rename that was refused: the whole file under its temporary name stays. */
async function parkedLeft(job: Job, error: TransferError): Promise<unknown> {
  const state = job.touched
    ? `'${job.partial}' was being written in place and is not complete.`
    : `'${job.partial}' was not written.`
  return withHint(error, `${state} ${await whereWhole(job)}`)
}

function keptHint(job: Job, advice: string): string {
  const under = isTemporary(job) ? 'under its temporary name' : 'as'
  return `The partial file stays ${under} '${job.partial}'. ${advice}`
}

/** Removes content that is proven wrong. */
async function leaveNothing(job: Job, error: unknown): Promise<unknown> {
  await dropRecord(job)
  const gone = await discard(job)
  const what = gone ? 'was removed' : 'could not be removed'
  return withHint(error, `The copy '${job.partial}' ${what}; transfer the file again.`)
}

/** Removes what this call wrote; resolves with false when the store refuses or is lost: no session is opened to clean up. */
async function discard(job: Job): Promise<boolean> {
  const { target, partial } = job
  const store = target instanceof Borrowed ? target.live : undefined
  if (!store) return false
  try {
    // In place, the target may be a device, which must not be removed.
    const type = (await store.stat(partial))?.type
    if (type === 'file' || (type === 'other' && isTemporary(job))) await store.remove(partial)
    return true
  } catch (error) {
    return error instanceof TransferError && error.code === 'not-found'
  }
}

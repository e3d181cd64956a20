import { TransferError } from '../errors.js'
import type { Entry, Receipt } from '../store.js'
import { type Arrived, expectedSize, isTemporary, type Job } from './file/job.js'
import { dropRecord, noteLanded, recordKeeper } from './file/keep-resume-record.js'
import { type Opened, openBoth } from './file/open-both.js'
import { giveFinalName, lookAtSource, lookAtTarget } from './file/target-file.js'
import { dropParked, goInPlace } from './file/temporary-name.js'
import { type Pumped, pump } from './flow/pump.js'
import { type Side, type Tap, tapFor, verify } from './flow/verify.js'
import { Borrowed } from './pool/leased-store.js'

/** The result of one successful attempt. */
export interface Done {
  /** Size of the file in bytes, or of the range, or of what was appended. */
  readonly size: number
  readonly integrity: Receipt['integrity']
  readonly verifiedBy?: string
  /** How a transfer whose final reply was lost was confirmed: 'size', or the hash that was compared. */
  readonly confirmedBy?: string
  readonly sessionReused?: boolean
}

/** What an attempt knows about its file. */
interface Facts {
  readonly entry: Entry | undefined
  /** The entry at the target's path before the transfer. */
  readonly there: Entry | undefined
  readonly expected: number | undefined
  readonly start: number
}

/**
 * Makes one attempt: stat, open, pump, confirm, verify, rename. After the rename nothing can fail. What an earlier attempt has
 * transferred and had confirmed is not sent again: only the remaining steps are done.
 */
export async function attemptCopy(job: Job, attempt: number): Promise<Done> {
  job.complete = false
  job.arrived ??= await transferBytes(job, attempt)
  const { size, sized, start, tap, unconfirmed, sessionReused } = job.arrived
  const verifiedBy = job.options.verify ? await verified(job, start, tap) : undefined
  try {
    if (isTemporary(job)) await giveFinalName(job, size)
  } catch (error) {
    if (!goInPlace(job, error)) throw error
    return await attemptCopy(job, attempt)
  }
  if (job.parked) await dropParked(job)
  if (job.options.resume) await dropRecord(job)
  const hashed = verifiedBy !== undefined && verifiedBy !== 'size'
  return {
    size,
    integrity: hashed ? 'hashed' : sized ? 'sized' : 'unproven',
    ...(verifiedBy && { verifiedBy }),
    ...(unconfirmed && { confirmedBy: verifiedBy ?? 'size' }),
    ...(sessionReused !== undefined && { sessionReused }),
  }
}

/** Moves all bytes until both sides have confirmed them. */
async function transferBytes(job: Job, attempt: number): Promise<Arrived> {
  const entry = await lookAtSource(job, attempt)
  const there = await lookAtTarget(job)
  if (attempt === 1 && !job.parked) job.replaces = there !== undefined
  let facts: Facts = { entry, there, expected: expectedSize(job, entry), start: 0 }
  // Segments arrive out of order: the file is read again to be hashed.
  let pumped = await inParts(job, entry, attempt)
  let tap: Tap | undefined
  if (!pumped) {
    // Before anything is open: a lost session is replaced here, and that may fail.
    tap = job.plan && tapFor(job.plan, await remoteStore(job))
    const opened = await openBoth(job, entry, attempt)
    facts = { ...facts, start: opened.start }
    pumped = await pumpNoting(job, { ...opened, tap }, facts)
  }
  await confirmBySize(job, facts, pumped)
  return {
    size: facts.start + pumped.bytes,
    start: facts.start,
    sized: await sizeIsProven(job, facts, pumped),
    tap,
    unconfirmed: pumped.unconfirmed !== undefined,
    sessionReused: pumped.read?.sessionReused ?? pumped.written?.sessionReused,
  }
}

/** Resolves with undefined when the file is transferred in one stream. Most are, and the modules for segments are not loaded for them. */
async function inParts(job: Job, entry: Entry | undefined, attempt: number): Promise<Pumped | undefined> {
  const { segments = 1, resume } = job.options
  if (job.whole || (segments === 1 && attempt === 1 && resume !== true)) return undefined
  const { inSegments } = await import('./segments/segments.js')
  return await inSegments(job, entry, attempt)
}

/** Resolves with the remote store, whose checksum is compared with that of the local bytes, hashed during the transfer. */
async function remoteStore({ direction, source, target }: Job) {
  const far = direction === 'download' ? source : direction === 'upload' ? target : undefined
  return far instanceof Borrowed ? await far.store() : undefined
}

async function pumpNoting(job: Job, opened: Opened & { tap?: Tap }, facts: Facts): Promise<Pumped> {
  const { source, sink, start, tap } = opened
  job.from = Math.min(job.from, start)
  job.meter.begin(start, facts.expected)
  try {
    const pumped = await pump(source, sink, {
      meter: job.meter,
      pace: job.pace,
      signal: job.options.signal,
      sourceLost: job.lost.source?.signal,
      targetLost: job.lost.target?.signal,
      tap,
      expected: facts.expected === undefined ? undefined : facts.expected - start,
      checkEnd: (receipt, bytes) => checkEnd(job, facts, { announced: receipt.announced, received: start + bytes }),
      onLanded: recordKeeper(job, facts.entry, () => sink.landed),
    })
    noteLanded(job, facts.entry, start + pumped.bytes)
    return pumped
  } catch (error) {
    noteLanded(job, facts.entry, sink.landed)
    throw error
  }
}

function checkEnd(job: Job, { expected, start }: Facts, end: { announced?: number; received: number }): void {
  if (job.options.text) return
  const { received } = end
  const due = (start === 0 && !job.range ? end.announced : undefined) ?? expected
  if (due === undefined || received === due) return
  if (received < due) throw truncated(job, due, received)
  if (start > 0) throw tooLong(job, due, received)
}

function truncated(job: Job, expected: number, received: number): TransferError {
  const message = `The file ended early: ${received} of ${expected} bytes arrived.`
  return new TransferError('truncated', message, { phase: 'transfer', retryable: true, path: job.label.from })
}

/** Returns the error for more bytes than the rest after a resume: the offset was ignored, and the file is not usable. */
function tooLong(job: Job, expected: number, received: number): TransferError {
  const message = `${received} bytes arrived after a resume, but the file has ${expected}.`
  return new TransferError('mismatch', message, { phase: 'transfer', retryable: true, path: job.label.from })
}

/** Checks after a lost confirmation that every byte is there; otherwise throws the loss. */
async function confirmBySize(job: Job, facts: Facts, { unconfirmed, bytes }: Pumped): Promise<void> {
  if (!unconfirmed) return
  const { side, error } = unconfirmed
  const end = side === 'source' ? job.source : job.target
  if (!(end instanceof Borrowed) || job.options.text) throw error
  const wanted = side === 'source' ? (facts.entry?.size ?? bytes) : sizeOnTarget(facts, job, bytes)
  if ((await freshSize(job, end, side === 'source' ? end.path : job.partial)) !== wanted) throw error
}

async function freshSize(job: Job, end: Borrowed, path: string): Promise<number | undefined> {
  const { signal } = job.options
  try {
    return (await (await end.renew()).stat(path, { signal }))?.size
  } catch (error) {
    if (signal?.aborted) throw error
    return undefined
  }
}

function sizeOnTarget({ there, start }: Facts, job: Job, bytes: number): number | undefined {
  if (!job.options.append) return start + bytes
  return there ? there.size && there.size + bytes : bytes
}

/** Resolves with whether the number of bytes is confirmed on both sides. Asks the target where its receipt does not contain it. */
async function sizeIsProven(job: Job, facts: Facts, { bytes, read, written, unconfirmed }: Pumped): Promise<boolean> {
  if (job.options.text) return false
  // A file that grew is longer than announced; whether it is whole, its old size does not say.
  const asAnnounced = facts.expected === undefined ? undefined : facts.start + bytes === facts.expected
  const readProven = asAnnounced ?? (read !== undefined && read.integrity !== 'unproven')
  const writtenProven = unconfirmed?.side === 'target' || written?.integrity !== 'unproven'
  return (writtenProven || (await targetHas(job, sizeOnTarget(facts, job, bytes)))) && readProven
}

async function targetHas(job: Job, wanted: number | undefined): Promise<boolean> {
  if (!(job.target instanceof Borrowed) || wanted === undefined) return false
  const store = await job.target.store()
  const size = store.can.stat ? await sizeIfVisible(job, job.target) : undefined
  if (size === undefined) return false
  if (size < wanted) throw truncated(job, wanted, size)
  if (size > wanted) throw sizesDiffer(job, wanted, size)
  return true
}

/** Resolves with the size; a drop box may hide the files that were stored in it. */
async function sizeIfVisible(job: Job, target: Borrowed): Promise<number | undefined> {
  try {
    return (await (await target.store()).stat(job.partial, { signal: job.options.signal }))?.size
  } catch (error) {
    if (error instanceof TransferError && !error.retryable && error.code !== 'aborted') return undefined
    throw error
  }
}

function sizesDiffer(job: Job, expected: number, found: number): TransferError {
  const message = `The target has ${found} bytes, but ${expected} were sent.`
  return new TransferError('mismatch', message, { phase: 'confirm', path: job.label.to })
}

async function verified(job: Job, start: number, tap: Tap | undefined): Promise<string | undefined> {
  const { plan, direction, options } = job
  if (!plan) {
    if (options.verify && !options.text)
      warnUnverified(job, 'Only a whole file can be verified; this was a part of one.')
    return undefined
  }
  const passed = start === 0 ? tap : undefined
  const source = await sideOf(job.source, direction === 'upload' ? passed : undefined, job.label.from)
  const target = await sideOf(job.target, direction === 'download' ? passed : undefined, job.partial)
  const found = await verify({ plan, source, target, signal: options.signal }).catch((error: unknown) => {
    if (error instanceof TransferError && error.code === 'mismatch') job.arrived = undefined
    throw error
  })
  if (!found) warnUnverified(job, 'Neither side could answer a checksum or a size; nothing was verified.')
  else job.observe({ type: 'verified', path: job.label.to, method: found.method })
  return found?.method
}

async function sideOf(end: Job['source'] | Job['target'], tap: Tap | undefined, path: string): Promise<Side> {
  return { store: end instanceof Borrowed ? await end.store() : undefined, path, tap }
}

function warnUnverified(job: Job, message: string): void {
  job.observe({ type: 'warning', code: 'not-verified', message: `${job.label.to}: ${message}` })
}

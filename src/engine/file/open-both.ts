import { TransferError } from '../../errors.js'
import type { ByteSink, ByteSource, Entry, Range, Store, WriteAt } from '../../store.js'
import { Borrowed } from '../pool/leased-store.js'
import { canContinue, expectedSize, isTemporary, type Job } from './job.js'
import { loadRecord } from './keep-resume-record.js'
import { decideStart, pastOverlap, readTail } from './resume.js'

/** Both ends of one try, open, and the byte of the file where it begins. */
export interface Opened {
  readonly source: ByteSource
  readonly sink: ByteSink
  readonly start: number
}

/** Opens the source, then the target: a file that cannot be read leaves no trace where it should have gone. */
export async function openBoth(job: Job, entry: Entry | undefined, attempt: number): Promise<Opened> {
  const { source, range, options } = job
  const resumed = attempt > 1 || options.resume ? await openResumed(job, entry) : undefined
  if (resumed) return resumed
  job.spent ||= !(source instanceof Borrowed)
  const bytes = await (source instanceof Borrowed
    ? (await source.store()).read(source.path, { signal: options.signal, range, entry })
    : source.source())
  return { source: bytes, sink: await orCancel(bytes, () => openFresh(job, entry)), start: 0 }
}

async function openFresh(job: Job, entry: Entry | undefined): Promise<ByteSink> {
  const { target, options } = job
  if (!(target instanceof Borrowed)) {
    job.spent = true
    return target.sink
  }
  const store = await target.store()
  if (mayBeLeft(job)) await clearLeftover(job, store)
  // The store may make the file and fail, or be cancelled, before it answers; under a name made up by us it can only be ours.
  job.touched ||= isNewName(job)
  const sink = await store.write(job.partial, { signal: options.signal, at: freshly(job, entry), next: nextOf(job) })
  job.touched = true
  job.spent ||= options.append ?? false
  return sink
}

function freshly(job: Job, entry: Entry | undefined): WriteAt {
  const { append, durable, overwrite } = job.options
  if (append) return { append, durable }
  // A temporary name must be new, so that nothing is written through a link somebody planted there.
  const exclusive = isNewName(job) ? 'atomic' : isTemporary(job) || (overwrite === 'never' && !job.touched)
  return { exclusive, durable, size: expectedSize(job, entry) }
}

/** It is written under a name that was made up at random for this call. */
function isNewName(job: Job): boolean {
  return isTemporary(job) && !job.options.resume
}

/** The rename comes next unless something else is asked in between. */
function nextOf(job: Job): 'rename' | undefined {
  const { overwrite = 'rename' } = job.options
  return isTemporary(job) && !job.plan && overwrite === 'rename' ? 'rename' : undefined
}

/** Only names that this house gives are cleared: what an earlier call or an earlier try left there. */
export function mayBeLeft(job: Job): boolean {
  return isTemporary(job) && (job.options.resume === true || job.touched)
}

export async function clearLeftover(job: Job, store: Store): Promise<void> {
  const { signal } = job.options
  if (await store.stat(job.partial, { signal })) await store.remove(job.partial, { signal })
}

/** Runs what comes after a source was opened; when it fails, the source is closed. */
export async function orCancel<T>(source: ByteSource, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    await source.cancel(error).catch(() => {})
    throw error
  }
}

async function openResumed(job: Job, entry: Entry | undefined): Promise<Opened | undefined> {
  const { source, target, options } = job
  if (!(source instanceof Borrowed && target instanceof Borrowed)) return undefined
  if (!canContinue(job) || !entry) return undefined
  const [from, to] = [await source.store(), await target.store()]
  if (!from.can.ranges || !to.can.resume) return undefined
  const sidecar = await loadRecord(job)
  const partial = sidecar && (await to.stat(job.partial, { signal: options.signal }))
  const begin = decideStart({ source: entry, partial, sidecar })
  if ('restart' in begin) return undefined
  const { signal } = options
  const tail = await readTail(to, job.partial, { from: begin.readFrom, to: begin.start }, signal)
  // Where the partial file cannot be read back, only an exact record of its size is trusted.
  if (!tail && partial?.size !== sidecar?.landed) return undefined
  const bytes = await openAt(job, from, source.path, { start: begin.start, tail })
  return bytes && (await continueSink(job, to, bytes, begin.start))
}

/** The source from `start` on, its overlap compared; undefined when it must be read from the beginning. */
async function openAt(
  job: Job,
  store: Store,
  path: string,
  at: { start: number; tail: Uint8Array | undefined },
): Promise<ByteSource | undefined> {
  const { signal } = job.options
  const tail = at.tail ?? new Uint8Array()
  const range: Range = { from: at.start - tail.length }
  const source = await unlessRefused(() => store.read(path, { signal, range }))
  return source && (await pastOverlap(source, tail))
}

async function continueSink(job: Job, store: Store, source: ByteSource, offset: number): Promise<Opened | undefined> {
  const { signal, durable } = job.options
  const at = { offset, durable }
  const sink = await orCancel(source, () => unlessRefused(() => store.write(job.partial, { signal, at })))
  if (!sink) await source.cancel()
  else job.touched = true
  return sink && { source, sink, start: offset }
}

/** A server that cannot go on at an offset is no reason to fail: it begins again. */
async function unlessRefused<T>(open: () => Promise<T>): Promise<T | undefined> {
  try {
    return await open()
  } catch (error) {
    if (error instanceof TransferError && error.code === 'not-supported') return undefined
    throw error
  }
}

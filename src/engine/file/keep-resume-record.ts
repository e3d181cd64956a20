import type { Entry, Store } from '../../store.js'
import { Borrowed } from '../pool/leased-store.js'
import type { Span } from './byte-ranges.js'
import { canContinue, type Job } from './job.js'
import { readSidecar, removeSidecar, type Sidecar, sidecarOf, sidecarPath, writeSidecar } from './resume-record.js'

const EVERY = 2_000

/** Resolves with where this job keeps its record between calls; with undefined for nowhere. */
async function home(job: Job): Promise<{ store: Store; path: string } | undefined> {
  const { resume, sidecar } = job.options
  if (!resume) return undefined
  if (sidecar) return sidecar
  if (job.direction !== 'download' || !(job.target instanceof Borrowed)) return undefined
  return { store: await job.target.store(), path: sidecarPath(job.partial) }
}

/** Resolves with the record that an earlier attempt or call left. */
export async function loadRecord(job: Job): Promise<Sidecar | undefined> {
  if (job.record) return job.record()
  const place = await home(job)
  return place && (await readSidecar(place.store, place.path, job.options.signal))
}

/** Records what was stored, for the next attempt; `keepRecord` saves it for the next call. */
export function noteLanded(job: Job, entry: Entry | undefined, landed: number | readonly Span[]): void {
  if (!canContinue(job) || entry?.size === undefined) return
  const { size } = entry
  job.record = () => sidecarOf({ ...entry, size }, job.partial, landed)
}

/** Saves the record. Never rejects: a record that cannot be written must not end its transfer. */
export async function keepRecord(job: Job): Promise<void> {
  if (!job.record) return
  try {
    const place = await home(job)
    if (place) await writeSidecar(place.store, place.path, job.record())
  } catch {
    job.observe({ type: 'warning', code: 'no-sidecar', message: 'The record for a later resume could not be written.' })
  }
}

export async function dropRecord(job: Job): Promise<void> {
  job.record = undefined
  try {
    const place = await home(job)
    if (place) await removeSidecar(place.store, place.path)
  } catch {
    job.observe({
      type: 'warning',
      code: 'sidecar-left',
      message: 'The record of the partial file could not be removed.',
    })
  }
}

/** Saves the record periodically during the transfer, so that it can be resumed after a kill. */
export function recordKeeper(
  job: Job,
  entry: Entry | undefined,
  landed: () => number | readonly Span[],
): () => Promise<void> | undefined {
  let saved = job.clock.now()
  return () => {
    if (job.clock.now() - saved < EVERY) return undefined
    saved = job.clock.now()
    noteLanded(job, entry, landed())
    return keepRecord(job)
  }
}

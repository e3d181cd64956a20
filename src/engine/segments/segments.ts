import type { Entry, Store } from '../../store.js'
import { joined, MIN_PART_SIZE, partsOf, prefixOf, type Span, sumOf } from '../file/byte-ranges.js'
import { canContinue, isTemporary, type Job } from '../file/job.js'
import { dropRecord, loadRecord } from '../file/keep-resume-record.js'
import { changed } from '../file/resume.js'
import type { Pumped } from '../flow/pump.js'
import { Borrowed, type Several } from '../pool/leased-store.js'
import { NoParts } from './overlap-check.js'
import { SegmentedDownload, type Work } from './segmented-download.js'

/**
 * Downloads one file over several sessions, each writing its part of one temporary file. Resolves with undefined where it has to be
 * downloaded in one stream: it is too small, or (with a warning that says why) cannot be split. What is stored is in the record as
 * spans, so that a later attempt or call continues from there, with any number of sessions.
 */
export async function inSegments(job: Job, entry: Entry | undefined, attempt: number): Promise<Pumped | undefined> {
  const work = await workFor(job, entry, attempt)
  if (!work) return undefined
  const { count, source, landed } = work
  const several = source.place.several?.(count) ?? { count, done: () => {} }
  try {
    if (several.count < count) warn(job, several.count, several.reason)
    if (several.count < 2 && !hasHoles(landed)) return undefined
    return await assembled({ ...work, count: several.count }, several)
  } finally {
    several.done()
  }
}

async function assembled(work: Work, several: Several): Promise<Pumped | undefined> {
  const { job, landed } = work
  try {
    return await new SegmentedDownload(work).run()
  } catch (error) {
    if (!(error instanceof NoParts)) throw error
    await dropRecord(job)
    // Only the leftover of an earlier call does not match: it is discarded.
    if (error.stale && landed.length > 0) return await assembled({ ...work, landed: [] }, several)
    warn(job, 1, error.message)
    job.whole = true
    return undefined
  }
}

function warn({ label, observe }: Job, sessions: number, reason = 'no more of them can be had'): void {
  const [code, how] = sessions < 2 ? ['no-segments', 'in one stream'] : ['fewer-segments', `over ${sessions} sessions`]
  observe({ type: 'warning', code, message: `${label.from} comes ${how}: ${reason}.` })
}

async function workFor(job: Job, entry: Entry | undefined, attempt: number): Promise<Work | undefined> {
  const { options, source, target, direction } = job
  const { segments = 1, resume } = options
  if (direction !== 'download' || !isTemporary(job) || !canContinue(job)) return undefined
  if (!(source instanceof Borrowed && target instanceof Borrowed)) return undefined
  const why = await obstacle(source, entry)
  if (why && segments > 1) warn(job, 1, why)
  job.whole = why !== undefined
  if (why !== undefined || entry?.size === undefined) return undefined
  const { size } = entry
  const store = await target.store()
  const landed = attempt > 1 || resume ? await landedBefore(job, entry, store) : []
  if (!hasHoles(landed) && (segments < 2 || size - prefixOf(landed) < 2 * MIN_PART_SIZE)) return undefined
  const count = Math.min(segments, partsOf(size, landed, { count: segments }).length)
  return { job, entry: { ...entry, size }, source, store, landed, count }
}

async function obstacle(source: Borrowed, entry: Entry | undefined): Promise<string | undefined> {
  if (entry?.size === undefined) return 'its size is not known'
  return (await source.store()).can.ranges ? undefined : 'the server cannot start inside a file'
}

/** Returns whether bytes are stored after a hole: only parts can continue from there. */
function hasHoles(landed: readonly Span[]): boolean {
  return prefixOf(landed) !== sumOf(landed)
}

/** Resolves with the spans that an earlier attempt or call has stored. */
async function landedBefore(job: Job, entry: Entry, store: Store): Promise<readonly Span[]> {
  const sidecar = await loadRecord(job)
  if (!sidecar || changed(entry, sidecar)) return []
  const partial = await store.stat(job.partial, { signal: job.options.signal })
  if (partial?.type !== 'file' || partial.name !== sidecar.partial) return []
  const { size = 0 } = partial
  const spans: readonly Span[] = sidecar.spans ?? [[0, sidecar.landed]]
  // Bytes beyond the size of the partial file are not stored, whatever the record contains.
  return joined(spans.map(([from, to]): Span => [from, Math.min(to, size)]))
}

import type { Entry, Store } from '../../store.js'
import { joined, partsOf, prefixOf, SMALLEST_PART, type Span, sumOf } from '../file/byte-ranges.js'
import { canContinue, isTemporary, type Job } from '../file/job.js'
import { dropRecord, loadRecord } from '../file/keep-resume-record.js'
import { changed } from '../file/resume.js'
import type { Pumped } from '../flow/pump.js'
import { Borrowed, type Several } from '../pool/leased-store.js'
import { NoParts } from './overlap-check.js'
import { Assembly, type Work } from './segmented-download.js'

/**
 * One file from several sessions at once, each writing its part of one temporary file. Undefined where it has to come in one
 * stream: it is too small to be worth more, or (with a warning that says why) its parts cannot be had. What has landed is in the
 * record as spans, so that a later try or call goes on from there, with whatever number of sessions.
 */
export async function inSegments(job: Job, entry: Entry | undefined, attempt: number): Promise<Pumped | undefined> {
  const work = await workFor(job, entry, attempt)
  if (!work) return undefined
  const { count, source, landed } = work
  const several = source.place.several?.(count) ?? { count, done: () => {} }
  try {
    if (several.count < count) warn(job, several.count, several.reason)
    if (several.count < 2 && !patchy(landed)) return undefined
    return await assembled({ ...work, count: several.count }, several)
  } finally {
    several.done()
  }
}

async function assembled(work: Work, several: Several): Promise<Pumped | undefined> {
  const { job, landed } = work
  try {
    return await new Assembly(work).run()
  } catch (error) {
    if (!(error instanceof NoParts)) throw error
    await dropRecord(job)
    // What an earlier call left is of another file: only the leftover is at fault.
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
  if (!patchy(landed) && (segments < 2 || size - prefixOf(landed) < 2 * SMALLEST_PART)) return undefined
  const count = Math.min(segments, partsOf(size, landed, segments).length)
  return { job, entry: { ...entry, size }, source, store, landed, count }
}

async function obstacle(source: Borrowed, entry: Entry | undefined): Promise<string | undefined> {
  if (entry?.size === undefined) return 'its size is not known'
  return (await source.store()).can.ranges ? undefined : 'the server cannot start inside a file'
}

/** Something has landed behind a hole: only parts can go on from there. */
function patchy(landed: readonly Span[]): boolean {
  return prefixOf(landed) !== sumOf(landed)
}

/** What an earlier try or call left that can be believed. */
async function landedBefore(job: Job, entry: Entry, store: Store): Promise<readonly Span[]> {
  const sidecar = await loadRecord(job)
  if (!sidecar || changed(entry, sidecar)) return []
  const partial = await store.stat(job.partial, { signal: job.options.signal })
  if (partial?.type !== 'file' || partial.name !== sidecar.partial) return []
  const { size = 0 } = partial
  const spans: readonly Span[] = sidecar.spans ?? [[0, sidecar.landed]]
  // What the store does not hold has not landed, whatever the record says.
  return joined(spans.map(([from, to]): Span => [from, Math.min(to, size)]))
}

import { TransferError } from '../../errors.js'
import { copyOut, sliceSlab } from '../../slab.js'
import { type ByteSource, type CallOptions, type Entry, isReceipt, type Range, type Store } from '../../store.js'
import { readAll, type Sidecar, sidecarOf } from './resume-record.js'

/** Bytes of a partial file that are read again and compared before it is continued. */
export const OVERLAP = 4096

/** Where to continue, and from where to read so that the overlap can be compared; or why it must start over. */
export type Start = { readonly start: number; readonly readFrom: number } | { readonly restart: string }

export interface Leftover {
  readonly source: Entry
  readonly partial: Entry | undefined
  readonly sidecar: Sidecar | undefined
  readonly overlap?: number
}

/** Decides whether a partial file may be continued. Its size alone proves nothing: the record contains what was stored. */
export function decideStart({ source, partial, sidecar, overlap = OVERLAP }: Leftover): Start {
  if (!partial) return { restart: 'there is no partial file' }
  if (partial.type !== 'file') return { restart: 'the temporary name is not that of a plain file' }
  if (!sidecar) return { restart: 'there is no record of the partial file' }
  if (sidecar.partial !== partial.name) return { restart: 'the record is of another file' }
  const change = changed(source, sidecar)
  if (change) return { restart: change }
  if ((partial.size ?? 0) > sidecar.size) return { restart: 'the partial file is longer than the source' }
  const start = Math.min(sidecar.landed, partial.size ?? 0)
  if (start === 0) return { restart: 'nothing is stored yet' }
  return { start, readFrom: Math.max(0, start - overlap) }
}

/** Returns why a record does not match the source as it is now. */
export function changed(source: Entry, sidecar: Sidecar): string | undefined {
  if (source.size === undefined) return 'the size of the source is not known'
  if (source.size !== sidecar.size) return 'the source has another size now'
  if (!sameTime(source, sidecar)) return 'the source was modified'
  if (source.unique !== undefined && sidecar.unique !== undefined && source.unique !== sidecar.unique)
    return 'another file has the name of the source now'
  return undefined
}

/** Returns how a second stat of a file differs from the first; only attributes that both contain are compared. */
export function replaced(before: Entry & { size: number }, now: Entry): string | undefined {
  const timed = before.modified && now.modified ? before : { ...before, modified: undefined }
  const record = sidecarOf({ ...timed, size: before.size }, '', 0)
  return changed({ ...now, ...(!timed.modified && { modified: undefined }) }, record)
}

const STEPS = { ms: 1, s: 1_000, min: 60_000, day: 86_400_000 }

/** Compares at the coarser precision; times of an assumed zone and exact ones cannot be compared and prove nothing. */
function sameTime(source: Entry, sidecar: Sidecar): boolean {
  if (!source.modified || sidecar.modified === undefined) return !source.modified && sidecar.modified === undefined
  if ((source.zone === 'assumed') !== (sidecar.zone === 'assumed')) return true
  const step = Math.max(stepOf(source.precision), stepOf(sidecar.precision))
  return Math.floor(source.modified.getTime() / step) === Math.floor(Date.parse(sidecar.modified) / step)
}

function stepOf(precision: Entry['precision']): number {
  return STEPS[precision ?? 'ms'] ?? STEPS.ms
}

/** Resolves with the bytes of a partial file in that range; with undefined when the store forbids reading it (a drop box). */
export async function readTail(
  store: Store,
  path: string,
  { from, to, signal }: Required<Range> & CallOptions,
): Promise<Uint8Array | undefined> {
  if (!store.can.ranges) return undefined
  const length = to - from
  try {
    const tail = await readAll(await store.read(path, { range: { from, to }, signal }), length)
    return tail?.length === length ? tail : undefined
  } catch (error) {
    if (error instanceof TransferError && UNREADABLE.has(error.code)) return undefined
    throw error
  }
}

const UNREADABLE: ReadonlySet<string> = new Set(['permission-denied', 'not-supported', 'refused'])

/**
 * Resolves with the source from the end of `tail` on, once its first bytes equal `tail`; with undefined (and the source cancelled)
 * when they differ: the file was replaced, or the server ignored the offset.
 */
export async function pastOverlap(source: ByteSource, tail: Uint8Array): Promise<ByteSource | undefined> {
  let left = tail
  try {
    while (left.length > 0) {
      const next = await source.next()
      if (isReceipt(next)) return undefined
      const seen = Math.min(left.length, next.length)
      const first = sliceSlab(next, 0, seen)
      const same = Buffer.compare(copyOut(first), left.subarray(0, seen)) === 0
      if (same && seen < next.length) return withFirst(source, sliceSlab(next, seen))
      next.release()
      if (!same) break
      left = left.subarray(seen)
    }
    if (left.length === 0) return source
  } catch (error) {
    await source.cancel(error).catch(() => {})
    throw error
  }
  await source.cancel()
  return undefined
}

/** Returns the source with a slab put back in front. */
export function withFirst(source: ByteSource, slab: ReturnType<typeof sliceSlab>): ByteSource {
  let first: typeof slab | undefined = slab
  return {
    async next() {
      const held = first
      first = undefined
      return held ?? (await source.next())
    },
    async cancel(reason) {
      first?.release()
      first = undefined
      await source.cancel(reason)
    },
  }
}

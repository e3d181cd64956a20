import { type Slab, slabOf, sliceSlab } from '../../slab.js'
import { type ByteSink, type ByteSource, isReceipt, type Receipt } from '../../store.js'
import type { RateLimiter } from './progress.js'

/** Limits the rate: one limiter, or several that all apply. */
export type Pace = Pick<RateLimiter, 'portion' | 'take'>

/** Combines limits; returns undefined when there is none. */
export function together(...limits: readonly (Pace | undefined)[]): Pace | undefined {
  const all = limits.filter((one) => one !== undefined)
  if (all.length <= 1) return all[0]
  return {
    get portion() {
      return Math.min(...all.map(({ portion }) => portion))
    },
    async take(bytes, signal) {
      await Promise.all(all.map((one) => one.take(bytes, signal)))
    },
  }
}

/** Passes a slab on in even portions, each when it is due. The slab is released, also on failure. */
export async function inPortions(
  slab: Slab,
  { pace, signal }: { pace: Pace; signal?: AbortSignal },
  write: (piece: Slab) => Promise<void>,
): Promise<void> {
  const pieces = split(slab, pace.portion)
  for (const [at, piece] of pieces.entries()) {
    try {
      await pace.take(piece.length, signal)
      await write(piece)
    } catch (error) {
      for (const rest of pieces.slice(at)) rest.release()
      throw error
    }
  }
}

/** Splits a slab into pieces of at most `most` bytes; it is released with the last of them. */
export function split(slab: Slab, most: number): Slab[] {
  if (slab.length <= most) return [slab]
  const count = Math.ceil(slab.length / most)
  let held = count
  return Array.from({ length: count }, (_, at) => {
    const { chunks } = sliceSlab(slab, at * most, Math.min(slab.length, (at + 1) * most))
    return slabOf(chunks, () => {
      held--
      if (held === 0) slab.release()
    })
  })
}

/** Returns the source limited to this rate. When the signal fires while it waits, the source is cancelled. */
export function pacedSource(source: ByteSource, pace: Pace | undefined, signal?: AbortSignal): ByteSource {
  if (!pace) return source
  const waiting: Slab[] = []
  const stop = new AbortController()
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
  const cancel = async (reason?: unknown): Promise<void> => {
    stop.abort(reason)
    for (const piece of waiting.splice(0)) piece.release()
    await source.cancel(reason)
  }
  return {
    async next(): Promise<Slab | Receipt> {
      if (waiting.length === 0) {
        const next = await source.next()
        if (isReceipt(next)) return next
        waiting.push(...split(next, pace.portion))
      }
      try {
        await pace.take(waiting[0]?.length ?? 0, either)
      } catch (error) {
        await cancel(error)
        throw error
      }
      return waiting.shift() ?? slabOf([])
    },
    cancel,
  }
}

/** Returns the sink limited to this rate. When the signal fires while it waits, the sink is aborted. */
export function pacedSink(sink: ByteSink, pace: Pace | undefined, signal?: AbortSignal): ByteSink {
  if (!pace) return sink
  const stop = new AbortController()
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
  const abort = async (reason?: unknown): Promise<void> => {
    stop.abort(reason)
    await sink.abort(reason)
  }
  return {
    get landed() {
      return sink.landed
    },
    async write(slab) {
      try {
        await inPortions(slab, { pace, signal: either }, (piece) => sink.write(piece))
      } catch (error) {
        await abort(error)
        throw error
      }
    },
    finish: () => sink.finish(),
    abort,
  }
}

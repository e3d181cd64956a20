import { type Tap, tapFor, type Verification, type VerifyPlan, verify } from '../../engine/flow/verify.js'
import type { Observer } from '../../events.js'
import { type ByteSink, type ByteSource, isReceipt, type Store } from '../../store.js'

/** A whole file that is streamed, and how it is compared with the one on the server. */
export interface Verified {
  readonly store: Store
  readonly path: string
  readonly plan: VerifyPlan
  readonly observe: Observer
  readonly signal: AbortSignal
}

/** Compares what was read with the file on the server before its end is reported. */
export function verifiedSource(source: ByteSource, about: Verified): ByteSource {
  const tap = tapFor(about.plan, about.store)
  const { store, path } = about
  return {
    async next() {
      const next = await source.next()
      if (isReceipt(next)) await compare(about, { source: { store, path }, target: { tap, path: '' } })
      else tap.update(next)
      return next
    },
    cancel: (reason) => source.cancel(reason),
  }
}

/** Compares the file on the server with what was written, once the server has confirmed it. */
export function verifiedSink(sink: ByteSink, about: Verified): ByteSink {
  const tap: Tap = tapFor(about.plan, about.store)
  const { store, path } = about
  return {
    get landed() {
      return sink.landed
    },
    async write(slab) {
      tap.update(slab)
      await sink.write(slab)
    },
    async finish() {
      const receipt = await sink.finish()
      await compare(about, { source: { tap, path: '' }, target: { store, path } })
      return receipt
    },
    abort: (reason) => sink.abort(reason),
  }
}

/** Says that a part of a file was not verified. */
export function warnPart({ observe, path }: Pick<Verified, 'observe' | 'path'>): void {
  warn({ observe, path }, 'Only a whole file can be verified; this was a part of one.')
}

async function compare(about: Verified, sides: Pick<Verification, 'source' | 'target'>): Promise<void> {
  const { plan, signal, observe, path } = about
  const found = await verify({ plan, signal, ...sides })
  if (found) observe({ type: 'verified', path, method: found.method })
  else warn(about, 'The server could answer neither a checksum nor a size; nothing was verified.')
}

function warn({ observe, path }: Pick<Verified, 'observe' | 'path'>, message: string): void {
  observe({ type: 'warning', code: 'not-verified', message: `${path}: ${message}` })
}

import type { TransferError } from '../../errors.js'
import type { Store } from '../../store.js'

/** A session used by its holder alone until it is released; two small reads may share one. */
export interface Lease {
  readonly store: Store
  /** Another holder still reads on this session; reads are served one after the other. */
  readonly shared?: boolean
  /** Returns the session to the pool; a lost one is discarded. Safe to call twice. */
  release(): void
  /** Reports that there was no room for its work. Absent: its number is not limited. */
  crowded?(): void
}

/** A lease that reports sessions that are lost before they were of use. */
export interface PoolLease extends Lease {
  /** Returns a session that was lost before the job began. Returns the error to fail with once this has happened too often. */
  unfit(): TransferError | undefined
  /** Reports that there was no room for the work of this session (`crowded` of the error): fewer sessions are leased for a while. */
  crowded(): void
}

/**
 * What a session is leased for: a call that ends by itself, a listing that can be drained, a stream that the caller reads at its own
 * rate, or one small file: then the next such read may begin on the same session before this one has ended.
 */
export type LeaseKind = 'call' | 'list' | 'stream' | 'small-read'

export interface LeaseOptions {
  readonly signal?: AbortSignal
  readonly kind?: LeaseKind
  /** Called once when another job waits for this session; the holder then releases it as soon as it can. */
  readonly wanted?: () => void
  /** Sessions of this pool that the same job holds: where no more can be opened, it fails instead of waiting for itself. */
  readonly beside?: number
  /** The pool's `refusals` when the work began: a login that was refused since is not retried for the same work. */
  readonly since?: number
}

import type { TransferError } from '../../errors.js'
import type { Store } from '../../store.js'

/** A session that is the holder's alone until it is released; two small reads may share one. */
export interface Lease {
  readonly store: Store
  /** Somebody else still reads on this session; reads follow one another there. */
  readonly shared?: boolean
  /** Gives the session back; a lost one is thrown away. Safe to call twice. */
  release(): void
}

/** A lease of a pool, which counts the sessions that are lost too early. */
export interface PoolLease extends Lease {
  /** Gives back a session that was lost before the job began. Returns the error to fail with once this has happened too often. */
  unfit(): TransferError | undefined
}

/**
 * What a session is held for: a call that ends by itself, a listing that can be drained, a stream the caller reads at leisure, or
 * one small file to be read: then the next such read may begin on the same session before this one has ended.
 */
export type LeaseKind = 'call' | 'list' | 'stream' | 'small-read'

export interface LeaseOptions {
  readonly signal?: AbortSignal
  readonly kind?: LeaseKind
  /** Called once when somebody else waits for this session; the holder then releases it as soon as it can. */
  readonly wanted?: () => void
  /** Sessions of this pool that the same job holds already: where no more are to be had, it fails instead of waiting for itself. */
  readonly beside?: number
  /** The pool's `refusals` when the work began: a login that was refused since is not tried again for the same work. */
  readonly since?: number
}

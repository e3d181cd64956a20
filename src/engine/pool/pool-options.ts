import type { TransferError } from '../../errors.js'
import type { Store } from '../../store.js'
import type { Clock } from '../flow/clock.js'

/** How a pool opens its sessions, and how many it may open. */
export interface PoolOptions {
  /** Opens one session, ready for use. */
  readonly open: (signal?: AbortSignal) => Promise<Store>
  /** Most sessions. */
  readonly max: number
  /** How long a job waits while every session is held by a stream, in ms. */
  readonly waitLimit: number
  /** Called for every new session before it is leased. */
  readonly onOpen?: (store: Store, signal?: AbortSignal) => Promise<void> | void
  /** Called when a further session was refused while others work. */
  readonly onFull?: () => void
  /** Returns why a session was lost. */
  readonly lostBy?: (store: Store) => TransferError | undefined
  readonly clock?: Clock
}

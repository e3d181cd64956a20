import type { ByteSink, ByteSource, Entry, Store } from '../store.js'
import type { Lease } from './pool.js'

/** A file, or a directory, and the way to a store that holds it. */
export interface Place {
  /** `entry`: only this file will be read, and nothing else done. */
  lease(signal?: AbortSignal, entry?: Entry): Promise<Lease>
  readonly path: string
  /** What a listing said about it, so that it need not be asked for again; null: that nothing is there. */
  readonly entry?: Entry | null
  /** Makes room for up to that many leases at a time, until `done`. Absent: there always is. */
  several?(count: number): Several
}

/** How many leases a place can have at a time. */
export interface Several {
  readonly count: number
  /** Why there are fewer than asked for, as half a sentence. */
  readonly reason?: string
  readonly done: () => void
}

/** Bytes that come from the caller. They can be read once, so a transfer is not tried again after the first of them. */
export interface StreamSource {
  source(): Promise<ByteSource>
  readonly size?: number
}

/** Bytes that go to the caller, once. */
export interface StreamSink {
  readonly sink: ByteSink
}

/** A place's store for as long as one job needs it; leased when it is first asked for, and again when it was lost. */
export class Borrowed {
  readonly #place: Place
  readonly #signal: AbortSignal | undefined
  #lease: Lease | undefined

  constructor(place: Place, signal?: AbortSignal) {
    this.#place = place
    this.#signal = signal
  }

  get place(): Place {
    return this.#place
  }

  get path(): string {
    return this.#place.path
  }

  /** The store held now, if it still works; nothing is leased. */
  get live(): Store | undefined {
    const store = this.#lease?.store
    return store?.state === 'lost' ? undefined : store
  }

  async store(): Promise<Store> {
    const live = this.live
    if (live) return live
    this.release()
    const lease = await this.#place.lease(this.#signal)
    this.#lease = lease
    return lease.store
  }

  /** A lease of its own for a new start: the old one may be tainted. */
  async renew(): Promise<Store> {
    this.release()
    return await this.store()
  }

  release(): void {
    this.#lease?.release()
    this.#lease = undefined
  }
}

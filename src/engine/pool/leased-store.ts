import { TransferError } from '../../errors.js'
import type { ByteSink, ByteSource, Entry, Store } from '../../store.js'
import type { Lease } from './lease.js'
import type { Supply } from './lease-order.js'
import type { NamingLearned } from './naming-facts.js'

/** A file or directory, and how to lease a store that contains it. */
export interface Place {
  /** `entry`: only this file will be read, and nothing else done. `beside`: the number of leases of the same supply that the job holds. */
  lease(signal?: AbortSignal, entry?: Entry, beside?: number): Promise<Lease>
  /** Absent: a lease never waits (the local disk). */
  readonly supply?: Supply
  readonly path: string
  /** What is known of the names that its server takes. */
  readonly learned?: NamingLearned
  /** Its entry from a listing, so that it need not be requested again; null: it does not exist. */
  readonly entry?: Entry | null
  /** Allows up to `count` leases at a time, until `done`. Absent: there is no limit. */
  several?(count: number): Several
}

/** How many leases of a place are possible at a time. */
export interface Several {
  readonly count: number
  /** Why there are fewer than requested, as half a sentence. */
  readonly reason?: string
  readonly done: () => void
}

/** Bytes from the caller. They can be read once, so a transfer is not retried after the first of them. */
export interface StreamSource {
  source(): Promise<ByteSource>
  /** The bytes are in memory: source() may be called again. */
  readonly repeatable?: boolean
  readonly size?: number
}

/** Bytes to the caller, once. */
export interface StreamSink {
  readonly sink: ByteSink
}

/** A place's store while a job needs it; leased when first requested, and again when it was lost. */
export class Borrowed {
  readonly place: Place
  readonly path: string
  readonly #signal: AbortSignal | undefined
  #lease: Lease | undefined
  #partner: Borrowed | undefined

  constructor(place: Place, signal?: AbortSignal) {
    this.place = place
    this.path = place.path
    this.#signal = signal
  }

  /** The leased store, if it is not lost; leases nothing. */
  get live(): Store | undefined {
    const store = this.#lease?.store
    return store?.state === 'lost' ? undefined : store
  }

  /** From here on both stores are leased together, since each may have to wait for the other. */
  join(partner: Borrowed): void {
    if (!this.place.supply || !partner.place.supply) return
    this.#partner = partner
    partner.#partner = this
  }

  /** Throws `session-lost` when the other store is still leased: its work is abandoned, and both start over. */
  store(): Store | Promise<Store> {
    return this.live ?? this.#leased()
  }

  async #leased(): Promise<Store> {
    if (this.#partner?.live) throw lostBeside(this.path)
    this.release()
    this.#partner?.release()
    const lease = this.#partner ? await this.#leaseBoth(this.#partner) : await this.#take()
    return lease.store
  }

  /** Leases again for a new attempt: the old session may be in an unknown state. */
  async renew(): Promise<Store> {
    this.release()
    this.#partner?.release()
    return await this.store()
  }

  release(): void {
    this.#lease?.release()
    this.#lease = undefined
  }

  /** Reports that there was no room for the work; to be called before release(). */
  crowded(): void {
    this.#lease?.crowded?.()
  }

  async #take(beside?: number): Promise<Lease> {
    this.#lease = await this.place.lease(this.#signal, undefined, beside)
    return this.#lease
  }

  async #leaseBoth(partner: Borrowed): Promise<Lease> {
    const [mine, other] = [this.place.supply, partner.place.supply]
    if (mine && mine === other) return await mine.alone(() => this.#takeBoth(this, partner, 1), this.#signal)
    const inOrder = (mine?.order ?? 0) < (other?.order ?? 0)
    return await (inOrder ? this.#takeBoth(this, partner) : this.#takeBoth(partner, this))
  }

  async #takeBoth(first: Borrowed, second: Borrowed, beside?: number): Promise<Lease> {
    const taken = await first.#take()
    try {
      const next = await second.#take(beside)
      return first === this ? taken : next
    } catch (error) {
      first.release()
      throw error
    }
  }
}

function lostBeside(path: string): TransferError {
  const text = `The session for ${path} was lost while the other end was still at work.`
  return new TransferError('session-lost', text, { phase: 'transfer', retryable: true, path })
}

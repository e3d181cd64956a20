import { TransferError } from '../../errors.js'
import type { ByteSink, ByteSource, Entry, Store } from '../../store.js'
import type { Lease } from './lease.js'
import type { Supply } from './lease-order.js'

/** A file, or a directory, and the way to a store that holds it. */
export interface Place {
  /** `entry`: only this file will be read, and nothing else done. `beside`: how many leases of the same supply the job has already. */
  lease(signal?: AbortSignal, entry?: Entry, beside?: number): Promise<Lease>
  /** Absent: nobody ever waits for a lease (the local disk). */
  readonly supply?: Supply
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

  /** The store held now, if it still works; nothing is leased. */
  get live(): Store | undefined {
    const store = this.#lease?.store
    return store?.state === 'lost' ? undefined : store
  }

  /** Both ends are leased at once from here on, where both may have to be waited for. */
  join(partner: Borrowed): void {
    if (!this.place.supply || !partner.place.supply) return
    this.#partner = partner
    partner.#partner = this
  }

  /** Throws `session-lost` when the other one of two is still held: the work on it is given up, and begins again with both. */
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

  /** A lease of its own for a new start: the old one may be tainted. */
  async renew(): Promise<Store> {
    this.release()
    this.#partner?.release()
    return await this.store()
  }

  release(): void {
    this.#lease?.release()
    this.#lease = undefined
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

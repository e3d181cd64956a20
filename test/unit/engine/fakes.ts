import type { Clock } from '../../../src/engine/flow/clock.js'
import type { Lease } from '../../../src/engine/pool/lease.js'
import { type ErrorCode, TransferError } from '../../../src/errors.js'
import type { TransferEvent } from '../../../src/events.js'
import { copyOut, type Slab, slabOf, sliceSlab } from '../../../src/slab.js'
import { type ByteSink, type ByteSource, isReceipt, type Receipt, type Store } from '../../../src/store.js'

/** A clock that stops until the test advances it; with `auto`, every wait is over as soon as the caller sleeps. */
export class FakeClock implements Clock {
  time = 0
  readonly waits: number[] = []
  /** Of these, the ones that no process stays for. */
  readonly aside: number[] = []
  readonly #timers = new Set<{ readonly due: number; readonly run: () => void }>()
  readonly #auto: boolean

  constructor({ auto = false } = {}) {
    this.#auto = auto
  }

  get pending(): number {
    return this.#timers.size
  }

  now(): number {
    return this.time
  }

  after(ms: number, run: () => void, aside = false): () => void {
    const timer = { due: this.time + ms, run }
    this.waits.push(ms)
    if (aside) this.aside.push(ms)
    this.#timers.add(timer)
    if (this.#auto) queueMicrotask(() => this.#timers.has(timer) && this.advance(Math.max(0, timer.due - this.time)))
    return () => this.#timers.delete(timer)
  }

  advance(ms: number): void {
    const until = this.time + ms
    for (;;) {
      const [next] = [...this.#timers].filter(({ due }) => due <= until).sort((a, b) => a.due - b.due)
      if (!next) break
      this.time = Math.max(this.time, next.due)
      this.#timers.delete(next)
      next.run()
    }
    this.time = until
  }
}

/** Lets everything that is ready run. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 5; round++) await new Promise<void>((resolve) => setImmediate(resolve))
}

export function failure(code: ErrorCode, retryable = false): TransferError {
  return new TransferError(code, `made up: ${code}`, { phase: 'transfer', retryable })
}

/** The store with some of its members replaced. */
export function faulty(store: Store, faults: Partial<Store>): Store {
  return new Proxy(store, {
    get(target, key: keyof Store) {
      if (key in faults) return faults[key]
      const member = target[key]
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

/** A place that counts its leases. */
export class FakePlace {
  readonly path: string
  open = 0
  leases = 0
  readonly #store: (lease: number) => Store

  constructor(store: Store | ((lease: number) => Store), path: string) {
    this.path = path
    this.#store = typeof store === 'function' ? store : () => store
  }

  async lease(): Promise<Lease> {
    this.leases++
    this.open++
    let held = true
    return {
      store: this.#store(this.leases),
      release: () => {
        if (held) this.open--
        held = false
      },
    }
  }
}

/** What was opened on a store and not closed again; its sources come in pieces of `piece` bytes. */
export class Watched {
  readonly store: Store
  open = 0

  constructor(store: Store, piece = 1000) {
    this.store = faulty(store, {
      read: async (path, options) => this.#source(await store.read(path, options), piece),
      write: async (path, options) => this.#sink(await store.write(path, options)),
    })
  }

  #source(source: ByteSource, piece: number): ByteSource {
    this.open++
    const inner = inPieces(source, piece)
    const close = this.#closer()
    return {
      async next() {
        const next = await inner.next()
        if (isReceipt(next)) close()
        return next
      },
      async cancel(reason) {
        await inner.cancel(reason)
        close()
      },
    }
  }

  #sink(sink: ByteSink): ByteSink {
    this.open++
    const close = this.#closer()
    return {
      get landed() {
        return sink.landed
      },
      write: (slab) => sink.write(slab),
      async finish() {
        const receipt = await sink.finish()
        close()
        return receipt
      },
      async abort(reason) {
        await sink.abort(reason)
        close()
      },
    }
  }

  #closer(): () => void {
    let open = true
    return () => {
      if (open) this.open--
      open = false
    }
  }
}

/** The source in small slabs. */
export function inPieces(source: ByteSource, piece: number): ByteSource {
  const waiting: Slab[] = []
  return {
    async next(): Promise<Slab | Receipt> {
      const held = waiting.shift()
      if (held) return held
      const next = await source.next()
      if (isReceipt(next) || next.length <= piece) return next
      for (let at = 0; at < next.length; at += piece)
        waiting.push(slabOf([copyOut(sliceSlab(next, at, Math.min(next.length, at + piece)))]))
      next.release()
      return waiting.shift() ?? (await source.next())
    },
    cancel: (reason) => source.cancel(reason),
  }
}

/** The source until `bytes` have come; then what `end` answers or throws. */
export function cutAfter(source: ByteSource, bytes: number, end: () => Receipt): ByteSource {
  const pieces = inPieces(source, 500)
  let passed = 0
  return {
    async next() {
      if (passed >= bytes) {
        await source.cancel()
        return end()
      }
      const next = await pieces.next()
      if (isReceipt(next)) return next
      const room = Math.min(next.length, bytes - passed)
      passed += room
      return sliceSlab(next, 0, room)
    },
    cancel: (reason) => pieces.cancel(reason),
  }
}

export async function contentOf(store: Store, path: string): Promise<Buffer> {
  const source = await store.read(path)
  const parts: Uint8Array[] = []
  for (;;) {
    const next = await source.next()
    if (isReceipt(next)) return Buffer.concat(parts)
    parts.push(copyOut(next))
    next.release()
  }
}

export async function namesIn(store: Store, dir: string): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of store.list(dir)) names.push(name)
  return names.sort()
}

/** Bytes that do not repeat within a few hundred thousand. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed
  for (let at = 0; at < length; at++) {
    state = (state * 1103515245 + 12345) % 2147483648
    bytes[at] = state >> 16
  }
  return bytes
}

/** Collects events. */
export function recorder(): { events: TransferEvent[]; observe: (event: TransferEvent) => void } {
  const events: TransferEvent[] = []
  return { events, observe: (event) => void events.push(event) }
}

export async function rejected(work: Promise<unknown>): Promise<TransferError> {
  try {
    await work
  } catch (error) {
    if (error instanceof TransferError) return error
    throw error
  }
  throw new Error('it was expected to fail')
}

import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { SLAB_SIZE, type Slab, slabOf, slabOfBuffer, takeBuffer } from '../slab.js'

/** The reading side of a wire that carries a file: whole slabs, then undefined at the peer's end. */
export interface Intake {
  next(): Promise<Slab | undefined>
  /** Gives back every buffer; nothing is read afterwards. */
  drop(): void
}

/** Slabs that may wait for their reader before the socket is paused. */
const QUEUE = 3

/** A reader that waits gets what is there after this time, in ms, though the slab is not full: slow senders are seen at once. */
const FLUSH_AFTER = 10

/** One waiting reader, the slabs ready for it, and how the stream ended. Both intakes below only differ in how bytes get in. */
class SlabQueue {
  readonly #ready: Slab[] = []
  #reader: { resolve(slab: Slab | undefined): void; reject(error: Error): void } | undefined
  #ended: { error?: Error } | undefined
  #flush: NodeJS.Timeout | undefined
  readonly #partial: () => Slab | undefined

  constructor(partial: () => Slab | undefined) {
    this.#partial = partial
  }

  get length(): number {
    return this.#ready.length
  }

  next(): Promise<Slab | undefined> {
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
      this.#serve()
      if (this.#reader) this.arrived()
    })
  }

  push(slab: Slab): void {
    this.#ready.push(slab)
    this.#serve()
  }

  /** Bytes came in: a waiting reader shall have them soon. */
  arrived(): void {
    if (this.#reader && !this.#flush) this.#flush = setTimeout(() => this.#handPartial(), FLUSH_AFTER)
  }

  end(error?: Error): void {
    if (this.#ended) return
    this.#ended = { error }
    const rest = this.#partial()
    if (rest) this.#ready.push(rest)
    this.#serve()
  }

  drop(): void {
    clearTimeout(this.#flush)
    for (const slab of this.#ready.splice(0)) slab.release()
    this.#partial()?.release()
  }

  #handPartial(): void {
    this.#flush = undefined
    const rest = this.#reader && this.#partial()
    if (rest) this.push(rest)
  }

  #serve(): void {
    if (!this.#reader) return
    const slab = this.#ready.shift()
    if (!slab && !this.#ended) return
    const { resolve, reject } = this.#reader
    this.#reader = undefined
    clearTimeout(this.#flush)
    this.#flush = undefined
    if (slab) resolve(slab)
    else if (this.#ended?.error) reject(this.#ended.error)
    else resolve(undefined)
  }
}

/**
 * Reads a socket straight into pooled buffers: give `onread` to net.connect, then bind() the socket. Node asks buffer() right
 * after every callback, also after one that answered false, so a fresh buffer stands ready before the callback returns.
 */
export class RingIntake implements Intake {
  #buffer = takeBuffer()
  #filled = 0
  #dropped = false
  #socket: Socket | undefined
  readonly #queue = new SlabQueue(() => this.#cut())
  readonly onread = {
    buffer: (): Uint8Array => this.#buffer.subarray(this.#filled),
    callback: (bytes: number): boolean => this.#arrived(bytes),
  }

  bind(socket: Socket): void {
    this.#socket = socket
    watchEnd(socket, this.#queue)
  }

  async next(): Promise<Slab | undefined> {
    const next = this.#queue.next()
    if (this.#queue.length < QUEUE) this.#socket?.resume()
    return await next
  }

  drop(): void {
    if (this.#dropped) return
    this.#dropped = true
    this.#queue.drop()
  }

  #arrived(bytes: number): boolean {
    if (this.#dropped) return true
    this.#filled += bytes
    if (this.#filled < SLAB_SIZE) this.#queue.arrived()
    else this.#queue.push(slabOfBuffer(this.#buffer, this.#refill()))
    return this.#queue.length < QUEUE
  }

  #cut(): Slab | undefined {
    return this.#filled === 0 ? undefined : slabOfBuffer(this.#buffer, this.#refill())
  }

  /** Takes a fresh buffer; answers how much the one before it held. Arguments are evaluated left to right, so callers name that one first. */
  #refill(): number {
    const length = this.#filled
    this.#buffer = takeBuffer()
    this.#filled = 0
    return length
  }
}

function watchEnd(stream: Duplex, queue: SlabQueue): void {
  stream.once('end', () => queue.end())
  stream.once('error', (error) => queue.end(error))
  stream.once('close', () => queue.end(new Error('The connection was closed.')))
}

/** Gathers a stream's own chunks into slabs: tunnels, accepted sockets and TLS, where onread does not exist. */
export class GatherIntake implements Intake {
  #chunks: Uint8Array[] = []
  #gathered = 0
  readonly #stream: Duplex
  readonly #queue = new SlabQueue(() => this.#cut())
  readonly #onData = (chunk: Uint8Array): void => this.#arrived(chunk)

  constructor(stream: Duplex, first: readonly Uint8Array[]) {
    this.#stream = stream
    for (const chunk of first) this.#arrived(chunk)
    stream.on('data', this.#onData)
    watchEnd(stream, this.#queue)
  }

  async next(): Promise<Slab | undefined> {
    const next = this.#queue.next()
    if (this.#queue.length < QUEUE) this.#stream.resume()
    return await next
  }

  drop(): void {
    this.#stream.off('data', this.#onData)
    this.#queue.drop()
  }

  #arrived(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#gathered += chunk.length
    if (this.#gathered < SLAB_SIZE) {
      this.#queue.arrived()
      return
    }
    const slab = this.#cut()
    if (slab) this.#queue.push(slab)
    if (this.#queue.length >= QUEUE) this.#stream.pause()
  }

  #cut(): Slab | undefined {
    if (this.#gathered === 0) return undefined
    const slab = slabOf(this.#chunks)
    this.#chunks = []
    this.#gathered = 0
    return slab
  }
}

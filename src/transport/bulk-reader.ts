import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { giveBuffer, SLAB_SIZE, type Slab, slabOf, takeRoom } from '../slab.js'

/** The reading side of a wire that carries a file: whole slabs, then undefined at the end of the stream. */
export interface BulkReader {
  /** Returns a slab synchronously when one is ready. */
  next(): Slab | undefined | Promise<Slab | undefined>
  /** Ends the stream, with an error when it broke: buffered slabs are returned first. Only the first call counts. */
  end(error?: Error): void
  /** Releases every buffer; nothing is read afterwards. */
  drop(): void
}

/** Slabs that may be queued for the reader before the socket is paused. */
const QUEUE = 3

/** A waiting reader receives a partial slab after this time, in ms, so that data of slow senders is passed on at once. */
const FLUSH_AFTER = 10

/** One waiting reader, the slabs ready for it, and how the stream ended. The two readers below only differ in how bytes get in. */
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

  next(): Slab | undefined | Promise<Slab | undefined> {
    const slab = this.#ready.shift()
    if (slab || (this.#ended && !this.#ended.error)) return slab
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

  /** Bytes were received: a waiting reader gets them soon. */
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

/** A pooled buffer shared by several slabs; it is returned when the last of them, and the socket, have released it. */
class Region {
  readonly #of = takeRoom()
  #filled = 0
  #handed = 0
  #holders = 1

  /** The part that is not filled yet. */
  get free(): Uint8Array {
    const { buffer, room } = this.#of
    return buffer.subarray(this.#filled, room)
  }

  /** Adds received bytes. Returns true when the buffer is full. */
  fill(bytes: number): boolean {
    this.#filled += bytes
    return this.#filled === this.#of.room
  }

  /** Returns the bytes received since the last call, as a slab. */
  cut(): Slab | undefined {
    if (this.#filled === this.#handed) return undefined
    const chunk = this.#of.buffer.subarray(this.#handed, this.#filled)
    this.#handed = this.#filled
    this.#holders++
    return slabOf([chunk], () => this.release())
  }

  release(): void {
    this.#holders--
    if (this.#holders === 0) giveBuffer(this.#of.buffer)
  }
}

/**
 * Reads a socket straight into pooled buffers: pass `onread` to net.connect, then bind() the socket. Node calls buffer() right after
 * every callback and at no other time, so the region that was returned last belongs to the socket: a part of it can be handed on
 * before it is full, but only a callback can change to another.
 */
export class SocketReader implements BulkReader {
  #region = new Region()
  #dropped = false
  /** Whether the socket is reading. */
  #flows = false
  #socket: Socket | undefined
  readonly #queue = new SlabQueue(() => this.#region.cut())
  readonly onread = {
    buffer: (): Uint8Array => this.#region.free,
    callback: (bytes: number): boolean => this.#arrived(bytes),
  }

  bind(socket: Socket): void {
    this.#socket = socket
    // The socket may write into its region until it is closed.
    socket.once('close', () => this.#region.release())
  }

  next(): Slab | undefined | Promise<Slab | undefined> {
    const next = this.#queue.next()
    if (!this.#flows && this.#queue.length < QUEUE) {
      this.#flows = true
      this.#socket?.resume()
    }
    return next
  }

  end(error?: Error): void {
    this.#queue.end(error)
  }

  drop(): void {
    if (this.#dropped) return
    this.#dropped = true
    this.#queue.drop()
  }

  #arrived(bytes: number): boolean {
    if (this.#dropped) return true
    const region = this.#region
    if (region.fill(bytes)) this.#change(region)
    else this.#queue.arrived()
    const goOn = this.#queue.length < QUEUE
    if (!goOn) this.#flows = false
    return goOn
  }

  #change(full: Region): void {
    const slab = full.cut()
    this.#region = new Region()
    full.release()
    if (slab) this.#queue.push(slab)
  }
}

/** Returns how a stream has already ended, since its events are not emitted again; undefined while it is open. */
export function endOf(stream: Duplex): { error?: Error } | undefined {
  if (stream.errored) return { error: stream.errored }
  if (stream.readableEnded) return {}
  return stream.destroyed ? { error: new Error('The connection was closed.') } : undefined
}

/** Collects a stream's own chunks into slabs: tunnels, accepted sockets and TLS, where onread does not exist. */
export class StreamReader implements BulkReader {
  #chunks: Uint8Array[] = []
  #gathered = 0
  readonly #stream: Duplex
  readonly #queue = new SlabQueue(() => this.#cut())
  readonly #onData = (chunk: Uint8Array): void => this.#arrived(chunk)

  constructor(stream: Duplex, first: readonly Uint8Array[]) {
    this.#stream = stream
    for (const chunk of first) this.#arrived(chunk)
    stream.on('data', this.#onData)
  }

  next(): Slab | undefined | Promise<Slab | undefined> {
    const next = this.#queue.next()
    if (this.#queue.length < QUEUE) this.#stream.resume()
    return next
  }

  end(error?: Error): void {
    this.#queue.end(error)
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

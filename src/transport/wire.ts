import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Slab } from '../slab.js'
import { type BulkReader, endOf, StreamReader } from './bulk-reader.js'
import type { Endpoint } from './endpoint.js'
import { socketProgress } from './progress.js'

/** Slabs that may be in flight at once: enough to keep the kernel busy (measured: 4 × 256 KiB suffice). */
const IN_FLIGHT = 2

/** A stream that is no socket reports a write only once it was sent whole: small ones show that a slow peer takes bytes. */
const PIECE = 64 * 1024

export interface WireEnds {
  /** The host that data connections of a control connection over this wire go to. */
  readonly dataHost: string
  /** The local address, as the peer sees it. */
  readonly local: Endpoint
  /** The connected peer. */
  readonly peer: Endpoint
  /** Returns a number that changes whenever bytes move, where the stream itself cannot say: the connection below TLS, an SSH channel. */
  readonly progress?: () => number
}

/**
 * An open byte connection over any route. It is used in one of two ways: as a dialogue (read, unread, write) or in bulk (slabs,
 * send). Its users do not depend on whether it is a socket, a tunnel or TLS.
 */
export class Wire implements WireEnds {
  readonly #stream: Duplex
  readonly #ends: WireEnds
  /** A lasting reader keeps one listener: removing and adding it for each chunk costs more than reading. */
  #listening = false
  readonly #onReadable = (): void => this.#wake?.()
  #bulkReader: BulkReader | undefined
  #back: Uint8Array[] = []
  #error: Error | undefined
  #ended = false
  #wake: (() => void) | undefined
  #leaving = 0
  #sent: (() => void) | undefined

  constructor(stream: Duplex, ends: WireEnds, bulkReader?: BulkReader) {
    this.#stream = stream
    this.#ends = ends
    this.#bulkReader = bulkReader
    stream.on('error', (error) => this.#stop(error))
    stream.on('end', () => this.#stop())
    stream.on('close', () => this.#stop(this.#ended ? undefined : new Error('The connection was closed.')))
    // Bytes and end may have been received before this wire was created over the stream.
    const over = endOf(stream)
    if (over) this.#stop(over.error)
  }

  get dataHost(): string {
    return this.#ends.dataHost
  }

  get local(): Endpoint {
    return this.#ends.local
  }

  get peer(): Endpoint {
    return this.#ends.peer
  }

  /** Returns a number that changes whenever bytes arrive or leave, however few; for a wait that has become long. */
  readonly progress = (): number => this.#ends.progress?.() ?? socketProgress(this.#stream)

  /** The underlying stream, for a layer on top of it or for ending it. The caller owns it from here on, and read() is not used any more. */
  get stream(): Duplex {
    if (this.#listening) {
      this.#listening = false
      this.#stream.off('readable', this.#onReadable)
    }
    return this.#stream
  }

  /**
   * Resolves with the bytes received, waiting for at least one; with undefined once the peer has ended. One reader at a time.
   * `lasting`: the caller reads until the end, or until another layer takes the stream.
   */
  async read(lasting = false): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk: Uint8Array | null = this.#back.shift() ?? this.#stream.read()
      if (chunk) return chunk
      if (this.#error) throw this.#error
      if (this.#ended) return undefined
      await this.#readable(lasting)
    }
  }

  /** Puts bytes back in front of the stream: they were received with a reply and belong to the next reader. */
  unread(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#back.unshift(bytes)
  }

  /** Returns the stream for another layer, which reads the bytes that were put back first: a server may speak before we do. */
  handOver(): Duplex {
    const { stream } = this
    if (!stream.readableEnded) for (const bytes of this.#back.splice(0).reverse()) stream.unshift(bytes)
    return stream
  }

  /** Whether bytes were put back and not read again. */
  get glued(): boolean {
    return this.#back.length > 0
  }

  /** Writes a line of a dialogue. An error is thrown by the next read. */
  write(bytes: Uint8Array): void {
    if (!this.#error) this.#stream.write(bytes)
  }

  /** Returns the same connection with other ends (a tunnel's differ from its socket's), including bytes put back. This one is not used any more. */
  as(ends: WireEnds): Wire {
    const wire = new Wire(this.stream, ends)
    wire.#back = this.#back.splice(0)
    return wire
  }

  /** Returns the bulk reader. From here on read() is not used any more. */
  slabs(): BulkReader {
    if (!this.#bulkReader) {
      this.#bulkReader = new StreamReader(this.stream, this.#back.splice(0))
      if (this.#ended) this.#bulkReader.end(this.#error)
    }
    return this.#bulkReader
  }

  /** Sends a slab and releases it once written. Resolves as soon as the next one can be sent. */
  async send(slab: Slab): Promise<void> {
    if (this.#error) {
      slab.release()
      throw this.#error
    }
    this.#leaving++
    this.#writeAll(slab)
    while (this.#leaving >= IN_FLIGHT) await this.#oneGone()
  }

  /** Resolves when everything sent was handed to the kernel. */
  async flush(): Promise<void> {
    while (this.#leaving > 0) await this.#oneGone()
    if (this.#error) throw this.#error
  }

  /** Ends the outgoing direction (TLS: close_notify, then FIN); the peer's is still read. */
  end(): void {
    if (!this.#stream.writableEnded) this.#stream.end()
  }

  /** Closes the connection at once. Bytes in flight may be lost. */
  destroy(): void {
    this.#bulkReader?.drop()
    this.#stream.destroy()
  }

  #writeAll(slab: Slab): void {
    const gone = (error?: Error | null): void => {
      // The stream's own 'error' event is emitted later than this callback.
      if (error) this.#error ??= error
      slab.release()
      this.#leaving--
      this.#sent?.()
    }
    if (slab.length === 0) {
      gone()
      return
    }
    this.#stream.cork()
    const chunks = this.#stream instanceof Socket ? slab.chunks : piecesOf(slab.chunks)
    chunks.forEach((chunk, at) => {
      this.#stream.write(chunk, at === chunks.length - 1 ? gone : undefined)
    })
    this.#stream.uncork()
  }

  async #oneGone(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#sent = resolve
    })
    this.#sent = undefined
    if (this.#error) throw this.#error
  }

  #readable(lasting: boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
      if (this.#listening) return
      this.#listening = lasting
      if (lasting) this.#stream.on('readable', this.#onReadable)
      else this.#stream.once('readable', this.#onReadable)
    })
  }

  #stop(error?: Error): void {
    this.#ended = true
    this.#error ??= error
    this.#bulkReader?.end(error)
    this.#wake?.()
    this.#sent?.()
  }
}

function piecesOf(chunks: readonly Uint8Array[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (const chunk of chunks)
    for (let at = 0; at < chunk.length; at += PIECE) pieces.push(chunk.subarray(at, at + PIECE))
  return pieces
}

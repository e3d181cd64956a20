import type { Duplex } from 'node:stream'
import type { Slab } from '../slab.js'
import { endOf, GatherIntake, type Intake } from './bulk-reader.js'
import type { Endpoint } from './endpoint.js'

/** Slabs that may be on their way out at once: enough to keep the kernel busy (measured: 4 × 256 KiB suffice). */
const IN_FLIGHT = 2

export interface WireEnds {
  /** Where the data connections of a control connection over this wire go. */
  readonly dataHost: string
  /** Our own end, as the peer sees it. */
  readonly local: Endpoint
  /** The connected peer. */
  readonly peer: Endpoint
}

/**
 * An open byte connection, however it was reached. It is used in one of two ways: as a dialogue (read, unread, write) or in bulk
 * (slabs, send). Nobody above it knows whether it is a socket, a tunnel or TLS.
 */
export class Wire implements WireEnds {
  readonly #stream: Duplex
  readonly #ends: WireEnds
  /** Whoever reads on and on keeps one listener: taking it off and on again for each chunk costs more than reading. */
  #listening = false
  readonly #onReadable = (): void => this.#wake?.()
  #intake: Intake | undefined
  #back: Uint8Array[] = []
  #error: Error | undefined
  #ended = false
  #wake: (() => void) | undefined
  #leaving = 0
  #sent: (() => void) | undefined

  constructor(stream: Duplex, ends: WireEnds, intake?: Intake) {
    this.#stream = stream
    this.#ends = ends
    this.#intake = intake
    stream.on('error', (error) => this.#stop(error))
    stream.on('end', () => this.#stop())
    stream.on('close', () => this.#stop(this.#ended ? undefined : new Error('The connection was closed.')))
    // Bytes and end may have come together, before this wire was made over the stream.
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

  /** For whoever carries another layer over it, or ends it: from here on it is theirs, and read() is not used any more. */
  get stream(): Duplex {
    if (this.#listening) {
      this.#listening = false
      this.#stream.off('readable', this.#onReadable)
    }
    return this.#stream
  }

  /**
   * The bytes that are there, waiting for at least one; undefined once the peer has ended. One reader at a time. `lasting`: it reads
   * until the end, or until another layer takes the stream.
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

  /** Puts bytes back in front: they came glued to a reply and belong to whoever reads next. */
  unread(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#back.unshift(bytes)
  }

  /** Bytes were put back and nobody has read them. */
  get glued(): boolean {
    return this.#back.length > 0
  }

  /** Writes a line of a dialogue. A failure shows at the next read. */
  write(bytes: Uint8Array): void {
    if (!this.#error) this.#stream.write(bytes)
  }

  /** The same connection with other ends (a tunnel's are not its socket's), what was put back included. This one is not used any more. */
  as(ends: WireEnds): Wire {
    const wire = new Wire(this.stream, ends)
    wire.#back = this.#back.splice(0)
    return wire
  }

  /** The reading side in bulk. From here on read() is not used any more. */
  slabs(): Intake {
    if (!this.#intake) {
      this.#intake = new GatherIntake(this.stream, this.#back.splice(0))
      if (this.#ended) this.#intake.end(this.#error)
    }
    return this.#intake
  }

  /** Sends a slab and releases it when it has gone. Resolves as soon as there is room for the next one. */
  async send(slab: Slab): Promise<void> {
    if (this.#error) {
      slab.release()
      throw this.#error
    }
    this.#leaving++
    this.#writeAll(slab)
    while (this.#leaving >= IN_FLIGHT) await this.#oneGone()
  }

  /** Resolves when everything that was sent has been handed to the kernel. */
  async flush(): Promise<void> {
    while (this.#leaving > 0) await this.#oneGone()
    if (this.#error) throw this.#error
  }

  /** Ends our direction (TLS: close_notify, then FIN); the peer's is still read. */
  end(): void {
    if (!this.#stream.writableEnded) this.#stream.end()
  }

  /** Cuts the connection at once. Bytes that were sent may be lost with it. */
  destroy(): void {
    this.#intake?.drop()
    this.#stream.destroy()
  }

  #writeAll(slab: Slab): void {
    const gone = (error?: Error | null): void => {
      // The stream's own 'error' event comes later than this.
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
    slab.chunks.forEach((chunk, at) => {
      this.#stream.write(chunk, at === slab.chunks.length - 1 ? gone : undefined)
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
    this.#intake?.end(error)
    this.#wake?.()
    this.#sent?.()
  }
}

import { Duplex } from 'node:stream'

/** Number of first bytes that are kept. */
const FIRST = 16

/**
 * A stream over a socket that can be detached from it. TLS runs on this stream and not on the socket, so that TLS can be ended (CCC)
 * while the socket goes on in plaintext. Ending this stream does not end the socket.
 */
export class DetachableStream extends Duplex {
  /** The first bytes received, to name the protocol when it is not TLS. */
  first = new Uint8Array()
  readonly #below: Duplex
  readonly #onData = (chunk: Uint8Array): void => {
    if (this.first.length < FIRST) this.first = Buffer.concat([this.first, chunk.subarray(0, FIRST)])
    if (!this.push(chunk)) this.#below.pause()
  }
  #ended = false
  readonly #onEnd = (): void => {
    this.#ended = true
    this.push(null)
  }
  readonly #onError = (error: Error): void => {
    this.destroy(error)
  }
  /** After a proper end the TLS socket may still hold unread bytes: destroying it would cut off the end of the file. */
  readonly #onClose = (): void => {
    if (!this.#ended && !this.destroyed) this.destroy()
  }

  constructor(below: Duplex) {
    super({ allowHalfOpen: true })
    this.#below = below
    below.on('data', this.#onData)
    below.on('end', this.#onEnd)
    below.on('error', this.#onError)
    below.on('close', this.#onClose)
  }

  /** Detaches from the socket: what arrives from now on is left to its next reader. */
  detach(): void {
    this.#below.pause()
    this.#below.off('data', this.#onData)
    this.#below.off('end', this.#onEnd)
    this.#below.off('error', this.#onError)
    this.#below.off('close', this.#onClose)
  }

  override _read(): void {
    this.#below.resume()
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#below.write(chunk, done)
  }

  override _final(done: () => void): void {
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.detach()
    done(error)
  }
}

import { Duplex } from 'node:stream'

/** That many first bytes are kept. */
const FIRST = 16

/**
 * A stream of its own over a socket that outlives it. TLS runs on the shim, not on the socket, so that TLS can be ended (CCC) and
 * the socket goes on in the clear. Ending the shim ends nothing below.
 */
export class Shim extends Duplex {
  /** The first bytes that came, for saying what speaks there when it is not TLS. */
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
  /** After a proper end there may still be bytes above that nobody has read yet: destroying them would cut the file's tail off. */
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

  /** Lets go of the socket: what arrives from now on is left to whoever reads it next. */
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

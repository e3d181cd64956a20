import { Duplex } from 'node:stream'
import type { ClientChannel } from 'ssh2'

/** Time the peer has to confirm that a channel is closed, in ms. */
const CONFIRM_WITHIN = 2_000

/**
 * A channel of ssh2 as a stream that follows Node's contract, which ssh2's own does not: it throws from write() when the connection
 * is gone, never calls back for a write in flight, ends without an error when the connection breaks, and emits 'close' only after
 * everything was read. Behaves like a socket that was created without allowHalfOpen.
 */
export class ChannelStream extends Duplex {
  /** Bytes received, and bytes of writes that were sent whole. */
  moved = 0
  readonly #channel: ClientChannel
  #over = false
  /** The peer has sent its end of the stream. */
  #complete = false
  #writing: ((error?: Error | null) => void) | undefined
  #closed: (() => void) | undefined
  readonly #onData = (chunk: Uint8Array): void => {
    this.moved += chunk.length
    if (!this.push(chunk)) this.#channel.pause()
  }

  constructor(channel: ClientChannel) {
    super({ allowHalfOpen: false })
    this.#channel = channel
    channel.on('error', (error: Error) => this.destroy(error))
    channel.on('data', this.#onData)
    channel.on('end', () => {
      if (this.destroyed || this.#over) return
      this.#complete = true
      this.push(null)
    })
    channel.on('close', () => this.#isOver(new Error('The peer closed the channel.')))
  }

  /** Ends the channel after its connection was lost; what was received completely before can still be read. */
  cut(error: Error): void {
    this.#isOver(error)
    if (!this.#complete) this.destroy(error)
  }

  override _read(): void {
    this.#channel.resume()
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const once = (error?: Error | null): void => {
      if (this.#writing !== once) return
      this.#writing = undefined
      this.moved += chunk.length
      done(error)
    }
    this.#writing = once
    if (this.#over) once(new Error('The peer closed the channel.'))
    else attempt(() => this.#channel.write(chunk, once), once)
  }

  override _final(done: () => void): void {
    // A failure means that the connection is lost, which cut() reports.
    attempt(
      () => this.#channel.eof(),
      () => {},
    )
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#writing?.(error ?? new Error('The channel was closed.'))
    // ssh2 emits 'close' only once everything was read.
    this.#channel.off('data', this.#onData)
    this.#channel.resume()
    const timer = setTimeout(() => this.#closed?.(), CONFIRM_WITHIN)
    this.#closed = () => {
      clearTimeout(timer)
      this.#closed = undefined
      done(error)
    }
    if (this.#over) this.#closed()
    else
      attempt(
        () => this.#channel.close(),
        () => this.#closed?.(),
      )
  }

  #isOver(error: Error): void {
    this.#over = true
    this.#writing?.(error)
    this.#closed?.()
  }
}

/** Runs `work`: ssh2 throws where other streams call back with an error. */
function attempt(work: () => unknown, failed: (error: Error) => void): void {
  try {
    work()
  } catch (error) {
    failed(error instanceof Error ? error : new Error(String(error)))
  }
}

import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { type ArrivedLine, decode, encode, LineSplitter } from './command-lines.js'
import type { Line } from './conversation.js'

/** A string is one line and is sent with CRLF; bytes are sent as they are. */
export type Raw = string | Uint8Array

/**
 * Lines to send. Pass a function when they come from a generator and are needed more than once; they may be endless. If the iteration
 * throws, the control connection is reset (for a listing: the transfer ends with 426).
 */
export type Lines = string | Many | (() => Many)
/** Lines one after the other. */
export type Many = Iterable<Raw> | AsyncIterable<Raw>

/** Yields the lines as bytes, one piece at a time. */
export async function* bytesOf(lines: Lines): AsyncGenerator<Uint8Array> {
  const many = typeof lines === 'function' ? lines() : typeof lines === 'string' ? [lines] : lines
  for await (const piece of many) yield typeof piece === 'string' ? encode(`${piece}\r\n`) : piece
}

export interface LinkOptions {
  /** Longest line that is accepted whole, in bytes. */
  readonly limit: number
  /** The peer's role. */
  readonly peer: Line['from']
  /** Records each line. Absent: nothing is recorded. */
  readonly record?: (from: Line['from'], text: string) => void
  /** Called for each line as soon as it is received, ahead of the queue. */
  readonly onLine?: (line: ArrivedLine) => void
}

const MAX_QUEUED = 256

/** One end of a control connection: receives whole lines, one at a time, and sends lines. TLS can be put under it later. */
export class ControlLink {
  readonly #socket: Socket
  #wire: Duplex
  readonly #options: LinkOptions
  #splitter: LineSplitter
  readonly #gone = new AbortController()
  readonly #waiting: ArrivedLine[] = []
  #wanted: ((line: ArrivedLine | undefined) => void) | undefined
  #over = false
  readonly #onData = (chunk: Buffer): void => this.#take(chunk)
  readonly #onEnd = (): void => this.#finish()

  constructor(socket: Socket, options: LinkOptions) {
    this.#socket = socket
    this.#wire = socket
    this.#options = options
    this.#splitter = new LineSplitter(options.limit)
    socket.on('error', () => {})
    socket.on('close', this.#onEnd)
    this.#attach()
  }

  /** Fires when the peer has closed or is lost. */
  get signal(): AbortSignal {
    return this.#gone.signal
  }

  /** Resolves with the next line; with undefined once the peer has closed and the queue is empty. One caller at a time. */
  next(): Promise<ArrivedLine | undefined> {
    const line = this.#waiting.shift()
    if (this.#waiting.length < MAX_QUEUED) this.#wire.resume()
    if (line || this.#over) return Promise.resolve(line)
    return new Promise((resolve) => {
      this.#wanted = resolve
    })
  }

  /** Sends lines; `drip` sends them one byte at a time. Resolves once they are written or the connection is lost. */
  async send(lines: Lines, drip: boolean | number = false): Promise<void> {
    for await (const bytes of bytesOf(lines)) {
      if (this.#wire.destroyed) return
      this.#record(this.#options.peer === 'client' ? 'server' : 'client', bytes)
      await (drip === false ? this.#write(bytes) : this.#drip(bytes, drip))
    }
  }

  end(): void {
    if (this.#wire === this.#socket) this.#socket.end()
    else {
      // Nothing reads the socket under an ended TLS layer, and without reading it would never see the end.
      this.#wire.end(() => this.#socket.end())
      this.#socket.resume()
    }
  }

  reset(): void {
    this.#socket.resetAndDestroy()
  }

  /**
   * Stops reading and drops queued lines: what the peer sends from now on belongs to another layer. Returns the underlying
   * connection.
   */
  detach(): Socket {
    this.#wire.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onEnd)
    this.#wire.pause()
    this.#waiting.length = 0
    this.#splitter = new LineSplitter(this.#options.limit)
    return this.#socket
  }

  /** Continues on this stream after detach(). */
  resumeOn(wire: Duplex): void {
    this.#wire = wire
    this.#attach()
    if (wire.readableEnded || wire.destroyed) this.#finish()
    wire.resume()
  }

  #attach(): void {
    this.#wire.on('error', () => {})
    this.#wire.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onEnd)
  }

  #record(from: Line['from'], bytes: Uint8Array): void {
    if (!this.#options.record) return
    const shown = decode(bytes.subarray(0, 4096)).replace(/\r?\n$/, '')
    for (const line of shown.split(/\r?\n/)) this.#options.record(from, line)
  }

  #write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#wire.write(bytes, () => resolve())
    })
  }

  async #drip(bytes: Uint8Array, pause: boolean | number): Promise<void> {
    for (const byte of bytes) {
      await this.#write(Uint8Array.of(byte))
      if (typeof pause !== 'number') await nextTurn()
      else await wait(pause, undefined, { signal: this.signal }).catch(() => {})
      if (this.signal.aborted) return
    }
  }

  #take(chunk: Buffer): void {
    for (const line of this.#splitter.push(chunk)) {
      this.#options.record?.(this.#options.peer, line.text)
      this.#options.onLine?.(line)
      const wanted = this.#wanted
      this.#wanted = undefined
      if (wanted) wanted(line)
      else this.#waiting.push(line)
    }
    if (this.#waiting.length >= MAX_QUEUED) this.#wire.pause()
  }

  #finish(): void {
    this.#over = true
    this.#gone.abort()
    this.#wanted?.(undefined)
    this.#wanted = undefined
  }
}

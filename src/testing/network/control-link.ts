import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises'
import { type ArrivedLine, decode, encode, LineSplitter } from './command-lines.js'
import type { Line } from './conversation.js'

/** A string is one line and gets CRLF; bytes go out as they are. */
export type Raw = string | Uint8Array

/**
 * Lines to send. Use a function when they are needed more than once and come from a generator; they may be endless. One that
 * throws resets the control connection (of a listing: ends the transfer with 426).
 */
export type Lines = string | Many | (() => Many)
type Many = Iterable<Raw> | AsyncIterable<Raw>

/** The lines as bytes, one piece at a time. */
export async function* bytesOf(lines: Lines): AsyncGenerator<Uint8Array> {
  const many = typeof lines === 'function' ? lines() : typeof lines === 'string' ? [lines] : lines
  for await (const piece of many) yield typeof piece === 'string' ? encode(`${piece}\r\n`) : piece
}

export interface LinkOptions {
  /** Longest line that is taken whole, in bytes. */
  readonly limit: number
  /** Who is on the other end. */
  readonly hears: Line['from']
  /** Absent: nothing is written down. */
  readonly record?: (from: Line['from'], text: string) => void
  /** Sees each line as soon as it arrives, before those that wait. */
  readonly onLine?: (line: ArrivedLine) => void
}

const MOST_WAITING = 256

/** One end of a control connection: whole lines in, one at a time; lines out. Another layer, such as TLS, can be put under it. */
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

  /** Fires when the other end has closed or is lost. */
  get signal(): AbortSignal {
    return this.#gone.signal
  }

  /** The next line; undefined once the other end has closed and nothing waits. One caller at a time. */
  next(): Promise<ArrivedLine | undefined> {
    const line = this.#waiting.shift()
    if (this.#waiting.length < MOST_WAITING) this.#wire.resume()
    if (line || this.#over) return Promise.resolve(line)
    return new Promise((resolve) => {
      this.#wanted = resolve
    })
  }

  /** Sends lines; `drip` sends them one byte at a time. Resolves once they are handed to the network or the connection is lost. */
  async say(lines: Lines, drip: boolean | number = false): Promise<void> {
    for await (const bytes of bytesOf(lines)) {
      if (this.#wire.destroyed) return
      this.#record(this.#options.hears === 'client' ? 'server' : 'client', bytes)
      await (drip === false ? this.#write(bytes) : this.#drip(bytes, drip))
    }
  }

  end(): void {
    if (this.#wire === this.#socket) this.#socket.end()
    else {
      // Nobody reads what is below an ended layer, and unread it would never see its end.
      this.#wire.end(() => this.#socket.end())
      this.#socket.resume()
    }
  }

  reset(): void {
    this.#socket.resetAndDestroy()
  }

  /**
   * Stops reading, and drops lines that were not taken yet: what the other end says from now on belongs to another layer. Answers
   * the connection itself.
   */
  hold(): Socket {
    this.#wire.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onEnd)
    this.#wire.pause()
    this.#waiting.length = 0
    this.#splitter = new LineSplitter(this.#options.limit)
    return this.#socket
  }

  /** Goes on over this stream after hold(). */
  over(wire: Duplex): void {
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
      this.#options.record?.(this.#options.hears, line.text)
      this.#options.onLine?.(line)
      const wanted = this.#wanted
      this.#wanted = undefined
      if (wanted) wanted(line)
      else this.#waiting.push(line)
    }
    if (this.#waiting.length >= MOST_WAITING) this.#wire.pause()
  }

  #finish(): void {
    this.#over = true
    this.#gone.abort()
    this.#wanted?.(undefined)
    this.#wanted = undefined
  }
}

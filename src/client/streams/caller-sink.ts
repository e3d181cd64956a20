import type { Writable } from 'node:stream'
import { badArgument, TransferError } from '../../errors.js'
import type { Slab } from '../../slab.js'
import type { ByteSink, Receipt } from '../../store.js'
import { endStream, has, isStandard, unattended } from './caller-stream.js'
import type { Output } from './streams.js'

/**
 * Writes to a caller's stream, with its back-pressure. The buffers are handed over for good: a stream may keep them after it has
 * called back. The stream is not touched before the first byte, or the end.
 */
export function sinkTo(output: Output): ByteSink {
  return has(output, 'getWriter')
    ? webSink(output as unknown as WritableStream<Uint8Array>)
    : new NodeSink(output as Writable)
}

function webSink(stream: WritableStream<Uint8Array>): ByteSink {
  let writer: WritableStreamDefaultWriter<Uint8Array> | undefined
  let landed = 0
  const locked = (): WritableStreamDefaultWriter<Uint8Array> => {
    if (!writer && stream.locked)
      throw badArgument('The stream that is to be written has a writer already.', 'Release it, or pass another one.')
    writer ??= stream.getWriter()
    return writer
  }
  return {
    get landed() {
      return landed
    },
    async write(slab) {
      const to = locked()
      for (const chunk of slab.chunks) {
        await to.ready.catch(fail)
        await to.write(chunk).catch(fail)
      }
      landed += slab.length
    },
    async finish() {
      await locked().close().catch(fail)
      writer?.releaseLock()
      return { bytes: landed, integrity: 'sized' }
    },
    async abort(reason) {
      const to = writer
      if (to) unattended(() => to.abort(reason))
      else endStream(stream, reason)
    },
  }
}

const EVENTS = ['drain', 'finish', 'error', 'close'] as const

class NodeSink implements ByteSink {
  landed = 0
  readonly #stream: Writable
  readonly #on = {
    drain: (): void => this.#look(),
    finish: (): void => {
      this.#finished = true
      this.#look()
    },
    error: (error: Error): void => {
      this.#broken ??= error
      this.#look()
    },
    close: (): void => this.#look(),
  }
  #listens = false
  #full = false
  #finished = false
  #broken: Error | undefined
  #wake = (): void => {}

  constructor(stream: Writable) {
    this.#stream = stream
  }

  async write(slab: Slab): Promise<void> {
    this.#listen()
    this.#check()
    try {
      for (const chunk of slab.chunks) this.#full = !this.#stream.write(chunk)
    } catch (error) {
      fail(error)
    }
    this.landed += slab.length
    while (this.#full) await this.#event()
    this.#check()
  }

  async finish(): Promise<Receipt> {
    this.#listen()
    this.#check()
    if (!isStandard(this.#stream)) {
      this.#stream.end()
      while (!this.#finished && !this.#stream.writableFinished) await this.#event()
    }
    this.#check()
    this.#leave()
    return { bytes: this.landed, integrity: 'sized' }
  }

  async abort(reason?: unknown): Promise<void> {
    endStream(this.#stream, reason)
    this.#leave()
  }

  #listen(): void {
    if (this.#listens) return
    this.#listens = true
    for (const event of EVENTS) this.#stream.on(event, this.#on[event])
  }

  #leave(): void {
    for (const event of EVENTS) this.#stream.off(event, this.#on[event])
  }

  #look(): void {
    this.#full = false
    this.#wake()
  }

  /** Resolves at the next event of the stream; rejects when it can be written no more. */
  async #event(): Promise<void> {
    this.#check()
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    this.#check()
  }

  #check(): void {
    const broken = this.#broken ?? this.#stream.errored
    if (broken) fail(broken)
    if (this.#stream.destroyed && !this.#stream.writableFinished)
      fail(new Error('it was closed before everything was written'))
  }
}

function fail(cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause)
  throw new TransferError('local', `The stream that was to be written failed: ${reason}.`, { phase: 'local', cause })
}

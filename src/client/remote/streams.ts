import { Readable, Writable } from 'node:stream'
import { asTransferError, badArgument, TransferError } from '../../errors.js'
import { type Slab, slabOf } from '../../slab.js'
import { type ByteSink, type ByteSource, isReceipt, type Receipt } from '../../store.js'

/** Where an upload's bytes may come from, besides a file. */
export type Input =
  | Readable
  | ReadableStream<Uint8Array>
  | Uint8Array
  | AsyncIterable<Uint8Array | string>
  | Iterable<Uint8Array>

/** Where a download's bytes may go, besides a file. */
export type Output = Writable | WritableStream<Uint8Array>

/** Size of the pieces that a buffer in memory is sent in, in bytes. */
const PIECE = 1024 * 1024

/** Reads a caller's stream, iterable or buffer. Text chunks are taken as UTF-8. */
export function sourceOf(input: Input): ByteSource {
  const chunks = iterate(input)
  let bytes = 0
  return {
    async next() {
      const { value, done } = await pull(chunks)
      if (done) return { bytes, integrity: 'sized' }
      const chunk = toBytes(value)
      bytes += chunk.length
      return slabOf([chunk])
    },
    async cancel() {
      await chunks.return?.(undefined)
    },
  }
}

async function pull(chunks: AsyncIterator<unknown>): Promise<IteratorResult<unknown>> {
  try {
    return await chunks.next()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new TransferError('local', `The stream that was to be sent failed: ${reason}.`, { phase: 'local', cause })
  }
}

async function* iterate(input: Input): AsyncGenerator<unknown> {
  if (input instanceof Uint8Array) {
    for (let at = 0; at < input.length; at += PIECE) yield input.subarray(at, at + PIECE)
    return
  }
  yield* input as AsyncIterable<unknown>
}

function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk === 'string') return Buffer.from(chunk, 'utf8')
  throw badArgument(`The stream that is to be sent gave a ${typeof chunk}; only bytes and text can be sent.`)
}

/** True for what upload() takes besides a path. */
export function isInput(value: unknown): value is Input {
  if (typeof value !== 'object' || value === null) return false
  return value instanceof Uint8Array || Symbol.asyncIterator in value || Symbol.iterator in value
}

/** True for what download() takes besides a path. */
export function isOutput(value: unknown): value is Output {
  if (typeof value !== 'object' || value === null) return false
  return value instanceof WritableStream || ('write' in value && 'end' in value)
}

/**
 * Writes to a caller's stream, with its back-pressure. The buffers are handed over for good: a stream may keep them after it has
 * called back.
 */
export function sinkTo(output: Output): ByteSink {
  return output instanceof WritableStream ? webSink(output) : nodeSink(output)
}

function webSink(stream: WritableStream<Uint8Array>): ByteSink {
  const writer = stream.getWriter()
  let landed = 0
  return {
    get landed() {
      return landed
    },
    async write(slab) {
      for (const chunk of slab.chunks) {
        await writer.ready
        await writer.write(chunk)
      }
      landed += slab.length
    },
    async finish() {
      await writer.close()
      return { bytes: landed, integrity: 'sized' }
    },
    async abort(reason) {
      await writer.abort(reason).catch(() => {})
    },
  }
}

function nodeSink(stream: Writable): ByteSink {
  let landed = 0
  let broken: Error | undefined
  const onError = (error: Error): void => {
    broken ??= error
  }
  stream.on('error', onError)
  const check = (): void => {
    if (broken) throw localFault(broken)
    if (stream.destroyed && !stream.writableFinished)
      throw localFault(new Error('it was closed before everything was written'))
  }
  return {
    get landed() {
      return landed
    },
    async write(slab) {
      check()
      let room = true
      for (const chunk of slab.chunks) room = stream.write(chunk)
      landed += slab.length
      if (!room) await eventOf(stream, 'drain')
      check()
    },
    async finish() {
      check()
      if (!isStandard(stream)) {
        stream.end()
        if (!stream.writableFinished) await eventOf(stream, 'finish')
      }
      check()
      stream.off('error', onError)
      return { bytes: landed, integrity: 'sized' }
    },
    async abort(reason) {
      if (!isStandard(stream)) stream.destroy(reason instanceof Error ? reason : undefined)
    },
  }
}

/** The terminal is not ours to close. */
function isStandard(stream: Writable): boolean {
  return stream === process.stdout || stream === process.stderr
}

/** Resolves at the event, and also when the stream ends or fails in another way: the caller then looks at its state. */
async function eventOf(stream: Writable, event: 'drain' | 'finish'): Promise<void> {
  await new Promise<void>((resolve) => {
    const over = (): void => {
      for (const name of [event, 'error', 'close']) stream.off(name, over)
      resolve()
    }
    for (const name of [event, 'error', 'close']) stream.on(name, over)
  })
}

function localFault(cause: Error): TransferError {
  return new TransferError('local', `The stream that was to be written failed: ${cause.message}.`, {
    phase: 'local',
    cause,
  })
}

/** A Node stream over a source that is opened at the first read. Destroying it cancels the transfer. */
export function readableFrom(open: () => Promise<ByteSource>): Readable {
  let source: Promise<ByteSource> | undefined
  return new Readable({
    highWaterMark: PIECE,
    read() {
      source ??= open()
      source
        .then((from) => from.next())
        .then(
          (next) => pushOn(this, next),
          (error) => this.destroy(error),
        )
    },
    destroy(error, done) {
      const stopped = source?.then((from) => from.cancel(error ?? undefined)).catch(() => {})
      Promise.resolve(stopped).then(() => done(error))
    },
  })
}

/** The buffers are handed over for good, so the slab is not released: a reader may keep them. */
function pushOn(stream: Readable, next: Slab | Receipt): void {
  if (isReceipt(next)) stream.push(null)
  else for (const chunk of next.chunks) stream.push(chunk)
}

/** A Node stream into a sink that is opened at the first byte (or at the end of an empty file). 'finish' comes after the server's confirmation. */
export function writableTo(open: () => Promise<ByteSink>): Writable {
  let sink: Promise<ByteSink> | undefined
  const get = (): Promise<ByteSink> => {
    sink ??= open()
    return sink
  }
  return new Writable({
    highWaterMark: PIECE,
    writev(chunks, done) {
      const bytes = chunks.map(({ chunk }) => chunk as Uint8Array)
      get()
        .then((to) => to.write(slabOf(bytes)))
        .then(() => done(), done)
    },
    final(done) {
      get()
        .then((to) => to.finish())
        .then(() => done(), done)
    },
    destroy(error, done) {
      const stopped =
        error || !this.writableFinished ? sink?.then((to) => to.abort(error ?? undefined)).catch(() => {}) : undefined
      Promise.resolve(stopped).then(() => done(error))
    },
  })
}

/** All bytes of a source in one buffer. */
export async function collect(source: ByteSource): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  try {
    for (let next = await source.next(); !isReceipt(next); next = await source.next()) {
      chunks.push(Buffer.concat(next.chunks, next.length))
      next.release()
    }
  } catch (error) {
    throw asTransferError(error, { code: 'local', phase: 'transfer' })
  }
  return Buffer.concat(chunks)
}

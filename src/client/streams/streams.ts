import { Readable, Writable } from 'node:stream'
import { asTransferError } from '../../errors.js'
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

/** True for what upload() takes besides a path. */
export function isInput(value: unknown): value is Input {
  if (typeof value !== 'object' || value === null) return false
  return value instanceof Uint8Array || Symbol.asyncIterator in value || Symbol.iterator in value
}

/** True for what download() takes besides a path. */
export function isOutput(value: unknown): value is Output {
  if (typeof value !== 'object' || value === null) return false
  return 'getWriter' in value || ('write' in value && 'end' in value)
}

/** Size of the buffers of the streams, in bytes. */
const ROOM = 1024 * 1024

/** Opens what a stream is over. `fail` ends the stream although it waits for nothing: its session is lost, for one. */
export type Open<T> = (fail: (error: Error) => void) => Promise<T>

/** A Node stream over a source that is opened at the first read. Destroying it cancels the transfer. */
export function readableFrom(open: Open<ByteSource>): Readable {
  let source: Promise<ByteSource> | undefined
  return new Readable({
    highWaterMark: ROOM,
    read() {
      source ??= open((error) => this.destroy(error))
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
export function writableTo(open: Open<ByteSink>): Writable {
  let sink: Promise<ByteSink> | undefined
  const get = (): Promise<ByteSink> => {
    sink ??= open((error) => stream.destroy(error))
    return sink
  }
  const stream = new Writable({
    highWaterMark: ROOM,
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
  return stream
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

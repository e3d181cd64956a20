import { badArgument, TransferError } from '../../errors.js'
import { slabOf } from '../../slab.js'
import type { ByteSource } from '../../store.js'
import { endStream, has, isNodeStream, unattended } from './caller-stream.js'
import type { Input } from './streams.js'

/** Size of the pieces that a buffer in memory is sent in, in bytes. */
const PIECE = 1024 * 1024

/** The caller's bytes, chunk by chunk. `stop` waits for nothing: the caller's code may never answer. */
interface Feed {
  next(): Promise<IteratorResult<unknown>>
  stop(reason: unknown): void
}

/** Reads a caller's stream, iterable or buffer. Text chunks are taken as UTF-8. */
export function sourceOf(input: Input): ByteSource {
  let feed: Feed | undefined
  let bytes = 0
  return {
    async next() {
      const { value, done } = await pull(() => {
        feed ??= feedOf(input)
        return feed.next()
      })
      if (done) return { bytes, integrity: 'sized' }
      const chunk = toBytes(value)
      bytes += chunk.length
      return slabOf([chunk])
    },
    async cancel(reason) {
      if (feed) feed.stop(reason)
      else endStream(input, reason)
    },
  }
}

async function pull(next: () => Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> {
  try {
    return await next()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new TransferError('local', `The stream that was to be sent failed: ${reason}.`, { phase: 'local', cause })
  }
}

function feedOf(input: Input): Feed {
  if (input instanceof Uint8Array) return iterated(pieces(input))
  if (has(input, 'getReader')) return webFeed(input as unknown as ReadableStream<Uint8Array>)
  const feed = iterated(iteratorOf(input))
  // The iterator of a stream would answer return() only after its next() has settled.
  return isNodeStream(input) ? { ...feed, stop: (reason) => endStream(input, reason) } : feed
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE)
}

type AnyIterator = AsyncIterator<unknown> | Iterator<unknown>

function iteratorOf(input: Exclude<Input, ReadableStream>): AnyIterator {
  return Symbol.asyncIterator in input ? input[Symbol.asyncIterator]() : input[Symbol.iterator]()
}

function iterated(iterator: AnyIterator): Feed {
  return {
    next: async () => await iterator.next(),
    stop: () => unattended(() => iterator.return?.(undefined)),
  }
}

function webFeed(stream: ReadableStream<Uint8Array>): Feed {
  if (stream.locked)
    throw badArgument('The stream that is to be sent has a reader already.', 'Release its reader, or pass another one.')
  const reader = stream.getReader()
  return {
    async next() {
      const { value, done } = await reader.read()
      if (!done) return { value, done }
      reader.releaseLock()
      return { value: undefined, done }
    },
    stop: (reason) => unattended(() => reader.cancel(reason)),
  }
}

function toBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (typeof chunk === 'string') return Buffer.from(chunk, 'utf8')
  throw badArgument(`The stream that is to be sent gave a ${typeof chunk}; only bytes and text can be sent.`)
}

import type { Wire } from '../wire.js'

/**
 * Looks at what has arrived, from the first byte on: how many bytes the message is long, or undefined while that cannot be told.
 * Throws when it can never become one, or is longer than it may be: nothing else bounds how much is read.
 */
export type Measure = (arrived: Buffer) => number | undefined

/**
 * Reads one message and not a byte more: what came glued to its end is put back for whoever reads next. However the peer cuts its
 * bytes, the answer is the same. Undefined when the peer ends before the message does.
 */
export async function readMessage(wire: Wire, measure: Measure): Promise<Buffer | undefined> {
  let arrived: Buffer = Buffer.alloc(0)
  for (;;) {
    const length = measure(arrived)
    if (length !== undefined && length <= arrived.length) {
      wire.unread(arrived.subarray(length))
      return arrived.subarray(0, length)
    }
    const chunk = await wire.read()
    if (!chunk) return undefined
    arrived = arrived.length === 0 ? asBuffer(chunk) : Buffer.concat([arrived, chunk])
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

import type { Wire } from '../wire.js'

/**
 * Looks at what was received, from the first byte on, and returns the length of the message, or undefined while it is not known.
 * Throws for bytes that can never become one, or one that is too long: nothing else bounds how much is read.
 */
export type Measure = (arrived: Buffer) => number | undefined

/**
 * Reads exactly one message: bytes received after its end are put back for the next reader. The result does not depend on how the
 * peer splits its bytes. Resolves with undefined when the peer closes before the end of the message.
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

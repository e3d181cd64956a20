import type { FaultAction } from './faults.js'

type Bytes = AsyncIterable<Uint8Array>

/** Thrown at the byte where a fault cuts the data. */
export class Cut extends Error {}

const LF = 10
const CR = 13

/** Converts LF to CRLF, the line end of TYPE A (RFC 959 section 3.1.1.1). */
export async function* toWireText(bytes: Bytes): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    const text: Uint8Array[] = []
    let from = 0
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
      text.push(chunk.subarray(from, at), Uint8Array.of(CR, LF))
      from = at + 1
    }
    yield from === 0 ? chunk : Buffer.concat([...text, chunk.subarray(from)])
  }
}

/** Converts CRLF to LF, also where the pair is split between two chunks. */
export async function* fromWireText(bytes: Bytes): AsyncGenerator<Uint8Array> {
  let held = false
  for await (const chunk of bytes) {
    const whole: Uint8Array = held ? Buffer.concat([Uint8Array.of(CR), chunk]) : chunk
    held = whole.at(-1) === CR
    yield withoutPairs(held ? whole.subarray(0, -1) : whole)
  }
  if (held) yield Uint8Array.of(CR)
}

function withoutPairs(chunk: Uint8Array): Uint8Array {
  if (!chunk.includes(CR)) return chunk
  return chunk.filter((byte, at) => byte !== CR || chunk[at + 1] !== LF)
}

/** Applies a fault to the bytes: inverts one byte, throws Cut after a number of bytes. */
export async function* corrupted(bytes: Bytes, { flipByteAt, cutDataAt }: FaultAction): AsyncGenerator<Uint8Array> {
  if (cutDataAt === 0) throw new Cut()
  let at = 0
  for await (const chunk of bytes) {
    const left = cutDataAt === undefined ? chunk.length : cutDataAt - at
    yield flipped(chunk.subarray(0, left), (flipByteAt ?? -1) - at)
    at += chunk.length
    if (chunk.length >= left && cutDataAt !== undefined) throw new Cut()
  }
}

function flipped(chunk: Uint8Array, at: number): Uint8Array {
  if (at < 0 || at >= chunk.length) return chunk
  const copy = Uint8Array.from(chunk)
  copy[at] = ~(copy[at] ?? 0) & 0xff
  return copy
}

/**
 * A part of a file in transfer: about 1 MiB or less, as a list of chunks that are written with one writev. Its owner releases a slab
 * exactly once; its bytes must not be read afterwards.
 */
export interface Slab {
  /** The bytes, in order. */
  readonly chunks: readonly Uint8Array[]
  /** Sum of the chunks' lengths, in bytes. */
  readonly length: number
  /** Gives the buffers back. */
  release(): void
}

/** Size of a pooled buffer, in bytes. */
export const SLAB_SIZE = 1024 * 1024

const idle: Uint8Array[] = []
const MAX_IDLE = 16

/** Returns a buffer of SLAB_SIZE bytes with undefined content. */
export function takeBuffer(): Uint8Array {
  return idle.pop() ?? Buffer.allocUnsafeSlow(SLAB_SIZE)
}

/** Returns a buffer from takeBuffer() to the pool. */
export function giveBuffer(buffer: Uint8Array): void {
  if (idle.length < MAX_IDLE) idle.push(buffer)
}

/** A buffer to read into, of which the first `room` bytes are to be filled. */
export interface Room {
  readonly buffer: Uint8Array
  readonly room: number
}

/**
 * Returns a buffer to read into. A buffer from the pool is used whole, a new one to a quarter: where a file goes into a stream of the
 * caller's, which may keep its chunks, no buffer is returned and every one is new. V8 collects those once 32 MiB of them are
 * allocated, but only pages that were written to take memory. So of 2 MiB allocated 256 KiB are used, and 4 MiB are in memory until
 * then, not 32. A stream that keeps the chunks would take eight times the address space: above a threshold, new buffers are made as
 * large as their content.
 */
export function takeRoom(): Room {
  const used = idle.pop()
  if (used) return { buffer: used, room: SLAB_SIZE }
  if (made % LOOK_EVERY === 0) isKept = process.memoryUsage().external > MUCH
  made++
  if (isKept || !COUNTS) return { buffer: takeBuffer(), room: SLAB_SIZE }
  return { buffer: Buffer.allocUnsafeSlow(2 * SLAB_SIZE).subarray(0, SLAB_SIZE), room: NEW_ROOM }
}

/** Node 24 collects them by elapsed time, where smaller buffers only mean more of them (24.21; 20.20 and 22.23 are as above). */
const COUNTS = Number.parseInt(process.versions.node, 10) < 24

/** The part of a new buffer that is used, in bytes. */
export const NEW_ROOM = COUNTS ? SLAB_SIZE / 4 : SLAB_SIZE

let made = 0
let isKept = false
const LOOK_EVERY = 32
/** Bytes of buffers in the whole process. */
const MUCH = 128 * 1024 * 1024

const nothing = (): void => {}

/** Returns a slab over chunks that are not written to any more; `release` is called once, when the last reader is done. */
export function slabOf(chunks: readonly Uint8Array[], release: () => void = nothing): Slab {
  let length = 0
  for (const chunk of chunks) length += chunk.length
  let held = true
  return {
    chunks,
    length,
    release() {
      if (!held) return
      held = false
      release()
    },
  }
}

/** Returns a slab over the first `length` bytes of a pooled buffer; releasing it returns the buffer. */
export function slabOfBuffer(buffer: Uint8Array, length: number): Slab {
  return slabOf([buffer.subarray(0, length)], () => giveBuffer(buffer))
}

/** Copies the bytes of a slab, so that the slab can be released. */
export function copyOut(slab: Slab): Uint8Array {
  return new Uint8Array(Buffer.concat(slab.chunks, slab.length))
}

/** Returns the part of a slab from byte `from` to byte `to` (exclusive); the original is released with it. */
export function sliceSlab(slab: Slab, from: number, to = slab.length): Slab {
  const chunks: Uint8Array[] = []
  let at = 0
  for (const chunk of slab.chunks) {
    const piece = chunk.subarray(Math.max(0, from - at), Math.max(0, to - at))
    if (piece.length > 0) chunks.push(piece)
    at += chunk.length
  }
  return slabOf(chunks, () => slab.release())
}

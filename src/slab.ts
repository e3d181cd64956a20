/**
 * A piece of a file on its way through the house: about 1 MiB or less, as a list of chunks that are written with one writev. Whoever
 * holds a slab releases it exactly once; its bytes must not be looked at afterwards.
 */
export interface Slab {
  readonly chunks: readonly Uint8Array[]
  /** Sum of the chunks' lengths, in bytes. */
  readonly length: number
  release(): void
}

/** Size of a pooled buffer, in bytes. */
export const SLAB_SIZE = 1024 * 1024

const idle: Uint8Array[] = []
const MAX_IDLE = 16

/** A buffer of SLAB_SIZE bytes with undefined content. */
export function takeBuffer(): Uint8Array {
  return idle.pop() ?? Buffer.allocUnsafeSlow(SLAB_SIZE)
}

/** Gives a buffer from takeBuffer() back. */
export function giveBuffer(buffer: Uint8Array): void {
  if (idle.length < MAX_IDLE) idle.push(buffer)
}

/** A buffer to read into, of which the first `room` bytes are to be filled. */
export interface Room {
  readonly buffer: Uint8Array
  readonly room: number
}

/**
 * A buffer that was given back has all its room, a new one a quarter of it. Where a file goes into a stream of the caller's, which
 * may keep what it gets, nothing comes back and every buffer is new. V8 collects those once 32 MiB of them are there; it counts what
 * was allocated, but only pages that were written to take memory. So 2 MiB are allocated of which 256 KiB are used, and 4 MiB are in
 * memory until then, not 32. A stream that does keep them would keep eight times the address space: when there is much of it, they
 * are made as large as what goes in.
 */
export function takeRoom(): Room {
  const used = idle.pop()
  if (used) return { buffer: used, room: SLAB_SIZE }
  if (made % LOOK_EVERY === 0) isKept = process.memoryUsage().external > MUCH
  made++
  if (isKept || !COUNTS) return { buffer: takeBuffer(), room: SLAB_SIZE }
  return { buffer: Buffer.allocUnsafeSlow(2 * SLAB_SIZE).subarray(0, SLAB_SIZE), room: NEW_ROOM }
}

/** Node 24 collects them by the time that has passed, and then smaller ones are only more (24.21; 20.20 and 22.23 are as above). */
const COUNTS = Number.parseInt(process.versions.node, 10) < 24

/** What a new buffer is used for, in bytes. */
export const NEW_ROOM = COUNTS ? SLAB_SIZE / 4 : SLAB_SIZE

let made = 0
let isKept = false
const LOOK_EVERY = 32
/** Bytes of buffers in the whole program. */
const MUCH = 128 * 1024 * 1024

const nothing = (): void => {}

/** A slab over chunks that nobody else will write to; `release` is called once, when the last reader is done. */
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

/** A slab over the first `length` bytes of a pooled buffer; releasing it gives the buffer back. */
export function slabOfBuffer(buffer: Uint8Array, length: number): Slab {
  return slabOf([buffer.subarray(0, length)], () => giveBuffer(buffer))
}

/** The bytes of a slab in one array of their own, so that the slab can be released. */
export function copyOut(slab: Slab): Uint8Array {
  return new Uint8Array(Buffer.concat(slab.chunks, slab.length))
}

/** Hands a slab on from byte `from` to byte `to` (exclusive) of it; the old slab is released with the new one. */
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

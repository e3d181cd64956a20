/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The bytes in pieces of random length, empty ones among them. */
export function cuts(all: Uint8Array, next: () => number): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < all.length; ) {
    const to = at + Math.floor(next() * next() * Math.min(300, all.length - at + 2))
    pieces.push(all.subarray(at, to))
    at = to
  }
  return pieces
}

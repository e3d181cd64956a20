import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { HashName } from './store.js'

/** A hash in the making: bytes in, in order; then once the lower-case hex of them all. */
export interface Hasher {
  update(bytes: Uint8Array): void
  hex(): string
}

export function hasher(algorithm: HashName): Hasher {
  if (algorithm === 'crc32') return crcHasher()
  const hash = createHash(algorithm)
  return {
    update: (bytes) => void hash.update(bytes),
    hex: () => hash.digest('hex'),
  }
}

function crcHasher(): Hasher {
  let value = 0
  return {
    update(bytes) {
      value = crc32(bytes, value)
    },
    hex: () => value.toString(16).padStart(8, '0'),
  }
}

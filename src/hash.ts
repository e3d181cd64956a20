import type { HashName } from './store.js'

/** An incremental hash: bytes in order, then the lower-case hex of all. */
export interface Hasher {
  update(bytes: Uint8Array): void
  hex(): string
}

export function hasher(algorithm: HashName): Hasher {
  if (algorithm === 'crc32') return crcHasher()
  const { createHash } = process.getBuiltinModule('node:crypto') // loaded only when needed
  const hash = createHash(algorithm)
  return {
    update: (bytes) => void hash.update(bytes),
    hex: () => hash.digest('hex'),
  }
}

/** Returns eight hex digits derived from a text. */
export function shortHash(text: string): string {
  const hash = hasher('sha256')
  hash.update(Buffer.from(text))
  return hash.hex().slice(0, 8)
}

function crcHasher(): Hasher {
  const { crc32 } = process.getBuiltinModule('node:zlib')
  let value = 0
  return {
    update(bytes) {
      value = crc32(bytes, value)
    },
    hex: () => value.toString(16).padStart(8, '0'),
  }
}

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hasher } from '../../src/hash.js'
import type { HashName } from '../../src/store.js'

/** Published check values of '123456789' and of nothing. */
const KNOWN: readonly [HashName, string, string][] = [
  ['crc32', 'cbf43926', '00000000'],
  ['md5', '25f9e794323b453885f5181f1b624d0b', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['sha1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441', 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
]

describe('hashes', () => {
  for (const [algorithm, ofDigits, ofNothing] of KNOWN) {
    it(`${algorithm} has its known values, however the bytes are cut`, () => {
      assert.equal(hasher(algorithm).hex(), ofNothing)
      const hash = hasher(algorithm)
      for (const piece of ['1234', '', '56789']) hash.update(Buffer.from(piece))
      assert.equal(hash.hex(), ofDigits)
    })
  }
})

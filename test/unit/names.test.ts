import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeName, encodeName } from '../../src/names.js'
import { random } from '../conformance/bytes.js'

describe('names', () => {
  it('keeps UTF-8 as it is, a byte order mark included', () => {
    for (const text of ['', 'plain', 'café', 'cafe\u0301', '日本', '\u{1f6a2}', '\ufefffile', '\ufffd']) {
      assert.equal(decodeName(Buffer.from(text)), text)
      assert.deepEqual(encodeName(text), Buffer.from(text))
    }
  })

  it('stands a byte that is not UTF-8 for U+DC80…U+DCFF', () => {
    assert.equal(decodeName(Buffer.of(0x41, 0xe9, 0x42)), 'A\udce9B')
    assert.deepEqual(encodeName('A\udce9B'), Buffer.of(0x41, 0xe9, 0x42))
  })

  it('escapes each byte of a cut, overlong or surrogate sequence', () => {
    assert.equal(decodeName(Buffer.of(0xe6, 0x97)), '\udce6\udc97')
    assert.equal(decodeName(Buffer.of(0xc0, 0xaf)), '\udcc0\udcaf')
    assert.equal(decodeName(Buffer.of(0xed, 0xb2, 0x80)), '\udced\udcb2\udc80')
    assert.equal(decodeName(Buffer.of(0xff, 0xc3, 0xa9)), '\udcffé')
  })

  it('reads a view of a larger buffer', () => {
    assert.equal(decodeName(new Uint8Array(Buffer.from('abcdef')).subarray(2, 4)), 'cd')
  })

  it('gives any bytes back exactly', () => {
    const next = random(20_240)
    const alphabet = [0x41, 0x80, 0xbf, 0xc2, 0xc3, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xff, 0xa9]
    for (let round = 0; round < 5000; round++) {
      const mixed = round % 2 === 0
      const bytes = Buffer.from(Array.from({ length: next(24) }, () => (mixed ? (alphabet[next(12)] ?? 0) : next(256))))
      assert.deepEqual(encodeName(decodeName(bytes)), bytes, bytes.toString('hex'))
    }
  })

  it('refuses half a surrogate pair that stands for no byte', () => {
    for (const text of ['a\ud800', '\udc7f', '\udd00']) assert.throws(() => encodeName(text), { code: 'bad-argument' })
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bounds } from '../../src/range.js'

describe('a range of bytes', () => {
  it('is the whole file when nothing is said', () => {
    assert.deepEqual(bounds(undefined), { from: 0, to: Number.POSITIVE_INFINITY })
    assert.deepEqual(bounds({ from: 3 }), { from: 3, to: Number.POSITIVE_INFINITY })
    assert.deepEqual(bounds({ to: 3 }), { from: 0, to: 3 })
  })

  it('may be empty, not backwards', () => {
    assert.deepEqual(bounds({ from: 3, to: 3 }), { from: 3, to: 3 })
    assert.throws(() => bounds({ from: 4, to: 3 }), { code: 'bad-argument' })
  })

  it('counts in whole bytes from 0', () => {
    for (const bad of [-1, 0.5, Number.NaN, 2 ** 53, Number.NEGATIVE_INFINITY]) {
      assert.throws(() => bounds({ from: bad }), { code: 'bad-argument' }, String(bad))
      assert.throws(() => bounds({ to: bad }), { code: 'bad-argument' }, String(bad))
    }
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  copyOut,
  giveBuffer,
  NEW_ROOM,
  SLAB_SIZE,
  type Slab,
  slabOf,
  slabOfBuffer,
  sliceSlab,
  takeBuffer,
  takeRoom,
} from '../../src/slab.js'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const numbers = (slab: Slab): number[] => [...copyOut(slab)]

describe('slabs', () => {
  it('count the bytes of all their chunks', () => {
    assert.equal(slabOf([bytes(1, 2), bytes(), bytes(3)]).length, 3)
    assert.equal(slabOf([]).length, 0)
  })

  it('are released once, however often that is asked', () => {
    let released = 0
    const slab = slabOf([bytes(1)], () => released++)
    slab.release()
    slab.release()
    assert.equal(released, 1)
  })

  it('give a pooled buffer back when released, and only then', () => {
    const buffer = takeBuffer()
    assert.equal(buffer.length, SLAB_SIZE)
    const slab = slabOfBuffer(buffer, 10)
    assert.equal(slab.length, 10)
    const other = takeBuffer()
    assert.notEqual(other, buffer)
    slab.release()
    assert.equal(takeBuffer(), buffer)
    giveBuffer(buffer)
    giveBuffer(other)
  })

  it('are read into a new buffer in part, and whole into one that came back', () => {
    const taken = Array.from({ length: 40 }, () => takeRoom())
    const fresh = taken.at(-1)
    assert.ok(fresh && NEW_ROOM <= SLAB_SIZE)
    assert.deepEqual([fresh.buffer.length, fresh.room], [SLAB_SIZE, NEW_ROOM])
    const counted = NEW_ROOM < SLAB_SIZE ? 2 * SLAB_SIZE : SLAB_SIZE
    assert.equal(fresh.buffer.buffer.byteLength, counted)
    giveBuffer(fresh.buffer)
    assert.deepEqual(takeRoom(), { buffer: fresh.buffer, room: SLAB_SIZE })
  })

  it('are read whole into new buffers too while the program holds many', () => {
    const many = Buffer.allocUnsafeSlow(256 * SLAB_SIZE)
    const taken = Array.from({ length: 40 }, () => takeRoom())
    assert.deepEqual([taken.at(-1)?.room, many.length], [SLAB_SIZE, 256 * SLAB_SIZE])
  })

  it('copy out bytes that live on', () => {
    const chunk = bytes(1, 2, 3)
    const copy = copyOut(slabOf([chunk.subarray(0, 1), chunk.subarray(1)]))
    chunk.fill(9)
    assert.deepEqual([...copy], [1, 2, 3])
  })

  it('are sliced at every place, across chunks', () => {
    const all = [1, 2, 3, 4, 5, 6]
    for (let from = 0; from <= 6; from++) {
      for (let to = from; to <= 6; to++) {
        const slab = slabOf([bytes(1, 2), bytes(3), bytes(), bytes(4, 5, 6)])
        assert.deepEqual(numbers(sliceSlab(slab, from, to)), all.slice(from, to), `${from}-${to}`)
      }
    }
    assert.deepEqual(numbers(sliceSlab(slabOf([bytes(1, 2, 3)]), 1)), [2, 3])
  })

  it('release the whole when the slice is released', () => {
    let released = 0
    const slice = sliceSlab(
      slabOf([bytes(1, 2)], () => released++),
      1,
    )
    assert.equal(released, 0)
    slice.release()
    assert.equal(released, 1)
  })
})

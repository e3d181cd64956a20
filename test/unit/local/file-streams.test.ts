import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readHandle, type WritableFile, writeHandle } from '../../../src/local/file-streams.js'
import { slabOf } from '../../../src/slab.js'
import { failure } from '../../conformance/bytes.js'

/** A file handle that writes when the test decides. */
class SlowHandle {
  readonly calls: { bytes: number; position: number | undefined; answer: (written: number | Error) => void }[] = []
  truncatedTo?: number
  closed = 0

  writev<T extends readonly NodeJS.ArrayBufferView[]>(
    buffers: T,
    position?: number,
  ): Promise<{ bytesWritten: number; buffers: T }> {
    const bytes = buffers.reduce((sum, each) => sum + each.byteLength, 0)
    return new Promise((done, fail) => {
      const answer = (written: number | Error): void => {
        if (written instanceof Error) fail(written)
        else done({ bytesWritten: written, buffers })
      }
      this.calls.push({ bytes, position, answer })
    })
  }

  async truncate(length?: number): Promise<void> {
    this.truncatedTo = length
  }

  async close(): Promise<void> {
    this.closed++
  }

  answer(call: number, written: number | Error): void {
    this.calls[call]?.answer(written)
  }
}

function sinkOn(handle: SlowHandle, options: Partial<WritableFile> = {}) {
  const settle = async (): Promise<void> => {}
  return writeHandle({ handle, path: '/file', from: 0, seekable: true, owned: true, settle, ...options })
}

const turn = (): Promise<void> => new Promise((done) => setImmediate(done))
const noSpace = Object.assign(new Error('no space'), { code: 'ENOSPC' })

describe('a disk sink', () => {
  it('keeps two writes in flight and counts only contiguous bytes as landed', async () => {
    const handle = new SlowHandle()
    const sink = sinkOn(handle, { from: 100 })
    await sink.write(slabOf([new Uint8Array(10)]))
    const second = sink.write(slabOf([new Uint8Array(5), new Uint8Array(6)]))
    await turn()
    assert.deepEqual(
      handle.calls.map(({ bytes, position }) => [bytes, position]),
      [
        [10, 100],
        [11, 110],
      ],
    )
    handle.answer(1, 11)
    await turn()
    assert.equal(sink.landed, 100)
    handle.answer(0, 10)
    await second
    assert.deepEqual(await sink.finish(), { bytes: 21, integrity: 'sized' })
    assert.deepEqual([sink.landed, handle.closed], [121, 1])
  })

  it('goes on after a short write, in the middle of a chunk too', async () => {
    const handle = new SlowHandle()
    const sink = sinkOn(handle)
    await sink.write(slabOf([new Uint8Array(4), new Uint8Array(4)]))
    handle.answer(0, 3)
    await turn()
    handle.answer(1, 3)
    await turn()
    handle.answer(2, 2)
    await sink.finish()
    assert.deepEqual(
      handle.calls.map(({ bytes, position }) => [bytes, position]),
      [
        [8, 0],
        [5, 3],
        [2, 6],
      ],
    )
  })

  it('cuts off what landed behind a gap, after the last write has ended', async () => {
    const handle = new SlowHandle()
    let released = 0
    const sink = sinkOn(handle)
    await sink.write(slabOf([new Uint8Array(10)], () => released++))
    const failing = failure(() => sink.write(slabOf([new Uint8Array(10)], () => released++)), 'disk-full')
    handle.answer(0, noSpace)
    await failing
    const ending = sink.abort()
    await turn()
    assert.deepEqual([handle.truncatedTo, handle.closed], [undefined, 0])
    handle.answer(1, 10)
    await ending
    assert.deepEqual([handle.truncatedTo, handle.closed, sink.landed, released], [0, 1, 0, 2])
  })

  it('cuts nothing of a file that others write to', async () => {
    const handle = new SlowHandle()
    const sink = sinkOn(handle, { owned: false, from: 5 })
    await sink.write(slabOf([new Uint8Array(10)]))
    handle.answer(0, noSpace)
    await failure(() => sink.finish(), 'disk-full')
    await sink.abort()
    assert.deepEqual([handle.truncatedTo, handle.closed], [undefined, 1])
  })

  it('closes when finish() fails, and releases a slab it no longer takes', async () => {
    const handle = new SlowHandle()
    const sink = sinkOn(handle, { settle: () => Promise.reject(noSpace) })
    await failure(() => sink.finish(), 'disk-full')
    assert.equal(handle.closed, 1)
    let released = 0
    await failure(() => sink.write(slabOf([new Uint8Array(1)], () => released++)), 'closed')
    assert.equal(released, 1)
  })

  it('stops at a signal that fires between two slabs', async () => {
    const handle = new SlowHandle()
    const abort = new AbortController()
    const sink = sinkOn(handle, { signal: abort.signal })
    await sink.write(slabOf([new Uint8Array(1)]))
    handle.answer(0, 1)
    abort.abort()
    await failure(() => sink.write(slabOf([new Uint8Array(1)])), 'aborted')
    await failure(() => sink.finish(), 'aborted')
    assert.deepEqual([handle.calls.length, handle.closed, sink.landed], [1, 1, 1])
  })
})

describe('a disk source', () => {
  it('closes after a fault, once, and says what it was', async () => {
    let closed = 0
    const handle = {
      read: () => Promise.reject(Object.assign(new Error('bad sector'), { code: 'EIO' })),
      close: async () => {
        closed++
      },
    }
    const source = readHandle({ handle, path: '/file', from: 0, to: 10, expected: 10, seekable: true })
    const error = await failure(() => source.next(), 'local')
    assert.match(error.message, /bad sector/)
    await source.cancel()
    assert.equal(closed, 1)
  })
})

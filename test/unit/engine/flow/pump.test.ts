import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pump } from '../../../../src/engine/flow/pump.js'
import type { Slab } from '../../../../src/slab.js'
import type { ByteSink, ByteSource, Receipt } from '../../../../src/store.js'
import { failure, rejected, settle } from '../fakes.js'

const RECEIPT: Receipt = { bytes: 0, integrity: 'sized' }

/** Slabs that know whether they were released, and how often. */
function slabs(count: number) {
  const released: number[] = Array.from({ length: count }, () => 0)
  const all = released.map((_, index): Slab => {
    const chunk = Buffer.from([index])
    const release = (): void => {
      released[index] = (released[index] ?? 0) + 1
    }
    return { chunks: [chunk], length: 1, release }
  })
  return { all, released }
}

function sourceOf(all: readonly Slab[], log: string[] = []): ByteSource {
  let at = 0
  return {
    async next() {
      log.push(`next ${at}`)
      return all[at++] ?? RECEIPT
    },
    cancel: async () => void log.push('cancel'),
  }
}

function sinkWith(write: (slab: Slab) => Promise<void>, log: string[] = []): ByteSink {
  return {
    landed: 0,
    write,
    finish: async () => {
      log.push('finish')
      return RECEIPT
    },
    abort: async () => void log.push('abort'),
  }
}

test('the next slab is asked for while the last one is still being written, and not more', async () => {
  const log: string[] = []
  const { all } = slabs(3)
  let go = (): void => {}
  const sink = sinkWith((slab) => {
    log.push(`write ${slab.chunks[0]?.[0]}`)
    return new Promise((resolve) => {
      go = resolve
    })
  }, log)
  const done = pump(sourceOf(all, log), sink)
  await settle()
  assert.deepEqual(log, ['next 0', 'next 1', 'write 0'])
  for (let round = 0; round < 3; round++) {
    go()
    await settle()
  }
  assert.equal((await done).bytes, 3)
  assert.deepEqual(log.slice(-3), ['next 3', 'write 2', 'finish'])
})

test('a sink that fails closes both sides, and the slab that was on its way is released', async () => {
  const log: string[] = []
  const { all, released } = slabs(3)
  const sink = sinkWith(async (slab) => {
    slab.release()
    throw failure('disk-full')
  }, log)
  assert.equal((await rejected(pump(sourceOf(all, log), sink))).code, 'disk-full')
  await settle()
  assert.deepEqual(log, ['next 0', 'next 1', 'cancel', 'abort'])
  assert.deepEqual(released, [1, 1, 0])
})

test('a source that fails while the sink is slow does not become an unhandled rejection', async () => {
  const { all } = slabs(1)
  let asked = 0
  const source: ByteSource = {
    next: async () => {
      asked++
      if (asked === 1) return all[0] ?? RECEIPT
      throw failure('data-connection')
    },
    cancel: async () => {},
  }
  const slow = sinkWith(() => settle())
  assert.equal((await rejected(pump(source, slow))).code, 'data-connection')
})

test('a failure to close hides nothing', async () => {
  const source: ByteSource = {
    next: async () => {
      throw failure('data-connection')
    },
    cancel: async () => {
      throw failure('session-lost')
    },
  }
  const sink = { ...sinkWith(async () => {}), abort: () => Promise.reject(failure('local')) }
  assert.equal((await rejected(pump(source, sink))).code, 'data-connection')
})

test('the sink is not told to finish when the end is refused', async () => {
  const log: string[] = []
  const checkEnd = (): void => {
    throw failure('truncated')
  }
  await rejected(
    pump(
      sourceOf([], log),
      sinkWith(async () => {}, log),
      { checkEnd },
    ),
  )
  assert.deepEqual(log, ['next 0', 'cancel', 'abort'])
})

const MIB = 1024 * 1024

/** A source of this many slabs of 1 MiB each, all of them the same. */
function mebibytes(count: number): ByteSource {
  const slab: Slab = { chunks: [Buffer.alloc(MIB)], length: MIB, release: () => {} }
  return sourceOf(Array.from({ length: count }, () => slab))
}

for (const [size, most] of [
  [10_240, 64],
  [0, 64],
  [100 * MIB, 200],
] as const)
  test(`of ${size} bytes that were announced, no more than ${most} MiB are taken: data without end is a mismatch`, async () => {
    let written = 0
    const sink = sinkWith(async ({ length }) => {
      written += length
    })
    const error = await rejected(pump(mebibytes(1_000), sink, { expected: size }))
    assert.equal(error.code, 'mismatch')
    assert.equal(written, most * MIB)
  })

test('a file that grows while it is read is taken as it comes', async () => {
  const { bytes } = await pump(
    mebibytes(60),
    sinkWith(async () => {}),
    { expected: 10 },
  )
  assert.equal(bytes, 60 * MIB)
})

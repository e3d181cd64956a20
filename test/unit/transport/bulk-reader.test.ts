import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { Duplex } from 'node:stream'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { giveBuffer, SLAB_SIZE, takeBuffer } from '../../../src/slab.js'
import { type BulkReader, StreamReader } from '../../../src/transport/bulk-reader.js'
import { directRoute } from '../../../src/transport/route.js'
import type { Wire } from '../../../src/transport/wire.js'
import { type Peer, peer, type Visit } from './scripted.js'

const direct = directRoute()

const sha = (...parts: Uint8Array[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex')
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Both intakes, over a real socket. */
const kinds = [
  ['straight into slabs', true],
  ['gathered', false],
] as const

async function reading(
  bulk: boolean,
  talk: (visit: Visit) => unknown,
): Promise<{ proxy: Peer; wire: Wire; bulkReader: BulkReader }> {
  const proxy = await peer(talk)
  const wire = await direct.dial(proxy.endpoint, { bulk })
  return { proxy, wire, bulkReader: wire.slabs() }
}

for (const [what, bulk] of kinds) {
  describe(`a socket read ${what}`, () => {
    test('every byte arrives once and in order, also when the reader is slow', async () => {
      const content = randomBytes(12 * SLAB_SIZE + 12_345)
      const { proxy, wire, bulkReader } = await reading(bulk, ({ socket }) => socket.end(content))
      await using _ = proxy
      const hash = createHash('sha256')
      let slabs = 0
      for (let slab = await bulkReader.next(); slab; slab = await bulkReader.next()) {
        slabs++
        // Long enough for the kernel and the queue to fill while nothing is read.
        for (let i = 0; i < 20; i++) await settle()
        for (const chunk of slab.chunks) hash.update(chunk)
        slab.release()
      }
      assert.equal(hash.digest('hex'), sha(content))
      assert(slabs >= 12)
      wire.destroy()
    })

    test('what is kept is not written to again', async () => {
      const content = randomBytes(8 * SLAB_SIZE + 12_345)
      const { proxy, wire, bulkReader } = await reading(bulk, ({ socket }) => socket.end(content))
      await using _ = proxy
      const kept: Uint8Array[] = []
      for (let slab = await bulkReader.next(); slab; slab = await bulkReader.next()) kept.push(...slab.chunks)
      assert.equal(sha(...kept), sha(content))
      wire.destroy()
    })

    test('a reader that stops stops the sender', async () => {
      const most = 64
      let written = 0
      const { proxy, wire, bulkReader } = await reading(bulk, async ({ socket }) => {
        const write = (): boolean => socket.write(Buffer.alloc(SLAB_SIZE), () => ++written < most && write())
        write()
      })
      await using _ = proxy
      ;(await bulkReader.next())?.release()
      for (let before = 0; written === 0 || written !== before; await delay(100)) before = written
      assert(written < most, 'everything was taken in although nobody reads')
      wire.destroy()
      await proxy.gone()
    })

    test('a waiting reader gets what is there though the slab is not full', async () => {
      const { proxy, wire, bulkReader } = await reading(bulk, (visit) => visit.say('a little'))
      await using _ = proxy
      const slab = await bulkReader.next()
      assert.equal(String(Buffer.concat(slab?.chunks ?? [])), 'a little')
      slab?.release()
      wire.destroy()
    })

    test('nothing but the end', async () => {
      const { proxy, wire, bulkReader } = await reading(bulk, ({ socket }) => socket.end())
      await using _ = proxy
      assert.equal(await bulkReader.next(), undefined)
      assert.equal(await bulkReader.next(), undefined)
      wire.destroy()
    })

    test('a reset after data: the data, then the error', async () => {
      const { proxy, wire, bulkReader } = await reading(bulk, async (visit) => {
        visit.say('some')
        await visit.take(1)
        visit.socket.resetAndDestroy()
      })
      await using _ = proxy
      const slab = await bulkReader.next()
      assert.equal(slab?.length, 4)
      slab?.release()
      const next = Promise.resolve(bulkReader.next())
      wire.write(Buffer.from('!'))
      await assert.rejects(next, /ECONNRESET|closed/)
      wire.destroy()
    })

    test('cut by us: the reader that waits gets an error', async () => {
      const { proxy, wire, bulkReader } = await reading(bulk, () => {})
      await using _ = proxy
      const next = Promise.resolve(bulkReader.next())
      wire.destroy()
      await assert.rejects(next, /closed/)
    })
  })
}

describe('the buffers of a ring', () => {
  /** How many buffers lie in the pool; it is as it was afterwards. */
  function pooled(): number {
    const marked = Array.from({ length: 32 }, () => takeBuffer())
    const known = marked.filter((buffer) => seen.has(buffer))
    for (const buffer of known) giveBuffer(buffer)
    return known.length
  }
  const seen = new Set<Uint8Array>()

  test('are all back in the pool after each of many transfers, read to the end or dropped', async () => {
    for (let i = 0; i < 16; i++) {
      const buffer = new Uint8Array(SLAB_SIZE)
      seen.add(buffer)
      giveBuffer(buffer)
    }
    const before = pooled()
    assert(before > 0)
    for (const whole of [true, false, true, false]) {
      const { proxy, wire, bulkReader } = await reading(true, ({ socket }) => socket.end(Buffer.alloc(3 * SLAB_SIZE)))
      await using _ = proxy
      const closed = new Promise((resolve) => wire.stream.once('close', resolve))
      for (let slab = await bulkReader.next(); slab; slab = whole ? await bulkReader.next() : undefined) slab.release()
      wire.destroy()
      await closed
      assert.equal(pooled(), before)
    }
  })
})

describe('gathering', () => {
  function source(): { stream: Duplex; bulkReader: StreamReader } {
    const stream = new Duplex({ read() {}, write() {} })
    const bulkReader = new StreamReader(stream, [Buffer.from('first ')])
    stream.once('end', () => bulkReader.end())
    return { stream, bulkReader }
  }

  test('begins with what was read before', async () => {
    const { stream, bulkReader } = source()
    const next = bulkReader.next()
    stream.push('second')
    stream.push(null)
    assert.equal(String(Buffer.concat((await next)?.chunks ?? [])), 'first second')
    assert.equal(await bulkReader.next(), undefined)
  })

  test('a slab holds the chunks as they came', async () => {
    const { stream, bulkReader } = source()
    const next = bulkReader.next()
    stream.push(Buffer.alloc(SLAB_SIZE))
    const slab = await next
    assert.equal(slab?.length, SLAB_SIZE + 6)
    assert.deepEqual(
      slab?.chunks.map(({ length }) => length),
      [6, SLAB_SIZE],
    )
    bulkReader.drop()
  })

  test('dropped: no listener for data, and what comes is not kept', async () => {
    const { stream, bulkReader } = source()
    bulkReader.drop()
    assert.equal(stream.listenerCount('data'), 0)
  })
})

import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { copy } from '../../../../src/engine/copy-file.js'
import { copyTree } from '../../../../src/engine/copy-tree.js'
import { RateLimiter } from '../../../../src/engine/flow/progress.js'
import { pacedSink, pacedSource, split, together } from '../../../../src/engine/flow/rate-limit.js'
import { MemoryStore } from '../../../../src/memory.js'
import { slabOf } from '../../../../src/slab.js'
import { isReceipt } from '../../../../src/store.js'
import { contentOf, FakeClock, FakePlace, noise, rejected, settle, Watched } from '../fakes.js'

test('a split slab is released once, with its last piece', () => {
  let released = 0
  const slab = slabOf([Buffer.from('abcd'), Buffer.from('efgh')], () => released++)
  const pieces = split(slab, 3)
  assert.deepEqual(
    pieces.map(({ chunks }) => Buffer.concat(chunks).toString()),
    ['abc', 'def', 'gh'],
  )
  pieces[0]?.release()
  pieces[0]?.release()
  pieces[1]?.release()
  assert.equal(released, 0)
  pieces[2]?.release()
  assert.equal(released, 1)
})

test('without a limit there is no pace; one limit is that limit', () => {
  const limiter = new RateLimiter(1000, new FakeClock())
  assert.equal(together(undefined, undefined), undefined)
  assert.equal(together(undefined, limiter), limiter)
})

test('of two limits the narrower one decides, whichever it is', async () => {
  for (const rates of [
    [1_000_000, 4_000],
    [4_000, 1_000_000],
  ]) {
    const clock = new FakeClock({ auto: true })
    const both = together(...rates.map((rate) => new RateLimiter(rate, clock)))
    assert.equal(both?.portion, 1024)
    for (let round = 0; round < 10; round++) await both?.take(1_000)
    assert.ok(clock.time >= 2_200 && clock.time <= 2_500, `${clock.time}`)
  }
})

test('transfers with limits of their own keep a shared one too', async () => {
  const clock = new FakeClock({ auto: true })
  const shared = new RateLimiter(40_000, clock)
  const bytes = noise(100_000)
  const remote = new MemoryStore({ '/a': bytes, '/b': bytes, '/c': bytes, '/t/d': bytes })
  const local = new MemoryStore()
  const optionsFor = (rate?: number) => ({
    clock,
    rateLimit: together(rate === undefined ? undefined : new RateLimiter(rate, clock), shared),
  })
  const one = (name: string, rate?: number) =>
    copy({ from: new FakePlace(remote, name), to: new FakePlace(local, name), options: optionsFor(rate) })
  const tree = { from: new FakePlace(remote, '/t'), to: new FakePlace(local, '/t'), options: optionsFor() }
  const [slow, ...others] = await Promise.all([one('/a', 5_000), one('/b'), one('/c', 1_000_000), copyTree(tree)])
  const last = Math.max(...others.map(({ elapsedMs }) => elapsedMs))
  // 300,000 bytes at 40,000 a second, and 100,000 at 5,000; the first quarter of a second is saved up.
  assert.ok(last >= 7_250, `the shared limit: ${last}`)
  assert.ok(slow.elapsedMs >= 19_700, `its own limit: ${slow.elapsedMs}`)
  assert.ok(slow.elapsedMs <= 27_250, `side by side, not one after the other: ${slow.elapsedMs}`)
  for (const name of ['/a', '/b', '/c', '/t/d']) assert.ok(bytes.equals(await contentOf(local, name)))
})

test('a paced source gives the same bytes in portions, each when its time has come', async () => {
  const clock = new FakeClock({ auto: true })
  const bytes = noise(20_000)
  const limiter = new RateLimiter(8_000, clock)
  const source = pacedSource(await new MemoryStore({ '/a': bytes }).read('/a'), limiter)
  const parts: Buffer[] = []
  for (let next = await source.next(); !isReceipt(next); next = await source.next()) {
    parts.push(Buffer.concat(next.chunks))
    assert.ok(next.length <= limiter.portion)
    next.release()
  }
  assert.ok(bytes.equals(Buffer.concat(parts)))
  assert.ok(clock.time >= 2_250 && clock.time <= 2_600, `${clock.time}`)
})

test('a paced sink takes the same bytes in portions, each when its time has come', async () => {
  const clock = new FakeClock({ auto: true })
  const bytes = noise(20_000)
  const store = new MemoryStore()
  const sink = pacedSink(await store.write('/a'), new RateLimiter(8_000, clock))
  let released = 0
  await sink.write(slabOf([bytes], () => released++))
  assert.deepEqual([released, sink.landed], [1, bytes.length])
  await sink.finish()
  assert.ok(bytes.equals(await contentOf(store, '/a')))
  assert.ok(clock.time >= 2_250 && clock.time <= 2_600, `${clock.time}`)
})

for (const how of ['cancel', 'signal'] as const)
  test(`a paced source that waits for its time is ended by ${how}: closed, released, no clock`, async () => {
    const clock = new FakeClock()
    const { signal, abort } = abortable()
    const watched = new Watched(new MemoryStore({ '/a': noise(20_000) }), 20_000)
    let released = 0
    const inner = await watched.store.read('/a')
    const counted = {
      next: async () => {
        const next = await inner.next()
        return isReceipt(next) ? next : slabOf(next.chunks, () => released++)
      },
      cancel: (reason?: unknown) => inner.cancel(reason),
    }
    const source = pacedSource(counted, new RateLimiter(100, clock), signal)
    const waiting = rejected(source.next())
    await settle()
    assert.equal(clock.pending, 1)
    if (how === 'cancel') await source.cancel()
    else abort()
    assert.equal((await waiting).code, 'aborted')
    assert.deepEqual([clock.pending, watched.open, released], [0, 0, 1])
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })

for (const how of ['abort', 'signal'] as const)
  test(`a paced sink that waits for its time is ended by ${how}: closed, released, no clock`, async () => {
    const clock = new FakeClock()
    const { signal, abort } = abortable()
    const watched = new Watched(new MemoryStore())
    let released = 0
    const sink = pacedSink(await watched.store.write('/a'), new RateLimiter(100, clock), signal)
    const waiting = rejected(sink.write(slabOf([noise(20_000)], () => released++)))
    await settle()
    assert.equal(clock.pending, 1)
    if (how === 'abort') await sink.abort()
    else abort()
    assert.equal((await waiting).code, 'aborted')
    assert.deepEqual([clock.pending, watched.open, released], [0, 0, 1])
  })

function abortable() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Meter, RateLimiter } from '../../../../src/engine/flow/progress.js'
import { FakeClock, recorder, rejected } from '../fakes.js'

function meter(total?: number) {
  const clock = new FakeClock()
  const { events, observe } = recorder()
  const counter = new Meter({ direction: 'download', path: '/a', total, observe, clock })
  const progress = () => events.filter((event) => event.type === 'progress')
  return { clock, counter, progress }
}

test('events are throttled, and the last one carries the totals', () => {
  const { clock, counter, progress } = meter(1000)
  for (let step = 0; step < 100; step++) {
    clock.advance(10)
    counter.add(10)
  }
  assert.equal(progress().length, 4)
  counter.finish()
  counter.finish()
  const last = progress().at(-1)
  assert.equal(progress().length, 5)
  assert.deepEqual([last?.bytes, last?.total, last?.percent, last?.done], [1000, 1000, 100, true])
})

test('rate is measured over the last seconds, and the time to go follows from it', () => {
  const { clock, counter, progress } = meter(100_000)
  for (let second = 0; second < 10; second++) {
    clock.advance(1000)
    counter.add(100)
  }
  for (let second = 0; second < 5; second++) {
    clock.advance(1000)
    counter.add(1000)
  }
  const last = progress().at(-1)
  assert.equal(last?.rate, 1000)
  assert.equal(last?.eta, 94)
})

test('what an earlier try left counts as there, but not as speed', () => {
  const { clock, counter, progress } = meter(2000)
  counter.begin(1000)
  clock.advance(1000)
  counter.add(500)
  assert.deepEqual([progress()[0]?.bytes, progress()[0]?.rate], [1500, 500])
})

test('without a total there is no percentage; an empty file is at 100 percent', () => {
  const unknown = meter()
  unknown.counter.finish()
  assert.equal('percent' in (unknown.progress()[0] ?? {}), false)
  const empty = meter(0)
  empty.counter.finish()
  assert.equal(empty.progress()[0]?.percent, 100)
})

test('the limiter keeps to its rate over ten seconds', async () => {
  const clock = new FakeClock({ auto: true })
  const limiter = new RateLimiter(1_000_000, clock)
  let passed = 0
  while (clock.time < 10_000) {
    await limiter.take(limiter.portion)
    passed += limiter.portion
  }
  assert.ok(Math.abs(passed / (clock.time / 1000) - 1_000_000) < 50_000, `${passed} in ${clock.time} ms`)
})

test('transfers that share a limiter share its rate', async () => {
  const clock = new FakeClock({ auto: true })
  const limiter = new RateLimiter(1000, clock)
  await Promise.all(Array.from({ length: 4 }, () => limiter.take(1000)))
  assert.ok(clock.time >= 3700 && clock.time <= 4000, `${clock.time}`)
})

test('idle time is not saved up beyond a quarter of a second', async () => {
  const clock = new FakeClock({ auto: true })
  const limiter = new RateLimiter(1000, clock)
  clock.advance(60_000)
  await limiter.take(1000)
  assert.equal(clock.time, 60_750)
})

test('the rate can be changed while it is used', async () => {
  const clock = new FakeClock({ auto: true })
  const limiter = new RateLimiter(1000, clock)
  await limiter.take(1000)
  limiter.setRate(2000)
  const before = clock.time
  await limiter.take(2000)
  assert.equal(clock.time - before, 1000)
})

test('waiting for the rate ends with the signal and leaves no timer', async () => {
  const clock = new FakeClock()
  const limiter = new RateLimiter(10, clock)
  const stop = new AbortController()
  const waiting = rejected(limiter.take(1000, stop.signal))
  stop.abort()
  assert.equal((await waiting).code, 'aborted')
  assert.equal(clock.pending, 0)
})

for (const rate of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
  test(`a rate of ${rate} is refused`, () => {
    assert.throws(() => new RateLimiter(rate), { code: 'bad-argument' })
  })

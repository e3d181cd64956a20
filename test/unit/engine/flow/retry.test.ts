import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RetryBudget, retryDelay, retrying } from '../../../../src/engine/flow/retry.js'
import { FakeClock, failure, rejected } from '../fakes.js'

test('waits grow, are spread by chance, and end at a limit', () => {
  const delays = (chance: number) =>
    [1, 2, 3, 9].map((attempt) =>
      retryDelay(failure('busy', true), attempt, { attempts: 10, random: () => chance, longestDelay: 10_000 }),
    )
  assert.deepEqual(delays(0), [250, 500, 1000, 5000])
  assert.deepEqual(delays(1), [500, 1000, 2000, 10_000])
})

test('only what calls itself retryable is tried again', () => {
  assert.equal(retryDelay(failure('busy', false), 1), undefined)
  assert.equal(retryDelay(new Error('foreign'), 1), undefined)
  assert.equal(retryDelay(failure('busy', true), 3), undefined)
})

test('the third failure is the last one', async () => {
  const clock = new FakeClock({ auto: true })
  const told: number[] = []
  const work = retrying(
    async (attempt) => {
      throw failure(attempt === 3 ? 'timeout' : 'busy', true)
    },
    { clock, random: () => 1, onRetry: (_, attempt, delay) => told.push(attempt, delay) },
  )
  assert.equal((await rejected(work)).code, 'timeout')
  assert.deepEqual(told, [1, 500, 2, 1000])
})

test('a signal ends the wait before the next try', async () => {
  const clock = new FakeClock()
  const stop = new AbortController()
  const work = retrying(
    async () => {
      throw failure('busy', true)
    },
    { clock, signal: stop.signal, onRetry: () => setImmediate(() => stop.abort()) },
  )
  assert.equal((await rejected(work)).code, 'aborted')
  assert.equal(clock.pending, 0)
})

test('a budget that others have used up ends the tries; what succeeds fills it again', async () => {
  const clock = new FakeClock({ auto: true })
  const budget = new RetryBudget(2)
  let tries = 0
  const failing = (): Promise<never> =>
    retrying(
      async () => {
        tries++
        throw failure('busy', true)
      },
      { clock, budget, attempts: 2 },
    )
  for (let file = 0; file < 5; file++) await rejected(failing())
  assert.equal(tries, 5 + 2)
  await retrying(async () => 'fine', { budget })
  await rejected(failing())
  assert.equal(tries, 5 + 2 + 2)
})

test('a budget never holds more than it began with', () => {
  const budget = new RetryBudget(1)
  budget.earn()
  budget.earn()
  assert.deepEqual([budget.spend(), budget.spend()], [true, false])
})

const noRoom = (): Error => failure('data-connection', true).with({ crowded: true })

test('a failure for want of room is waited for: no attempt, nothing of the budget, and growing waits', async () => {
  const clock = new FakeClock({ auto: true })
  const budget = new RetryBudget(1)
  const told: number[] = []
  const work = retrying(
    async (run) => {
      if (run < 6) throw noRoom()
      if (run === 6) throw failure('busy', true)
      return run
    },
    { clock, budget, attempts: 2, random: () => 1, onRetry: (_, run, delay) => told.push(run, delay) },
  )
  assert.equal(await work, 7)
  assert.deepEqual(told, [1, 250, 2, 500, 3, 1000, 4, 2000, 5, 4000, 6, 500])
})

test('room that never comes is waited for a dozen times, and not at all with one attempt', async () => {
  for (const [attempts, runs] of [
    [3, 13],
    [1, 1],
  ] as const) {
    let made = 0
    const work = retrying(
      async () => {
        made++
        throw noRoom()
      },
      { clock: new FakeClock({ auto: true }), attempts },
    )
    assert.equal((await rejected(work)).crowded, true)
    assert.equal(made, runs)
  }
})

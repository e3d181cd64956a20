import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PoolLease } from '../../../../src/engine/pool/lease.js'
import { Pool } from '../../../../src/engine/pool/pool.js'
import type { PoolOptions } from '../../../../src/engine/pool/pool-options.js'
import type { TransferError } from '../../../../src/errors.js'
import { MemoryStore } from '../../../../src/memory.js'
import type { Store } from '../../../../src/store.js'
import { FakeClock, failure, faulty, settle } from '../fakes.js'

/** A session whose state a test sets. */
interface Fake {
  readonly store: Store
  lost: boolean
  closed: boolean
}

/** A pool over sessions that open, or fail, when the test decides. */
function desk(options: Partial<PoolOptions> = {}) {
  const clock = new FakeClock()
  const asked: { readonly bring: () => Fake; readonly fail: (error: TransferError) => void; given: boolean }[] = []
  const open = (signal?: AbortSignal): Promise<Store> =>
    new Promise((resolve, reject) => {
      const bring = (): Fake => {
        const fake: Fake = { store: sessionOf(() => fake), lost: false, closed: false }
        resolve(fake.store)
        return fake
      }
      const attempt = { bring, fail: reject, given: false }
      signal?.addEventListener('abort', () => {
        attempt.given = true
        reject(failure('closed'))
      })
      asked.push(attempt)
    })
  return { clock, asked, pool: new Pool({ max: 4, waitLimit: 1000, clock, open, ...options }) }
}

function sessionOf(fake: () => Fake): Store {
  const close = async (): Promise<void> => {
    fake().closed = true
  }
  return new Proxy(faulty(new MemoryStore(), { close }), {
    get: (target, key) => (key === 'state' ? (fake().lost ? 'lost' : 'ready') : Reflect.get(target, key)),
  })
}

/** What became of each of these leases: 'ready', the code of its error, or 'waits'. */
async function outcomes(leases: readonly Promise<PoolLease>[]): Promise<string[]> {
  const seen = leases.map((lease) =>
    lease.then(
      () => 'ready',
      (error: TransferError) => error.code,
    ),
  )
  await settle()
  const waits = new Promise<string>((resolve) => setImmediate(resolve, 'waits'))
  return await Promise.all(seen.map((one) => Promise.race([one, waits])))
}

const refused = failure('login-refused')
const lost = (): TransferError => failure('session-lost', true)

test('while no login has succeeded one session is opened, and its refusal is the error of all who wait', async () => {
  const { pool, asked } = desk()
  const leases = Array.from({ length: 8 }, () => pool.lease())
  await settle()
  assert.equal(asked.length, 1)
  asked[0]?.fail(refused)
  assert.deepEqual(await outcomes(leases), Array(8).fill('login-refused'))
  assert.equal(asked.length, 1)
})

test('once it has succeeded the others are opened beside each other', async () => {
  const { pool, asked } = desk()
  const leases = Array.from({ length: 8 }, () => pool.lease())
  asked[0]?.bring()
  await settle()
  assert.equal(asked.length, 4)
  for (const attempt of asked.slice(1)) attempt.bring()
  assert.deepEqual(await outcomes(leases.slice(0, 4)), Array(4).fill('ready'))
})

test('a login that succeeded proves nothing for jobs that come later, nor after a session was lost', async () => {
  for (const isLost of [true, false]) {
    const { pool, asked } = desk()
    const first = pool.lease()
    const fake = asked[0]?.bring()
    const lease = await first
    if (isLost && fake) fake.lost = true
    if (isLost) lease.release()
    const more = Array.from({ length: 3 }, () => pool.lease())
    await settle()
    assert.equal(asked.length, 2)
    asked[1]?.fail(refused)
    const all = isLost ? Array(3).fill('login-refused') : Array(3).fill('waits')
    assert.deepEqual(await outcomes(more), all, 'they wait for the session that is there, if one is')
    assert.equal(asked.length, 2)
    await pool.close()
    await Promise.allSettled(more)
  }
})

test('a login that was refused is not tried again beside sessions that work, even when one of them is lost', async () => {
  const { pool, asked } = desk()
  const leases = [pool.lease(), pool.lease()]
  const fake = asked[0]?.bring()
  await settle()
  asked[1]?.bring()
  const [one, two] = await Promise.all(leases)
  const third = pool.lease()
  asked[2]?.fail(refused)
  await settle()
  if (fake) fake.lost = true
  const fourth = pool.lease()
  one?.release()
  assert.deepEqual(await outcomes([third, fourth]), ['waits', 'waits'])
  assert.equal(asked.length, 3)
  two?.release()
  ;(await third).release()
  ;(await fourth).release()
})

test('work that began before a refusal is refused too, later work tries again', async () => {
  const { pool, asked } = desk()
  const since = pool.refusals
  const first = pool.lease({ since })
  asked[0]?.fail(refused)
  await assert.rejects(first, refused)
  await assert.rejects(pool.lease({ since }), refused)
  assert.equal(asked.length, 1)
  const later = pool.lease({ since: pool.refusals })
  asked[1]?.bring()
  ;(await later).release()
  ;(await pool.lease({ since })).release()
})

test('a session that is lost while it is opened is tried again, with waits that grow, a handful of times; then the first error ends it', async () => {
  const { pool, asked, clock } = desk({ max: 4 })
  const first = lost()
  const leases = [pool.lease(), pool.lease(), pool.lease()]
  asked[0]?.fail(first)
  assert.deepEqual(await outcomes(leases), ['waits', 'waits', 'waits'])
  assert.equal(asked.length, 1, 'not at once')
  clock.advance(500)
  assert.equal(asked.length, 2)
  asked[1]?.fail(lost())
  await settle()
  clock.advance(499)
  assert.equal(asked.length, 2, 'the second wait is longer')
  clock.advance(501)
  asked[2]?.fail(lost())
  for (const lease of leases) await assert.rejects(lease, first)
  assert.equal(asked.length, 3)
  assert.equal(clock.pending, 0)
})

test('one fault before the session is ready costs a wait and nothing else', async () => {
  const { pool, asked, clock } = desk()
  const lease = pool.lease()
  asked[0]?.fail(lost())
  await settle()
  clock.advance(500)
  asked[1]?.bring()
  ;(await lease).release()
  assert.equal(pool.size, 1)
})

test('sessions that are lost as they are handed over, or before their job begins, are counted in the same way', async () => {
  const reason = failure('protocol')
  const { pool, asked, clock } = desk({ lostBy: () => reason })
  const lease = pool.lease()
  const first = asked[0]?.bring()
  if (first) first.lost = true
  await settle()
  assert.deepEqual([asked.length, pool.size, first?.closed], [1, 0, true])
  clock.advance(500)
  const second = asked[1]?.bring()
  const given = await lease
  if (second) second.lost = true
  assert.equal(given.unfit(), undefined)
  const again = pool.lease()
  await settle()
  assert.equal(asked.length, 2, 'not at once')
  clock.advance(1000)
  const third = asked[2]?.bring()
  const last = await again
  if (third) third.lost = true
  assert.equal(last.unfit(), reason, 'the third in a row ends it')
  assert.equal(pool.size, 0)
})

test('a session that has worked may be lost while it is idle without counting as a failed try', async () => {
  const { pool, asked } = desk({ max: 1 })
  for (let round = 0; round < 10; round++) {
    const lease = pool.lease()
    const fake = asked.at(-1)?.bring()
    ;(await lease).release()
    const again = await pool.lease()
    if (fake) fake.lost = true
    assert.equal(again.unfit(), undefined)
  }
  assert.equal(asked.length, 10)
})

test('attempts that fail together are one try', async () => {
  const { pool, asked, clock } = desk()
  const leases = Array.from({ length: 4 }, () => pool.lease())
  const fake = asked[0]?.bring()
  const held = await leases[0]
  await settle()
  assert.equal(asked.length, 4)
  for (const attempt of asked.slice(1)) attempt.fail(lost())
  assert.deepEqual(await outcomes(leases.slice(1)), ['waits', 'waits', 'waits'])
  if (fake) fake.lost = true
  held?.release()
  clock.advance(500)
  assert.equal(asked.length, 5)
  asked[4]?.bring()
  for (const lease of leases.slice(1)) (await lease).release()
})

test('what is being opened is kept when its job was served by another session, and used next', async () => {
  const { pool, asked } = desk({ max: 2 })
  const first = pool.lease()
  asked[0]?.bring()
  const held = await first
  const second = pool.lease()
  held.release()
  ;(await second).release()
  assert.deepEqual([asked.length, asked[1]?.given], [2, false])
  const fake = asked[1]?.bring()
  await settle()
  assert.equal(pool.size, 2)
  const [one, two] = await Promise.all([pool.lease(), pool.lease()])
  assert.ok([one.store, two.store].includes(fake?.store ?? one.store))
  assert.equal(asked.length, 2)
})

test('nothing is opened, and no clock runs, for jobs that went away during a wait', async () => {
  const { pool, asked, clock } = desk()
  const stop = new AbortController()
  const lease = pool.lease({ signal: stop.signal })
  asked[0]?.fail(lost())
  await settle()
  stop.abort()
  await assert.rejects(lease, { code: 'aborted' })
  assert.equal(clock.pending, 0)
  clock.advance(60_000)
  assert.equal(asked.length, 1)
})

test('calls that are made again and again while every session is lost wait longer each time', async () => {
  const clock = new FakeClock({ auto: true })
  let logins = 0
  const open = async (): Promise<Store> => {
    logins++
    throw lost()
  }
  const pool = new Pool({ max: 4, waitLimit: 1000, clock, open })
  while (clock.time < 30_000) await assert.rejects(pool.lease(), { code: 'session-lost' })
  assert.ok(logins <= 12, `${logins} logins in 30 s`)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Lease } from '../../../../src/engine/pool/lease.js'
import { Pool } from '../../../../src/engine/pool/pool.js'
import type { PoolOptions } from '../../../../src/engine/pool/pool-options.js'
import { TransferError } from '../../../../src/errors.js'
import { MemoryStore } from '../../../../src/memory.js'
import type { Store } from '../../../../src/store.js'
import { FakeClock, failure, faulty, rejected, settle } from '../fakes.js'

interface Session {
  readonly store: Store
  lost: boolean
  closed: boolean
  /** What its close() waits for. */
  ending?: Promise<void>
}

function serverOf(limit = 100) {
  const sessions: Session[] = []
  const open = async (): Promise<Store> => {
    if (sessions.filter(({ closed }) => !closed).length >= limit) throw failure('too-many-sessions', true)
    const session: { -readonly [K in keyof Session]?: Session[K] } = { lost: false, closed: false }
    const store = new Proxy(new MemoryStore() as Store, {
      get(target, key) {
        if (key === 'state') return session.lost ? 'lost' : 'ready'
        if (key === 'close')
          return async () => {
            session.closed = true
            await session.ending
          }
        return Reflect.get(target, key, target)
      },
    })
    const ready = Object.assign(session, { store }) as Session
    sessions.push(ready)
    return store
  }
  return { sessions, open }
}

function poolOf(options: Partial<PoolOptions> & Pick<PoolOptions, 'open'>) {
  const clock = new FakeClock()
  return { clock, pool: new Pool({ max: 1, waitLimit: 1000, clock, ...options }) }
}

test('an idle session is lent again instead of opening another', async () => {
  const server = serverOf()
  const { pool } = poolOf({ open: server.open, max: 3 })
  const first = await pool.lease()
  first.release()
  const second = await pool.lease()
  assert.equal(second.store, first.store)
  assert.equal(pool.size, 1)
})

test('it may grow for the length of one call, and above what the server takes it does not', async () => {
  const server = serverOf(3)
  const { pool } = poolOf({ open: server.open, max: 1 })
  const narrow = pool.limit.widen(2)
  const again = pool.limit.widen(2)
  const [one, two] = await Promise.all([pool.lease(), pool.lease()])
  narrow()
  narrow()
  assert.equal(pool.limit.max, 2)
  again()
  assert.equal(pool.limit.max, 1)
  pool.limit.widen(9)
  const more = Promise.all([pool.lease(), pool.lease()])
  await settle()
  assert.deepEqual([pool.size, pool.limit.max], [3, 3])
  one?.release()
  two?.release()
  for (const lease of await more) lease.release()
})

test('it grows to max and no further, and waiters are served in their order', async () => {
  const server = serverOf()
  const { pool } = poolOf({ open: server.open, max: 2 })
  const [one, two] = await Promise.all([pool.lease(), pool.lease()])
  const order: string[] = []
  const noted = async (name: string): Promise<Lease> => {
    const lease = await pool.lease()
    order.push(name)
    return lease
  }
  const third = noted('third')
  const fourth = noted('fourth')
  await settle()
  assert.deepEqual(order, [])
  one?.release()
  ;(await third).release()
  two?.release()
  ;(await fourth).release()
  assert.deepEqual(order, ['third', 'fourth'])
  assert.equal(server.sessions.length, 2)
})

test('releasing twice does not lend one session to two jobs', async () => {
  const { pool } = poolOf({ open: serverOf().open })
  const lease = await pool.lease()
  lease.release()
  const next = await pool.lease()
  lease.release()
  let served = false
  const waiting = pool.lease().then(() => {
    served = true
  })
  await settle()
  assert.equal(served, false)
  next.release()
  await waiting
})

test('a lost session is closed and replaced', async () => {
  const server = serverOf()
  const { pool } = poolOf({ open: server.open })
  const lease = await pool.lease()
  const [session] = server.sessions
  if (session) session.lost = true
  lease.release()
  assert.deepEqual([session?.closed, pool.size], [true, 0])
  assert.notEqual((await pool.lease()).store, lease.store)
})

test('a session that dies while it is idle is not lent', async () => {
  const server = serverOf()
  const { pool } = poolOf({ open: server.open })
  const lease = await pool.lease()
  lease.release()
  const [session] = server.sessions
  if (session) session.lost = true
  assert.notEqual((await pool.lease()).store, lease.store)
})

for (const limit of [1, 2, 3]) {
  test(`with a server limit of ${limit} and max 8, sixteen jobs are all done`, async () => {
    const server = serverOf(limit)
    const { pool } = poolOf({ open: server.open, max: 8 })
    let most = 0
    let active = 0
    const job = async (): Promise<void> => {
      const lease = await pool.lease()
      active++
      most = Math.max(most, active)
      await settle()
      active--
      lease.release()
    }
    await Promise.all(Array.from({ length: 16 }, job))
    assert.equal(most, limit)
    assert.equal(pool.size, limit)
  })
}

test('too-many-sessions without a session of our own fails the job', async () => {
  const { pool } = poolOf({ open: serverOf(0).open, max: 2 })
  assert.equal((await rejected(pool.lease())).code, 'too-many-sessions')
})

test('a session that cannot be opened fails the job that waited for it, and the next job tries again', async () => {
  const server = serverOf()
  let refuse = true
  const open = async (): Promise<Store> => {
    if (refuse) throw failure('login-refused')
    return await server.open()
  }
  const { pool } = poolOf({ open })
  assert.equal((await rejected(pool.lease())).code, 'login-refused')
  refuse = false
  assert.ok(await pool.lease())
})

test('a listing is told once when somebody waits, and only then', async () => {
  const { pool } = poolOf({ open: serverOf().open })
  let told = 0
  const listing = await pool.lease({ kind: 'list', wanted: () => told++ })
  await settle()
  assert.equal(told, 0)
  const [a, b] = [pool.lease(), pool.lease()]
  await settle()
  assert.equal(told, 1)
  listing.release()
  ;(await a).release()
  ;(await b).release()
})

test('a listing is not disturbed while another session can be opened', async () => {
  const { pool } = poolOf({ open: serverOf().open, max: 2 })
  let told = 0
  await pool.lease({ kind: 'list', wanted: () => told++ })
  await pool.lease()
  assert.equal(told, 0)
})

test('a listing that gets its session while others wait already is told at once', async () => {
  const { pool } = poolOf({ open: serverOf().open })
  const first = await pool.lease()
  let told = 0
  const listing = pool.lease({ kind: 'list', wanted: () => told++ })
  const last = pool.lease()
  first.release()
  ;(await listing).release()
  await last
  assert.equal(told, 1)
})

test('a job fails with session-held after the wait limit while streams hold every session', async () => {
  const { pool, clock } = poolOf({ open: serverOf().open })
  await pool.lease({ kind: 'stream' })
  const waiting = rejected(pool.lease())
  await settle()
  clock.advance(999)
  assert.equal(clock.pending, 1)
  clock.advance(1)
  const error = await waiting
  assert.equal(error.code, 'session-held')
  assert.match(error.message, /stream/)
  assert.equal(clock.pending, 0)
})

test('a job waits on while a session is held by a call', async () => {
  const { pool, clock } = poolOf({ open: serverOf().open, max: 2 })
  const call = await pool.lease({ kind: 'call' })
  await pool.lease({ kind: 'stream' })
  const waiting = pool.lease()
  await settle()
  clock.advance(60_000)
  call.release()
  assert.ok(await waiting)
  assert.equal(clock.pending, 0)
})

test('the wait limit begins anew once a session is no longer held by a stream', async () => {
  const { pool, clock } = poolOf({ open: serverOf().open })
  const stream = await pool.lease({ kind: 'stream' })
  const first = pool.lease()
  const second = pool.lease()
  clock.advance(500)
  stream.release()
  const call = await first
  clock.advance(5_000)
  call.release()
  assert.equal((await second).store, stream.store)
})

test('a cancelled job leaves the queue, and the session goes to the next one', async () => {
  const { pool } = poolOf({ open: serverOf().open })
  const held = await pool.lease()
  const stop = new AbortController()
  const cancelled = rejected(pool.lease({ signal: stop.signal }))
  const next = pool.lease()
  stop.abort()
  assert.equal((await cancelled).code, 'aborted')
  held.release()
  assert.equal((await next).store, held.store)
})

test('a session is no longer opened when the job that wanted it is cancelled', async () => {
  let seen: AbortSignal | undefined
  const open = (signal?: AbortSignal): Promise<Store> =>
    new Promise((_, reject) => {
      seen = signal
      signal?.addEventListener('abort', () => reject(failure('aborted')))
    })
  const { pool } = poolOf({ open })
  const stop = new AbortController()
  const waiting = rejected(pool.lease({ signal: stop.signal }))
  stop.abort()
  assert.equal((await waiting).code, 'aborted')
  assert.equal(seen?.aborted, true)
})

test('close ends idle and held sessions, fails what waits, and refuses what comes later', async () => {
  const server = serverOf()
  const { pool } = poolOf({ open: server.open, max: 2 })
  const held = await pool.lease()
  const idle = await pool.lease()
  idle.release()
  const taken = await pool.lease()
  const waiting = rejected(pool.lease())
  await Promise.all([pool.close(), pool.close()])
  assert.equal((await waiting).code, 'closed')
  assert.equal((await rejected(pool.lease())).code, 'closed')
  held.release()
  taken.release()
  assert.deepEqual(
    server.sessions.map(({ closed }) => closed),
    [true, true],
  )
  assert.equal(pool.size, 0)
})

test('a session that comes up after close is closed', async () => {
  let give = (_: Store): void => {}
  const { pool } = poolOf({
    open: () =>
      new Promise((resolve) => {
        give = resolve
      }),
  })
  const waiting = rejected(pool.lease())
  const closing = pool.close()
  let closed = false
  give(
    faulty(new MemoryStore(), {
      close: async () => {
        closed = true
      },
    }),
  )
  await closing
  assert.equal((await waiting).code, 'closed')
  assert.equal(closed, true)
})

test('what has to happen on every new session happens before it is lent; its failure is the job’s', async () => {
  const server = serverOf()
  const { pool } = poolOf({
    open: server.open,
    onOpen: async () => {
      throw failure('refused')
    },
  })
  assert.equal((await rejected(pool.lease())).code, 'refused')
  assert.equal(server.sessions[0]?.closed, true)
})

test('two small reads share the only session, and no third one', async () => {
  const { pool } = poolOf({ open: serverOf().open })
  const first = await pool.lease({ kind: 'small-read' })
  const second = await pool.lease({ kind: 'small-read' })
  assert.equal(second.store, first.store)
  assert.deepEqual([first.shared, second.shared, pool.size], [false, true, 1])
  const third = pool.lease({ kind: 'small-read' })
  let served = false
  third.then(() => {
    served = true
  })
  await settle()
  assert.equal(served, false)
  first.release()
  assert.deepEqual([(await third).store, (await third).shared], [second.store, true])
})

test('a small read opens a session of its own while it may', async () => {
  const { pool } = poolOf({ open: serverOf().open, max: 2 })
  const first = await pool.lease({ kind: 'small-read' })
  const second = await pool.lease({ kind: 'small-read' })
  assert.notEqual(second.store, first.store)
  assert.equal(second.shared, false)
  assert.ok((await pool.lease({ kind: 'small-read' })).shared)
})

test('a session that two share is idle only when both have given it back', async () => {
  const { pool } = poolOf({ open: serverOf().open })
  const first = await pool.lease({ kind: 'small-read' })
  const second = await pool.lease({ kind: 'small-read' })
  let served = false
  const call = pool.lease().then((lease) => {
    served = true
    return lease
  })
  first.release()
  first.release()
  await settle()
  assert.equal(served, false)
  second.release()
  assert.deepEqual([(await call).store, (await call).shared], [second.store, false])
})

test('nobody takes the seat beside a call, or beside a small read without being one', async () => {
  for (const [holder, waiter] of [
    ['call', 'small-read'],
    ['list', 'small-read'],
    ['stream', 'small-read'],
    ['small-read', 'call'],
  ] as const) {
    const { pool } = poolOf({ open: serverOf().open })
    const held = await pool.lease({ kind: holder })
    let served = false
    const waiting = pool.lease({ kind: waiter }).then(() => {
      served = true
    })
    await settle()
    assert.equal(served, false, `${waiter} beside ${holder}`)
    held.release()
    await waiting
  }
})

test('a small read that comes behind a call waits for its turn', async () => {
  const { pool } = poolOf({ open: serverOf().open })
  const first = await pool.lease({ kind: 'small-read' })
  const order: string[] = []
  const noted = async (kind: 'call' | 'small-read'): Promise<Lease> => {
    const lease = await pool.lease({ kind })
    order.push(kind)
    return lease
  }
  const [call, read] = [noted('call'), noted('small-read')]
  await settle()
  assert.deepEqual(order, [])
  first.release()
  ;(await call).release()
  await read
  assert.deepEqual(order, ['call', 'small-read'])
})

test('no seat on a session that cannot look ahead, or that was lost', async () => {
  const plain = new MemoryStore()
  for (const faults of [{ can: { ...plain.can, lookAhead: false } }, { state: 'lost' }] as Partial<Store>[]) {
    const now: Partial<Store> = {}
    const stores = [faulty(plain, now), plain]
    const { pool } = poolOf({ open: async () => stores.shift() ?? plain })
    const first = await pool.lease({ kind: 'small-read' })
    Object.assign(now, faults)
    let served = false
    const waiting = pool.lease({ kind: 'small-read' }).then(() => {
      served = true
    })
    await settle()
    assert.equal(served, false, JSON.stringify(faults))
    first.release()
    await waiting
  }
})

/** So many sessions that are idle, the first one for the longest time. */
async function idleSessions(count: number) {
  const server = serverOf()
  const { pool, clock } = poolOf({ open: server.open, max: count })
  const leases = await Promise.all(Array.from({ length: count }, () => pool.lease()))
  for (const lease of leases) {
    lease.release()
    clock.advance(1_000)
  }
  return { server, pool, clock, open: () => server.sessions.map(({ closed }) => !closed) }
}

test('of the sessions that were idle for a minute all but one are closed, the oldest first', async () => {
  const { clock, open, pool } = await idleSessions(3)
  clock.advance(56_999)
  assert.deepEqual(open(), [true, true, true])
  clock.advance(1)
  assert.deepEqual(open(), [false, true, true])
  clock.advance(1_000)
  assert.deepEqual(open(), [false, false, true])
  clock.advance(3_600_000)
  assert.deepEqual(open(), [false, false, true])
  assert.deepEqual([pool.size, clock.pending], [1, 0])
})

test('the session used last is lent first, so that the others can grow old', async () => {
  const { clock, open, pool } = await idleSessions(2)
  for (let second = 0; second < 60; second++) {
    clock.advance(1_000)
    const { release } = await pool.lease()
    release()
  }
  assert.deepEqual(open(), [false, true])
})

test('a session that is lent again is not closed under its holder, and is idle anew afterwards', async () => {
  const { clock, open, pool } = await idleSessions(2)
  const [one, two] = [await pool.lease(), await pool.lease()]
  clock.advance(600_000)
  assert.deepEqual(open(), [true, true])
  one.release()
  clock.advance(59_999)
  two.release()
  assert.deepEqual(open(), [true, true])
  clock.advance(1)
  assert.equal(open().filter(Boolean).length, 1)
})

test('an idle session beside one that is held is one too many after a minute', async () => {
  const { clock, open, pool } = await idleSessions(2)
  const held = await pool.lease()
  clock.advance(60_000)
  assert.deepEqual(open(), [false, true])
  held.release()
  clock.advance(600_000)
  assert.deepEqual(open(), [false, true])
})

test('no process stays for the minute, and close() leaves no clock', async () => {
  const { clock, pool } = await idleSessions(3)
  assert.ok(clock.aside.length > 0)
  assert.deepEqual(clock.aside, clock.waits)
  await pool.close()
  assert.equal(clock.pending, 0)
})

test('close() waits for the sessions that are just being ended', async () => {
  const { clock, pool, server } = await idleSessions(2)
  let ended = (): void => {}
  const ending = new Promise<void>((resolve) => {
    ended = resolve
  })
  Object.assign(server.sessions[0] ?? {}, { ending })
  clock.advance(60_000)
  let closed = false
  const closing = pool.close().then(() => {
    closed = true
  })
  await settle()
  assert.equal(closed, false)
  ended()
  await closing
})

test('a job that holds all that the server allows is told so instead of waiting for itself', async () => {
  for (const [limit, max] of [
    [1, 2],
    [100, 1],
  ] as const) {
    const { pool } = poolOf({ open: serverOf(limit).open, max })
    const first = await pool.lease()
    const error = await rejected(pool.lease({ beside: 1 }))
    assert.deepEqual([error.code, error.retryable], ['too-many-sessions', true])
    const next = pool.lease()
    first.release()
    assert.equal((await next).store, first.store)
  }
})

test('a job that waits for its second session is told when the server turns out to allow no more', async () => {
  const server = serverOf(2)
  const { pool } = poolOf({ open: server.open, max: 3 })
  await pool.lease()
  const other = await pool.lease()
  const second = rejected(pool.lease({ beside: 2 }))
  assert.equal((await second).code, 'too-many-sessions')
  other.release()
  assert.ok(await pool.lease({ beside: 1 }))
})

test('after a minute the server is asked again for the sessions that it refused', async () => {
  let limit = 1
  const open = async (): Promise<Store> => {
    if (limit === 0) throw failure('too-many-sessions', true)
    limit--
    return new MemoryStore()
  }
  const { pool, clock } = poolOf({ open, max: 2 })
  const first = await pool.lease()
  let served = false
  const second = pool.lease().then((lease) => {
    served = true
    return lease
  })
  await settle()
  limit = 1
  clock.advance(59_999)
  await settle()
  assert.equal(served, false)
  clock.advance(1)
  assert.notEqual((await second).store, first.store)
})

test('close() ends the minute after a refusal too', async () => {
  const { pool, clock } = poolOf({ open: serverOf(1).open, max: 2 })
  await pool.lease()
  const waiting = rejected(pool.lease())
  await settle()
  assert.ok(clock.pending > 0)
  await pool.close()
  await waiting
  assert.equal(clock.pending, 0)
})

for (const [code, phase, asksAgain] of [
  ['session-lost', 'greeting', true],
  ['login-refused', 'login', false],
] as const)
  test(`a further session that is refused with ${code} costs no job; after a minute it is ${asksAgain ? '' : 'not '}tried again`, async () => {
    let opened = 0
    const open = async (): Promise<Store> => {
      if (opened++ > 0) throw new TransferError(code, 'made up', { phase, retryable: asksAgain })
      return new MemoryStore()
    }
    const { pool, clock } = poolOf({ open, max: 8 })
    const first = await pool.lease()
    const second = pool.lease()
    await settle()
    first.release()
    assert.equal((await second).store, first.store)
    const third = pool.lease()
    await settle()
    assert.equal(opened, 2)
    clock.advance(60_000)
    await settle()
    assert.equal(opened, asksAgain ? 3 : 2)
    ;(await second).release()
    ;(await third).release()
  })

test('without room for the work of all, fewer sessions are leased, the idle ones are closed, and more follow one by one', async () => {
  const server = serverOf()
  const { clock, pool } = poolOf({ open: server.open, max: 3 })
  const leases = await Promise.all([pool.lease(), pool.lease(), pool.lease()])
  for (const lease of leases.slice(0, 2)) {
    lease.crowded()
    lease.release()
  }
  assert.equal(pool.size, 1, 'an idle session may hold a port')
  const waiting = [pool.lease(), pool.lease(), pool.lease()]
  leases[2]?.release()
  await settle()
  assert.equal(pool.size, 1)
  clock.advance(1_000)
  await settle()
  assert.equal(pool.size, 2)
  clock.advance(1_000)
  await settle()
  assert.equal(pool.size, 3)
  for (const lease of await Promise.all(waiting)) lease.release()
  await pool.close()
  assert.equal(clock.pending, 0)
})

test('each session that is one too many doubles the time until the next, and a job may always hold a second one', async () => {
  const server = serverOf()
  const { clock, pool } = poolOf({ open: server.open, max: 4 })
  const first = await pool.lease()
  first.crowded()
  const second = await pool.lease({ beside: 1 })
  second.release()
  clock.advance(1_000)
  first.crowded()
  clock.advance(1_999)
  assert.equal(pool.limit.room(), 1)
  clock.advance(1)
  assert.equal(pool.limit.room(), 2)
  first.release()
  await pool.close()
})

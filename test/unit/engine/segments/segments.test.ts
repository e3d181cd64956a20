import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CopyOptions, copy } from '../../../../src/engine/copy-file.js'
import { sumOf } from '../../../../src/engine/file/byte-ranges.js'
import { readSidecar } from '../../../../src/engine/file/resume-record.js'
import type { Place } from '../../../../src/engine/pool/leased-store.js'
import { TransferError } from '../../../../src/errors.js'
import { MemoryStore } from '../../../../src/memory.js'
import { type ByteSource, isReceipt, type Range, type Store } from '../../../../src/store.js'
import {
  contentOf,
  cutAfter,
  FakeClock,
  FakePlace,
  failure,
  faulty,
  namesIn,
  noise,
  recorder,
  rejected,
  settle,
  Watched,
} from '../fakes.js'

const MIB = 1024 * 1024
const FILE = noise(16 * MIB)
const OVERLAP = 4096

interface Read {
  readonly from: number
  readonly to: number
  bytes: number
}

/** A server with one file, its sessions, and what each of them was asked for. */
function setUp(content: Uint8Array = FILE) {
  const remote = new MemoryStore({ '/f': content })
  const local = new MemoryStore({ '/d/': '' })
  const watched = { remote: new Watched(remote, 256 * 1024), local: new Watched(local) }
  const reads: Read[] = []
  const clock = new FakeClock({ auto: true })
  const { events, observe } = recorder()
  const session = (faults: Partial<Store> = {}): Store => {
    const store = faulty(watched.remote.store, faults)
    return faulty(store, { read: async (path, options) => counted(await store.read(path, options), options?.range) })
  }
  const counted = (source: ByteSource, { from = 0, to = content.length }: Range = {}): ByteSource => {
    const read: Read = { from, to, bytes: 0 }
    reads.push(read)
    return {
      async next() {
        const next = await source.next()
        if (!isReceipt(next)) read.bytes += next.length
        return next
      },
      cancel: (reason) => source.cancel(reason),
    }
  }
  const from = (store: Store | ((lease: number) => Store) = session()): FakePlace => new FakePlace(store, '/f')
  const to = new FakePlace(watched.local.store, '/d/f')
  const get = (place: Place = from(), options: CopyOptions = {}, target: Place = to) =>
    copy({ from: place, to: target, options: { segments: 4, clock, observe, retry: { random: () => 0 }, ...options } })
  const warnings = (): string[] => events.flatMap((event) => (event.type === 'warning' ? [event.code] : []))
  const whole = async (expected: Uint8Array = content): Promise<void> => {
    assert.ok(Buffer.compare(await contentOf(local, '/d/f'), expected) === 0, 'the file is not what it should be')
    assert.deepEqual(await namesIn(local, '/d'), ['f'])
    assert.deepEqual([watched.remote.open, watched.local.open, to.open], [0, 0, 0])
  }
  const fetched = (): number => reads.reduce((sum, { bytes }) => sum + bytes, 0)
  return { remote, local, watched, reads, clock, events, session, from, to, get, warnings, whole, fetched }
}

/** A store whose source breaks after so many bytes of the file have come, each time it is read. */
function cutting(store: Store, bytes: number, error = failure('data-connection', true)): Partial<Store> {
  return {
    read: async (path, options) =>
      cutAfter(await store.read(path, options), bytes, () => {
        throw error
      }),
  }
}

test('a file comes from several sessions, each its part, into one file that has its size from the start', async () => {
  const { get, from, reads, local, watched, events, warnings, whole } = setUp()
  const place = from()
  const sizes: (number | undefined)[] = []
  const looking = faulty(watched.local.store, {
    async write(path, options) {
      if (options?.at?.offset !== undefined) sizes.push((await local.stat(path))?.size)
      return await watched.local.store.write(path, options)
    },
  })
  const { elapsedMs: _, ...result } = await get(place, {}, new FakePlace(looking, '/d/f'))
  assert.deepEqual(result, { bytes: FILE.length, from: 0, integrity: 'sized', retries: 0 })
  assert.deepEqual(
    reads.map(({ from, to }) => [from, to]).sort(([one = 0], [other = 0]) => one - other),
    [
      [0, 4 * MIB],
      [4 * MIB - OVERLAP, 8 * MIB],
      [8 * MIB - OVERLAP, 12 * MIB],
      [12 * MIB - OVERLAP, 16 * MIB],
    ],
  )
  assert.deepEqual(sizes, [FILE.length, FILE.length, FILE.length, FILE.length])
  assert.ok(place.leases >= 4)
  assert.equal(place.open, 0)
  assert.deepEqual(warnings(), [])
  const last = events.findLast((event) => event.type === 'progress')
  assert.deepEqual(last?.type === 'progress' && [last.bytes, last.percent, last.done], [FILE.length, 100, true])
  await whole()
})

test('a part is worth a session from 4 MiB on: smaller files come in one stream, without a word', async () => {
  for (const [size, parts] of [
    [8 * MIB - 1, 1],
    [8 * MIB, 2],
    [11 * MIB, 2],
  ] as const) {
    const { get, reads, warnings, whole } = setUp(FILE.subarray(0, size))
    await get()
    assert.deepEqual([reads.length, warnings()], [parts, []])
    await whole()
  }
})

test('a file that was put together is verified by its content', async () => {
  const { get, whole } = setUp()
  const result = await get(undefined, { verify: ['md5'] })
  assert.deepEqual([result.verifiedBy, result.integrity], ['md5', 'hashed'])
  await whole()
})

test('a server that takes no notice of offsets is found out by the first bytes and gives the file in one stream', async () => {
  const { get, from, session, remote, fetched, warnings, whole } = setUp()
  const ignoring = session({ read: (path) => remote.read(path) })
  const result = await get(from(ignoring))
  assert.deepEqual([result.from, result.bytes, result.retries], [0, FILE.length, 0])
  assert.deepEqual(warnings(), ['no-segments'])
  assert.ok(fetched() < 1.75 * FILE.length, `${fetched()} bytes were fetched`)
  await whole()
})

test('the same of a file that looks the same everywhere is found out by its length', async () => {
  const zeros = Buffer.alloc(16 * MIB)
  const { get, from, session, remote, warnings, whole } = setUp(zeros)
  await get(from(session({ read: (path) => remote.read(path) })))
  assert.deepEqual(warnings(), ['no-segments'])
  await whole()
  const honest = setUp(zeros)
  await honest.get()
  assert.deepEqual([honest.warnings(), honest.reads.length], [[], 4])
  await honest.whole()
})

test('one session that leads to a server of another kind is found out where its part meets the next', async () => {
  const { get, from, session, remote, warnings, whole } = setUp()
  const shifted = session({
    read: (path, options) => {
      const { from: at = 0, to } = options?.range ?? {}
      const range = at === 0 ? options?.range : { from: at - 77, ...(to !== undefined && { to: to - 77 }) }
      return remote.read(path, { ...options, range })
    },
  })
  await get(from((lease) => (lease === 3 ? shifted : session())))
  assert.deepEqual(warnings(), ['no-segments'])
  await whole()
})

test('a server that refuses offsets gives the file in one stream', async () => {
  const { get, from, session, remote, watched, events, whole } = setUp()
  const refusing = session({
    read: async (path, options) => {
      if ((options?.range?.from ?? 0) > 0) throw new TransferError('not-supported', 'No REST.', { phase: 'transfer' })
      return await (options?.range ? watched.remote.store : remote).read(path, options)
    },
  })
  await get(from(refusing))
  const warning = events.find(({ type }) => type === 'warning')
  assert.match(warning?.type === 'warning' ? warning.message : '', /^\/f comes in one stream: no REST\.$/)
  await whole()
})

test('where the size is not known, or a store cannot start inside a file, it is said why it comes in one stream', async () => {
  for (const faults of [
    { stat: async () => ({ name: 'f', type: 'file' as const }) },
    { can: { ...new MemoryStore().can, ranges: false } },
  ]) {
    const { get, from, session, reads, warnings, whole } = setUp()
    await get(from(session(faults)))
    assert.deepEqual([reads.length, warnings()], [1, ['no-segments']])
    await whole()
  }
})

test('a place that has fewer sessions is taken at its word', async () => {
  for (const [count, reads, code] of [
    [2, 2, 'fewer-segments'],
    [1, 1, 'no-segments'],
  ] as const) {
    const scene = setUp()
    let done = 0
    const several = () => ({ count, reason: `pool.max is ${count}`, done: () => void done++ })
    await scene.get(Object.assign(scene.from(), { several }))
    assert.deepEqual([scene.reads.length, scene.warnings(), done], [reads, [code], 1])
    await scene.whole()
  }
})

test('what a session leaves when it breaks is fetched by the others', async () => {
  const { get, from, session, watched, reads, events, fetched, whole } = setUp()
  const broken = session(cutting(watched.remote.store, MIB / 2))
  const result = await get(from((lease) => (lease === 3 ? broken : session())))
  assert.equal(result.retries, 1)
  assert.deepEqual(
    events.flatMap((event) => (event.type === 'retry' ? [[event.error.code, event.delayMs]] : [])),
    [['data-connection', 0]],
  )
  assert.equal(reads.length, 5)
  assert.ok(fetched() < FILE.length + 5 * OVERLAP + MIB)
  await whole()
})

test('a session that breaks again and again goes on as long as it gets somewhere', async () => {
  const { get, from, session, watched, events, whole } = setUp()
  const place = from(session(cutting(watched.remote.store, 1.5 * MIB)))
  const result = await get(place, { segments: 2, retry: { attempts: 1 } })
  assert.ok(result.retries >= 10, `${result.retries}`)
  assert.equal(events.filter(({ type }) => type === 'retry').length, result.retries)
  await whole()
})

test('sessions that cannot be had are done without', async () => {
  for (const error of [failure('login-refused'), failure('too-many-sessions', true)]) {
    const { get, session, warnings, reads, whole } = setUp()
    let open = 0
    const place: Place = {
      path: '/f',
      async lease() {
        if (open > 0) throw error
        open++
        return { store: session(), release: () => void open-- }
      },
    }
    const result = await get(place)
    assert.deepEqual([reads.length, open, result.retries], [4, 0, 0])
    assert.ok(warnings().length > 0 && warnings().every((code) => code === 'fewer-segments'))
    await whole()
  }
})

test('nobody waits for a session that does not come when all has landed', async () => {
  const { get, session, whole } = setUp()
  let leases = 0
  const place: Place = {
    path: '/f',
    async lease(signal) {
      if (++leases !== 3) return { store: session(), release: () => {} }
      return await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(failure('aborted'))))
    },
  }
  await get(place)
  await whole()
})

test('when every session broke, the next try goes on from what has landed', async () => {
  const { get, from, session, watched, reads, fetched, clock, whole } = setUp()
  const broken = session(cutting(watched.remote.store, MIB / 2))
  const result = await get(from((lease) => (lease <= 5 ? broken : session())))
  assert.ok(result.retries > 0)
  assert.ok(clock.waits.includes(250))
  assert.ok(fetched() <= FILE.length + reads.length * (OVERLAP + 256 * 1024), `${fetched()}`)
  await whole()
})

test('what cannot be tried again ends all sessions at once, with its own error', async () => {
  const { get, from, session, watched, local, to } = setUp()
  const place = from((lease) =>
    lease === 3 ? session(cutting(watched.remote.store, 1000, failure('permission-denied'))) : session(),
  )
  const error = await rejected(get(place))
  assert.equal(error.code, 'permission-denied')
  assert.deepEqual([watched.remote.open, watched.local.open, place.open, to.open], [0, 0, 0, 0])
  assert.deepEqual(await namesIn(local, '/d'), [])
})

test('a signal ends all sessions, and the next call finds what it left', async () => {
  const { get, from, session, watched, local, to, fetched, whole } = setUp()
  const stop = new AbortController()
  const place = from(
    session({
      read: async (path, options) => {
        const source = await watched.remote.store.read(path, options)
        let slabs = 0
        return {
          async next() {
            if (++slabs > 4) stop.abort()
            return await source.next()
          },
          cancel: (reason) => source.cancel(reason),
        }
      },
    }),
  )
  const error = await rejected(get(place, { signal: stop.signal, resume: true }))
  assert.equal(error.code, 'aborted')
  await settle()
  assert.deepEqual([watched.remote.open, watched.local.open, place.open, to.open], [0, 0, 0, 0])
  const record = await readSidecar(local, '/d/.f.part.json')
  const landed = sumOf(record?.spans ?? [])
  assert.ok(landed > 0)
  const before = fetched()
  const result = await get(undefined, { resume: true })
  assert.deepEqual([result.from, result.bytes], [landed, FILE.length - landed])
  assert.ok(fetched() - before <= FILE.length - landed + 8 * OVERLAP)
  await whole()
})

test('a signal that fires while what stands in the file is read again leaves no source open', async () => {
  for (const resume of [false, true]) {
    const { get, to, local, watched, reads } = resume ? await kept() : setUp()
    reads.length = 0
    const stop = new AbortController()
    const target = faulty(watched.local.store, {
      read: async (path, options) => {
        if (path.endsWith('.part')) stop.abort()
        return await local.read(path, options)
      },
    })
    const error = await rejected(get(undefined, { signal: stop.signal, resume }, new FakePlace(target, to.path)))
    assert.equal(error.code, 'aborted')
    assert.ok(reads.length > 0)
    assert.deepEqual([watched.remote.open, watched.local.open], [0, 0])
  }
})

/** A download that was broken in each of its parts, and kept. */
async function kept(content: Uint8Array = FILE) {
  const scene = setUp(content)
  const { get, from, session, watched, local, reads } = scene
  const broken = from(session(cutting(watched.remote.store, MIB)))
  await rejected(get(broken, { resume: true, retry: { attempts: 1 } }))
  const record = await readSidecar(local, '/d/.f.part.json')
  const landed = sumOf(record?.spans ?? [])
  assert.equal(record?.spans?.length, 4)
  reads.length = 0
  return { ...scene, landed }
}

test('a later call fetches what is missing and nothing that has landed, with any number of sessions', async () => {
  for (const segments of [1, 2, 4, 7]) {
    const { get, reads, landed, fetched, whole } = await kept()
    const result = await get(undefined, { resume: true, segments })
    assert.deepEqual([result.from, result.bytes, result.integrity], [landed, FILE.length - landed, 'sized'])
    assert.equal(fetched(), FILE.length - landed + reads.length * OVERLAP)
    await whole()
  }
})

test('a source that was replaced meanwhile is fetched from the beginning', async () => {
  const other = noise(16 * MIB, 9)
  for (const [disguise, size] of [
    [false, 12 * MIB],
    [false, 16 * MIB],
    [true, 16 * MIB],
  ] as const) {
    const { get, remote, warnings, whole } = await kept()
    const old = await remote.stat('/f')
    const second = new MemoryStore({ '/f': other.subarray(0, size) })
    const store = faulty(second, {
      stat: async (path) => {
        const entry = await second.stat(path)
        return entry && { ...entry, ...(disguise && { modified: old?.modified, unique: old?.unique }) }
      },
    })
    const result = await get(new FakePlace(store, '/f'), { resume: true })
    assert.deepEqual([result.from, warnings()], [0, []])
    await whole(other.subarray(0, size))
  }
})

test('a source that is replaced while its parts are fetched is not put together from two files', async () => {
  const { get, from, session, remote, whole } = setUp()
  const other = noise(16 * MIB, 9)
  let looks = 0
  const store = session({
    async stat(path) {
      if (++looks === 2) {
        const sink = await remote.write('/g')
        await sink.finish()
        await remote.remove('/f')
        await remote.rename('/g', '/f')
        const again = await remote.write('/f')
        await again.write({ chunks: [other], length: other.length, release: () => {} })
        await again.finish()
      }
      return await remote.stat(path)
    },
  })
  const result = await get(from(store))
  assert.equal(result.retries, 1)
  await whole(other)
})

test('the last confirmation that never comes is made up for by a look at the size', async () => {
  const { get, from, session, watched, whole } = setUp()
  const store = session({
    read: async (path, options) => {
      const source = await watched.remote.store.read(path, options)
      return {
        async next() {
          const next = await source.next()
          if (isReceipt(next) && options?.range?.to === undefined) throw failure('unconfirmed', true)
          return next
        },
        cancel: (reason) => source.cancel(reason),
      }
    },
  })
  const result = await get(from(store))
  assert.deepEqual([result.confirmedBy, result.retries], ['size', 0])
  await whole()
})

test('all parts keep to one rate', async () => {
  const { get, clock, whole } = setUp()
  const { elapsedMs } = await get(undefined, { rateLimit: 4 * MIB })
  assert.ok(elapsedMs >= 3_700 && elapsedMs <= 4_100, `${elapsedMs}`)
  assert.equal(clock.pending, 0)
  await whole()
})

test('what contradicts parts is refused before anything is asked', async () => {
  for (const options of [
    { text: true },
    { append: true },
    { temporary: 'none' },
    { direction: 'upload' },
    { direction: 'copy' },
  ] as CopyOptions[]) {
    const { get, from } = setUp()
    const place = from()
    const error = await rejected(get(place, options))
    assert.deepEqual([error.code, place.leases], ['bad-argument', 0])
    assert.match(error.message, /segments|parts/)
  }
})

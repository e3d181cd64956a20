import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { eachOf } from '../../../../src/each.js'
import { bufferListing } from '../../../../src/engine/listing/buffered-listing.js'
import type { Entry } from '../../../../src/store.js'
import { failure, rejected, settle } from '../fakes.js'

function entry(index: number): Entry {
  return { name: `f${index}\u2028\udc80`, type: 'file', size: index, modified: new Date(index * 1000), precision: 's' }
}

async function setUp(context: TestContext, count: number, end?: () => never) {
  const dir = await mkdtemp(join(tmpdir(), 'spool-'))
  context.after(() => rm(dir, { recursive: true }))
  const seen = { read: 0, closed: false, released: 0 }
  async function* listing(): AsyncGenerator<Entry> {
    try {
      for (; seen.read < count; seen.read++) yield entry(seen.read)
      end?.()
    } finally {
      seen.closed = true
    }
  }
  let want = (): void => {}
  const wanted = new Promise<void>((resolve) => {
    want = resolve
  })
  const entries = bufferListing(listing(), { wanted, release: () => seen.released++, dir })
  return { entries, seen, want, dir }
}

async function rest(entries: AsyncIterable<Entry>): Promise<Entry[]> {
  const all: Entry[] = []
  for await (const one of entries) all.push(one)
  return all
}

/** Until the listing has given its session back. */
async function released(seen: { released: number }): Promise<void> {
  while (seen.released === 0) await settle()
}

test('entries pass through one by one, nothing is read ahead', async (context) => {
  const { entries, seen, dir } = await setUp(context, 10)
  await entries.next()
  await settle()
  assert.equal(seen.read, 0)
  assert.deepEqual(
    (await rest(entries)).map(({ size }) => size),
    [1, 2, 3, 4, 5, 6, 7, 8, 9],
  )
  assert.deepEqual([seen.released, await readdir(dir)], [1, []])
})

for (const count of [1, 5, 1_000, 1_001, 20_000])
  test(`when the session is wanted, the rest of ${count} entries is kept and the session given back`, async (context) => {
    const { entries, seen, want, dir } = await setUp(context, count)
    const first = await entries.next()
    want()
    await released(seen)
    assert.equal((await readdir(dir)).length, count > 1_002 ? 1 : 0)
    assert.deepEqual(
      [first.value, ...(await rest(entries))],
      Array.from({ length: count }, (_, index) => entry(index)),
    )
    assert.deepEqual([seen.released, await readdir(dir)], [1, []])
  })

test('the temporary file is for its owner only', {
  skip: process.platform === 'win32' && 'no modes there',
}, async (context) => {
  const { entries, seen, want, dir } = await setUp(context, 5_000)
  want()
  await released(seen)
  const [name = ''] = await readdir(dir)
  assert.equal((await stat(join(dir, name))).mode & 0o777, 0o600)
  await entries.return?.()
})

test('leaving the loop early closes the listing and gives the session back', async (context) => {
  const { entries, seen } = await setUp(context, 10)
  for await (const one of entries) if (one.size === 3) break
  assert.deepEqual([seen.closed, seen.released], [true, 1])
  assert.equal((await entries.next()).done, true)
})

test('leaving the loop after the rest was kept removes the temporary file', async (context) => {
  const { entries, seen, want, dir } = await setUp(context, 5_000)
  for await (const one of entries) {
    if (one.size === 0) {
      want()
      await released(seen)
      assert.equal((await readdir(dir)).length, 1)
    }
    if (one.size === 2_000) break
  }
  assert.deepEqual([seen.released, await readdir(dir)], [1, []])
})

test('leaving while the rest is being read stops the reading', async (context) => {
  const { entries, seen, want, dir } = await setUp(context, Number.POSITIVE_INFINITY)
  await entries.next()
  want()
  await settle()
  await entries.return?.()
  assert.deepEqual([seen.closed, seen.released, await readdir(dir)], [true, 1, []])
})

test('a listing that fails while the rest is kept fails after the last entry that came', async (context) => {
  const { entries, seen, want, dir } = await setUp(context, 3_000, () => {
    throw failure('data-connection')
  })
  await entries.next()
  want()
  await released(seen)
  const got: Entry[] = []
  const error = await rejected(
    (async () => {
      for await (const one of entries) got.push(one)
    })(),
  )
  assert.deepEqual([error.code, got.length, seen.released, await readdir(dir)], ['data-connection', 2_999, 1, []])
})

test('a listing that fails as it is read gives the session back', async (context) => {
  const { entries, seen } = await setUp(context, 1, () => {
    throw failure('data-connection')
  })
  await entries.next()
  assert.equal((await rejected(entries.next())).code, 'data-connection')
  assert.equal(seen.released, 1)
})

test('when nothing can be kept, the session is still given back and the error is told', async (context) => {
  const { seen } = await setUp(context, 0)
  let want = (): void => {}
  const wanted = new Promise<void>((resolve) => {
    want = resolve
  })
  async function* listing(): AsyncGenerator<Entry> {
    for (let index = 0; index < 5_000; index++) yield entry(index)
  }
  const entries = bufferListing(listing(), {
    wanted,
    release: () => seen.released++,
    dir: join(tmpdir(), 'not', 'there'),
  })
  want()
  await released(seen)
  assert.equal((await rejected(rest(entries))).code, 'local')
})

test('a listing that is wanted before it has begun is drained and given out', async () => {
  async function* two(): AsyncGenerator<Entry> {
    yield { name: 'a', type: 'file' }
    yield { name: 'b', type: 'file' }
  }
  let released = 0
  const names: string[] = []
  for await (const { name } of bufferListing(two(), { wanted: Promise.resolve(), release: () => released++ }))
    names.push(name)
  assert.deepEqual(names, ['a', 'b'])
  assert.equal(released, 1)
})

test('entries that are at hand keep their order with those that are kept, and with calls that overlap', async (context) => {
  const dir = await mkdtemp(join(tmpdir(), 'spool-'))
  context.after(() => rm(dir, { recursive: true }))
  async function* pages(): AsyncGenerator<Entry[]> {
    for (let page = 0; page < 400; page++) yield Array.from({ length: 10 }, (_, index) => entry(page * 10 + index))
  }
  let want = (): void => {}
  const wanted = new Promise<void>((resolve) => {
    want = resolve
  })
  const seen = { released: 0 }
  const entries = bufferListing(eachOf(pages()), { wanted, release: () => seen.released++, dir })
  const first = [await entries.next(), ...(await Promise.all(Array.from({ length: 12 }, () => entries.next())))]
  want()
  // Some are kept by now, and most of a page is at hand still.
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  first.push(await entries.next())
  await released(seen)
  const all = [...first.map(({ value }) => value), ...(await rest(entries))]
  assert.deepEqual(
    all,
    Array.from({ length: 4_000 }, (_, index) => entry(index)),
  )
  assert.deepEqual([seen.released, await readdir(dir)], [1, []])
})

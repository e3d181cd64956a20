import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CopyOptions, copy } from '../../../../src/engine/copy-file.js'
import { decideStart } from '../../../../src/engine/file/resume.js'
import {
  parseSidecar,
  partialPath,
  readSidecar,
  type Sidecar,
  sidecarOf,
} from '../../../../src/engine/file/resume-record.js'
import { MemoryStore } from '../../../../src/memory.js'
import type { Entry, Store } from '../../../../src/store.js'
import { contentOf, cutAfter, FakePlace, failure, faulty, namesIn, noise, rejected, Watched } from '../fakes.js'

const FILE = noise(20_000)
const RESUME: CopyOptions = { resume: true, retry: { attempts: 1 } }
const modified = new Date('2026-01-02T03:04:05Z')

const source: Entry = { name: 'f', type: 'file', size: 1000, modified, precision: 's', unique: 'u1' }
const partial: Entry = { name: '.f.part', type: 'file', size: 600 }
const sidecar = sidecarOf({ ...source, size: 1000 }, '/d/.f.part', 500)

test('a partial file is continued where its record says, a little earlier being read again', () => {
  assert.deepEqual(decideStart({ source, partial, sidecar, overlap: 100 }), { start: 500, readFrom: 400 })
  assert.deepEqual(decideStart({ source, partial, sidecar }), { start: 500, readFrom: 0 })
})

test('when the store holds less than the record says, what the store holds counts', () => {
  const less = { ...partial, size: 300 }
  assert.deepEqual(decideStart({ source, partial: less, sidecar, overlap: 100 }), { start: 300, readFrom: 200 })
})

const anew: Record<string, { source?: Partial<Entry>; partial?: Partial<Entry>; sidecar?: Partial<Sidecar> | null }> = {
  'the partial file is a link': { partial: { type: 'link' } },
  'the partial file is longer than the source': { partial: { size: 1001 } },
  'the partial file is empty': { partial: { size: 0 } },
  'there is no record': { sidecar: null },
  'the record is of another file': { sidecar: { partial: '.g.part' } },
  'nothing had landed': { sidecar: { landed: 0 } },
  'the source has another size': { source: { size: 999 } },
  'the size of the source is not known': { source: { size: undefined } },
  'the source was modified': { source: { modified: new Date('2026-01-02T03:04:06Z') } },
  'the time of the source is no longer known': { source: { modified: undefined } },
  'another file took the name': { source: { unique: 'u2' } },
}
for (const [why, change] of Object.entries(anew))
  test(`it begins again when ${why}`, () => {
    const start = decideStart({
      source: { ...source, ...change.source },
      partial: { ...partial, ...change.partial },
      sidecar: change.sidecar === null ? undefined : { ...sidecar, ...change.sidecar },
    })
    assert.ok('restart' in start)
  })

test('times are compared at the coarser precision, and an assumed zone proves nothing', () => {
  const minutes: Entry = { ...source, precision: 'min', modified: new Date('2026-01-02T03:04:00Z') }
  assert.ok('start' in decideStart({ source: minutes, partial, sidecar }))
  const assumed: Entry = { ...source, zone: 'assumed', modified: new Date('2026-01-02T05:04:05Z') }
  assert.ok('start' in decideStart({ source: assumed, partial, sidecar }))
})

for (const text of [
  '',
  'null',
  '[]',
  '{',
  '{"version":2,"partial":".f.part","size":1,"landed":1}',
  '{"version":1,"partial":".f.part","size":-1,"landed":1}',
  '{"version":1,"partial":".f.part","size":1e99,"landed":1}',
  '{"version":1,"partial":".f.part","size":10,"landed":"5"}',
  '{"version":1,"partial":7,"size":10,"landed":5}',
  '{"version":1,"partial":".f.part","size":10,"landed":5,"modified":"never"}',
  '{"version":1,"partial":".f.part","size":10,"landed":5,"precision":"__proto__"}',
  '{"version":1,"partial":".f.part","size":10,"landed":5,"zone":7}',
  '{"version":1,"partial":".f.part","size":10,"landed":5,"spans":{}}',
  '{"version":1,"partial":".f.part","size":10,"landed":5,"spans":[[0,11]]}',
  '{"version":1,"partial":".f.part","size":10,"landed":5,"spans":[[5,5]]}',
  '{"version":1,"partial":".f.part","size":10,"landed":5,"spans":[[-1,5]]}',
  '{"version":1,"partial":".f.part","size":10,"landed":5,"spans":[[0,5,9]]}',
])
  test(`a record that reads ${JSON.stringify(text)} is no record`, () => {
    assert.equal(parseSidecar(text), undefined)
  })

test('a record of endless length, or a directory in its place, is no record', async () => {
  const store = new MemoryStore({ '/a': `${JSON.stringify(sidecar)}${' '.repeat(20_000)}`, '/b/': '' })
  assert.equal(await readSidecar(store, '/a'), undefined)
  assert.equal(await readSidecar(store, '/b'), undefined)
  const lying = faulty(store, { stat: async () => ({ name: 'a', type: 'file' }) })
  assert.equal(await readSidecar(lying, '/a'), undefined)
})

test('temporary names fit into 255 bytes with their record, and stay apart', () => {
  for (const letter of ['a', 'ü', '😀', '\udc80']) {
    const [one, two] = [`${letter.repeat(300)}1`, `${letter.repeat(300)}2`]
    assert.ok(Buffer.byteLength(`${partialPath(`/d/${one}`, '01234567').slice(3)}.json.new`) <= 255)
    assert.notEqual(partialPath(`/d/${one}`), partialPath(`/d/${two}`))
    assert.equal(partialPath(`/d/${one}`), partialPath(`/d/${one}`))
  }
  assert.equal(partialPath('/d/short.bin'), '/d/.short.bin.part')
})

/** Downloads until the connection breaks at `bytes`. */
async function broken(remote: Store, local: Store, { bytes = 10_000, options = RESUME } = {}) {
  const store = faulty(remote, {
    read: async (path, how) =>
      cutAfter(await remote.read(path, how), bytes, () => {
        throw failure('session-lost', true)
      }),
  })
  return await rejected(copy({ from: new FakePlace(store, '/f'), to: new FakePlace(local, '/d/f'), options }))
}

function setUp(content: Uint8Array = FILE) {
  const remote = new MemoryStore({ '/f': content })
  const local = new MemoryStore({ '/d/': '' })
  const ranges: (number | undefined)[] = []
  const watched = new Watched(remote)
  const counting = faulty(watched.store, {
    read: (path, options) => {
      if (path === '/f') ranges.push(options?.range?.from)
      return watched.store.read(path, options)
    },
  })
  const again = (store: Store = counting, options: CopyOptions = RESUME) =>
    copy({ from: new FakePlace(store, '/f'), to: new FakePlace(local, '/d/f'), options })
  return { remote, local, ranges, again, counting, watched }
}

test('a later call goes on from what an earlier one left, and cleans up', async () => {
  const { remote, local, ranges, again, watched } = setUp()
  const error = await broken(remote, local)
  assert.equal(error.code, 'session-lost')
  assert.match(error.hint ?? '', /\.f\.part.*resume/)
  assert.deepEqual(await namesIn(local, '/d'), ['.f.part', '.f.part.json'])
  const result = await again()
  assert.deepEqual([result.from, result.bytes, result.integrity], [10_000, 10_000, 'sized'])
  assert.deepEqual(ranges, [10_000 - 4096])
  assert.deepEqual(await contentOf(local, '/d/f'), FILE)
  assert.deepEqual(await namesIn(local, '/d'), ['f'])
  assert.equal(watched.open, 0)
})

test('a resumed file is verified as a whole, both sides asked', async () => {
  const { remote, local, again } = setUp()
  await broken(remote, local)
  const result = await again(remote, { ...RESUME, verify: ['md5'] })
  assert.deepEqual([result.from, result.verifiedBy, result.integrity], [10_000, 'md5', 'hashed'])
})

test('a call without resume leaves the partial file of another call alone and begins at 0', async () => {
  const { remote, local, again } = setUp()
  await broken(remote, local)
  const result = await again(remote, {})
  assert.equal(result.from, 0)
  assert.deepEqual(await contentOf(local, '/d/f'), FILE)
})

async function replaced(content: Uint8Array, disguise: Partial<Entry> = {}) {
  const { remote, local } = setUp()
  await broken(remote, local)
  const old = await remote.stat('/f')
  const other = new MemoryStore({ '/f': content })
  const store = faulty(other, {
    stat: async (path) => {
      const entry = await other.stat(path)
      return entry && { ...entry, unique: old?.unique, modified: old?.modified, ...disguise }
    },
  })
  const result = await copy({ from: new FakePlace(store, '/f'), to: new FakePlace(local, '/d/f'), options: RESUME })
  return { result, content: await contentOf(local, '/d/f') }
}

test('a source that was replaced by one of another length is read from the beginning', async () => {
  const other = noise(15_000, 9)
  const { result, content } = await replaced(other)
  assert.equal(result.from, 0)
  assert.deepEqual(content, other)
})

test('a source that was replaced by one of the same length and another time is read from the beginning', async () => {
  const other = noise(20_000, 9)
  const { result, content } = await replaced(other, { modified: new Date(0) })
  assert.equal(result.from, 0)
  assert.deepEqual(content, other)
})

test('a source of the same length and time but other bytes is found by the overlap', async () => {
  const other = noise(20_000, 9)
  const { result, content } = await replaced(other)
  assert.equal(result.from, 0)
  assert.deepEqual(content, other)
})

/** A server that answers 350 to REST and starts at 0 all the same. */
function ignoringOffset(store: Store): Store {
  return faulty(store, {
    read: (path, options) => store.read(path, { ...options, range: undefined }),
  })
}

test('a server that ignores the offset is found by the overlap', async () => {
  const { remote, local, again, watched } = setUp()
  await broken(remote, local)
  const result = await again(ignoringOffset(watched.store))
  assert.equal(result.from, 0)
  assert.deepEqual(await contentOf(local, '/d/f'), FILE)
  assert.equal(watched.open, 0)
})

test('a server that ignores the offset of a file that looks the same everywhere is found by its length', async () => {
  const zeros = Buffer.alloc(20_000)
  const { remote, local, again } = setUp(zeros)
  await broken(remote, local)
  const result = await again(ignoringOffset(remote), { resume: true, retry: { attempts: 2, firstDelay: 0 } })
  assert.deepEqual([result.retries, result.bytes], [1, 20_000])
  assert.deepEqual(await contentOf(local, '/d/f'), zeros)
})

test('a server that refuses the offset gets a plain request', async () => {
  const { remote, local, again } = setUp()
  await broken(remote, local)
  const store = faulty(remote, {
    read: async (path, options) => {
      if (options?.range) throw failure('not-supported')
      return await remote.read(path, options)
    },
  })
  assert.equal((await again(store)).from, 0)
  assert.deepEqual(await contentOf(local, '/d/f'), FILE)
})

test('a hostile record is ignored', async () => {
  const { remote, local, again } = setUp()
  await broken(remote, local)
  const hostile = new MemoryStore({
    '/d/.f.part': FILE.subarray(0, 5),
    '/d/.f.part.json': '{"version":1,"landed":1e15}',
  })
  const result = await copy({ from: new FakePlace(remote, '/f'), to: new FakePlace(hostile, '/d/f'), options: RESUME })
  assert.equal(result.from, 0)
  assert.deepEqual(await namesIn(hostile, '/d'), ['f'])
  await again()
})

test('a link planted under the temporary name is not written through', async () => {
  const { again, local } = setUp()
  await local.link('/d/.f.part', '/victim')
  await again()
  assert.equal(await local.stat('/victim'), undefined)
  assert.deepEqual(await contentOf(local, '/d/f'), FILE)
})

/** Uploads until the server's side breaks at `bytes`; the record is kept in a store of its own. */
async function brokenUpload(near: Store, far: Store, records: Store, bytes = 10_000) {
  const options: CopyOptions = { ...RESUME, direction: 'upload', sidecar: { store: records, path: '/r.json' } }
  const cut = faulty(near, {
    read: async (path, how) =>
      cutAfter(await near.read(path, how), bytes, () => {
        throw failure('data-connection', true)
      }),
  })
  await rejected(copy({ from: new FakePlace(cut, '/f'), to: new FakePlace(far, '/d/f'), options }))
  return options
}

test('an upload goes on from what the server has, by a record kept elsewhere', async () => {
  const { remote: near, local: far } = setUp()
  const records = new MemoryStore()
  const options = await brokenUpload(near, far, records)
  assert.deepEqual(await namesIn(far, '/d'), ['.f.part'])
  assert.deepEqual(await namesIn(records, '/'), ['r.json'])
  const result = await copy({ from: new FakePlace(near, '/f'), to: new FakePlace(far, '/d/f'), options })
  assert.equal(result.from, 10_000)
  assert.deepEqual(await contentOf(far, '/d/f'), FILE)
  assert.deepEqual([await namesIn(far, '/d'), await namesIn(records, '/')], [['f'], []])
})

function writeOnly(store: Store, size?: number): Store {
  return faulty(store, {
    read: async () => {
      throw failure('permission-denied')
    },
    stat: async (path) => {
      const entry = await store.stat(path)
      return entry && { ...entry, ...(size !== undefined && { size }) }
    },
  })
}

test('where the partial upload cannot be read back, its exact size is trusted and nothing else', async () => {
  const exact = setUp()
  const records = new MemoryStore()
  const options = await brokenUpload(exact.remote, exact.local, records)
  const from = new FakePlace(exact.remote, '/f')
  const result = await copy({ from, to: new FakePlace(writeOnly(exact.local), '/d/f'), options })
  assert.equal(result.from, 10_000)
  assert.deepEqual(await contentOf(exact.local, '/d/f'), FILE)

  const other = setUp()
  const again = await brokenUpload(other.remote, other.local, records)
  const shorter = writeOnly(other.local, 9_000)
  const second = await copy({
    from: new FakePlace(other.remote, '/f'),
    to: new FakePlace(shorter, '/d/f'),
    options: again,
  })
  assert.equal(second.from, 0)
  assert.deepEqual(await contentOf(other.local, '/d/f'), FILE)
})

test('two hundred cuts at random places end in the same file', async () => {
  let state = 42
  const random = (): number => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 2147483648
  }
  for (let round = 0; round < 200; round++) {
    const { remote, local, again } = setUp()
    await broken(remote, local, { bytes: 1 + Math.floor(random() * 19_998) })
    await again()
    assert.deepEqual(await contentOf(local, '/d/f'), FILE)
  }
})

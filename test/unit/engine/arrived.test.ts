import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type CopyOptions, copy } from '../../../src/engine/copy-file.js'
import { copyTree } from '../../../src/engine/copy-tree.js'
import { MemoryStore } from '../../../src/memory.js'
import type { ByteSink, Store } from '../../../src/store.js'
import { contentOf, FakeClock, FakePlace, failure, faulty, namesIn, noise, recorder, rejected } from './fakes.js'

const FILE = noise(20_000)

/** A store as a target that counts its writes; `faults` fail for as often as they say, and then do what they should. */
function target(faults: { rename?: number; done?: number; checksum?: number }) {
  const inner = new MemoryStore({ '/in/': '' })
  const left = { rename: 0, done: 0, checksum: 0, ...faults }
  const counted = { writes: 0, renames: 0 }
  const store: Store = faulty(inner, {
    write: async (path, options) => {
      counted.writes++
      return await inner.write(path, options)
    },
    rename: async (from, to, options) => {
      counted.renames++
      if (left.rename-- > 0) throw failure('session-lost', true)
      await inner.rename(from, to, options)
      if (left.done-- > 0) throw failure('session-lost', true)
    },
    checksum: async (path, name) => {
      if (left.checksum-- > 0) throw failure('session-lost', true)
      return await inner.checksum(path, name)
    },
  })
  return { inner, counted, store, to: new FakePlace(store, '/in/file') }
}

function options(more: CopyOptions = {}): CopyOptions {
  return { direction: 'upload', clock: new FakeClock({ auto: true }), ...more }
}

const source = (): FakePlace => new FakePlace(new MemoryStore({ '/file': FILE }), '/file')

describe('a file that has arrived is not sent again', () => {
  test('when the rename was lost on its way', async () => {
    const { counted, inner, to } = target({ rename: 1 })
    const result = await copy({ from: source(), to, options: options() })
    assert.deepEqual([result.retries, result.bytes, counted], [1, FILE.length, { writes: 1, renames: 2 }])
    assert.deepEqual(await contentOf(inner, '/in/file'), FILE)
    assert.deepEqual(await namesIn(inner, '/in'), ['file'])
  })

  for (const overwrite of ['rename', 'delete-first', 'never'] as const)
    test(`when only the answer to the rename was lost (overwrite: ${overwrite})`, async () => {
      const { counted, inner, to } = target({ done: 1 })
      const result = await copy({ from: source(), to, options: options({ overwrite }) })
      assert.deepEqual([result.retries, counted], [1, { writes: 1, renames: 1 }])
      assert.deepEqual(await namesIn(inner, '/in'), ['file'])
    })

  test('when the session was lost while its checksum was made', async () => {
    const { counted, to } = target({ checksum: 1 })
    const result = await copy({ from: source(), to, options: options({ verify: 'md5' }) })
    assert.deepEqual([result.verifiedBy, result.retries, counted.writes], ['md5', 1, 1])
  })

  test('though its source can be read only once', async () => {
    const { counted, inner, to } = target({ rename: 1 })
    const place = source()
    const once = { source: async () => (await place.lease()).store.read('/file'), size: FILE.length }
    await copy({ from: once, to, options: options() })
    assert.equal(counted.writes, 1)
    assert.deepEqual(await contentOf(inner, '/in/file'), FILE)
  })

  test('an old file under the final name is not taken for the one that was renamed', async () => {
    const { counted, inner, to } = target({ rename: 1 })
    await inner.write('/in/file').then((sink) => sink.finish())
    await copy({ from: source(), to, options: options() })
    assert.equal(counted.renames, 2)
    assert.deepEqual(await contentOf(inner, '/in/file'), FILE)
  })

  test('the error of a rename that was never answered names both places', async () => {
    const { to } = target({ rename: 9 })
    const error = await rejected(copy({ from: source(), to, options: options() }))
    assert.match(error.hint ?? '', /temporary name '.*part', or under its final one already/)
  })
})

/** As a server whose sessions are lost right behind the last byte, on the first lease of each file. */
function losesTheEnd(inner: Store): (lease: number) => Store {
  const seen = new Set<string>()
  const store = faulty(inner, {
    write: async (path, at) => {
      const sink = await inner.write(path, at)
      const lost = !seen.has(path)
      seen.add(path)
      const finish: ByteSink['finish'] = async () => {
        const receipt = await sink.finish()
        if (lost) throw failure('session-lost', true)
        return receipt
      }
      return { ...sink, write: (slab) => sink.write(slab), abort: (reason) => sink.abort(reason), finish, landed: 0 }
    },
  })
  return () => store
}

describe('a confirmation that was lost', () => {
  test('is told as a hash when one was asked for and compared', async () => {
    for (const [verify, by] of [
      [undefined, 'size'],
      ['md5', 'md5'],
    ] as const) {
      const to = new FakePlace(losesTheEnd(new MemoryStore({ '/in/': '' })), '/in/file')
      const { events, observe } = recorder()
      const result = await copy({ from: source(), to, options: options({ verify, observe }) })
      assert.deepEqual([result.confirmedBy, result.retries], [by, 0])
      const last = events.findLast((event) => event.type === 'transfer')
      assert.equal(last?.type === 'transfer' && last.confirmedBy, by)
    }
  })

  test('is told for each file of a tree, in the order of the walk', async () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const near = new MemoryStore(Object.fromEntries(names.map((name) => [`/t/${name}`, noise(1_000)])))
    const to = new FakePlace(losesTheEnd(new MemoryStore({ '/in/': '' })), '/in')
    const { confirmed, retries } = await copyTree({
      from: new FakePlace(near, '/t'),
      to,
      options: options(),
      parallel: 2,
    })
    assert.deepEqual(
      confirmed,
      names.map((name) => ({ path: `/t/${name}`, by: 'size' })),
    )
    assert.equal(retries, 0)
  })
})

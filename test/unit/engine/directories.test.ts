import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeDirs } from '../../../src/engine/tree/make-dirs.js'
import { removeTree } from '../../../src/engine/tree/remove-tree.js'
import { MemoryStore } from '../../../src/memory.js'
import { failure, faulty, namesIn, rejected } from './fakes.js'

test('missing directories are made, existing ones are fine', async () => {
  const store = new MemoryStore({ '/a/': '' })
  const made: string[] = []
  const watched = faulty(store, {
    makeDir: async (path) => {
      made.push(path)
      await store.makeDir(path)
    },
  })
  await makeDirs(watched, '/a/b/c')
  await makeDirs(watched, '/a/b/c')
  assert.deepEqual(made, ['/a/b', '/a/b/c'])
})

test('a directory that somebody else makes meanwhile is fine, whatever the server calls it', async () => {
  const store = new MemoryStore()
  const racing = faulty(store, {
    makeDir: async (path) => {
      await store.makeDir(path)
      throw failure('refused')
    },
  })
  await makeDirs(racing, '/a/b')
  assert.equal((await store.stat('/a/b'))?.type, 'directory')
})

test('a file in the way is not-directory, a refusal stays a refusal', async () => {
  assert.equal((await rejected(makeDirs(new MemoryStore({ '/a': 'file' }), '/a/b'))).code, 'not-directory')
  const closed = faulty(new MemoryStore(), {
    makeDir: async () => {
      throw failure('permission-denied')
    },
  })
  assert.equal((await rejected(makeDirs(closed, '/a'))).code, 'permission-denied')
})

test('directories above that are out of sight are taken to be there', async () => {
  const store = new MemoryStore({ '/home/me/': '' })
  const chrooted = faulty(store, {
    stat: async (path) => {
      if (path === '/home' || path === '/home/me') throw failure('permission-denied')
      return await store.stat(path)
    },
  })
  await makeDirs(chrooted, '/home/me/x/y')
  assert.deepEqual(await namesIn(store, '/home/me/x'), ['y'])
})

test('a tree is removed with everything in it; links go, what they lead to stays', async () => {
  const store = new MemoryStore({ '/t/a/b/c': '1', '/t/d': '2', '/kept/x': '3' })
  await store.link('/t/a/out', '/kept')
  await removeTree(store, '/t')
  assert.deepEqual(await namesIn(store, '/'), ['kept'])
  assert.deepEqual(await namesIn(store, '/kept'), ['x'])
})

test('a link to a directory is removed as a link', async () => {
  const store = new MemoryStore({ '/kept/x': '3' })
  await store.link('/l', '/kept')
  await removeTree(store, '/l')
  assert.deepEqual(await namesIn(store, '/'), ['kept'])
  assert.deepEqual(await namesIn(store, '/kept'), ['x'])
})

test('ten thousand levels are removed, the deepest first', async () => {
  const depths: number[] = []
  const deep = faulty(new MemoryStore(), {
    stat: async () => ({ name: 'd', type: 'directory' }),
    async *list(dir) {
      // Another name at each level: the same listing over and over would be taken for a server that lists one directory for every path.
      if (dir.length < 20_000) yield { name: String.fromCharCode(0x4e00 + dir.length / 2), type: 'directory' }
    },
    removeDir: async (path) => void depths.push(path.length / 2),
  })
  await removeTree(deep, '/d')
  assert.deepEqual(
    depths,
    Array.from({ length: 10_000 }, (_, index) => 10_000 - index),
  )
})

test('what cannot be removed is said, the rest goes', async () => {
  const store = new MemoryStore({ '/t/a': '1', '/t/b': '2' })
  const guarded = faulty(store, {
    remove: async (path) => {
      if (path === '/t/a') throw failure('permission-denied')
      await store.remove(path)
    },
  })
  const error = await rejected(removeTree(guarded, '/t'))
  assert.equal(error.code, 'incomplete')
  assert.equal(error.failures?.[0]?.path, '/t/a')
  assert.deepEqual(await namesIn(store, '/t'), ['a'])
})

test('an entry that leads out is never removed', async () => {
  const store = new MemoryStore({ '/t/x': '1', '/precious': '2' })
  const hostile = faulty(store, {
    async *list() {
      yield { name: '../precious', type: 'file' }
    },
  })
  assert.equal((await rejected(removeTree(hostile, '/t'))).code, 'incomplete')
  assert.ok(await store.stat('/precious'))
})

test('the root, a missing directory and a file are refused', async () => {
  const store = new MemoryStore({ '/f': '1' })
  assert.equal((await rejected(removeTree(store, '/x/..'))).code, 'bad-argument')
  assert.equal((await rejected(removeTree(store, '/none'))).code, 'not-found')
  assert.equal((await rejected(removeTree(store, '/f'))).code, 'not-directory')
})

test('a lost session ends it at once', async () => {
  const store = new MemoryStore({ '/t/a': '1', '/t/b': '2' })
  let asked = 0
  const dying = faulty(store, {
    remove: async () => {
      asked++
      throw failure('session-lost', true)
    },
  })
  assert.equal((await rejected(removeTree(dying, '/t'))).code, 'session-lost')
  assert.equal(asked, 1)
})

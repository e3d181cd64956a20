import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TargetTree } from '../../../../src/engine/tree/target-tree.js'
import { MemoryStore } from '../../../../src/memory.js'
import type { Store } from '../../../../src/store.js'
import { failure, faulty, rejected } from '../fakes.js'

/** A tree at /up on a store that counts what it is asked for. */
function treeOn(store: Store, { near = false } = {}) {
  const listed: string[] = []
  const counted = faulty(store, {
    list: (dir, options) => {
      listed.push(dir)
      return store.list(dir, options)
    },
  })
  const tree = new TargetTree({ root: '/up', near, leased: (work) => work(counted) })
  return { tree, listed }
}

const MANY = 10
const FEW = 3

test('nothing can be in a directory that was made just now: nobody asks', async () => {
  const store = new MemoryStore({ '/other': 'x' })
  const { tree, listed } = treeOn(store)
  await tree.makeRoot()
  await tree.make('d')
  assert.equal(await tree.there('a', FEW), null)
  assert.equal(await tree.there('d/a', MANY), null)
  assert.deepEqual(listed, [])
  assert.equal((await store.stat('/up/d'))?.type, 'directory')
})

test('a directory that was there is listed once for all of its files', async () => {
  const { tree, listed } = treeOn(new MemoryStore({ '/up/d/old': 'four', '/up/top': 'x' }))
  await tree.makeRoot()
  await tree.make('d')
  const [old, fresh] = await Promise.all([tree.there('d/old', MANY), tree.there('d/fresh', MANY)])
  assert.deepEqual([old?.size, fresh], [4, null])
  assert.equal((await tree.there('top', MANY))?.size, 1)
  assert.deepEqual(listed, ['/up/d', '/up'])
})

test('for a few files it is not listed: each is looked at when its turn comes', async () => {
  const { tree, listed } = treeOn(new MemoryStore({ '/up/old': 'x' }))
  await tree.makeRoot()
  assert.equal(await tree.there('old', FEW), undefined)
  assert.deepEqual(listed, [])
})

test('a near directory is looked at only to see whether it is empty', async () => {
  const full = treeOn(new MemoryStore({ '/up/old': 'x' }), { near: true })
  await full.tree.makeRoot()
  assert.equal(await full.tree.there('old', MANY), undefined, 'a look at one file costs nothing there')
  const store = new MemoryStore({})
  await store.makeDir('/up')
  const empty = treeOn(store, { near: true })
  await empty.tree.makeRoot()
  assert.equal(await empty.tree.there('old', MANY), null)
  assert.deepEqual([full.listed, empty.listed], [['/up'], ['/up']])
})

test('a directory that may not be listed: each file is looked at, and the refusal is asked for once', async () => {
  const store = new MemoryStore({ '/up/old': 'x' })
  let asked = 0
  const { tree } = treeOn(
    faulty(store, {
      list: () => {
        asked++
        throw failure('permission-denied')
      },
    }),
  )
  await tree.makeRoot()
  assert.deepEqual([await tree.there('old', MANY), await tree.there('fresh', MANY)], [undefined, undefined])
  assert.equal(asked, 1)
})

test('a listing that failed in passing is not remembered', async () => {
  const store = new MemoryStore({ '/up/old': 'x' })
  let fails = true
  const { tree } = treeOn(
    faulty(store, {
      list: (dir, options) => {
        if (fails) throw failure('session-lost', true)
        return store.list(dir, options)
      },
    }),
  )
  await tree.makeRoot()
  assert.equal((await rejected(tree.there('old', MANY))).code, 'session-lost')
  fails = false
  assert.equal((await tree.there('old', MANY))?.size, 1)
})

test('a cancelled listing is the caller’s error, not a directory that cannot be listed', async () => {
  const store = new MemoryStore({ '/up/old': 'x' })
  const { tree } = treeOn(
    faulty(store, {
      list: () => {
        throw failure('aborted')
      },
    }),
  )
  await tree.makeRoot()
  assert.equal((await rejected(tree.there('old', MANY))).code, 'aborted')
})

test('a link where a directory should be is refused on the near side only', async () => {
  const store = new MemoryStore({ '/outside/': '', '/up/': '' })
  await store.link('/up/d', '/outside')
  const near = treeOn(store, { near: true })
  const error = await rejected(near.tree.make('d'))
  assert.equal(error.code, 'unsafe-name')
  assert.match(error.message, /'\/up\/d' is a link/)
  await treeOn(store).tree.make('d')
})

test('a file where a directory should be is not-directory', async () => {
  const { tree } = treeOn(new MemoryStore({ '/up/d': 'x' }))
  assert.equal((await rejected(tree.make('d'))).code, 'not-directory')
})

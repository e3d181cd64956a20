import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Walked, type WalkOptions, walk } from '../../../../src/engine/tree/walk.js'
import { MemoryStore } from '../../../../src/memory.js'
import type { Entry, Store } from '../../../../src/store.js'
import { failure, recorder, rejected } from '../fakes.js'

async function all(store: Pick<Store, 'list'>, dir: string, options: WalkOptions = {}): Promise<Walked[]> {
  const items: Walked[] = []
  for await (const item of walk(store, dir, options)) items.push(item)
  return items
}

/** A store whose listings are made up. */
function listing(of: (dir: string) => readonly Entry[]): Pick<Store, 'list'> {
  return {
    async *list(dir) {
      yield* of(dir)
    },
  }
}

test('everything below is found, each directory before what is in it', async () => {
  const store = new MemoryStore({ '/t/a/b/c': '1', '/t/a/d': '2', '/t/e': '3', '/t/f/': '' })
  assert.deepEqual(
    (await all(store, '/t')).map(({ relative }) => relative),
    ['a', 'e', 'f', 'a/b', 'a/d', 'a/b/c'],
  )
})

test('links are shown and not followed, also where they lead back', async () => {
  const store = new MemoryStore({ '/t/a/b': '1' })
  await store.link('/t/a/up', '/t')
  assert.deepEqual(
    (await all(store, '/t')).map(({ relative, entry }) => `${relative} ${entry.type}`),
    ['a directory', 'a/b file', 'a/up link'],
  )
})

test('a directory that lies in itself is reported, not entered', async () => {
  const store = listing(() => [{ name: 'again', type: 'directory', unique: 'same' }])
  const items = await all(store, '/t')
  assert.equal(items.length, 2)
  assert.match(items[1]?.error?.message ?? '', /contains itself/)
})

test('ten thousand levels are walked, and a server that invents directories comes to an end', async () => {
  const deep = listing((dir) =>
    dir.length < 20_000 ? [{ name: (dir.length / 2) % 2 ? 'd' : 'e', type: 'directory' }] : [],
  )
  assert.equal((await all(deep, '')).length, 10_000)
  let listed = 0
  const endless = {
    async *list(): AsyncGenerator<Entry> {
      listed++
      yield { name: listed % 2 ? 'd' : 'e', type: 'directory' }
    },
  }
  let last: Walked | undefined
  for await (const item of walk(endless, '/')) last = item
  assert.match(last?.error?.message ?? '', /deep|longer than 32768 characters/)
  assert.ok(listed <= 20_001)
})

test('a server that lists one directory for every path comes to an end, with an error for each way into it', async () => {
  let listed = 0
  const same = listing(() => {
    listed++
    return ['a', 'b', 'c'].map((name) => ({ name, type: 'directory' as const }))
  })
  const items = await all(same, '/t')
  assert.ok(listed < 200, String(listed))
  const errors = items.filter(({ error }) => error)
  assert.ok(errors.length > 0)
  assert.ok(errors.every(({ error }) => error?.code === 'protocol' && /same listing/.test(error.message)))
})

test('directories that are listed alike some levels deep are no such server', async () => {
  const path = Array.from({ length: 12 }, () => 'd').join('/')
  const items = await all(new MemoryStore({ [`/t/${path}/`]: '' }), '/t')
  assert.deepEqual([items.length, items.some(({ error }) => error)], [12, false])
})

test('names that would lead out are reported and not acted on', async () => {
  const names = ['..', '.', '', '../x', 'a/b', '/etc/x', 'x\0y', 'a\nb', '..\\x', 'C:\\x']
  const store = listing((dir) => (dir === '/t' ? names.map((name) => ({ name, type: 'directory' })) : []))
  const { events, observe } = recorder()
  const items = await all(store, '/t', { observe })
  assert.deepEqual(
    items.map(({ error }) => error?.code),
    names.map(() => 'unsafe-name'),
  )
  assert.equal(events.filter((event) => event.type === 'unreadable-entry').length, names.length)
})

test('odd but legal names pass', async () => {
  const names = ['&', '%2e', ';', '😀', '-rf', '~', 'file:', ' lead', 'a -> b']
  const store = listing((dir) => (dir === '/t' ? names.map((name) => ({ name, type: 'file' })) : []))
  assert.deepEqual(
    (await all(store, '/t')).filter(({ error }) => error),
    [],
  )
})

test('a line that could not be read is reported with its problem', async () => {
  const store = listing(() => [{ name: '', type: 'unreadable', raw: '??? x', problem: 'no date' }])
  const { events, observe } = recorder()
  const [item] = await all(store, '/t', { observe })
  assert.ok(item?.error)
  assert.deepEqual(events, [{ type: 'unreadable-entry', dir: '/t', raw: '??? x', problem: 'no date' }])
})

test('a directory that cannot be listed is a failure of its own, and the walk goes on', async () => {
  const store = listing((dir) => {
    if (dir === '/t/closed') throw failure('permission-denied')
    if (dir !== '/t') return []
    return [
      { name: 'closed', type: 'directory' },
      { name: 'open', type: 'directory' },
    ]
  })
  const items = await all(store, '/t')
  assert.deepEqual(
    items.map(({ relative, error }) => `${relative} ${error?.code}`),
    ['closed undefined', 'open undefined', 'closed permission-denied'],
  )
})

test('the first directory must be there, and a signal ends the walk', async () => {
  const store = new MemoryStore({ '/t/a/b': '' })
  assert.equal((await rejected(all(store, '/none'))).code, 'not-found')
  const stop = new AbortController()
  const work = (async () => {
    for await (const { relative } of walk(store, '/t', { signal: stop.signal })) if (relative === 'a') stop.abort()
  })()
  assert.equal((await rejected(work)).code, 'aborted')
})

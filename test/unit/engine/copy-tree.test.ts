import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copyTree, type TreeWork } from '../../../src/engine/copy-tree.js'
import { Pool } from '../../../src/engine/pool/pool.js'
import { walk } from '../../../src/engine/tree/walk.js'
import type { TransferEvent } from '../../../src/events.js'
import { MemoryStore } from '../../../src/memory.js'
import type { Store } from '../../../src/store.js'
import { contentOf, FakeClock, FakePlace, failure, faulty, rejected } from './fakes.js'

const FILES = { '/t/a': '1', '/t/d/b': '22', '/t/d/e/c': '333', '/t/empty/': '', '/t/d/ blank ': '4' }

async function shape(store: Store, dir: string): Promise<string[]> {
  const found: string[] = []
  for await (const { relative, entry } of walk(store, dir))
    found.push(entry.type === 'file' ? `${relative}=${await contentOf(store, `${dir}/${relative}`)}` : `${relative}/`)
  return found.sort()
}

const EXPECTED = ['a=1', 'd/', 'd/ blank =4', 'd/b=22', 'd/e/', 'd/e/c=333', 'empty/']

function work(remote: Store, local: Store, more: Partial<TreeWork> = {}): TreeWork {
  return {
    from: new FakePlace(remote, '/t'),
    to: new FakePlace(local, '/new/place'),
    options: { clock: new FakeClock({ auto: true }) },
    ...more,
  }
}

for (const parallel of [1, 4])
  test(`a directory is copied with all that is in it, ${parallel} at a time`, async () => {
    const local = new MemoryStore()
    const result = await copyTree(work(new MemoryStore(FILES), local, { parallel }))
    const { elapsedMs: _, ...rest } = result
    assert.deepEqual(rest, {
      files: 4,
      directories: 3,
      bytes: 7,
      from: 0,
      retries: 0,
      integrity: 'sized',
      confirmed: [],
      skipped: [],
    })
    assert.deepEqual(await shape(local, '/new/place'), EXPECTED)
  })

test('one session is enough: no listing is held open while files move', async () => {
  const remote = new MemoryStore(FILES)
  const pool = new Pool({ open: async () => remote, max: 1, waitLimit: 1 })
  const from = { path: '/t', lease: (signal?: AbortSignal) => pool.lease({ signal }) }
  const local = new MemoryStore()
  await copyTree(work(remote, local, { from, parallel: 4 }))
  assert.deepEqual(await shape(local, '/new/place'), EXPECTED)
})

test('copying into what is there already is fine', async () => {
  const local = new MemoryStore({ '/new/place/d/b': 'old', '/new/place/d/kept': 'k' })
  await copyTree(work(new MemoryStore(FILES), local))
  assert.deepEqual(await shape(local, '/new/place'), [...EXPECTED, 'd/kept=k'].sort())
})

test('links are neither followed nor made, and are named in the result', async () => {
  const remote = new MemoryStore(FILES)
  await remote.link('/t/d/out', '/etc')
  const local = new MemoryStore()
  const { skipped } = await copyTree(work(remote, local))
  assert.deepEqual(skipped, [{ path: '/t/d/out', reason: "a link to '/etc'" }])
  assert.deepEqual(await shape(local, '/new/place'), EXPECTED)
})

test('what fails is collected, the rest is copied', async () => {
  const remote = new MemoryStore(FILES)
  const store = faulty(remote, {
    read: async (path, options) => {
      if (path === '/t/a') throw failure('permission-denied')
      return await remote.read(path, options)
    },
    list: (dir, options) => {
      if (dir === '/t/d/e') throw failure('refused')
      return remote.list(dir, options)
    },
  })
  const local = new MemoryStore()
  const error = await rejected(copyTree(work(store, local)))
  assert.equal(error.code, 'incomplete')
  assert.deepEqual(
    error.failures?.map(({ path, error: { code } }) => `${path} ${code}`),
    ['/t/a permission-denied', '/t/d/e refused'],
  )
  assert.match(error.message, /2 files \(3 bytes\) were copied; 2 failed\. \/t\/a: /)
  assert.deepEqual(await shape(local, '/new/place'), ['d/', 'd/ blank =4', 'd/b=22', 'd/e/', 'empty/'])
})

test('failures and what was skipped come in the order of the walk, however the files end', async () => {
  const names = Array.from({ length: 8 }, (_, at) => `f${at}`)
  const remote = new MemoryStore(Object.fromEntries(names.map((name) => [`/t/${name}`, 'x'])))
  for (const at of [1, 2]) await remote.link(`/t/l${at}`, `/to/${at}`)
  const waiting: (() => void)[] = []
  const store = faulty(remote, {
    read: async (path) => {
      // Each file begins in its turn; all are under way when the last one ends first.
      await new Promise<void>((go) => {
        waiting.push(go)
        if (waiting.length === names.length) for (const next of waiting.reverse()) next()
      })
      throw failure(path === '/t/f3' ? 'refused' : 'not-found')
    },
  })
  const ended: string[] = []
  const { options } = work(store, new MemoryStore())
  const observe = (event: TransferEvent): void => {
    if (event.type === 'transfer' && event.state === 'failed') ended.push(event.path)
  }
  const tree = copyTree(work(store, new MemoryStore(), { parallel: 4, options: { ...options, observe } }))
  const { failures, message } = await rejected(tree)
  const inOrder = names.map((name) => `/t/${name}`)
  assert.notDeepEqual(ended, inOrder)
  assert.deepEqual(
    failures?.map(({ path }) => path),
    inOrder,
  )
  const { skipped } = await copyTree(work(remote, new MemoryStore(), { parallel: 4 }))
  assert.deepEqual(
    skipped.map(({ path }) => path),
    ['/t/l1', '/t/l2'],
  )
  assert.match(message, /8 failed\. \/t\/f0: .* \/t\/f1: .* \/t\/f2: /)
})

test('a server’s name that leads out is a failure, and nothing is written there', async () => {
  const store = faulty(new MemoryStore(FILES), {
    async *list() {
      yield { name: '../../evil', type: 'file', size: 1 }
    },
  })
  const local = new MemoryStore()
  const error = await rejected(copyTree(work(store, local)))
  assert.deepEqual([error.code, error.failures?.[0]?.error.code], ['incomplete', 'unsafe-name'])
  assert.deepEqual(await shape(local, '/new'), ['place/'])
})

test('a link that stands where a local directory should be is not written through', async () => {
  const local = new MemoryStore({ '/outside/': '', '/new/place/': '' })
  await local.link('/new/place/d', '/outside')
  const error = await rejected(copyTree(work(new MemoryStore(FILES), local)))
  assert.deepEqual(
    error.failures?.map(({ path, error: { code } }) => `${path} ${code}`),
    ['/t/d unsafe-name'],
  )
  assert.deepEqual(await shape(local, '/outside'), [])
})

test('a directory that cannot be made is one failure, not one for each file in it', async () => {
  const local = new MemoryStore({ '/new/place/d': 'a file' })
  const error = await rejected(copyTree(work(new MemoryStore(FILES), local)))
  assert.equal(error.failures?.length, 1)
  assert.equal(error.failures?.[0]?.error.code, 'not-directory')
})

test('when no other file could succeed, it stops at once', async () => {
  const remote = new MemoryStore(FILES)
  let reads = 0
  const store = faulty(remote, {
    read: async () => {
      reads++
      throw failure('login-refused')
    },
  })
  const error = await rejected(copyTree(work(store, new MemoryStore())))
  assert.deepEqual([error.code, reads], ['incomplete', 1])
  assert.match(error.message, /stopped early/)
})

test('a source that is not there is said as it is', async () => {
  const from = new FakePlace(new MemoryStore(), '/t')
  assert.equal((await rejected(copyTree(work(new MemoryStore(), new MemoryStore(), { from })))).code, 'not-found')
})

test('a listing that fails in passing is asked again', async () => {
  const remote = new MemoryStore(FILES)
  let failures = 2
  const store = faulty(remote, {
    list: (dir, options) => {
      failures--
      if (failures >= 0) throw failure('session-lost', true)
      return remote.list(dir, options)
    },
  })
  const local = new MemoryStore()
  await copyTree(work(store, local))
  assert.deepEqual(await shape(local, '/new/place'), EXPECTED)
})

test('a signal stops the whole tree, and no lease stays open', async () => {
  const remote = new MemoryStore(FILES)
  const stop = new AbortController()
  const store = faulty(remote, {
    read: async (path, options) => {
      stop.abort()
      return await remote.read(path, options)
    },
  })
  const [from, to] = [new FakePlace(store, '/t'), new FakePlace(new MemoryStore(), '/new')]
  const error = await rejected(copyTree({ from, to, parallel: 2, options: { signal: stop.signal } }))
  assert.deepEqual([error.code, from.open, to.open], ['aborted', 0, 0])
})

test('a rate limit holds for the tree, not for each file of it', async () => {
  const clock = new FakeClock({ auto: true })
  const files = Object.fromEntries([1, 2, 3, 4].map((name) => [`/t/${name}`, Buffer.alloc(1000)]))
  const options = { clock, rateLimit: 1000 }
  const result = await copyTree(work(new MemoryStore(files), new MemoryStore(), { parallel: 4, options }))
  assert.ok(result.elapsedMs >= 3_700, `${result.elapsedMs}`)
})

test('where every file fails, the tries are not spent on each of them', async () => {
  const count = 200
  const remote = new MemoryStore(Object.fromEntries(Array.from({ length: count }, (_, at) => [`/t/f${at}`, 'x'])))
  let reads = 0
  const store = faulty(remote, {
    read: async () => {
      reads++
      throw failure('busy', true)
    },
  })
  const error = await rejected(copyTree(work(store, new MemoryStore(), { parallel: 4 })))
  assert.equal(error.failures?.length, count)
  assert.equal(reads, count + 50)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copy } from '../../../src/engine/copy-file.js'
import { MemoryStore } from '../../../src/memory.js'
import type { ByteSink, ByteSource, Store } from '../../../src/store.js'
import { FakePlace, faulty, namesIn, noise, rejected, Watched } from './fakes.js'

const FILE = noise(5_000)

/** A store that calls `step` before each operation. */
function stepping(store: Store, step: (what: string) => void, name: string): Store {
  return faulty(store, {
    stat: async (path, options) => {
      step(`${name} stat`)
      return await store.stat(path, options)
    },
    read: async (path, options) => {
      step(`${name} read`)
      return steppingSource(await store.read(path, options), () => step(`${name} next`))
    },
    write: async (path, options) => {
      step(`${name} write`)
      return steppingSink(await store.write(path, options), (what) => step(`${name} ${what}`))
    },
    checksum: async (path, algorithm, options) => {
      step(`${name} checksum`)
      return (await store.checksum?.(path, algorithm, options)) ?? ''
    },
  })
}

function steppingSource(source: ByteSource, step: () => void): ByteSource {
  return {
    async next() {
      step()
      return await source.next()
    },
    cancel: (reason) => source.cancel(reason),
  }
}

function steppingSink(sink: ByteSink, step: (what: string) => void): ByteSink {
  return {
    get landed() {
      return sink.landed
    },
    async write(slab) {
      step('put')
      await sink.write(slab)
    },
    async finish() {
      step('finish')
      return await sink.finish()
    },
    abort: (reason) => sink.abort(reason),
  }
}

/** Copies, and fires the signal at step number `at`. */
async function run(at: number, resume: boolean) {
  const remote = new MemoryStore({ '/file': FILE })
  const local = new MemoryStore({ '/here/': '' })
  const watched = [new Watched(remote), new Watched(local)]
  const stop = new AbortController()
  const steps: string[] = []
  const step = (what: string): void => {
    steps.push(what)
    if (steps.length === at) stop.abort(new Error('enough'))
  }
  const [a, b] = watched.map(({ store }, index) => stepping(store, step, index === 0 ? 'source' : 'target'))
  if (!a || !b) throw new Error('two stores')
  const [from, to] = [new FakePlace(a, '/file'), new FakePlace(b, '/here/file')]
  const work = copy({ from, to, options: { signal: stop.signal, resume, verify: true } })
  const outcome = at > 0 ? await rejected(work) : await work
  return { outcome, steps, local, open: [...watched.map(({ open }) => open), from.open, to.open] }
}

const { steps: dry } = await run(0, false)

for (const [index, what] of dry.entries())
  test(`a signal at step ${index + 1} (${what}) leaves nothing open and nothing behind`, async () => {
    const { outcome, open, local } = await run(index + 1, false)
    assert.equal('code' in outcome && outcome.code, 'aborted')
    assert.deepEqual(open, [0, 0, 0, 0])
    assert.deepEqual(await namesIn(local, '/here'), [])
  })

test('the steps of a plain copy are those it has to take', () => {
  assert.equal(dry[0], 'source stat')
  assert.equal(dry.filter((what) => what === 'target put').length, 5)
})

test('with resume, a cancelled transfer keeps what landed and its record', async () => {
  const at = 1 + (await run(0, true)).steps.lastIndexOf('target finish')
  const { open, local } = await run(at, true)
  assert.deepEqual(open, [0, 0, 0, 0])
  assert.deepEqual(await namesIn(local, '/here'), ['.file.part', '.file.part.json'])
})

test('a source that never answers does not hold up the signal', async () => {
  const local = new MemoryStore({ '/here/': '' })
  const stop = new AbortController()
  let cancelled = false
  const mute: ByteSource = {
    next: () => {
      setImmediate(() => stop.abort())
      return new Promise(() => {})
    },
    cancel: async () => {
      cancelled = true
    },
  }
  const store = faulty(new MemoryStore({ '/file': FILE }), { read: async () => mute })
  const to = new FakePlace(local, '/here/file')
  const error = await rejected(copy({ from: new FakePlace(store, '/file'), to, options: { signal: stop.signal } }))
  assert.deepEqual([error.code, cancelled, to.open], ['aborted', true, 0])
  assert.deepEqual(await namesIn(local, '/here'), [])
})

test('a signal that fired before leases nothing', async () => {
  const from = new FakePlace(new MemoryStore({ '/file': FILE }), '/file')
  const to = new FakePlace(new MemoryStore(), '/file')
  assert.equal((await rejected(copy({ from, to, options: { signal: AbortSignal.abort() } }))).code, 'aborted')
  assert.equal(from.leases + to.leases, 0)
})

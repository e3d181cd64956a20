import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { type CopyOptions, copy } from '../../../../src/engine/copy-file.js'
import { verifyPlan } from '../../../../src/engine/flow/verify.js'
import { MemoryStore } from '../../../../src/memory.js'
import { slabOf } from '../../../../src/slab.js'
import type { HashName, Store } from '../../../../src/store.js'
import { FakePlace, failure, faulty, namesIn, noise, recorder, rejected } from '../fakes.js'

const FILE = noise(3_000)

/** A server that knows only these hashes, and the list of what it was asked for. */
function server(
  knows: readonly HashName[],
  { listed = knows, store = new MemoryStore({ '/file': FILE }) as Store } = {},
) {
  const asked: string[] = []
  const limited = faulty(store, {
    can: { ...store.can, checksums: listed },
    checksum: async (path, algorithm, options) => {
      asked.push(algorithm)
      if (!knows.includes(algorithm)) throw failure('not-supported')
      return (await store.checksum?.(path, algorithm, options)) ?? ''
    },
  })
  return { asked, store: limited }
}

async function download(remote: Store, options: CopyOptions, local: Store = new MemoryStore()) {
  const { events, observe } = recorder()
  const result = await copy({
    from: new FakePlace(remote, '/file'),
    to: new FakePlace(local, '/got'),
    options: { observe, ...options },
  })
  return { ...result, events }
}

test('true means md5, else crc32, else size', () => {
  assert.deepEqual(verifyPlan(true), { methods: ['md5', 'crc32', 'size'], strict: false })
  assert.equal(verifyPlan(false), undefined)
  assert.equal(verifyPlan([]), undefined)
  assert.deepEqual(verifyPlan(['size', 'size', 'md5'])?.methods, ['size', 'md5'])
})

test('the first method that the server answers is used and named', async () => {
  const all = server(['md5', 'crc32'])
  const first = await download(all.store, { verify: true })
  assert.deepEqual([first.verifiedBy, first.integrity, all.asked], ['md5', 'hashed', ['md5']])
  const some = server(['crc32'])
  const second = await download(some.store, { verify: true })
  assert.deepEqual([second.verifiedBy, second.integrity, some.asked], ['crc32', 'hashed', ['md5', 'crc32']])
  const none = server([])
  const third = await download(none.store, { verify: true })
  assert.deepEqual([third.verifiedBy, third.integrity], ['size', 'sized'])
})

test('a verification is told as an event', async () => {
  const { events } = await download(server(['md5']).store, { verify: true })
  assert.deepEqual(
    events.filter((event) => event.type === 'verified'),
    [{ type: 'verified', path: '/got', method: 'md5' }],
  )
})

test('the near side is hashed as the bytes pass, not read again', async () => {
  const local = server(['md5'], { store: new MemoryStore() })
  await download(server(['md5']).store, { verify: true }, local.store)
  assert.deepEqual(local.asked, [])
  const far = server(['sha256'], { store: new MemoryStore() })
  const source = server(['sha256'])
  const result = await copy({
    from: new FakePlace(source.store, '/file'),
    to: new FakePlace(far.store, '/up'),
    options: { direction: 'upload', verify: 'sha256' },
  })
  assert.deepEqual([result.verifiedBy, far.asked, source.asked], ['sha256', ['sha256'], []])
})

test('from server to server both sides are asked', async () => {
  const [a, b] = [server(['md5', 'crc32']), server(['crc32'], { store: new MemoryStore() })]
  const result = await copy({
    from: new FakePlace(a.store, '/file'),
    to: new FakePlace(b.store, '/copy'),
    options: { direction: 'copy', verify: true },
  })
  assert.deepEqual([result.verifiedBy, a.asked.at(-1), b.asked.at(-1)], ['crc32', 'crc32', 'crc32'])
})

test('a server that knows a hash without listing it is asked all the same', async () => {
  const { store } = server(['md5'], { listed: [] })
  assert.equal((await download(store, { verify: true })).verifiedBy, 'md5')
})

for (const method of ['md5', 'crc32', 'sha1', 'sha256', 'sha512'] as const)
  test(`one flipped byte is found by ${method}; nothing stays under any name`, async () => {
    const flipped = Buffer.from(FILE)
    flipped[1234] = (flipped[1234] ?? 0) ^ 1
    const honest = server([method])
    const store = faulty(honest.store, { read: (path) => new MemoryStore({ '/file': flipped }).read(path) })
    const local = new MemoryStore({ '/got': 'old' })
    const error = await rejected(download(store, { verify: [method] }, local))
    assert.deepEqual([error.code, error.phase], ['mismatch', 'verify'])
    assert.match(error.hint ?? '', /was removed/)
    assert.deepEqual(await namesIn(local, '/'), ['got'])
    assert.equal((await local.stat('/got'))?.size, 3)
  })

test('a crc without its leading zeros, or in upper case, is the same crc', async () => {
  const store = faulty(server(['crc32']).store, {
    checksum: async (path, algorithm) => {
      const hex = await new MemoryStore({ '/file': FILE }).checksum(path, algorithm)
      return hex.replace(/^0+/, '').toUpperCase()
    },
  })
  assert.equal((await download(store, { verify: ['crc32'] })).verifiedBy, 'crc32')
})

test('a checksum that fails for another reason ends the transfer, nothing under the final name', async () => {
  const store = faulty(server(['md5']).store, {
    checksum: async () => {
      throw failure('permission-denied')
    },
  })
  const local = new MemoryStore()
  assert.equal((await rejected(download(store, { verify: true }, local))).code, 'permission-denied')
  assert.deepEqual(await namesIn(local, '/'), [])
})

test('named methods that nobody offers are an error; true is content with a warning', async () => {
  const { store } = server([])
  const error = await rejected(download(store, { verify: ['sha512', 'md5'] }))
  assert.equal(error.code, 'not-supported')
  const blind = faulty(store, { stat: async () => ({ name: 'file', type: 'file' }) })
  const result = await download(blind, { verify: true })
  assert.equal(result.verifiedBy, undefined)
  assert.ok(result.events.some((event) => event.type === 'warning' && event.code === 'not-verified'))
})

test('a part of a file is not verified, and that is said', async () => {
  const result = await download(server(['md5']).store, { verify: true, range: { from: 10 } })
  assert.equal(result.verifiedBy, undefined)
  assert.ok(result.events.some((event) => event.type === 'warning' && event.code === 'not-verified'))
})

test('the temporary name is verified before it gets the final one', async () => {
  const target = server(['md5'], { store: new MemoryStore() })
  const calls: string[] = []
  const store = faulty(target.store, {
    checksum: async (path) => {
      calls.push(`md5 of ${path.endsWith('.part') ? 'temporary' : path}`)
      return createHash('md5').update(FILE).digest('hex')
    },
    rename: async () => {
      calls.push('rename')
    },
  })
  const from = { source: async () => await new MemoryStore({ '/f': FILE }).read('/f'), size: FILE.length }
  await copy({ from, to: new FakePlace(store, '/up'), options: { direction: 'upload', verify: true } })
  assert.deepEqual(calls, ['md5 of temporary', 'rename'])
})

test('the bytes of a stream are hashed as they pass', async () => {
  const target = server(['md5'], { store: new MemoryStore() })
  const from = { source: async () => oneSlab(FILE) }
  const result = await copy({
    from,
    to: new FakePlace(target.store, '/up'),
    options: { direction: 'upload', verify: true },
  })
  assert.equal(result.verifiedBy, 'md5')
})

function oneSlab(bytes: Uint8Array) {
  const answers = [slabOf([bytes])]
  return {
    next: async () => answers.shift() ?? ({ bytes: bytes.length, integrity: 'unproven' } as const),
    cancel: async () => {},
  }
}

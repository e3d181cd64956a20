import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CopyOptions, copy } from '../../../src/engine/copy-file.js'
import { type ErrorCode, TransferError } from '../../../src/errors.js'
import { MemoryStore } from '../../../src/memory.js'
import { slabOf } from '../../../src/slab.js'
import type { ByteSink, ByteSource, Receipt, Store } from '../../../src/store.js'
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
  Watched,
} from './fakes.js'

const FILE = noise(20_000)

/** A remote and a local store, watched, with a file on the remote one. */
function setUp(content: Uint8Array = FILE, localFiles: Record<string, string> = { '/here/': '' }) {
  const remote = new MemoryStore({ '/pub/file.bin': content })
  const local = new MemoryStore(localFiles)
  const watched = { remote: new Watched(remote), local: new Watched(local) }
  const from = new FakePlace(watched.remote.store, '/pub/file.bin')
  const to = new FakePlace(watched.local.store, '/here/file.bin')
  const clock = new FakeClock({ auto: true })
  const nothingOpen = (): void => {
    assert.deepEqual([watched.remote.open, watched.local.open, from.open, to.open, clock.pending], [0, 0, 0, 0, 0])
  }
  return { remote, local, watched, from, to, clock, nothingOpen }
}

const once: CopyOptions = { retry: { attempts: 1 } }

test('a file arrives whole under its final name, and nothing else is left', async () => {
  const { from, to, local, clock, nothingOpen } = setUp()
  const { elapsedMs, ...result } = await copy({ from, to, options: { clock } })
  assert.deepEqual(result, { bytes: 20_000, from: 0, integrity: 'sized', retries: 0 })
  assert.equal(elapsedMs, 0)
  assert.deepEqual(await contentOf(local, '/here/file.bin'), FILE)
  assert.deepEqual(await namesIn(local, '/here'), ['file.bin'])
  nothingOpen()
})

test('an empty file is a file', async () => {
  const { from, to, local } = setUp(Buffer.alloc(0))
  const result = await copy({ from, to })
  assert.equal(result.bytes, 0)
  assert.equal((await local.stat('/here/file.bin'))?.size, 0)
})

test('while bytes move, the final name holds the old file', async () => {
  const { from, to, local } = setUp(FILE, { '/here/file.bin': 'old' })
  const seen: string[] = []
  const observe = async (): Promise<void> => void seen.push((await contentOf(local, '/here/file.bin')).toString())
  await copy({ from, to, options: { observe: () => void observe(), retry: { attempts: 1 } } })
  assert.equal(seen[0], 'old')
  assert.deepEqual(await contentOf(local, '/here/file.bin'), FILE)
})

test('the temporary name is a hidden sibling, new each time', async () => {
  const { from, to, watched } = setUp()
  const names: string[] = []
  const store = faulty(watched.local.store, {
    write: (path, options) => {
      names.push(path)
      assert.equal(options?.at?.exclusive, 'atomic')
      return watched.local.store.write(path, options)
    },
  })
  await copy({ from, to: new FakePlace(store, to.path) })
  await copy({ from, to: new FakePlace(store, to.path) })
  for (const name of names) assert.match(name, /^\/here\/\.file\.bin\.[0-9a-f]{8}\.part$/)
  assert.notEqual(names[0], names[1])
})

test('events tell the start, the progress and the end', async () => {
  const { from, to } = setUp()
  const { events, observe } = recorder()
  await copy({ from, to, options: { observe } })
  const told = events.map((event) => (event.type === 'transfer' ? event.state : event.type))
  assert.deepEqual(told, ['started', 'progress', 'finished'])
  const progress = events.find((event) => event.type === 'progress')
  assert.deepEqual([progress?.bytes, progress?.total, progress?.done], [20_000, 20_000, true])
})

test('a source that is missing, or a directory, fails before a byte moves', async () => {
  const { watched, to, local } = setUp()
  const missing = await rejected(copy({ from: new FakePlace(watched.remote.store, '/pub/none'), to }))
  assert.equal(missing.code, 'not-found')
  const directory = await rejected(copy({ from: new FakePlace(watched.remote.store, '/pub'), to }))
  assert.equal(directory.code, 'is-directory')
  assert.deepEqual(await namesIn(local, '/here'), [])
})

test('a target that is a directory is refused with the advice to add a file name', async () => {
  const { from, watched, nothingOpen } = setUp()
  const error = await rejected(copy({ from, to: new FakePlace(watched.local.store, '/here') }))
  assert.equal(error.code, 'is-directory')
  assert.match(error.hint ?? '', /'\/here\/file\.bin'/)
  nothingOpen()
})

test('overwrite never: an existing file ends it before a byte moves', async () => {
  const { from, to, local, watched } = setUp(FILE, { '/here/file.bin': 'old' })
  let reads = 0
  const store = faulty(watched.remote.store, {
    read: (path, options) => {
      reads++
      return watched.remote.store.read(path, options)
    },
  })
  const source = new FakePlace(store, from.path)
  assert.equal((await rejected(copy({ from: source, to, options: { overwrite: 'never' } }))).code, 'exists')
  assert.equal(reads, 0)
  assert.equal((await contentOf(local, '/here/file.bin')).toString(), 'old')
})

test('overwrite never: a file that appears meanwhile is not replaced, and the whole copy stays', async () => {
  const { from, local, watched } = setUp()
  let looks = 0
  const store = faulty(watched.local.store, {
    stat: async (path) => {
      looks++
      return looks === 1 ? undefined : { name: path, type: 'file', size: 1 }
    },
  })
  const error = await rejected(
    copy({ from, to: new FakePlace(store, '/here/file.bin'), options: { overwrite: 'never' } }),
  )
  assert.equal(error.code, 'exists')
  const [name = ''] = await namesIn(local, '/here')
  assert.ok(error.hint?.includes(name))
  assert.deepEqual(await contentOf(local, `/here/${name}`), FILE)
})

test('overwrite delete-first removes the old file before the rename', async () => {
  const { from, local, watched } = setUp(FILE, { '/here/file.bin': 'old' })
  const calls: string[] = []
  const store = faulty(watched.local.store, {
    remove: async (path) => {
      calls.push(`remove ${path}`)
      await local.remove(path)
    },
    rename: async (a, b) => {
      calls.push(`rename to ${b}`)
      await local.rename(a, b)
    },
  })
  await copy({ from, to: new FakePlace(store, '/here/file.bin'), options: { overwrite: 'delete-first' } })
  assert.deepEqual(calls, ['remove /here/file.bin', 'rename to /here/file.bin'])
})

test('a refused rename names the intact temporary file', async () => {
  const { from, local, watched, nothingOpen } = setUp()
  const store = faulty(watched.local.store, {
    rename: async () => {
      throw failure('permission-denied')
    },
  })
  const error = await rejected(copy({ from, to: new FakePlace(store, '/here/file.bin') }))
  assert.equal(error.code, 'permission-denied')
  const [name = ''] = await namesIn(local, '/here')
  assert.match(name, /^\.file\.bin\./)
  assert.ok(error.hint?.includes(`/here/${name}`))
  assert.deepEqual(await contentOf(local, `/here/${name}`), FILE)
  nothingOpen()
})

test('temporary none writes in place', async () => {
  const { from, local, watched } = setUp()
  const store = faulty(watched.local.store, {
    rename: async () => {
      throw failure('refused')
    },
  })
  await copy({ from, to: new FakePlace(store, '/here/file.bin'), options: { temporary: 'none' } })
  assert.deepEqual(await contentOf(local, '/here/file.bin'), FILE)
})

test('append adds to the end, in place', async () => {
  const { from, to, local } = setUp(Buffer.from('new'), { '/here/file.bin': 'old-' })
  const result = await copy({ from, to, options: { append: true } })
  assert.deepEqual([result.bytes, result.from, result.integrity], [3, 0, 'sized'])
  assert.equal((await contentOf(local, '/here/file.bin')).toString(), 'old-new')
})

test('an append that broke off is not tried again', async () => {
  const { to, watched, local } = setUp(FILE, { '/here/file.bin': 'old-' })
  const store = truncating(watched.remote.store, () => {
    throw failure('data-connection', true)
  })
  const error = await rejected(copy({ from: new FakePlace(store, '/pub/file.bin'), to, options: { append: true } }))
  assert.equal(error.code, 'data-connection')
  assert.equal((await local.stat('/here/file.bin'))?.size, 10_004)
})

test('a range copies only its bytes', async () => {
  const { from, to, local } = setUp()
  const result = await copy({ from, to, options: { range: { from: 100, to: 300 } } })
  assert.deepEqual([result.bytes, result.integrity], [200, 'sized'])
  assert.deepEqual(await contentOf(local, '/here/file.bin'), FILE.subarray(100, 300))
})

for (const [what, options] of Object.entries({
  'text and resume': { text: true, resume: true },
  'append and resume': { append: true, resume: true },
  'a range and resume': { range: { from: 1 }, resume: true },
  'a range that ends before it begins': { range: { from: 2, to: 1 } },
  'a rate of nothing': { rateLimit: 0 },
} satisfies Record<string, CopyOptions>))
  test(`${what} are refused before anything is leased`, async () => {
    const { from, to } = setUp()
    assert.equal((await rejected(copy({ from, to, options }))).code, 'bad-argument')
    assert.equal(from.leases + to.leases, 0)
  })

test('text may change its length on the way and is never verified', async () => {
  const { to, watched, local } = setUp(Buffer.from('a\r\nb\r\n'))
  const store = faulty(watched.remote.store, { read: async () => bytesOf('a\nb\n') })
  const { events, observe } = recorder()
  const result = await copy({
    from: new FakePlace(store, '/pub/file.bin'),
    to,
    options: { text: true, verify: ['md5'], observe },
  })
  assert.deepEqual([result.bytes, result.integrity, result.verifiedBy], [4, 'unproven', undefined])
  assert.equal((await contentOf(local, '/here/file.bin')).toString(), 'a\nb\n')
  assert.equal(
    events.some((event) => event.type === 'verified'),
    false,
  )
})

function bytesOf(text: string): ByteSource {
  const answers = [slabOf([Buffer.from(text)])]
  const receipt: Receipt = { bytes: text.length, integrity: 'unproven' }
  return { next: async () => answers.shift() ?? receipt, cancel: async () => {} }
}

/** A store whose file ends after half of it. */
function truncating(store: Store, end: () => Receipt, times = Number.POSITIVE_INFINITY): Store {
  let left = times
  return faulty(store, {
    read: async (path, options) => {
      const source = await store.read(path, options)
      left--
      return left >= 0 ? cutAfter(source, 10_000, end) : source
    },
  })
}

const early = (): Receipt => ({ bytes: 10_000, integrity: 'unproven' })

test('a file that ends early is truncated: the numbers are said, the partial file stays and is named', async () => {
  const { to, watched, local, nothingOpen } = setUp()
  const from = new FakePlace(truncating(watched.remote.store, early), '/pub/file.bin')
  const error = await rejected(copy({ from, to, options: once }))
  assert.equal(error.code, 'truncated')
  assert.match(error.message, /10000 of 20000/)
  const [name = ''] = await namesIn(local, '/here')
  assert.match(name, /\.part$/)
  assert.ok(error.hint?.includes(name))
  assert.match(error.hint ?? '', /Nothing is lost/)
  assert.deepEqual(await contentOf(local, `/here/${name}`), FILE.subarray(0, 10_000))
  nothingOpen()
})

test('a file shorter than the server announced is truncated even when nothing else knew its size', async () => {
  const { to, watched } = setUp()
  const store = faulty(
    truncating(watched.remote.store, () => ({ ...early(), announced: 20_000 })),
    {
      stat: async () => ({ name: 'file.bin', type: 'file' }),
    },
  )
  const error = await rejected(copy({ from: new FakePlace(store, '/pub/file.bin'), to, options: once }))
  assert.equal(error.code, 'truncated')
})

test('a source of unknown size that nobody confirmed is unproven', async () => {
  const { to, watched } = setUp()
  const store = faulty(watched.remote.store, {
    stat: async () => ({ name: 'file.bin', type: 'file' }),
    read: async () => bytesOf('abc'),
  })
  const result = await copy({ from: new FakePlace(store, '/pub/file.bin'), to })
  assert.equal(result.integrity, 'unproven')
})

test('a retry goes on from what has landed, with fresh leases', async () => {
  const { to, watched, local, clock, nothingOpen } = setUp()
  const ranges: (number | undefined)[] = []
  const counted = faulty(watched.remote.store, {
    read: (path, options) => {
      ranges.push(options?.range?.from)
      return watched.remote.store.read(path, options)
    },
  })
  const from = new FakePlace(
    truncating(
      counted,
      () => {
        throw failure('data-connection', true)
      },
      2,
    ),
    '/pub/file.bin',
  )
  const { events, observe } = recorder()
  const result = await copy({ from, to, options: { clock, observe } })
  assert.deepEqual([result.bytes, result.from, result.retries], [20_000, 0, 2])
  assert.deepEqual(ranges, [undefined, 10_000 - 4096, 15_904 - 4096])
  assert.deepEqual(await contentOf(local, '/here/file.bin'), FILE)
  assert.deepEqual(await namesIn(local, '/here'), ['file.bin'])
  assert.equal(events.filter((event) => event.type === 'retry').length, 2)
  assert.deepEqual([from.leases, to.leases], [3, 3])
  nothingOpen()
})

test('a retry begins again when the file was replaced meanwhile', async () => {
  const { remote, to, watched, local, clock } = setUp()
  const other = noise(20_000, 7)
  const from = new FakePlace((lease) => {
    if (lease === 1)
      return truncating(watched.remote.store, () => {
        throw failure('session-lost', true)
      })
    return watched.remote.store
  }, '/pub/file.bin')
  const observe = (event: { type: string }): void => {
    if (event.type === 'retry') void replace(remote, '/pub/file.bin', other)
  }
  const result = await copy({ from, to, options: { clock, observe } })
  assert.deepEqual([result.retries, result.bytes], [1, 20_000])
  assert.deepEqual(await contentOf(local, '/here/file.bin'), other)
})

async function replace(store: Store, path: string, content: Uint8Array): Promise<void> {
  const sink = await store.write(path)
  await sink.write(slabOf([content]))
  await sink.finish()
}

test('an error that cannot be retried is not, and what landed is removed', async () => {
  const { to, watched, local, nothingOpen } = setUp()
  const from = new FakePlace(
    truncating(watched.remote.store, () => {
      throw failure('permission-denied')
    }),
    '/pub/file.bin',
  )
  assert.equal((await rejected(copy({ from, to }))).code, 'permission-denied')
  assert.equal(from.leases, 1)
  assert.deepEqual(await namesIn(local, '/here'), [])
  nothingOpen()
})

/** A store whose sinks fail once `bytes` have been written. */
function failingSink(store: Store, bytes: number, error: TransferError, times = Number.POSITIVE_INFINITY): Store {
  let left = times
  return faulty(store, {
    write: async (path, options) => {
      const sink = await store.write(path, options)
      left--
      return left >= 0 ? sinkThatFails(sink, bytes, error) : sink
    },
  })
}

function sinkThatFails(sink: ByteSink, bytes: number, error: TransferError): ByteSink {
  let room = bytes
  return {
    get landed() {
      return sink.landed
    },
    async write(slab) {
      room -= slab.length
      if (room >= 0) return await sink.write(slab)
      slab.release()
      throw error
    },
    finish: () => sink.finish(),
    abort: (reason) => sink.abort(reason),
  }
}

test('an upload whose sink breaks is continued at the offset', async () => {
  const { to, watched, from, local, clock, nothingOpen } = setUp()
  const target = new FakePlace(failingSink(watched.local.store, 7_000, failure('data-connection', true), 1), to.path)
  const result = await copy({ from, to: target, options: { clock, direction: 'upload' } })
  assert.deepEqual([result.retries, result.bytes], [1, 20_000])
  assert.deepEqual(await contentOf(local, '/here/file.bin'), FILE)
  nothingOpen()
})

test('a full disk is reported as such and leaves nothing', async () => {
  const { to, watched, from, local, nothingOpen } = setUp()
  const target = new FakePlace(failingSink(watched.local.store, 7_000, failure('disk-full')), to.path)
  assert.equal((await rejected(copy({ from, to: target }))).code, 'disk-full')
  assert.deepEqual(await namesIn(local, '/here'), [])
  nothingOpen()
})

test('a target that cannot be opened leaves no source open', async () => {
  const { to, watched, from, nothingOpen } = setUp()
  const store = faulty(watched.local.store, {
    write: async () => {
      throw failure('permission-denied')
    },
  })
  assert.equal((await rejected(copy({ from, to: new FakePlace(store, to.path) }))).code, 'permission-denied')
  nothingOpen()
})

test('a source that cannot be opened leaves no temporary file', async () => {
  const { to, watched, local, nothingOpen } = setUp()
  const store = faulty(watched.remote.store, {
    read: async () => {
      throw failure('permission-denied')
    },
  })
  assert.equal((await rejected(copy({ from: new FakePlace(store, '/pub/file.bin'), to }))).code, 'permission-denied')
  assert.deepEqual(await namesIn(local, '/here'), [])
  nothingOpen()
})

function unconfirmedRead(store: Store, code: ErrorCode = 'unconfirmed', bytes = 20_000): Store {
  return faulty(store, {
    read: async (path, options) =>
      cutAfter(await store.read(path, options), bytes, () => {
        throw failure(code)
      }),
  })
}

for (const code of ['unconfirmed', 'session-lost', 'timeout'] as const)
  test(`${code} after the last byte of a download is confirmed by size over a fresh lease`, async () => {
    const { to, watched, local, nothingOpen } = setUp()
    const from = new FakePlace(
      (lease) => (lease === 1 ? unconfirmedRead(watched.remote.store, code) : watched.remote.store),
      '/pub/file.bin',
    )
    const result = await copy({ from, to, options: once })
    assert.equal(result.confirmedBy, 'size')
    assert.deepEqual([from.leases, result.retries], [2, 0])
    assert.deepEqual(await contentOf(local, '/here/file.bin'), FILE)
    nothingOpen()
  })

test('session-lost before the last byte is a failure', async () => {
  const { to, watched } = setUp()
  const from = new FakePlace(unconfirmedRead(watched.remote.store, 'session-lost', 19_999), '/pub/file.bin')
  assert.equal((await rejected(copy({ from, to, options: once }))).code, 'session-lost')
})

function unconfirmedWrite(store: Store, keep: number): Store {
  return faulty(store, {
    write: async (path, options) => {
      const sink = await store.write(path, options)
      let room = keep
      return {
        get landed() {
          return sink.landed
        },
        async write(slab) {
          const part = slabOf([Buffer.concat(slab.chunks).subarray(0, Math.max(0, room))])
          room -= slab.length
          slab.release()
          await sink.write(part)
        },
        finish: async () => {
          throw failure('unconfirmed')
        },
        abort: (reason) => sink.abort(reason),
      }
    },
  })
}

test('an upload without a final reply succeeds when the server has every byte', async () => {
  const { from, to, watched, local, nothingOpen } = setUp()
  const target = new FakePlace(
    (lease) => (lease === 1 ? unconfirmedWrite(watched.local.store, 20_000) : watched.local.store),
    to.path,
  )
  const result = await copy({ from, to: target, options: { direction: 'upload', retry: { attempts: 1 } } })
  assert.equal(result.confirmedBy, 'size')
  assert.deepEqual(await contentOf(local, '/here/file.bin'), FILE)
  nothingOpen()
})

test('an upload without a final reply fails when bytes are missing, and nothing has the final name', async () => {
  const { from, to, watched, local, nothingOpen } = setUp()
  const target = new FakePlace(unconfirmedWrite(watched.local.store, 19_000), to.path)
  const error = await rejected(copy({ from, to: target, options: { direction: 'upload', retry: { attempts: 1 } } }))
  assert.equal(error.code, 'unconfirmed')
  const names = await namesIn(local, '/here')
  assert.equal(names.includes('file.bin'), false)
  assert.ok(error.hint?.includes(names[0] ?? '?'))
  nothingOpen()
})

test('an upload that the server confirmed but stored short is truncated', async () => {
  const { from, to, watched } = setUp()
  const short = unconfirmedWrite(watched.local.store, 19_000)
  const store = faulty(short, {
    write: async (path, options) => {
      const sink = await short.write(path, options)
      const { write, abort } = sink
      const receipt: Receipt = { bytes: 20_000, integrity: 'unproven' }
      return { write, abort, landed: 20_000, finish: async () => receipt }
    },
  })
  const options: CopyOptions = { direction: 'upload', retry: { attempts: 1 } }
  const error = await rejected(copy({ from, to: new FakePlace(store, to.path), options }))
  assert.equal(error.code, 'truncated')
  assert.match(error.message, /19000 of 20000/)
})

test('a drop box that shows nothing still takes the file, unproven', async () => {
  const { from, to, watched, local } = setUp()
  const blind = faulty(watched.local.store, {
    stat: async () => {
      throw failure('permission-denied')
    },
    write: async (path, options) => {
      const sink = await local.write(path, options)
      const finish = async (): Promise<Receipt> => ({ ...(await sink.finish()), integrity: 'unproven' })
      return { write: (slab) => sink.write(slab), abort: () => sink.abort(), landed: 0, finish }
    },
  })
  const result = await copy({ from, to: new FakePlace(blind, to.path), options: { direction: 'upload' } })
  assert.equal(result.integrity, 'unproven')
  assert.deepEqual(await contentOf(local, '/here/file.bin'), FILE)
})

test('a rate limit is kept, in small steps', async () => {
  const { from, to, clock } = setUp()
  const result = await copy({ from, to, options: { rateLimit: 10_000, clock } })
  assert.ok(result.elapsedMs > 1_700 && result.elapsedMs <= 2_000, `${result.elapsedMs}`)
  assert.ok(clock.waits.length >= 7)
})

test('streams go in and out, once', async () => {
  const { local, watched, to } = setUp()
  const written: Buffer[] = []
  const sink: ByteSink = {
    landed: 0,
    async write(slab) {
      written.push(Buffer.concat(slab.chunks))
      slab.release()
    },
    finish: async () => ({ bytes: 3, integrity: 'sized' }),
    abort: async () => {},
  }
  await copy({ from: { source: async () => bytesOf('abc'), size: 3 }, to, options: { direction: 'upload' } })
  assert.equal((await contentOf(local, '/here/file.bin')).toString(), 'abc')
  await copy({ from: new FakePlace(watched.local.store, '/here/file.bin'), to: { sink } })
  assert.equal(Buffer.concat(written).toString(), 'abc')
})

test('a stream shorter than it was said to be is truncated, and a stream is not read twice', async () => {
  const { to } = setUp()
  let opened = 0
  const from = {
    size: 4,
    source: async () => {
      opened++
      return bytesOf('abc')
    },
  }
  assert.equal((await rejected(copy({ from, to, options: { direction: 'upload' } }))).code, 'truncated')
  assert.equal(opened, 1)
})

test('a foreign error leaves as one TransferError', async () => {
  const { to, watched } = setUp()
  const store = faulty(watched.remote.store, {
    read: async () => {
      throw new Error('something else')
    },
  })
  const error = await rejected(copy({ from: new FakePlace(store, '/pub/file.bin'), to }))
  assert.ok(error instanceof TransferError)
  assert.match(error.message, /something else/)
})

import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type ConnectOptions, connect, MemoryStore, type Remote } from '../../src/index.js'
import { type SftpServerOptions, startSftpServer, type TestSftpServer } from '../../src/testing/index.js'
import { assertSame, bytesOf, failure, get } from '../conformance/bytes.js'
import { loginTo } from './scene.js'

const MIB = 1024 * 1024
const bytes = bytesOf(5 * MIB + 4_321, 9)

let dir = ''
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sallyport-sftp-transfers-'))
  await writeFile(join(dir, 'source'), bytes)
})
after(() => rm(dir, { recursive: true, force: true }))

interface Stage extends AsyncDisposable {
  readonly server: TestSftpServer
  readonly store: MemoryStore
  readonly remote: Remote
  /** The requests of one kind, as numbers: [offset, length] of READ and WRITE. */
  moved(name: string): number[][]
}

async function stage(options: SftpServerOptions = {}, more: ConnectOptions = {}): Promise<Stage> {
  const store = new MemoryStore({ '/file': bytes, '/up/': '' })
  const server = await startSftpServer({ store, ...options })
  const remote = await connect(server.url, loginTo(server, more))
  return {
    server,
    store,
    remote,
    moved: (name) =>
      server.requests
        .filter((line) => line.startsWith(`${name} /`))
        .map((line) => line.split(' ').slice(2).map(Number)),
    [Symbol.asyncDispose]: async () => {
      await remote.close()
      await server.close()
    },
  }
}

/** Down and up once, compared byte by byte. */
async function thereAndBack({ remote, store }: Stage): Promise<void> {
  const target = join(dir, `back-${Math.random()}`)
  const down = await remote.download('/file', target)
  assert.deepEqual([down.bytes, down.integrity], [bytes.length, 'sized'])
  assertSame(await readFile(target), bytes)
  const up = await remote.upload(join(dir, 'source'), '/up/file')
  assert.deepEqual([up.bytes, up.integrity], [bytes.length, 'sized'])
  assertSame(await get(store, '/up/file'), bytes)
}

describe('a file over SFTP', () => {
  const kinds: [what: string, options: SftpServerOptions][] = [
    ['whose server answers in any order', { shuffle: 3 }],
    ['whose server reads short', { faults: [{ on: 'READ', do: { short: 1_777 } }] }],
    [
      'whose server reads short and answers in any order',
      { shuffle: 5, faults: [{ on: 'READ', do: { short: 9_000 } }] },
    ],
    ['whose server reads short now and then', { faults: [{ on: 'READ', skip: 2, times: 3, do: { short: 1 } }] }],
    ['whose server takes 4 KiB at a time', { longest: 4096 }],
    ['whose server takes 4 KiB at a time and answers in any order', { longest: 4096, shuffle: 11 }],
    ['whose server cannot follow two requests at once', { oneAtATime: true }],
  ]
  for (const [what, options] of kinds)
    test(`${what}: byte-identical both ways`, async () => {
      await using scene = await stage(options)
      await thereAndBack(scene)
    })

  test('is asked for and sent in pieces no longer than limits@openssh.com says', async () => {
    await using scene = await stage({ longest: 4096 })
    await thereAndBack(scene)
    assert.ok(scene.server.requests.includes('EXTENDED limits@openssh.com'))
    for (const name of ['READ', 'WRITE']) {
      const moved = scene.moved(name)
      assert.ok(moved.length >= bytes.length / 4096)
      for (const [, length = 0] of moved) assert.ok(length <= 4096, `${name} of ${length} bytes`)
    }
  })

  test('has many requests in flight: a slow first answer holds up no others', async () => {
    await using scene = await stage(
      { faults: [{ on: 'READ', times: 1, do: { silent: true } }] },
      { timeouts: { idle: 300 } },
    )
    const error = await failure(() => scene.remote.readFile('/file'), 'timeout')
    assert.equal(error.phase, 'transfer')
    assert.ok(scene.moved('READ').length >= 16, 'the others were asked for meanwhile')
  })

  test('goes one by one from the first stumble on, whole all the same', async () => {
    await using scene = await stage({ oneAtATime: true })
    await thereAndBack(scene)
    const refused = scene.server.conversation.filter(({ from, text }) => from === 'server' && text === 'STATUS 4')
    assert.ok(refused.length > 0, 'several were tried at first')
    const before = refused.length
    await scene.remote.readFile('/file')
    const again = scene.server.conversation.filter(({ from, text }) => from === 'server' && text === 'STATUS 4')
    assert.equal(again.length, before, 'and never again in this session')
  })

  test('that is shorter than it was said to be is not taken for whole', async () => {
    const faults = [{ on: 'READ', skip: 20, do: { status: { code: 1, text: 'End of file' } } }]
    await using scene = await stage({ faults })
    const target = join(dir, 'short')
    const error = await failure(() => scene.remote.download('/file', target, { resume: false }), 'truncated')
    assert.match(error.message, /Only \d+ of \d+ bytes of \/file could be read/)
    await assert.rejects(readFile(target), { code: 'ENOENT' })
  })

  test('whose handle went bad says so, and nothing has its name', async () => {
    const faults = [{ on: ['READ', 'WRITE'], skip: 3, do: { status: { code: 4, text: 'Invalid handle' } } }]
    await using scene = await stage({ faults })
    const down = await failure(() => scene.remote.download('/file', join(dir, 'bad')), 'refused')
    assert.match(down.message, /refused READ \/file: Invalid handle \(4\)/)
    const up = await failure(() => scene.remote.upload(join(dir, 'source'), '/up/file'), 'refused')
    assert.match(up.message, /refused WRITE .*Invalid handle \(4\)/)
    assert.equal(await scene.store.stat('/up/file'), undefined)
    assert.equal(await scene.remote.exists('/file'), true, 'the session lives on')
  })

  test('for which the disk of the server has no room: disk-full, when the server says so', async () => {
    const faults = [{ on: 'WRITE', skip: 4, do: { status: { code: 14, text: 'No space left' } } }]
    await using scene = await stage({ faults })
    const error = await failure(() => scene.remote.upload(join(dir, 'source'), '/up/file'), 'disk-full')
    assert.match(error.message, /No space left \(14\)/)
    assert.equal(await scene.store.stat('/up/file'), undefined)
  })

  test('that is made durable is synced before it gets its name', async () => {
    await using scene = await stage()
    await scene.remote.upload(join(dir, 'source'), '/up/file', { durable: true })
    const words = scene.server.requests
      .filter((line) => /fsync|posix-rename|CLOSE/.test(line))
      .map((line) => line.split(' ')[1])
    const [fsync, , rename] = words
    assert.deepEqual([fsync, rename], ['fsync@openssh.com', 'posix-rename@openssh.com'])
  })

  test('goes on where it was cut, both ways, on a new session', async () => {
    await using scene = await stage()
    const { server, remote, store } = scene
    /** Where the requests of the second session begin. */
    const goesOnAt = (name: string): number => {
      const again = server.requests.slice(server.requests.lastIndexOf('EXTENDED limits@openssh.com'))
      const offsets = again.filter((line) => line.startsWith(`${name} `)).map((line) => Number(line.split(' ')[2]))
      return Math.min(...offsets)
    }
    server.addFault({ on: 'READ', skip: 20, times: 1, do: { reset: true } })
    const down = await remote.download('/file', join(dir, 'resumed'), { resume: true })
    assert.equal(down.retries, 1)
    assertSame(await readFile(join(dir, 'resumed')), bytes)
    assert.ok(goesOnAt('READ') > 0, 'it did not begin anew')
    server.clearFaults()
    server.addFault({ on: 'WRITE', skip: 20, times: 1, do: { reset: true } })
    const up = await remote.upload(join(dir, 'source'), '/up/file', { resume: true })
    assert.equal(up.retries, 1)
    assertSame(await get(store, '/up/file'), bytes)
    assert.ok(goesOnAt('WRITE') > 0, 'it did not begin anew')
  })

  test('from far away comes over two channels, from a server that allows one over one', async () => {
    const big = bytesOf(12 * MIB + 77, 3)
    for (const [maxChannels, sessions] of [
      [undefined, [1, 2]],
      [1, [1]],
    ] as const) {
      const files = { '/big': big }
      const faults = [{ on: 'OPEN', do: { delayMs: 30 } }]
      await using scene = await stage({ store: new MemoryStore(files), faults, maxChannels, shuffle: 6 })
      assertSame(await scene.remote.readFile('/big'), big)
      assertSame(await scene.remote.readFile('/big', { from: 1_000_001 }), big.subarray(1_000_001))
      const readers = scene.server.conversation
        .filter(({ text }) => text.startsWith('READ '))
        .map(({ session }) => session)
      assert.deepEqual([...new Set(readers)].sort(), sessions)
      const count = (name: string): number => scene.server.requests.filter((line) => line.startsWith(`${name} `)).length
      assert.equal(count('OPEN'), sessions.length * 2)
      while (count('CLOSE') < count('OPEN')) await new Promise(setImmediate) // nobody waits for the answer
    }
  })

  test('in part: ranges ask for nothing outside, append begins at the end', async () => {
    await using scene = await stage()
    const middle = await scene.remote.readFile('/file', { from: 1_000_003, to: 3_000_001 })
    assertSame(middle, bytes.subarray(1_000_003, 3_000_001))
    for (const [from = 0, length = 0] of scene.moved('READ'))
      assert.ok(from >= 1_000_003 && from + length <= 3_000_001, `${from}+${length}`)
    await scene.remote.upload(Buffer.from('tail'), '/file', { append: true })
    assert.deepEqual(scene.moved('WRITE'), [[bytes.length, 4]])
  })

  test('of an upload that is cancelled leaves a prefix and no holes', async () => {
    for (const options of [{}, { longest: 4096 }, { shuffle: 2 }]) {
      await using scene = await stage(options)
      const stop = new AbortController()
      const sink = await (await sessionOf(scene)).write('/up/part', { signal: stop.signal })
      const writing = sink.write({ chunks: [bytes], length: bytes.length, release() {} })
      setImmediate(() => stop.abort())
      await writing.catch(() => {})
      await sink.abort()
      const landed = await get(scene.store, '/up/part')
      assertSame(landed, bytes.subarray(0, landed.length))
    }
  })
})

async function sessionOf({ remote }: Stage) {
  const { OpenRemote } = await import('../../src/client/remote/open-remote.js')
  assert(remote instanceof OpenRemote)
  return (await remote.connection.borrow()).store
}

describe('a listing over SFTP', () => {
  test('of 5,000 names comes whole and has several READDIRs in flight', async () => {
    const files = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`/many/entry-${at}`, '']))
    await using server = await startSftpServer({ files })
    await using remote = await connect(server.url, loginTo(server))
    // The first answers wait: who asks for one after the other has asked for no more than one meanwhile.
    server.addFault({ on: 'READDIR', skip: 3, times: 1, do: { silent: true } })
    const names = new Set<string>()
    const listing = (async () => {
      for await (const { name } of remote.list('/many')) names.add(name)
    })()
    listing.catch(() => {})
    while (server.requests.filter((line) => line.startsWith('READDIR')).length < 9) await new Promise(setImmediate)
    assert.ok(names.size < 5_000)
    await remote.close()
    await assert.rejects(listing)
  })

  test('is whole in any order of answers, with short ones, and one by one', async () => {
    const files = Object.fromEntries(Array.from({ length: 1_234 }, (_, at) => [`/many/entry-${at}`, '']))
    const kinds: SftpServerOptions[] = [
      { shuffle: 4 },
      { faults: [{ on: 'READDIR', do: { short: 7 } }] },
      { oneAtATime: true },
    ]
    for (const options of kinds) {
      await using server = await startSftpServer({ files, ...options })
      await using remote = await connect(server.url, loginTo(server))
      const names = new Set<string>()
      for await (const { name } of remote.list('/many')) names.add(name)
      assert.equal(names.size, 1_234)
    }
  })

  const hostile = ['..', '.', 'a/../../x', '/etc/x', '..\\x', 'a\nb', 'x\0y', '']
  test('with names that lead out is told about them, and nothing leaves the target', async () => {
    await using server = await startSftpServer({ store: new HostileStore(hostile) })
    const seen: string[] = []
    const observe: ConnectOptions['observe'] = (event) => event.type === 'unreadable-entry' && seen.push(event.problem)
    await using remote = await connect(server.url, loginTo(server, { observe }))
    const target = join(dir, 'hostile', 'inner')
    await failure(() => remote.download('/evil', target, { recursive: true }), 'incomplete', 'unsafe-name')
    assert.ok(seen.length > 0 || (await readdir(target)).length === 1)
    assert.deepEqual(await readdir(join(dir, 'hostile')), ['inner'])
    assert.deepEqual(await readdir(target), ['good'])
  })
})

/** A store whose directory '/evil' holds these names, and one that is good. */
class HostileStore extends MemoryStore {
  readonly #names: readonly string[]

  constructor(names: readonly string[]) {
    super({ '/evil/good': 'good' })
    this.#names = names
  }

  override async *list(path: string) {
    for (const name of path === '/evil' ? this.#names : []) yield { name, type: 'file' as const, size: 1 }
    yield* super.list(path)
  }
}

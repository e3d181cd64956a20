import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect, type Entry, MemoryStore, TransferError, type TransferEvent } from '../../src/index.js'
import { type SftpFault, startSftpServer } from '../../src/testing/index.js'
import { failure } from '../conformance/bytes.js'
import { loginTo } from './scene.js'

let dir = ''
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sallyport-listings-'))
})
after(() => rm(dir, { recursive: true, force: true }))

const FILES = { '/t/data.txt': 'd', '/t/link': 'l', '/t/sub/inner': 'i', '/t/empty/': '' }

async function stage(faults: readonly SftpFault[]) {
  const store = new MemoryStore(FILES)
  await store.link('/t/out', '/etc')
  const server = await startSftpServer({ store })
  const events: TransferEvent[] = []
  const remote = await connect(server.url, loginTo(server, { observe: (event) => events.push(event) }))
  for (const fault of faults) server.addFault(fault)
  return {
    server,
    remote,
    events,
    types: async (): Promise<Record<string, Entry['type']>> => {
      const types: Record<string, Entry['type']> = {}
      for await (const { name, type } of remote.list('/t')) types[name] = type
      return types
    },
    [Symbol.asyncDispose]: async () => {
      await remote.close()
      await server.close()
    },
  }
}

const RIGHT = { 'data.txt': 'file', link: 'file', sub: 'directory', empty: 'directory', out: 'link' } as const

describe('a listing whose attributes carry no type', () => {
  const kinds: [what: string, faults: SftpFault[]][] = [
    ['nor anything else', [{ on: 'READDIR', do: { attributes: 'none' } }]],
    ['but the permissions', [{ on: 'READDIR', do: { attributes: 'untyped' } }]],
    ['and whose lines are bare names', [{ on: 'READDIR', do: { attributes: 'none', bareNames: true } }]],
    [
      'and whose lines are bare names, where LSTAT is refused',
      [
        { on: 'READDIR', do: { attributes: 'untyped', bareNames: true } },
        { on: 'LSTAT', do: { status: { code: 8 } } },
      ],
    ],
  ]
  for (const [what, faults] of kinds) {
    test(`${what}: every type is found out`, async () => {
      await using scene = await stage(faults)
      assert.deepEqual(await scene.types(), RIGHT)
    })

    test(`${what}: a tree comes whole`, async () => {
      await using scene = await stage(faults)
      const target = join(dir, what)
      const result = await scene.remote.download('/t', target, { recursive: true })
      assert.deepEqual([result.files, result.directories], [3, 2])
      assert.deepEqual(
        result.skipped.map(({ path }) => path),
        ['/t/out'],
      )
      assert.deepEqual((await readdir(target)).sort(), ['data.txt', 'empty', 'link', 'sub'])
    })
  }

  test('anywhere: the entries are unreadable, and a tree of them is incomplete', async () => {
    await using scene = await stage([
      { on: ['READDIR', 'LSTAT', 'STAT'], do: { attributes: 'none', bareNames: true } },
      { on: 'READLINK', do: { status: { code: 4 } } },
    ])
    assert.deepEqual([...new Set(Object.values(await scene.types()))], ['unreadable'])
    const download = (): Promise<unknown> => scene.remote.download('/t', join(dir, 'anywhere'), { recursive: true })
    const error = await failure(download, 'incomplete')
    assert.equal(error.failures?.length, 5)
  })

  test('asks for all of them at once', async () => {
    await using scene = await stage([{ on: 'READDIR', do: { attributes: 'none', bareNames: true } }])
    await scene.types()
    const { requests } = scene.server
    const first = requests.findIndex((line) => line.startsWith('LSTAT /t/'))
    const looks = requests.slice(first, first + 5)
    assert.ok(
      looks.every((line) => line.startsWith('LSTAT')),
      looks.join('; '),
    )
  })
})

describe('a look at what carries no type', () => {
  test('finds out by opening it whether it is a directory', async () => {
    await using scene = await stage([{ on: ['LSTAT', 'STAT'], do: { attributes: 'untyped' } }])
    const types = await Promise.all(
      ['/t/sub', '/t/data.txt'].map(async (path) => (await scene.remote.stat(path))?.type),
    )
    assert.deepEqual(types, ['directory', 'file'])
    assert.equal(await scene.remote.cwd('/t/sub'), '/t/sub')
    await failure(() => scene.remote.cwd('/t/data.txt'), 'not-directory')
    await scene.remote.makeDir('/t/sub/new/er', { recursive: true })
    await scene.remote.removeDir('/t/sub', { recursive: true })
    assert.equal(await scene.remote.exists('/t/sub'), false)
  })
})

describe('a listing that does not end', () => {
  test('because the server repeats itself ends, with a warning', async () => {
    await using scene = await stage([{ on: 'READDIR', do: { endless: 'repeat' } }])
    assert.deepEqual(await scene.types(), RIGHT)
    assert.ok(scene.events.some((event) => event.type === 'warning' && event.code === 'listing-repeats'))
    await scene.remote.download('/t/sub', join(dir, 'repeat'), { recursive: true })
  })

  test('because the server repeats itself one name at a time ends, too', async () => {
    await using scene = await stage([{ on: 'READDIR', do: { endless: 'repeat', short: 1 } }])
    assert.equal(Object.keys(await scene.types()).length, 1)
  })

  test('because names are made up is given up, or left by the caller', async () => {
    await using scene = await stage([{ on: 'READDIR', do: { endless: 'invent', short: 1_000 } }])
    let seen = 0
    for await (const _ of scene.remote.list('/t')) if (++seen === 5_000) break
    assert.equal(seen, 5_000)
    assert.equal((await scene.remote.stat('/t'))?.type, 'directory')
  })
})

describe('a directory that lists itself', () => {
  /** Every path is listed as the one directory that there is. */
  class Loop extends MemoryStore {
    override async stat(path: string) {
      return path.endsWith('file') ? await super.stat('/t/file') : await super.stat('/t')
    }

    override async *list() {
      yield* super.list('/t')
    }

    override async read() {
      return await super.read('/t/file')
    }
  }

  test('ends a download of the tree with an error, and its removal too', async () => {
    await using server = await startSftpServer({ store: new Loop({ '/t/file': 'x', '/t/sub/': '', '/t/other/': '' }) })
    await using remote = await connect(server.url, loginTo(server))
    const download = (): Promise<unknown> => remote.download('/t', join(dir, 'loop'), { recursive: true, retries: 0 })
    await failure(download, 'incomplete')
    await failure(() => remote.removeDir('/t', { recursive: true }), 'incomplete')
    assert.ok(server.requests.length < 3_000, String(server.requests.length))
  })
})

test('what a tree leaves out is counted when it is incomplete, too', async () => {
  await using scene = await stage([{ on: 'OPEN', times: 1, do: { status: { code: 3 } } }])
  const error: unknown = await scene.remote
    .download('/t', join(dir, 'left-out'), { recursive: true, retries: 0 })
    .catch((reason: unknown) => reason)
  assert.ok(error instanceof TransferError)
  assert.match(error.message, /1 links and special files were left out/)
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial } from 'node:net'
import { describe, test } from 'node:test'
import { connect, diagnose, MemoryStore, type TransferEvent } from '../../src/index.js'
import { type SftpServerOptions, startSftpServer } from '../../src/testing/index.js'
import { assertSame, bytesOf, failure, get } from '../conformance/bytes.js'
import { sshServer } from '../unit/ssh/server.js'
import { loginTo } from './scene.js'

const bytes = bytesOf(1_500_000, 3)

async function stage(options: SftpServerOptions = {}, max = 1) {
  const store = new MemoryStore({ '/file': bytes, '/up/': '' })
  const server = await startSftpServer({ store, ...options })
  const learned: string[] = []
  const observe = (event: TransferEvent): unknown => event.type === 'learned' && learned.push(event.name)
  const remote = await connect(server.url, loginTo(server, { observe, pool: { max } }))
  return {
    ...{ server, store, remote, learned },
    [Symbol.asyncDispose]: async () => {
      await remote.close()
      await server.close()
    },
  }
}

describe('long writes', () => {
  const lengths = (requests: readonly string[]): number[] =>
    requests.filter((line) => line.startsWith('WRITE')).map((line) => Number(line.split(' ')[3]))

  test('are not sent to a server that does not announce how long they may be', async () => {
    await using scene = await stage({ extensions: ['posix-rename@openssh.com'], longest: 32 * 1024 })
    await scene.remote.writeFile('/up/new', bytes)
    assertSame(await get(scene.store, '/up/new'), bytes)
    assert.ok(Math.max(...lengths(scene.server.requests)) <= 32 * 1024)
    assert.deepEqual(scene.learned, [])
  })

  for (const [what, options] of [
    ['more than it takes', {}],
    ['more than it takes, and answers in any order', { shuffle: 4 }],
  ] as const)
    test(`to a server that announces ${what}: whole, and learned`, async () => {
      await using scene = await stage({ longestWrite: 32 * 1024, ...options })
      await scene.remote.writeFile('/up/new', bytes)
      assertSame(await get(scene.store, '/up/new'), bytes)
      assert.deepEqual(scene.learned, ['short-writes'])
      const sent = scene.server.requests.length
      await scene.remote.writeFile('/up/other', bytes)
      assert.ok(Math.max(...lengths(scene.server.requests.slice(sent))) <= 32 * 1024)
    })
})

describe('one open file a connection', () => {
  test('is found out, and files are opened one after the other', async () => {
    await using scene = await stage({ maxHandles: 1 })
    const contents = await Promise.all([1, 2, 3, 4].map(() => scene.remote.readFile('/file')))
    for (const content of contents) assertSame(content, bytes)
    assert.ok(scene.learned.every((name) => name === 'one-open-file'))
  })

  test('holds for calls that overlap on one session', async () => {
    const { SftpSession } = await import('../../src/sftp/session.js')
    await using scene = await stage({ maxHandles: 1 })
    const { OpenRemote } = await import('../../src/client/remote/open-remote.js')
    assert(scene.remote instanceof OpenRemote)
    const { store, release } = await scene.remote.connection.borrow()
    assert(store instanceof SftpSession)
    const reads = await Promise.all([1, 2, 3].map(() => get(store, '/file')))
    for (const content of reads) assertSame(content, bytes)
    assert.deepEqual(scene.learned, ['one-open-file'])
    release()
  })

  test('does not hide a file that cannot be opened anyway', async () => {
    await using scene = await stage({ maxHandles: 1 })
    await failure(() => scene.remote.readFile('/missing'), 'not-found')
    assert.deepEqual(scene.learned, [])
  })
})

describe('fewer connections than wanted', () => {
  const files = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`/many/f${at}`, `content ${at}`]))

  test('because the server closes further ones: all files arrive over those that there are', async () => {
    await using scene = await stage({ store: new MemoryStore(files), maxSessions: 2 }, 6)
    const contents = await Promise.all(
      Object.keys(files).map(async (path) => (await scene.remote.readFile(path)).toString()),
    )
    assert.deepEqual(contents, Object.values(files))
    assert.ok(scene.learned.includes('fewer-sessions'))
  })

  test('because further ones are refused: all files arrive', async () => {
    const store = new MemoryStore(files)
    await using server = await startSftpServer({ store })
    const front = createServer((near) => {
      const far = dial(server.port, server.host)
      near.on('error', () => {}).on('close', () => far.destroy())
      far.on('error', () => {}).on('close', () => near.destroy())
      near.pipe(far).pipe(near)
    }).listen(0, '127.0.0.1')
    await once(front, 'listening')
    const { port } = front.address() as AddressInfo
    const remote = await connect(`sftp://127.0.0.1:${port}`, loginTo(server, { pool: { max: 6 } }))
    const all = Object.keys(files)
    try {
      await remote.readFile(all[0] ?? '')
      // Nothing listens on the port any more; the session that is open lives on.
      front.close()
      const contents = await Promise.all(all.map(async (path) => (await remote.readFile(path)).toString()))
      assert.deepEqual(contents, Object.values(files))
    } finally {
      await remote.close()
    }
  })
})

test('doctor tells what was learned', async () => {
  await using scene = await stage({ faults: [{ on: ['LSTAT', 'FSTAT'], do: { status: { code: 8 } } }] })
  const found = await diagnose(scene.server.url, { ...loginTo(scene.server), write: true })
  assert.deepEqual(found.learned.map(({ name }) => name).sort(), ['fstat-refused', 'lstat-refused'])
})

describe('words', () => {
  test('a server that cannot rename over a file: the error says what can be done', async () => {
    await using scene = await stage({ extensions: [] })
    await scene.remote.writeFile('/up/a', 'one')
    const error = await failure(() => scene.remote.writeFile('/up/a', 'two', { retries: 0 }), 'exists')
    assert.match(error.hint ?? '', /overwrite: 'delete-first'.*The whole file is under its temporary name/)
    await scene.remote.writeFile('/up/a', 'two', { overwrite: 'delete-first' })
    assert.equal((await scene.remote.readFile('/up/a')).toString(), 'two')
  })

  test('REALPATH refused: absolute paths work, and the error says so', async () => {
    await using scene = await stage({ faults: [{ on: 'REALPATH', do: { status: { code: 3 } } }] })
    const error = await failure(() => scene.remote.readFile('file'), 'permission-denied')
    assert.match(error.hint ?? '', /Paths that begin with \/ work/)
    assertSame(await scene.remote.readFile('/file'), bytes)
  })

  for (const [what, says] of [
    ['Welcome to the server\n', 'Welc'],
    ['motd', 'motd'],
  ] as const)
    test(`a login script that prints ${JSON.stringify(what)} is called that`, async () => {
      await using server = await sshServer({ session: (channel) => void channel.write(what) })
      const options = { user: 'me', password: 'x', hostKey: { accept: 'any' }, sshConfig: false, proxy: false } as const
      const error = await failure(() => connect(`sftp://127.0.0.1:${server.port}`, options), 'protocol')
      assert.ok(error.message.includes(`begins with "${says}"`), error.message)
      assert.match(error.hint ?? '', /login script/)
    })
})

describe('temporary names', () => {
  for (const code of [3, 4, 8])
    test(`a server that refuses every RENAME (${code}): written in place, once under another name`, async () => {
      const faults = [{ on: ['RENAME', 'posix-rename@openssh.com', 'EXTENDED'], do: { status: { code } } }]
      await using scene = await stage({ faults })
      await scene.remote.writeFile('/up/a', 'one')
      await scene.remote.writeFile('/up/a', 'two')
      assert.equal((await scene.remote.readFile('/up/a')).toString(), 'two')
      assert.ok(scene.learned.includes('rename-refused'))
      const names: string[] = []
      for await (const { name } of scene.remote.list('/up')) names.push(name)
      assert.deepEqual(names, ['a'])
    })
})

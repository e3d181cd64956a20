import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect, MemoryStore, type TransferEvent } from '../../src/index.js'
import { type SftpFault, type SftpServerOptions, startSftpServer } from '../../src/testing/index.js'
import { assertSame, bytesOf, failure, get } from '../conformance/bytes.js'
import { loginTo } from './scene.js'

const bytes = bytesOf(2_500_000, 5)
const denied = { code: 3, text: 'Permission denied' }
const unsupported = { code: 8, text: 'Operation unsupported' }
const failed = { code: 4, text: 'Failure' }

let dir = ''
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sallyport-not-told-'))
  await writeFile(join(dir, 'source'), bytes)
})
after(() => rm(dir, { recursive: true, force: true }))

async function stage(faults: readonly SftpFault[], options: SftpServerOptions = {}) {
  const store = new MemoryStore({ '/file': bytes, '/up/': '', '/up/old': 'before' })
  const server = await startSftpServer({ store, ...options })
  const learned: string[] = []
  const observe = (event: TransferEvent): unknown => event.type === 'learned' && learned.push(event.name)
  const remote = await connect(server.url, loginTo(server, { observe }))
  for (const fault of faults) server.addFault(fault)
  return {
    server,
    store,
    remote,
    learned,
    [Symbol.asyncDispose]: async () => {
      await remote.close()
      await server.close()
    },
  }
}

describe('FSTAT that tells nothing', () => {
  const kinds: [what: string, faults: SftpFault[]][] = [
    ['is refused', [{ on: 'FSTAT', do: { status: denied } }]],
    ['is not known', [{ on: 'FSTAT', do: { status: unsupported } }]],
    ['says that there is no such file', [{ on: 'FSTAT', do: { status: { code: 2, text: 'No such file' } } }]],
    ['carries no attributes', [{ on: 'FSTAT', do: { attributes: 'none' } }]],
    ['is refused, and STAT and LSTAT with it', [{ on: ['FSTAT', 'STAT', 'LSTAT'], do: { status: denied } }]],
  ]
  for (const [what, faults] of kinds) {
    test(`because it ${what}: files come and go byte-identical`, async () => {
      await using scene = await stage(faults)
      const { remote, store } = scene
      await remote.download('/file', join(dir, 'down'))
      assertSame(await readFile(join(dir, 'down')), bytes)
      assertSame(await remote.readFile('/file'), bytes)
      await remote.upload(join(dir, 'source'), '/up/new')
      assertSame(await get(store, '/up/new'), bytes)
    })

    test(`because it ${what}: a file that is overwritten in place stays`, async () => {
      await using scene = await stage(faults)
      await scene.remote.upload(join(dir, 'source'), '/up/old', { temporary: 'none', verify: true })
      assertSame(await get(scene.store, '/up/old'), bytes)
    })
  }

  test('is learned once for all sessions, and not asked for again', async () => {
    await using scene = await stage([{ on: 'FSTAT', do: { status: denied } }])
    for (let time = 0; time < 3; time++) await scene.remote.readFile('/file')
    assert.deepEqual(scene.learned, ['fstat-refused'])
    assert.equal(scene.server.requests.filter((line) => line.startsWith('FSTAT')).length, 1)
  })

  test('is never given an answer: the next session does without it', async () => {
    const store = new MemoryStore({ '/file': bytes, '/up/': '' })
    await using server = await startSftpServer({ store })
    const timeouts = { reply: 300 }
    const learned: string[] = []
    const observe = (event: TransferEvent): unknown => event.type === 'learned' && learned.push(event.name)
    await using remote = await connect(server.url, loginTo(server, { observe, timeouts }))
    server.addFault({ on: 'FSTAT', do: { silent: true } })
    await remote.upload(join(dir, 'source'), '/up/new')
    assertSame(await get(store, '/up/new'), bytes)
    await remote.download('/file', join(dir, 'down-silent'))
    assertSame(await readFile(join(dir, 'down-silent')), bytes)
    assert.deepEqual(learned, ['fstat-refused'])
  })

  test('adds to the end of a file by what STAT says', async () => {
    await using scene = await stage([{ on: 'FSTAT', do: { status: unsupported } }])
    await scene.remote.writeFile('/up/old', ' and after', { append: true })
    assert.equal((await get(scene.store, '/up/old')).toString(), 'before and after')
  })

  test('and no other look either: adding to a file is an error that names FSTAT, and the file stays', async () => {
    await using scene = await stage([{ on: ['FSTAT', 'STAT', 'LSTAT'], do: { status: denied } }])
    const error = await failure(() => scene.remote.writeFile('/up/old', 'x', { append: true }), 'not-supported')
    assert.match(error.message, /FSTAT/)
    assert.equal((await get(scene.store, '/up/old')).toString(), 'before')
  })
})

describe('a size that is told wrong until the file is closed', () => {
  for (const size of [0, 17])
    test(`as ${size}: the upload is right, because STAT says so afterwards`, async () => {
      await using scene = await stage([{ on: 'FSTAT', do: { size } }])
      const result = await scene.remote.upload(join(dir, 'source'), '/up/new')
      assert.equal(result.integrity, 'sized')
      assertSame(await get(scene.store, '/up/new'), bytes)
    })

  test('and afterwards too: the upload has failed, and the file stays', async () => {
    await using scene = await stage([{ on: ['FSTAT', 'STAT', 'LSTAT'], do: { size: 17 } }])
    const options = { temporary: 'none', retries: 0 } as const
    await failure(() => scene.remote.upload(join(dir, 'source'), '/up/new', options), 'truncated')
    assertSame(await get(scene.store, '/up/new'), bytes)
  })

  test('of a file that is written into: bytes behind what is written are no fault', async () => {
    await using scene = await stage([])
    const file = await scene.remote.open('/up/old', 'w', { from: 0 })
    await file.write(Buffer.from('BE'))
    await file.close()
    assert.equal((await get(scene.store, '/up/old')).toString(), 'BEfore')
  })
})

describe('overwrite: never', () => {
  const never = { overwrite: 'never', retries: 0 } as const

  for (const temporary of ['sibling', 'none'] as const) {
    test(`with temporary: '${temporary}' and no look at the file asks the listing`, async () => {
      await using scene = await stage([{ on: ['STAT', 'LSTAT'], do: { status: denied } }])
      await failure(() => scene.remote.writeFile('/up/old', 'after', { ...never, temporary }), 'exists')
      assert.equal((await get(scene.store, '/up/old')).toString(), 'before')
      await scene.remote.writeFile('/up/fresh', 'new', { ...never, temporary })
      assert.equal((await get(scene.store, '/up/fresh')).toString(), 'new')
    })

    test(`with temporary: '${temporary}', no look and no listing fails, and replaces nothing`, async () => {
      await using scene = await stage([{ on: ['STAT', 'LSTAT', 'OPENDIR'], do: { status: denied } }])
      await failure(() => scene.remote.writeFile('/up/old', 'after', { ...never, temporary }), 'permission-denied')
      assert.equal((await get(scene.store, '/up/old')).toString(), 'before')
    })
  }

  test('exists() is never false for a file that cannot be looked at', async () => {
    await using scene = await stage([{ on: ['STAT', 'LSTAT'], do: { status: failed } }])
    assert.equal(await scene.remote.exists('/up/old'), true, 'by the listing')
    assert.equal(await scene.remote.exists('/up/none'), false, 'by the listing')
    scene.server.addFault({ on: 'OPENDIR', do: { status: denied } })
    await failure(() => scene.remote.exists('/up/old'), 'permission-denied')
  })
})

describe('STAT or LSTAT alone', () => {
  for (const status of [unsupported, denied, failed]) {
    test(`LSTAT is answered with ${status.code}: STAT is asked, and remembered`, async () => {
      await using scene = await stage([{ on: 'LSTAT', do: { status } }])
      assert.equal((await scene.remote.stat('/file'))?.size, bytes.length)
      assert.equal((await scene.remote.stat('/up'))?.type, 'directory')
      assert.equal(await scene.remote.exists('/nothing'), false)
      assert.equal(scene.server.requests.filter((line) => line.startsWith('LSTAT')).length, 1)
      assert.deepEqual(scene.learned, ['lstat-refused'])
    })

    test(`STAT is answered with ${status.code}: directories are entered by LSTAT`, async () => {
      await using scene = await stage([{ on: 'STAT', do: { status } }])
      assert.equal(await scene.remote.cwd('/up'), '/up')
      await failure(() => scene.remote.cwd('/file'), 'not-directory')
      assert.deepEqual(scene.learned, ['stat-refused'])
    })
  }

  test('a link is a link where only STAT is known, so that removing it leaves what it leads to', async () => {
    await using scene = await stage([{ on: 'LSTAT', do: { status: unsupported } }])
    await scene.store.link('/out', '/up')
    assert.equal((await scene.remote.stat('/out'))?.type, 'link')
    await scene.remote.removeDir('/out', { recursive: true })
    assert.equal((await get(scene.store, '/up/old')).toString(), 'before')
  })

  test('neither: the refusal of what was wanted is the error', async () => {
    await using scene = await stage([
      { on: 'LSTAT', do: { status: { code: 3, text: 'No looking' } } },
      { on: 'STAT', do: { status: unsupported } },
    ])
    const error = await failure(() => scene.remote.stat('/file'), 'permission-denied')
    assert.match(error.message, /LSTAT.*No looking/)
  })
})

describe('making directories where nothing can be looked at', () => {
  const hidden: SftpFault = { on: ['STAT', 'LSTAT'], do: { status: denied } }

  test('makes each of them', async () => {
    await using scene = await stage([hidden])
    await scene.remote.makeDir('/up/a/b/c', { recursive: true })
    assert.equal((await scene.store.stat('/up/a/b/c'))?.type, 'directory')
    await scene.remote.makeDir('/up/a/b/c', { recursive: true })
  })

  test('makes the last one where only those above it are hidden', async () => {
    await using scene = await stage([{ ...hidden, skip: 1 }])
    await scene.remote.makeDir('/up/a/b', { recursive: true })
    assert.equal((await scene.store.stat('/up/a/b'))?.type, 'directory')
  })

  test('fails where the last one cannot be made', async () => {
    await using scene = await stage([hidden, { on: 'MKDIR', do: { status: denied } }])
    await failure(() => scene.remote.makeDir('/up/a', { recursive: true }), 'permission-denied')
  })

  test('fails where a file has the name', async () => {
    await using scene = await stage([hidden])
    await assert.rejects(scene.remote.makeDir('/up/old', { recursive: true }))
  })
})

describe('setTimes()', () => {
  const outside = ['1960-01-01T00:00:00Z', '1969-12-31T23:59:59.999Z', '2106-02-07T06:28:16Z', '9999-01-01T00:00:00Z']
  for (const time of outside)
    test(`refuses ${time}, which 32 bits do not hold`, async () => {
      await using scene = await stage([])
      const error = await failure(() => scene.remote.setTimes('/file', new Date(time)), 'bad-argument')
      assert.match(error.hint ?? '', /2106-02-07T06:28:15Z/)
      assert.ok(!scene.server.requests.some((line) => line.startsWith('SETSTAT')))
    })

  for (const time of ['1970-01-01T00:00:00Z', '2106-02-07T06:28:15.999Z'])
    test(`takes ${time}`, async () => {
      await using scene = await stage([])
      await scene.remote.setTimes('/file', new Date(time))
      const seconds = Math.floor(Date.parse(time) / 1000)
      assert.equal((await scene.remote.stat('/file'))?.modified?.getTime(), seconds * 1000)
    })
})

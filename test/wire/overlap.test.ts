import assert from 'node:assert/strict'
import { describe } from 'node:test'
import type { Remote } from '../../src/index.js'
import { contentOf, entriesOf, FAST, fails, randomOf, sample, scene, until } from './scene.js'

const FILES = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`/in/file-${at}`, sample(at * 500, at)]))

/** Call number `at`, the same each time; answers what it found out. */
async function mixed(remote: Remote, at: number): Promise<unknown> {
  const name = `/in/file-${at % 30}`
  switch (at % 7) {
    case 0:
      return (await remote.readFile(name)).toString('base64')
    case 1:
      return (await remote.stat(name))?.size
    case 2:
      return (await entriesOf(remote.list('/in'))).map((entry) => entry.name).sort()
    case 3:
      return (await remote.upload(sample(at * 100, at), `/out/${at}`)).bytes
    case 4:
      return await remote.checksum(name, 'md5')
    case 5:
      return await remote.exists(`/in/none-${at}`)
    default:
      return await remote.remove(`/none-${at}`).catch((error: { code: string }) => error.code)
  }
}

describe('calls that overlap', () => {
  for (const max of [1, 4])
    scene(`100 of them on ${max} session${max > 1 ? 's' : ''} find what they find one after another`, async (s) => {
      const [one, other] = [
        await s.server({ files: { ...FILES, '/out/': '' } }),
        await s.server({ files: { ...FILES, '/out/': '' } }),
      ]
      const timeouts = { ...FAST, reply: 10_000, idle: 10_000 }
      const first = await s.connect(one, { timeouts })
      const second = await s.connect(other, { timeouts, pool: { max } })
      const random = randomOf(3)
      const order = Array.from({ length: 100 }, (_, at) => at).sort(() => random() - 0.5)
      const sequential: unknown[] = []
      for (const at of order) sequential.push(await mixed(first, at))
      const together = await Promise.all(order.map((at) => mixed(second, at)))
      assert.deepEqual(together, sequential)
      assert.ok(other.sessions <= max)
      for (const at of order.filter((at) => at % 7 === 3))
        assert.ok(sample(at * 100, at).equals((await contentOf(other, `/out/${at}`)) ?? Buffer.from('none')))
    })

  scene('a server that takes fewer sessions than the pool wants', async (s) => {
    const server = await s.server({ files: { ...FILES, '/out/': '' }, maxSessions: 2 })
    const remote = await s.connect(server, { pool: { max: 8 }, timeouts: { ...FAST, reply: 10_000 } })
    const sizes = await Promise.all(Object.keys(FILES).map(async (name) => (await remote.readFile(name)).length))
    assert.deepEqual(
      sizes,
      Object.values(FILES).map((file) => file.length),
    )
  })

  scene('a listing goes on, in order, while calls are made in its loop on the only session', async (s) => {
    const many = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, at) => [`/many/${String(at).padStart(4, '0')}`, '']),
    )
    const server = await s.server({ files: many })
    const remote = await s.connect(server, { timeouts: { ...FAST, reply: 5_000 } })
    const names: string[] = []
    for await (const { name } of remote.list('/many')) {
      names.push(name)
      if (names.length % 500 === 1) assert.equal((await remote.stat(`/many/${name}`))?.type, 'file')
    }
    assert.deepEqual(
      names,
      Object.keys(many).map((path) => path.slice('/many/'.length)),
    )
    assert.equal(server.commands.filter((line) => line.startsWith('USER')).length, 1)
  })

  scene('an open read stream holds the only session: another call says so, and works once it is closed', async (s) => {
    const server = await s.server({ files: { '/big': sample(5_000_000), '/small': 'x' } })
    const remote = await s.connect(server)
    const file = await remote.open('/big', 'r')
    await file.read(10)
    await fails(remote.stat('/small'), {
      code: 'session-held',
      message: /held by a stream/,
      hint: /close|pool\.max/,
      within: 10 * FAST.reply,
    })
    await file.close()
    assert.equal((await remote.stat('/small'))?.size, 1)
  })

  scene('a read stream that is destroyed gives its session back', async (s) => {
    const server = await s.server({ files: { '/big': sample(5_000_000), '/small': 'x' } })
    const remote = await s.connect(server)
    for (const pieces of [1, 3]) {
      let seen = 0
      for await (const _ of remote.read('/big')) if (++seen === pieces) break
      assert.equal((await remote.readFile('/small')).toString(), 'x')
    }
    assert.equal(server.commands.filter((line) => line.startsWith('USER')).length, 1)
  })

  scene('close() while calls are under way: each ends, with closed, and nothing is left', async (s) => {
    const server = await s.server({ files: FILES, faults: [{ on: 'RETR', do: { delayMs: 200 } }] })
    const remote = await s.connect(server)
    const calls = ['/in/file-1', '/in/file-2', '/in/file-3'].map((name) => remote.readFile(name))
    const ends = calls.map((call) => fails(call, { code: ['closed', 'session-lost'], within: 10 * FAST.reply }))
    await until(() => server.commands.some((line) => line.startsWith('RETR')), 'the first is under way')
    await remote.close()
    await Promise.all(ends)
    await fails(remote.stat('/in/file-1'), { code: 'closed' })
    await remote.close()
  })
})

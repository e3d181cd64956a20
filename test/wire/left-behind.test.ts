import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { describe } from 'node:test'
import { entriesOf, fails, namesIn, sample, scene, until } from './scene.js'

const FILE = sample(50_000)

describe('what a cancelled call leaves on the server', () => {
  scene('a REST whose answer had not come does not shift the next upload', async (s) => {
    const server = await s.server({ files: { '/f': FILE } })
    const remote = await s.connect(server)
    server.addFault({ on: 'REST', times: 1, do: { delayMs: 100 } })
    const stop = new AbortController()
    const read = remote.readFile('/f', { from: 10_000, signal: stop.signal })
    const ended = fails(read, { code: 'aborted' })
    await until(() => server.commands.includes('REST 10000'), 'REST is out')
    stop.abort()
    await ended
    await remote.upload(FILE, '/g')
    assert.ok(FILE.equals(await remote.readFile('/g')))
    assert.ok(server.commands.includes('REST 0'))
  })

  scene('an RNFR without its RNTO: the session is replaced, for ProFTPD takes nothing else on it', async (s) => {
    const server = await s.server({ files: { '/f': FILE } })
    const remote = await s.connect(server)
    server.addFault({ on: 'RNFR', times: 1, do: { delayMs: 100 } })
    const stop = new AbortController()
    const ended = fails(remote.rename('/f', '/g', { signal: stop.signal }), { code: 'aborted' })
    await until(() => server.commands.includes('RNFR /f'), 'RNFR is out')
    stop.abort()
    await ended
    assert.equal(await remote.exists('/f'), true)
    assert.equal(server.commands.filter((line) => line.startsWith('USER')).length, 2)
  })
})

describe('a listing whose data connection ends too early, though the server says 226', () => {
  const files = { '/t/a': 'x', '/t/b': 'y', '/t/c/d': 'z' }

  scene('in the middle of a line: an error, and a tree asks again', async (s) => {
    const server = await s.server({ files })
    const remote = await s.connect(server)
    server.addFault({ on: 'MLSD', times: 1, do: { cutDataAt: 150 } })
    await fails(entriesOf(remote.list('/t')), { code: 'truncated', message: /middle of a line/ })
    server.addFault({ on: 'MLSD', times: 1, do: { cutDataAt: 150 } })
    const { files: count } = await remote.download('/t', s.at('t'), { recursive: true })
    assert.equal(count, 3)
    assert.deepEqual(await namesIn(s.at('t')), ['a', 'b', 'c'])
  })

  scene(
    'before the first byte: it is asked for again, once, when listings of this server are never empty',
    async (s) => {
      const server = await s.server({ files: { ...files, '/empty/': '' } })
      const remote = await s.connect(server)
      assert.equal((await entriesOf(remote.list('/t'))).length, 3)
      server.addFault({ on: 'MLSD', times: 1, do: { cutDataAt: 0 } })
      assert.equal((await entriesOf(remote.list('/t'))).length, 3)
      const asked = (): number => server.commands.filter((line) => line.startsWith('MLSD')).length
      assert.equal(asked(), 3)
      assert.deepEqual(await entriesOf(remote.list('/empty')), [])
      assert.equal(asked(), 4)
      server.addFault({ on: 'MLSD', do: { listLines: [] } })
      assert.deepEqual(await entriesOf(remote.list('/t')), [])
      assert.equal(asked(), 6)
      assert.deepEqual(await readdir(s.dir), [])
    },
  )
})

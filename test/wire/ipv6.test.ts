import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { contentOf, entriesOf, fails, scene, verbs } from './scene.js'

const FILES = { '/a.txt': 'alpha' }

describe('a server that is reached over IPv6', () => {
  scene('is asked for EPSV alone, and data goes to its own address', async (s) => {
    const server = await s.server({ host: '::1', files: FILES })
    const opened: string[] = []
    const remote = await s.connect(server, {
      observe: (event) => event.type === 'data-open' && opened.push(event.address),
    })
    assert.equal(String(await remote.readFile('/a.txt')), 'alpha')
    await remote.upload(Buffer.from('beta'), '/b.txt')
    assert.equal(String(await contentOf(server, '/b.txt')), 'beta')
    assert.equal((await entriesOf(remote.list('/'))).length, 2)
    assert.ok(opened.length === 3 && opened.every((address) => address.startsWith('[::1]:')), opened.join())
    assert.ok(!verbs(server).includes('PASV'))
  })

  for (const code of [500, 502, 522])
    scene(`EPSV refused with ${code} is an error: PASV could not name an address`, async (s) => {
      const server = await s.server({
        host: '::1',
        files: FILES,
        faults: [{ on: 'EPSV', do: { reply: `${code} no` } }],
      })
      const remote = await s.connect(server)
      await fails(remote.readFile('/a.txt'), { code: ['not-supported', 'refused'], phase: 'data' })
      assert.ok(!verbs(server).includes('PASV') && !verbs(server).includes('PORT'))
    })

  scene('is told EPRT in active mode, never PORT', async (s) => {
    const server = await s.server({ host: '::1', files: FILES })
    const remote = await s.connect(server, { dataMode: 'active' })
    assert.equal(String(await remote.readFile('/a.txt')), 'alpha')
    await remote.upload(Buffer.from('beta'), '/b.txt')
    const said = server.commands.filter((line) => /^(EPRT|PORT|EPSV|PASV)/.test(line))
    assert.ok(said.length === 2 && said.every((line) => line.startsWith('EPRT |2|::1|')), said.join())
  })

  scene('EPRT refused is an error, and PORT is not said', async (s) => {
    const server = await s.server({ host: '::1', files: FILES, without: ['EPRT'] })
    const remote = await s.connect(server, { dataMode: 'active' })
    await fails(remote.readFile('/a.txt'), { code: ['not-supported', 'refused'], phase: 'data' })
    assert.ok(!verbs(server).includes('PORT') && !verbs(server).includes('RETR'))
  })
})

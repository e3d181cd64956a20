import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe } from 'node:test'
import type { Remote } from '../../src/index.js'
import { fails, listener, type Scene, scene, verbs } from '../wire/scene.js'
import { ca, good } from './fixtures.js'

const files = { '/a.txt': 'hello' }

describe("setChannelMode('data')", () => {
  scene('clear and secure again, at any time', async (s) => {
    const server = await s.server({ tls: good, files })
    const { events, observe } = listener()
    const remote = await s.connect(server, { tls: { ca }, observe })
    const secured = () => events.filter((event) => event.type === 'secured' && event.channel === 'data').length
    await remote.readFile('/a.txt')
    await remote.setChannelMode('data', 'clear')
    await remote.readFile('/a.txt')
    assert.equal(secured(), 1)
    await remote.setChannelMode('data', 'secure')
    await remote.readFile('/a.txt')
    assert.equal(secured(), 2)
    assert.deepEqual(
      server.commands.filter((line) => line.startsWith('PROT')),
      ['PROT P', 'PROT C', 'PROT P'],
    )
  })

  for (const refusal of ['534 no', '500 what'])
    scene(`clear, refused with ${refusal.slice(0, 3)}: an error, and data stays under TLS`, async (s) => {
      const server = await s.server({ tls: good, files })
      const { events, observe } = listener()
      const remote = await s.connect(server, { tls: { ca }, observe })
      server.addFault({ on: 'PROT', do: { reply: refusal } })
      await fails(remote.setChannelMode('data', 'clear'), { code: 'tls', hint: /stays protected/ })
      await remote.readFile('/a.txt')
      assert.ok(events.some((event) => event.type === 'secured' && event.channel === 'data' && event.reused))
    })

  scene('a session that replaces a lost one protects data as the lost one did', async (s) => {
    const server = await s.server({ tls: good, files })
    const remote = await s.connect(server, { tls: { ca } })
    await remote.setChannelMode('data', 'clear')
    server.addFault({ on: 'SIZE', times: 1, do: { close: true } })
    await remote.stat('/a.txt').catch(() => {})
    await remote.readFile('/a.txt').catch(() => {})
    await remote.readFile('/a.txt')
    assert.ok(!server.commands.slice(server.commands.indexOf('PROT C')).includes('PROT P'))
  })
})

describe('on several sessions', () => {
  /** Long enough that a stream of it holds its session until it is read. */
  const long = 'x'.repeat(8_000_000)

  async function readThree(remote: Remote): Promise<void> {
    const streams = Array.from({ length: 3 }, () => remote.read('/long'))
    await Promise.all(streams.map((stream) => once(stream, 'readable')))
    for (const chunks of await Promise.all(streams.map((stream) => stream.toArray())))
      assert.equal(Buffer.concat(chunks).length, long.length)
  }

  /** Three sessions that have each read a file. */
  async function three(s: Scene): Promise<{ remote: Remote; server: Awaited<ReturnType<Scene['server']>> }> {
    const server = await s.server({ tls: good, files: { '/long': long } })
    const remote = await s.connect(server, { tls: { ca }, pool: { max: 3 } })
    await readThree(remote)
    assert.equal(server.commands.filter((line) => line === 'PROT P').length, 3)
    return { remote, server }
  }

  scene('PROT reaches each of them before its next job', async (s) => {
    const { remote, server } = await three(s)
    await remote.setChannelMode('data', 'clear')
    await readThree(remote)
    await readThree(remote)
    assert.equal(server.commands.filter((line) => line === 'PROT C').length, 3)
  })

  scene('and so does CCC', async (s) => {
    const { remote, server } = await three(s)
    await remote.setChannelMode('command', 'clear')
    await readThree(remote)
    await readThree(remote)
    assert.equal(verbs(server).filter((verb) => verb === 'CCC').length, 3)
  })
})

async function cleared(s: Scene): Promise<{ remote: Remote; server: Awaited<ReturnType<Scene['server']>> }> {
  const server = await s.server({ tls: good, files })
  const remote = await s.connect(server, { tls: { ca } })
  await remote.setChannelMode('command', 'clear')
  return { remote, server }
}

describe("setChannelMode('command', 'clear')", () => {
  scene('CCC: the control connection goes on in the clear, data stays under TLS and resumes', async (s) => {
    const { remote, server } = await cleared(s)
    assert.equal((await remote.readFile('/a.txt')).toString(), 'hello')
    const result = await remote.upload(Buffer.from('x'.repeat(300_000)), '/b')
    assert.equal(result.sessionReused, true)
    assert.equal((await remote.stat('/b'))?.size, 300_000)
    assert.equal(verbs(server).filter((verb) => verb === 'CCC').length, 1)
  })

  scene('many commands at once right behind it', async (s) => {
    const { remote } = await cleared(s)
    const found = await Promise.all(Array.from({ length: 20 }, () => remote.exists('/a.txt')))
    assert.ok(found.every(Boolean))
  })

  for (const refusal of ['534 no', '533 no', '500 what'])
    scene(`refused with ${refusal.slice(0, 3)}: an error, and it stays under TLS`, async (s) => {
      const server = await s.server({ tls: good, files, faults: [{ on: 'CCC', do: { reply: refusal } }] })
      const remote = await s.connect(server, { tls: { ca } })
      await fails(remote.setChannelMode('command', 'clear'), { code: ['refused', 'not-supported'], phase: 'tls' })
      assert.equal((await remote.readFile('/a.txt')).toString(), 'hello')
      assert.equal(remote.security?.protocol, 'TLSv1.3')
    })

  scene('there is no way back', async (s) => {
    const { remote } = await cleared(s)
    await fails(remote.setChannelMode('command', 'secure'), { code: 'bad-argument', hint: /Connect anew/ })
    assert.equal(await remote.exists('/a.txt'), true)
  })

  scene('a server that never says close_notify', async (s) => {
    const server = await s.server({ tls: good, files, faults: [{ on: 'CCC', do: { stallTls: true } }] })
    const remote = await s.connect(server, { tls: { ca } })
    await fails(remote.setChannelMode('command', 'clear'), { code: 'timeout', phase: 'tls' })
  })

  scene('without TLS there is nothing to change', async (s) => {
    const server = await s.server({ files })
    const remote = await s.connect(server)
    for (const channel of ['command', 'data'] as const)
      for (const mode of ['clear', 'secure'] as const)
        await fails(remote.setChannelMode(channel, mode), { code: 'bad-argument', hint: /ftpes:/ })
  })
})

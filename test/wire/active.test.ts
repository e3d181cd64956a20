import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as dial, type Socket } from 'node:net'
import { describe } from 'node:test'
import type { TransferEvent } from '../../src/index.js'
import type { TestServer } from '../../src/testing/index.js'
import { freePorts } from '../ports.js'
import { OTHER, trapAt } from './other-host.js'
import { rawServer } from './raw-server.js'
import { contentOf, FAST, fails, scene } from './scene.js'

const FILES = { '/a.txt': 'alpha' }
const IN_TIME = 3 * 10 * (FAST.connect + FAST.reply)

function portsOf(server: TestServer): number[] {
  return server.commands.flatMap((line) => {
    const numbers = /^PORT 127,0,0,1,(\d+),(\d+)$/.exec(line)
    return numbers ? [Number(numbers[1]) * 256 + Number(numbers[2])] : []
  })
}

describe('active mode', () => {
  scene('downloads, uploads and lists, a listener for each and none left', async (s) => {
    const server = await s.server({ files: FILES, without: ['EPSV', 'PASV'] })
    const remote = await s.connect(server, { dataMode: 'active' })
    assert.equal((await remote.readFile('/a.txt')).toString(), 'alpha')
    await remote.upload(Buffer.from('beta'), '/b.txt')
    assert.equal((await contentOf(server, '/b.txt'))?.toString(), 'beta')
    const names: string[] = []
    for await (const { name } of remote.list('/')) names.push(name)
    assert.deepEqual(names.sort(), ['a.txt', 'b.txt'])
    assert.equal(portsOf(server).length, 3)
  })

  scene('a stranger who connects first is dropped, and the server is still served', async (s) => {
    const server = await s.server({ files: FILES, faults: [{ on: 'RETR', do: { delayMs: 100 } }] })
    let stranger: Socket | undefined
    const cutIn = (event: TransferEvent): void => {
      const found = event.type === 'command' && /^PORT .*,(\d+),(\d+)$/.exec(event.text)
      if (!found) return
      const port = Number(found[1]) * 256 + Number(found[2])
      stranger = dial({ host: '127.0.0.1', port, localAddress: OTHER }).on('error', () => {})
      stranger.resume()
    }
    const remote = await s.connect(server, { dataMode: 'active', observe: cutIn })
    assert.equal((await remote.readFile('/a.txt')).toString(), 'alpha')
    assert.ok(stranger)
    if (!stranger.destroyed) await once(stranger, 'close')
  })

  scene('keeps to the range of ports', async (s) => {
    const low = await freePorts(3)
    const server = await s.server({ files: FILES })
    const remote = await s.connect(server, { dataMode: 'active', activePorts: [low, low + 2] })
    for (let round = 0; round < 3; round++) await remote.readFile('/a.txt')
    for (const port of portsOf(server)) assert.ok(port >= low && port <= low + 2, String(port))
    assert.equal(portsOf(server).length, 3)
  })

  scene('says so when no port of the range is free, and works once one is', async (s) => {
    const low = await freePorts(2)
    const taken = [await trapAt('127.0.0.1', low), await trapAt('127.0.0.1', low + 1)]
    const server = await s.server({ files: FILES })
    const remote = await s.connect(server, { dataMode: 'active', activePorts: [low, low + 1] })
    try {
      await fails(remote.readFile('/a.txt'), { code: 'data-connection', phase: 'data', hint: /activePorts/ })
    } finally {
      for (const trap of taken) await trap.close()
    }
    assert.equal((await remote.readFile('/a.txt')).toString(), 'alpha')
  })

  for (const range of [
    [0, 10],
    [20, 10],
    [60_000, 70_000],
  ] as const)
    scene(`refuses the range ${range.join('-')}`, async (s) => {
      const server = await s.server({ files: FILES })
      const reading = s
        .connect(server, { dataMode: 'active', activePorts: range })
        .then((remote) => remote.readFile('/a.txt'))
      await fails(reading, { code: 'bad-argument', message: /activePorts/ })
      assert.equal(portsOf(server).length, 0)
    })

  scene('sends the advertised address', async (s) => {
    const server = await s.server({ files: FILES })
    const remote = await s.connect(server, { dataMode: 'active', activeAddress: '192.0.2.7' })
    await fails(remote.readFile('/a.txt'), {
      code: ['not-supported', 'refused'],
      phase: 'data',
      message: /PORT 192,0,2,7/,
    })
    assert.ok(server.commands.some((line) => line.startsWith('PORT 192,0,2,7,')))
    assert.equal(await remote.exists('/a.txt'), true)
  })

  scene('PORT refused: one error, no transfer command', async (s) => {
    const server = await s.server({
      files: FILES,
      faults: [{ on: 'PORT', times: 1, do: { reply: '500 Illegal PORT' } }],
    })
    const remote = await s.connect(server, { dataMode: 'active' })
    await fails(remote.readFile('/a.txt'), { code: ['not-supported', 'refused'], phase: 'data', within: IN_TIME })
    assert.ok(!server.commands.some((line) => line.startsWith('RETR')))
    assert.equal((await remote.readFile('/a.txt')).toString(), 'alpha')
  })

  scene('a 425 in place of a connection ends the wait', async (s) => {
    const cannot = { finalReply: '425 Cannot open data connection.' }
    const server = await s.server({ files: FILES, faults: [{ on: 'PORT', times: 1, do: { reply: '200 ok' } }] })
    server.addFault({ on: 'RETR', times: 1, do: cannot })
    const remote = await s.connect(server, { dataMode: 'active' })
    await fails(remote.readFile('/a.txt'), { code: 'data-connection', message: /425/, within: IN_TIME })
    assert.equal((await remote.readFile('/a.txt')).toString(), 'alpha')
  })

  scene('150 and then nobody comes: the connect limit ends it, and says to use passive mode', async (s) => {
    const raw = s.keep(await rawServer({ on: { PORT: '200 ok\r\n', RETR: '150 coming\r\n' } }))
    const remote = await s.connect(raw.url, { dataMode: 'active' })
    await fails(remote.readFile('/a.txt'), {
      code: 'timeout',
      phase: 'data',
      message: /no data connection/,
      hint: /passive/,
      within: IN_TIME,
    })
    assert.equal(await remote.cwd(), '/')
  })

  scene('an abort while waiting for the server closes the listener', async (s) => {
    const raw = s.keep(await rawServer({ on: { PORT: '200 ok\r\n', RETR: '150 coming\r\n' } }))
    const stop = new AbortController()
    const remote = await s.connect(raw.url, {
      dataMode: 'active',
      observe: (event) => event.type === 'reply' && event.code === 150 && setImmediate(() => stop.abort()),
    })
    await fails(remote.readFile('/a.txt', { signal: stop.signal }), { code: 'aborted', within: IN_TIME })
    assert.equal(await remote.cwd(), '/')
  })
})

import assert from 'node:assert/strict'
import { describe } from 'node:test'
import type { ConnectOptions } from '../../src/index.js'
import type { Fault } from '../../src/testing/index.js'
import { freePort } from '../ports.js'
import { filteredPort, OTHER, trapAt } from './other-host.js'
import { rawServer, sends } from './raw-server.js'
import { contentOf, FAST, fails, listener, scene, verbs } from './scene.js'

const FILES = { '/a.txt': 'alpha' }
const IN_TIME = 3 * 10 * (FAST.connect + FAST.reply)

describe('passive mode finds a way and remembers it', () => {
  for (const code of [500, 502, 522])
    scene(`EPSV refused with ${code}: PASV, and EPSV is not tried again`, async (s) => {
      const refusal: Fault = { on: 'EPSV', do: { reply: `${code} no` } }
      const server = await s.server({ files: FILES, faults: [refusal] })
      const remote = await s.connect(server)
      for (let round = 0; round < 2; round++) assert.equal((await remote.readFile('/a.txt')).toString(), 'alpha')
      assert.equal(verbs(server).filter((verb) => verb === 'EPSV').length, 1)
      assert.equal(verbs(server).filter((verb) => verb === 'PASV').length, 2)
    })

  scene('EPSV accepted but its port refuses: PASV, remembered', async (s) => {
    const server = await s.server({ files: FILES, faults: [{ on: 'EPSV', do: { noData: true } }] })
    const remote = await s.connect(server)
    for (let round = 0; round < 2; round++) assert.equal((await remote.readFile('/a.txt')).toString(), 'alpha')
    assert.equal(verbs(server).filter((verb) => verb === 'EPSV').length, 1)
  })

  scene(
    'EPSV accepted but its port is filtered: PASV after the connect limit, before a transfer command',
    async (s) => {
      const filtered = s.keep(await filteredPort())
      const lost: Fault = { on: 'EPSV', do: { finalReply: `229 ok (|||${filtered.port}|)` } }
      const server = await s.server({ files: FILES, faults: [lost] })
      const remote = await s.connect(server)
      await remote.upload(Buffer.from('new'), '/b.txt')
      assert.equal((await remote.readFile('/a.txt')).toString(), 'alpha')
      assert.equal(verbs(server).filter((verb) => verb === 'EPSV').length, 1)
      const sent = verbs(server)
      assert.ok(sent.indexOf('PASV') < sent.indexOf('STOR'))
    },
  )

  const oddities: readonly [string, Fault['on'], (port: number) => string][] = [
    ['a 227 in answer to EPSV', 'EPSV', (port) => `227 ok (127,0,0,1,${port >> 8},${port & 255})`],
    ['a 229 with another delimiter', 'EPSV', (port) => `229 ok (!!!${port}!)`],
    ['a 229 that names an address', 'EPSV', (port) => `229 ok (|1|10.0.0.1|${port}|)`],
    ['a 227 without brackets', 'PASV', (port) => `227 Entering 127,0,0,1,${port >> 8},${port & 255}`],
    ['a 227 with blanks', 'PASV', (port) => `227 ok ( 127, 0, 0, 1, ${port >> 8}, ${port & 255} )`],
  ]
  for (const [what, on, reply] of oddities)
    scene(`${what} is understood`, async (s) => {
      const port = await freePort()
      const server = await s.server({
        files: FILES,
        passivePorts: [port, port],
        without: on === 'PASV' ? ['EPSV'] : [],
      })
      server.addFault({ on, do: { finalReply: reply(port) } })
      const remote = await s.connect(server)
      assert.equal((await remote.readFile('/a.txt')).toString(), 'alpha')
    })

  const garbage = ['227 ok', '227 (127,0,0,256,4,4)', '227 (127,0,0,1,0,0)', '227 (1,2,3)', '229 (|||70000|)', '229 ()']
  for (const reply of garbage)
    scene(`"${reply}" is an error that says so, and the session goes on`, async (s) => {
      const server = await s.server({ files: FILES, without: ['EPSV'] })
      server.addFault({ on: 'PASV', times: 1, do: { finalReply: reply } })
      const remote = await s.connect(server)
      await fails(remote.readFile('/a.txt'), { code: 'protocol', phase: 'data', hint: /active/, within: IN_TIME })
      assert.equal((await remote.readFile('/a.txt')).toString(), 'alpha')
      assert.equal(verbs(server).filter((verb) => verb === 'USER').length, 1)
    })
})

for (const reply of ['229 (|||0|)', '229 ok', '229 (|||70000|)'])
  scene(`"${reply}": PASV is tried, and EPSV not again`, async (s) => {
    const server = await s.server({ files: FILES, faults: [{ on: 'EPSV', do: { finalReply: reply } }] })
    const remote = await s.connect(server)
    for (let round = 0; round < 2; round++) assert.equal((await remote.readFile('/a.txt')).toString(), 'alpha')
    assert.deepEqual(
      verbs(server).filter((verb) => verb === 'EPSV' || verb === 'PASV'),
      ['EPSV', 'PASV', 'PASV'],
    )
  })

describe('passive mode that cannot work', () => {
  for (const how of ['refused', 'filtered'])
    scene(`every port ${how}: no STOR was sent, and the file on the server is as it was`, async (s) => {
      const server = await s.server({ files: FILES })
      if (how === 'refused') server.addFault({ on: ['EPSV', 'PASV'], do: { noData: true } })
      else {
        const { port } = s.keep(await filteredPort())
        server.addFault({ on: 'EPSV', do: { finalReply: `229 ok (|||${port}|)` } })
        server.addFault({ on: 'PASV', do: { finalReply: `227 ok (127,0,0,1,${port >> 8},${port & 255})` } })
      }
      const remote = await s.connect(server)
      const upload = remote.upload(Buffer.from('other'), '/a.txt', { temporary: 'none' })
      await fails(upload, { code: 'data-connection', phase: 'data', hint: /firewall/i, within: IN_TIME })
      assert.ok(!verbs(server).includes('STOR'))
      assert.equal((await contentOf(server, '/a.txt'))?.toString(), 'alpha')
      assert.equal(server.dataConnections, 0)
      server.clearFaults()
      assert.equal((await remote.readFile('/a.txt')).toString(), 'alpha')
    })

  scene("dataMode 'auto' goes over to active mode and stays there", async (s) => {
    const server = await s.server({ files: FILES, faults: [{ on: ['EPSV', 'PASV'], do: { noData: true } }] })
    const remote = await s.connect(server, { dataMode: 'auto' })
    for (let round = 0; round < 2; round++) assert.equal((await remote.readFile('/a.txt')).toString(), 'alpha')
    assert.deepEqual(
      verbs(server).filter((verb) => ['EPSV', 'PASV', 'PORT'].includes(verb)),
      ['EPSV', 'PASV', 'PORT', 'PORT'],
    )
  })
})

describe('two ways that both fail', () => {
  scene('EPSV unknown and PASV refused: the error is about PASV', async (s) => {
    const server = await s.server({ files: FILES, without: ['EPSV'] })
    server.addFault({ on: 'PASV', do: { reply: '425 No port is free.' } })
    const remote = await s.connect(server)
    await fails(remote.readFile('/a.txt'), { code: 'data-connection', message: /PASV.*425/, within: IN_TIME })
  })
})

describe('a 227 that names another host', () => {
  const named = ['10.0.0.1', OTHER, '0.0.0.0', '169.254.169.254', '8.8.8.8']
  for (const address of named)
    scene(`${address}: by default the control connection's own host is dialled`, async (s) => {
      const port = await freePort()
      const trap = s.keep(await trapAt(OTHER, port, 'trap'))
      const server = await s.server({
        files: FILES,
        without: ['EPSV'],
        passivePorts: [port, port],
        pasvAddress: address,
      })
      const { events, observe } = listener()
      const remote = await s.connect(server, { observe })
      assert.equal((await remote.readFile('/a.txt')).toString(), 'alpha')
      const opened = events.flatMap((event) => (event.type === 'data-open' ? [event.address] : []))
      assert.deepEqual(opened, [`127.0.0.1:${port}`])
      assert.equal(trap.visits, 0)
    })

  const policies: readonly [ConnectOptions['passiveAddress'], string, boolean][] = [
    ['reply', OTHER, true],
    ['reply', '0.0.0.0', false],
    ['auto', OTHER, true],
    ['auto', '0.0.0.0', false],
    ['control', OTHER, false],
  ]
  for (const [passiveAddress, address, elsewhere] of policies)
    scene(`${address} under passiveAddress '${passiveAddress}' ${elsewhere ? 'is' : 'is not'} dialled`, async (s) => {
      const port = await freePort()
      const trap = s.keep(await trapAt(OTHER, port, 'trap'))
      const server = await s.server({
        files: FILES,
        without: ['EPSV'],
        passivePorts: [port, port],
        pasvAddress: address,
        dataTimeoutMs: 200,
      })
      const remote = await s.connect(server, { passiveAddress })
      const read = remote.readFile('/a.txt')
      if (elsewhere) await fails(read, { code: ['data-connection', 'truncated'], within: IN_TIME })
      else assert.equal((await read).toString(), 'alpha')
      assert.equal(trap.visits, elsewhere ? 1 : 0)
    })

  scene('behind an FTP proxy the proxy itself is dialled', async (s) => {
    const trap = s.keep(await trapAt(OTHER, 0, 'trap'))
    const proxy = s.keep(
      await rawServer({
        on: {
          async PASV(_, peer) {
            const port = await peer.listen()
            return `227 ok (127,0,0,2,${port >> 8},${port & 255})\r\n`
          },
          RETR: sends('alpha'),
        },
      }),
    )
    const remote = await s.connect(`ftp://${OTHER}:${trap.port}`, { proxy: `ftp+user://127.0.0.1:${proxy.port}` })
    assert.equal((await remote.readFile('/a.txt')).toString(), 'alpha')
    assert.equal(trap.visits, 0)
    assert.ok(proxy.lines.includes(`USER demo@${OTHER}:${trap.port}`))
  })
})

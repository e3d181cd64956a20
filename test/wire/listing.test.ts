import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe } from 'node:test'
import { type Answer, rawServer } from './raw-server.js'
import { entriesOf, FAST, fails, held, scene } from './scene.js'

const MiB = 1024 * 1024
const IN_TIME = 10 * (FAST.idle + FAST.reply)

/** A thousand lines at a time, so that the server gives its event loop a chance. */
function* endless(): Generator<Uint8Array> {
  for (let first = 1; ; first += 1_000) {
    const lines = Array.from({ length: 1_000 }, (_, at) => `type=file;size=1; file-${first + at}\r\n`)
    yield Buffer.from(lines.join(''))
  }
}

/** Sends `piece` over the data connection for as long as it is read. */
function floods(piece: string): Answer {
  const bytes = Buffer.from(piece.repeat(Math.ceil(65_536 / piece.length)))
  return async (_, peer) => {
    peer.say('150 coming\r\n')
    const data = await peer.data()
    data.resume()
    for (let sent = 0; sent < 512 * MiB && data.writable; sent += bytes.length)
      if (!data.write(bytes)) await Promise.race([once(data, 'drain'), once(data, 'close')]).catch(() => {})
    data.destroy()
    return '426 cut\r\n'
  }
}

describe('a listing without an end', () => {
  scene('can be read as far as one likes and left, and the session goes on', async (s) => {
    const server = await s.server({ files: { '/a': 'x' }, faults: [{ on: 'MLSD', do: { listLines: endless } }] })
    const remote = await s.connect(server)
    const before = held()
    let [seen, most] = [0, 0]
    for await (const entry of remote.list('/')) {
      seen++
      assert.equal(entry.name, `file-${seen}`)
      if (seen % 25_000 === 0) most = Math.max(most, held() - before)
      if (seen === 100_000) break
    }
    assert.ok(most < 32 * MiB, `${Math.round(most / MiB)} MiB more`)
    assert.equal((await remote.readFile('/a')).toString(), 'x')
    assert.equal(server.commands.filter((line) => line.startsWith('USER')).length, 1)
  })

  for (const [what, piece] of [
    ['one line that never ends', 'x'],
    ['one name that never ends', 'type=file; '],
  ] as const)
    scene(`${what} is an error after 64 KiB, in bounded memory`, async (s) => {
      const raw = s.keep(await rawServer({ on: { FEAT: '211-F\r\n MLST\r\n211 End\r\n', MLSD: floods(piece) } }))
      const remote = await s.connect(raw.url)
      const before = process.memoryUsage().rss
      await fails(entriesOf(remote.list('/')), { code: 'protocol', message: /64 KiB/, within: IN_TIME })
      const grown = process.memoryUsage().rss - before
      assert.ok(grown < 64 * MiB, `${Math.round(grown / MiB)} MiB more`)
      assert.equal(await remote.cwd('/'), '/')
    })
})

describe('a listing that goes wrong', () => {
  scene('without its 226 it is no listing', async (s) => {
    const server = await s.server({ files: { '/a': 'x', '/b': 'y' } })
    server.addFault({ on: 'MLSD', times: 1, do: { finalReply: '451 Directory changed.' } })
    const remote = await s.connect(server)
    await fails(entriesOf(remote.list('/')), { code: 'busy', message: /451/, within: IN_TIME })
    assert.equal((await entriesOf(remote.list('/'))).length, 2)
  })

  scene('reset in the middle', async (s) => {
    const server = await s.server({ files: { '/a': 'x', '/b': 'y' } })
    server.addFault({ on: 'MLSD', times: 1, do: { cutDataAt: 100, with: 'reset' } })
    const remote = await s.connect(server)
    await fails(entriesOf(remote.list('/')), { code: 'data-connection', within: IN_TIME })
    assert.equal((await entriesOf(remote.list('/'))).length, 2)
  })

  scene('its 226 never comes: an error within the limit, and the next one is whole', async (s) => {
    const server = await s.server({ files: { '/a': 'x' } })
    server.addFault({ on: 'MLSD', times: 1, do: { finalReply: null } })
    const remote = await s.connect(server)
    await fails(entriesOf(remote.list('/')), { code: ['timeout', 'unconfirmed'], within: 10 * FAST.confirm })
    assert.equal((await entriesOf(remote.list('/'))).length, 1)
  })

  scene('a directory that is not there', async (s) => {
    for (const without of [[], ['MLSD', 'MLST']]) {
      const server = await s.server({ without })
      const remote = await s.connect(server)
      await fails(entriesOf(remote.list('/none')), { code: 'not-found', within: IN_TIME })
    }
  })

  scene('lines that nobody can read are given out as unreadable, and told', async (s) => {
    const lines = ['type=file;size=1; good', 'garbage', '; ', 'type=file;size=1; also good']
    const server = await s.server({ faults: [{ on: 'MLSD', do: { listLines: lines } }] })
    const told: string[] = []
    const remote = await s.connect(server, {
      observe: (event) => event.type === 'unreadable-entry' && told.push(event.raw),
    })
    const entries = await entriesOf(remote.list('/'))
    const names = entries.filter(({ type }) => type === 'file').map(({ name }) => name)
    assert.deepEqual(names, ['good', 'also good'])
    const unreadable = entries.filter(({ type }) => type === 'unreadable')
    assert.equal(unreadable.length, told.length)
    assert.ok(told.includes('garbage'))
  })
})

import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { type Peer, rawServer, sends } from './raw-server.js'
import { FAST, fails, scene } from './scene.js'

const MiB = 1024 * 1024
const IN_TIME = 10 * (FAST.connect + FAST.reply + FAST.idle)

/** Sends without an end until the other side has gone or `most` bytes are out; answers how many were. */
async function flood({ socket }: Peer, piece: string, most: number): Promise<number> {
  const bytes = Buffer.from(piece.repeat(Math.ceil(65_536 / piece.length)))
  let sent = 0
  while (sent < most && socket.writable) {
    sent += bytes.length
    if (socket.write(bytes)) await new Promise((turn) => setImmediate(turn))
    else await new Promise<void>((go) => socket.once('drain', go).once('close', go))
  }
  return sent
}

describe('a server that does not stop', () => {
  const floods: readonly [string, string, string][] = [
    ['a reply of endless lines', '220-', 'welcome to the machine\r\n220-'],
    ['one endless line', '220 ', 'x'],
    ['endless zeros', '\0', '\0'],
    ['endless empty lines before any reply', '\r\n', '\r\n'],
  ]
  for (const [what, first, piece] of floods)
    scene(`${what} as a greeting ends in an error, in bounded memory`, async (s) => {
      let sent: Promise<number> = Promise.resolve(0)
      const raw = s.keep(
        await rawServer({
          greeting: (peer) => {
            peer.say(first)
            sent = flood(peer, piece, 256 * MiB)
          },
        }),
      )
      const before = process.memoryUsage().rss
      await fails(s.connect(raw.url), {
        code: ['protocol', 'timeout'],
        phase: ['greeting', 'command'],
        within: IN_TIME,
      })
      await sent
      const grown = process.memoryUsage().rss - before
      assert.ok(grown < 64 * MiB, `${Math.round(grown / MiB)} MiB more`)
    })

  scene('an endless reply to a command costs that session and no more', async (s) => {
    let floods = 0
    const raw = s.keep(
      await rawServer({
        on: {
          SIZE: async (_, peer) => {
            if (floods++ > 0) return '213 5\r\n'
            peer.say('213-')
            await flood(peer, 'more\r\n', 256 * MiB)
            return undefined
          },
        },
      }),
    )
    const remote = await s.connect(raw.url)
    await fails(remote.stat('/x'), { code: 'protocol', message: /64 KiB/, within: IN_TIME })
    assert.equal((await remote.stat('/x'))?.size, 5)
    assert.equal(raw.sessions, 2)
  })
})

describe('replies cut and glued', () => {
  scene('every reply a byte at a time', async (s) => {
    const server = await s.server({
      files: { '/a': 'x'.repeat(1000) },
      faults: [{ on: ['*', 'connect'], do: { drip: true } }],
    })
    const remote = await s.connect(server)
    assert.equal((await remote.readFile('/a')).length, 1000)
    await remote.upload(Buffer.from('y'), '/b')
    assert.equal((await remote.stat('/b'))?.size, 1)
  })

  scene('150 and 226 in one packet', async (s) => {
    const raw = s.keep(
      await rawServer({
        on: {
          async RETR(_, peer) {
            peer.say('150 coming\r\n226 done\r\n')
            const data = await peer.data()
            data.end('whole')
            data.resume()
            return undefined
          },
        },
      }),
    )
    const remote = await s.connect(raw.url)
    assert.equal((await remote.readFile('/a')).toString(), 'whole')
  })

  scene('a greeting glued to 120, and multi-line replies with strange inner lines', async (s) => {
    const raw = s.keep(
      await rawServer({
        greeting: '120 wait\r\n220-hello\r\n 230 not the end\r\n2201 nor this\r\n220 ready\r\n',
        on: { RETR: sends('x') },
      }),
    )
    const remote = await s.connect(raw.url)
    assert.equal((await remote.readFile('/a')).toString(), 'x')
  })
})

describe('421', () => {
  scene('instead of a greeting', async (s) => {
    const raw = s.keep(await rawServer({ greeting: '421 Closing for maintenance.\r\n' }))
    await fails(s.connect(raw.url), { code: 'session-lost', phase: 'greeting', message: /421/, within: IN_TIME })
  })

  scene('in the middle of a call that asks: it is made again on a new session', async (s) => {
    const server = await s.server({
      files: { '/a': 'x' },
      faults: [{ on: 'MLST', times: 1, do: { reply: '421 Timeout.', close: true } }],
    })
    const remote = await s.connect(server)
    assert.equal((await remote.stat('/a'))?.size, 1)
    assert.equal(server.commands.filter((line) => line.startsWith('USER')).length, 2)
  })

  scene('in the middle of a call that changes something: an error, and the next call has a new session', async (s) => {
    const server = await s.server({
      files: { '/a': 'x' },
      faults: [{ on: 'DELE', times: 1, do: { reply: '421 Timeout.', close: true } }],
    })
    const remote = await s.connect(server)
    await fails(remote.remove('/a'), { code: 'session-lost', message: /421/, within: IN_TIME })
    assert.equal(server.commands.filter((line) => line.startsWith('DELE')).length, 1)
    await remote.remove('/a')
    assert.equal(await remote.exists('/a'), false)
  })

  scene('in the middle of a transfer: it goes on over a new session', async (s) => {
    const server = await s.server({
      files: { '/a': 'x'.repeat(50_000) },
      faults: [{ on: 'RETR', times: 1, do: { cutDataAt: 20_000, finalReply: '421 Going down.', close: true } }],
    })
    const remote = await s.connect(server)
    const result = await remote.download('/a', s.at('a'))
    assert.equal(result.retries, 1)
  })

  scene('while nothing is asked: the next call has a new session', async (s) => {
    const open: Peer[] = []
    const raw = s.keep(
      await rawServer({
        greeting(peer) {
          open.push(peer)
          peer.say('220 ready\r\n')
        },
        on: { SIZE: '213 7\r\n' },
      }),
    )
    const remote = await s.connect(raw.url)
    open[0]?.say('421 Idle too long.\r\n')
    open[0]?.socket.end()
    for (let turn = 0; turn < 20; turn++) await new Promise((go) => setImmediate(go))
    assert.equal((await remote.stat('/x'))?.size, 7)
    assert.equal(raw.sessions, 2)
  })
})

describe('a reply that nobody asked for', () => {
  scene('taints the session: its bytes answer no later command, and the next call has a new session', async (s) => {
    let extra = true
    const raw = s.keep(
      await rawServer({
        on: {
          SIZE(path) {
            const said = extra ? '213 1\r\n213 666\r\n' : path === '/one' ? '213 1\r\n' : '213 2\r\n'
            extra = false
            return said
          },
          MDTM: '213 20260101000000\r\n',
        },
      }),
    )
    const remote = await s.connect(raw.url)
    assert.equal((await remote.stat('/one'))?.size, 1)
    assert.equal((await remote.stat('/two'))?.size, 2)
    assert.equal((await remote.stat('/three'))?.size, 2)
    assert.equal(raw.sessions, 2)
  })

  const wrong: readonly [string, string][] = [
    ['a reply without a code', 'hello\r\n'],
    ['a code above 6yz', '799 what\r\n'],
    ['bytes that are not text', '\x80\x81\x82\xff\r\n'],
  ]
  for (const [what, reply] of wrong)
    scene(`${what} is no FTP: an error, and the next call has a new session`, async (s) => {
      let first = true
      const raw = s.keep(
        await rawServer({
          on: {
            SIZE: () => {
              const said = first ? reply : '213 3\r\n'
              first = false
              return said
            },
          },
        }),
      )
      const remote = await s.connect(raw.url)
      await fails(remote.stat('/x'), { code: 'protocol', within: IN_TIME })
      assert.equal((await remote.stat('/x'))?.size, 3)
    })
})

import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { TransferError } from '../../src/index.js'
import { type Answer, type Peer, rawServer } from './raw-server.js'
import { entriesOf, fails, scene, until, verbs } from './scene.js'

/** Above what three tries and the waits between them take. */
const IN_TIME = 60_000
const FEATURES = '211-Features\r\n EPSV\r\n PASV\r\n SIZE\r\n211 End\r\n'
const LOOKS = ['MLST', 'SIZE', 'CWD']

/** How often a password was sent. */
function logins(server: { readonly commands: readonly string[] }): number {
  return verbs(server).filter((verb) => verb === 'PASS').length
}

/** The codes of what the calls reject with. */
async function codes(calls: readonly Promise<unknown>[]): Promise<(string | undefined)[]> {
  const outcomes = await Promise.allSettled(calls)
  return outcomes.map((one) =>
    one.status === 'rejected' && one.reason instanceof TransferError ? one.reason.code : undefined,
  )
}

describe('a login that is refused', () => {
  scene('is tried once for eight calls whose sessions were lost, and each names it', async (s) => {
    const server = await s.server({ files: { '/a': 'x' } })
    const remote = await s.connect(server, { pool: { max: 4 } })
    server.addFault({ on: LOOKS, times: 4, do: { delayMs: 100 } })
    await Promise.all(Array.from({ length: 8 }, () => remote.stat('/a')))
    await until(() => logins(server) === 4, 'four sessions are open')
    const before = logins(server)
    server.addFault({ on: LOOKS, do: { close: true } })
    server.addFault({ on: 'PASS', do: { reply: '530 Login incorrect.' } })
    const calls = Array.from({ length: 8 }, () => remote.stat('/a'))
    assert.deepEqual(await codes(calls), Array(8).fill('login-refused'))
    assert.equal(logins(server) - before, 1)
  })

  scene('is tried once by a later call, and no more once it succeeds again', async (s) => {
    const server = await s.server({ files: { '/a': 'x' } })
    const remote = await s.connect(server, { pool: { max: 4 } })
    server.addFault({ on: LOOKS, times: 1, do: { close: true } })
    server.addFault({ on: 'PASS', times: 2, do: { reply: '530 Login incorrect.' } })
    await fails(remote.stat('/a'), { code: 'login-refused' })
    await fails(remote.stat('/a'), { code: 'login-refused' })
    assert.equal((await remote.stat('/a'))?.size, 1)
    assert.equal(logins(server), 4)
  })

  scene('is tried once for a tree of forty files', async (s) => {
    const names = Array.from({ length: 40 }, (_, at) => [`/tree/${at}`, 'x'])
    const server = await s.server({ files: Object.fromEntries(names) })
    const remote = await s.connect(server, { pool: { max: 4 } })
    server.addFault({ on: 'RETR', do: { close: true } })
    server.addFault({ on: 'PASS', skip: 3, do: { reply: '530 Login incorrect.' } })
    await fails(remote.download('/tree', s.at('tree'), { recursive: true, retries: 2 }), { code: 'incomplete' })
    assert.ok(logins(server) <= 5, `${logins(server)} logins`)
  })

  scene('of a proxy is tried once for all that wait', async (s) => {
    const server = await s.server({ files: { '/a': 'x' } })
    const proxy = await s.proxy({ dialect: 'user' })
    const remote = await s.connect(server, { proxy: proxy.url, pool: { max: 4 } })
    const before = logins(server)
    server.addFault({ on: LOOKS, do: { close: true } })
    server.addFault({ on: 'PASS', do: { reply: '530 Login incorrect.' } })
    const found = await codes(Array.from({ length: 8 }, () => remote.stat('/a')))
    assert.equal(new Set(found).size, 1)
    assert.match(String(found[0]), /login-refused|proxy-refused/)
    assert.equal(logins(server) - before, 1)
  })
})

describe('a session that is lost before it is of use', () => {
  const glued = (text: string): Answer => FEATURES + text
  const broken: Readonly<Record<string, Readonly<Record<string, Answer>>>> = {
    'lines without end in the reply to FEAT': { FEAT: `211-Features\r\n${' X\r\n'.repeat(100_000)}211 End\r\n` },
    'junk in the reply to FEAT': { FEAT: 'no reply at all\r\n' },
    'a 421 to FEAT': { FEAT: '421 Timeout.\r\n' },
    'a 421 behind the reply to FEAT': { FEAT: glued('421 Timeout.\r\n') },
    'junk behind the reply to FEAT': { FEAT: glued('who are you\r\n') },
    'a 421 behind the reply to OPTS': {
      FEAT: FEATURES.replace(' SIZE', ' SIZE\r\n UTF8'),
      OPTS: '200 ok\r\n421 Timeout.\r\n',
    },
    'a 421 behind the reply to PASS': { PASS: '230 in\r\n421 Timeout.\r\n' },
    'the end of the connection at FEAT': { FEAT: (_, peer) => void peer.socket.destroy() },
    'the end of the connection at PASS': { PASS: (_, peer) => void peer.socket.destroy() },
  }
  for (const [what, on] of Object.entries(broken))
    scene(`is opened again a handful of times, with waits: ${what}`, async (s) => {
      const server = s.keep(await rawServer({ on }))
      const began = performance.now()
      const work = async (): Promise<unknown> => {
        const remote = await s.connect(server.url, { pool: { max: 4 } })
        return await Promise.all(Array.from({ length: 4 }, () => entriesOf(remote.list('/'))))
      }
      await work().catch((error: unknown) => assert.ok(error instanceof TransferError, String(error)))
      assert.ok(server.sessions <= 7, `${server.sessions} sessions`)
      assert.ok(server.sessions < 3 || performance.now() - began > 700, 'without a wait')
    })

  scene('is opened again a handful of times while timeouts.total runs, too', async (s) => {
    const server = s.keep(await rawServer({ on: { FEAT: glued('421 Timeout.\r\n') } }))
    const opening = s.connect(server.url, { timeouts: { connect: 500, reply: 500, total: 4_000 } })
    await fails(opening, { code: 'session-lost', message: /Timeout|421|closed|ended/, within: IN_TIME })
    assert.ok(server.sessions <= 4, `${server.sessions} sessions`)
  })

  scene('fails the call with the error that ended the first', async (s) => {
    let session = 0
    const PASS = (_: string, peer: Peer): string | undefined => {
      if (session++ === 0) return '421 the first reason\r\n'
      peer.socket.destroy()
      return undefined
    }
    const server = s.keep(await rawServer({ on: { PASS } }))
    await fails(s.connect(server.url), { code: 'session-lost', message: /the first reason/, within: IN_TIME })
    assert.equal(server.sessions, 3)
  })

  for (const verb of ['connect', 'USER', 'PASS', 'FEAT'])
    scene(`costs one more login when it happens once: ${verb}`, async (s) => {
      const server = await s.server({ files: { '/a': 'x' }, faults: [{ on: verb, times: 1, do: { close: true } }] })
      const remote = await s.connect(server)
      assert.equal((await remote.readFile('/a')).toString(), 'x')
    })

  scene('costs nothing but a wait through a proxy, too', async (s) => {
    const server = await s.server({ files: { '/a': 'x' } })
    const proxy = await s.proxy({ dialect: 'site', faults: [{ on: 'SITE', times: 1, do: { close: true } }] })
    const remote = await s.connect(server, { proxy: proxy.url })
    assert.equal((await remote.readFile('/a')).toString(), 'x')
  })
})

describe('what is being opened', () => {
  scene('is kept and used: four workers with four sessions make four connections for many short calls', async (s) => {
    const server = await s.server()
    const remote = await s.connect(server, { pool: { max: 4 } })
    let left = 100
    const work = async (): Promise<void> => {
      while (left-- > 0) await remote.writeFile(`/file-${left}`, 'x')
    }
    await Promise.all([work(), work(), work(), work()])
    assert.equal(logins(server), 4)
  })
})

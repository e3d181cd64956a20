import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { dialectNames } from '../../src/client/target/proxy.js'
import type { ConnectOptions } from '../../src/index.js'
import { OTHER, type Trap, trapAt } from './other-host.js'
import { type Answer, rawServer, sends } from './raw-server.js'
import { fails, listener, type Scene, scene } from './scene.js'

/** The replies of the proxies of all dialects during the sign-on. */
const PASSED = {
  OPEN: '220 open\r\n',
  SITE: '220 reached\r\n',
  ACCT: '230 in\r\n',
  AUTH: '331 challenge\r\n',
  RESP: '230 in\r\n',
  EPSV: '500 unknown\r\n',
} as const

/** 'custom' is steps of the caller's; 'other' is left alone by login: false; 'sni' needs TLS, where PASV comes from the proxy all the same. */
const DIALECTS = dialectNames.filter((name) => !['custom', 'other', 'sni'].includes(name))

interface Case {
  /** At the address that the 227 names, same port. */
  readonly traps: Trap[]
  readonly options: ConnectOptions
}

async function proxyThatNames(s: Scene, dialect: string, named: string, retr: Answer = sends('alpha')): Promise<Case> {
  const traps: Trap[] = []
  const proxy = s.keep(
    await rawServer({
      on: {
        ...PASSED,
        RETR: retr,
        async PASV(_, peer) {
          const port = await peer.listen()
          traps.push(s.keep(await trapAt(OTHER, port, 'trap!')))
          return `227 ok (${named.replaceAll('.', ',')},${port >> 8},${port & 255})\r\n`
        },
      },
    }),
  )
  const gate = { dialect, host: '127.0.0.1', port: proxy.port, user: 'gate', password: 'gate-pass' }
  const values = dialect === 'authorize' ? { authId: 'me', authResponse: 'now' } : {}
  return { traps, options: { proxy: { ...gate, ...values } } }
}

describe('a 227 that names another host, from a proxy of each dialect', () => {
  for (const dialect of DIALECTS) {
    scene(`ftp+${dialect}: by default nothing but the proxy is dialled`, async (s) => {
      for (const named of [OTHER, '10.0.0.1', '169.254.169.254', '0.0.0.0']) {
        const { traps, options } = await proxyThatNames(s, dialect, named)
        const { events, observe } = listener()
        const remote = await s.connect('ftp://127.0.0.9:2121', { ...options, observe })
        assert.equal(String(await remote.readFile('/a')), 'alpha')
        const opened = events.flatMap((event) => (event.type === 'data-open' ? [event.address.split(':')[0]] : []))
        assert.deepEqual([opened, traps.map(({ visits }) => visits)], [['127.0.0.1'], [0]], named)
      }
    })

    for (const passiveAddress of ['reply', 'auto'] as const)
      scene(
        `ftp+${dialect}: passiveAddress '${passiveAddress}' follows it, since the proxy is no public address`,
        async (s) => {
          const { traps, options } = await proxyThatNames(s, dialect, OTHER, '550 no\r\n')
          const remote = await s.connect('ftp://127.0.0.9:2121', { ...options, passiveAddress })
          await fails(remote.readFile('/a'), { code: 'is-directory' })
          assert.equal(traps[0]?.visits, 1)
        },
      )
  }

  scene('a proxy that names a port where nobody listens: an error, and no other host is tried', async (s) => {
    const trap = s.keep(await trapAt(OTHER))
    const reply = `227 ok (127,0,0,2,${trap.port >> 8},${trap.port & 255})\r\n`
    const proxy = s.keep(await rawServer({ on: { ...PASSED, PASV: reply } }))
    const remote = await s.connect('ftp://127.0.0.9:2121', { proxy: `ftp+open://127.0.0.1:${proxy.port}` })
    await fails(remote.readFile('/a'), { code: 'data-connection', phase: 'data' })
    assert.equal(trap.visits, 0)
  })
})

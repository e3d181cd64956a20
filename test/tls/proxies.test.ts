import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { freePorts } from '../ports.js'
import { OTHER } from '../wire/other-host.js'
import { entriesOf, fails, listener, sample, scene, verbs } from '../wire/scene.js'
import { ca, good, pair } from './fixtures.js'

const big = sample(300_000)
const files = { '/big': big, '/none/': '' }
const BY_USER = ['user', 'login', 'joined', 'novell', 'site-user', 'raptor', 'sunscreen', 'suse'] as const
const FIRST = ['open', 'site', 'login-open', 'proxyuser'] as const

describe("tls.scope 'server'", () => {
  for (const dialect of BY_USER)
    scene(`ftp+${dialect} reaches the server by USER only: refused before anything is dialled`, async (s) => {
      const server = await s.server({ tls: good })
      const proxy = await s.proxy({ dialect })
      const options = { proxy: { dialect, host: proxy.host, port: proxy.port, user: 'proxy', password: 'proxy-pass' } }
      await fails(s.connect(server, { ...options, tls: { ca } }), { code: 'bad-argument', hint: /scope 'proxy'/ })
      assert.equal(proxy.conversation.length, 0)
    })

  for (const dialect of FIRST)
    scene(`ftp+${dialect}: AUTH goes to the server, and the proxy reads nothing behind it`, async (s) => {
      const first = await freePorts(10)
      const passivePorts = [first, first + 9] as const
      const server = await s.server({ tls: { ...good, requireReuse: true }, files, passivePorts })
      const proxy = await s.proxy({ dialect, host: OTHER, dataPorts: passivePorts })
      const { events, observe } = listener()
      const remote = await s.connect(server, { proxy: proxy.url, tls: { ca }, observe })
      assert.deepEqual(await remote.readFile('/big'), big)
      await remote.upload(big, '/up')
      assert.deepEqual(await entriesOf(remote.list('/none')), [])
      assert.equal(verbs(proxy).at(-1), 'AUTH')
      assert.ok(!verbs(proxy).includes('RETR') && verbs(server).includes('RETR'))
      const ways = events.flatMap((event) => (event.type === 'data-open' ? [event.address.split(':')[0]] : []))
      assert.ok(ways.length >= 3 && ways.every((host) => host === OTHER), ways.join())
      assert.ok(events.every((event) => event.type !== 'secured' || event.channel === 'control' || event.reused))
    })

  scene("the certificate has to be the server's, not the proxy's", async (s) => {
    const server = await s.server({ tls: pair('wrong-name') })
    const proxy = await s.proxy({ dialect: 'open' })
    await fails(s.connect(server, { proxy: proxy.url, tls: { ca } }), { code: 'tls', message: /other names/ })
    await s.connect(server, { proxy: proxy.url, tls: { ca, servername: 'elsewhere.test' } })
  })

  scene('AUTH that the proxy does not pass on: an error, no password goes out', async (s) => {
    const server = await s.server({ tls: good })
    const proxy = await s.proxy({ dialect: 'open', without: ['AUTH'] })
    await fails(s.connect(server, { proxy: proxy.url, tls: { ca } }), { code: 'tls', phase: 'tls' })
    assert.ok(!verbs(proxy).includes('USER') && !verbs(proxy).includes('PASS'))
  })

  scene('implicit TLS cannot begin behind an FTP proxy', async (s) => {
    const server = await s.server({ tls: { ...good, implicit: true } })
    const proxy = await s.proxy({ dialect: 'open' })
    await fails(s.connect(server, { proxy: proxy.url, tls: { ca } }), { code: 'bad-argument', hint: /ftpes:/ })
    assert.equal(proxy.conversation.length, 0)
  })
})

describe('tls.scope without its proxy, and both', () => {
  scene('are refused before anything is dialled', async (s) => {
    const server = await s.server({ tls: good })
    const proxy = await s.proxy({ dialect: 'open' })
    await fails(s.connect(server, { tls: { ca, scope: 'proxy' } }), { code: 'bad-argument' })
    await fails(s.connect(server, { tls: { ca, scope: 'both' }, proxy: proxy.url }), { code: 'bad-argument' })
    assert.equal(server.conversation.length + proxy.conversation.length, 0)
  })

  scene("a proxy without TLS and scope 'proxy': an error, no password goes out", async (s) => {
    const server = await s.server({ tls: good })
    const proxy = await s.proxy({ dialect: 'user' })
    await fails(s.connect(server, { proxy: proxy.url, tls: { ca, scope: 'proxy' } }), { code: 'tls' })
    assert.ok(!verbs(proxy).includes('USER') && !verbs(proxy).includes('PASS'))
  })
})

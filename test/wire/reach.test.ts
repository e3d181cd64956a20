import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { type ConnectOptions, connect } from '../../src/index.js'
import type { ProxyOptions, TestServer } from '../../src/testing/index.js'
import { freePort } from '../ports.js'
import { rawServer } from './raw-server.js'
import { type Expected, FAST, fails, PASSWORD, scene } from './scene.js'

/** Nothing that a server sees before it greets is worth waiting longer for. */
const SOON = 10 * (FAST.connect + FAST.reply)

describe('a server that cannot be reached', () => {
  scene('a host name that does not resolve', async (s) => {
    await fails(s.connect('ftp://nosuch.invalid'), {
      code: 'unreachable',
      phase: 'connect',
      message: /nosuch\.invalid:21/,
      hint: /spelling|network/,
      within: SOON,
    })
  })

  scene('a port where nobody listens', async (s) => {
    const port = await freePort()
    await fails(s.connect(`ftp://127.0.0.1:${port}`), {
      code: 'unreachable',
      phase: 'connect',
      message: new RegExp(`127\\.0\\.0\\.1:${port}.*nothing listens`),
      hint: /port/,
      within: SOON,
    })
  })

  scene('a port that accepts and says nothing', async (s) => {
    const raw = s.keep(await rawServer({ greeting: () => {} }))
    await fails(s.connect(raw.url), { code: 'timeout', phase: 'greeting', message: /sent no reply/, within: SOON })
    assert.deepEqual(raw.lines, [])
  })

  scene('a server that closes instead of greeting', async (s) => {
    const raw = s.keep(await rawServer({ greeting: ({ socket }) => void socket.end() }))
    await fails(s.connect(raw.url), { code: 'session-lost', phase: 'greeting', message: /closed/, within: SOON })
  })

  const others: readonly [string, string, RegExp][] = [
    ['an SSH server', 'SSH-2.0-OpenSSH_9.2\r\n', /sftp:\/\//],
    ['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n', /port/],
    ['a TLS server', '\x15\x03\x01\x00\x02\x02\x28', /ftps:\/\//],
  ]
  for (const [what, greeting, hint] of others)
    scene(`${what} behind the port is named`, async (s) => {
      const raw = s.keep(await rawServer({ greeting }))
      await fails(s.connect(raw.url), { code: 'wrong-protocol', phase: 'greeting', hint, within: SOON })
    })

  scene('a server that never answers USER', async (s) => {
    const server = await s.server({ faults: [{ on: 'USER', do: { silent: true } }] })
    await fails(s.connect(server), { code: 'timeout', phase: 'login', message: /USER demo/, within: SOON })
  })
})

describe('a login that is refused', () => {
  const rows: readonly [string, ConnectOptions, RegExp][] = [
    ['a wrong password', { password: 'wrong' }, /user name and the password/],
    ['an unknown user', { user: 'nobody' }, /user name and the password/],
    ['no password where one is asked for', { password: undefined }, /password/],
    ['no account where one is asked for', { user: 'boss', password: 'b' }, /account/],
    ['a wrong account', { user: 'boss', password: 'b', account: 'wrong' }, /user name|account/],
  ]
  for (const [what, options, hint] of rows)
    scene(`${what} is the server's refusal, and the next connect with the right one works`, async (s) => {
      const server = await s.server({ users: { demo: PASSWORD, boss: { password: 'b', account: 'acct' } } })
      const error = await fails(s.connect(server, options), {
        code: 'login-refused',
        phase: 'login',
        message: new RegExp(`server 127\\.0\\.0\\.1:${server.port}`),
        hint,
        within: SOON,
      })
      assert.ok(error.reply === undefined || error.reply.code >= 331)
      const remote = await s.connect(server, { user: 'boss', password: 'b', account: 'acct' })
      assert.equal(await remote.cwd(), '/')
    })

  scene('too many sessions is told apart from a wrong password', async (s) => {
    const server = await s.server({ maxSessions: 1 })
    const first = await s.connect(server)
    await fails(s.connect(server), { code: 'too-many-sessions', hint: /later/, within: SOON })
    assert.equal(await first.cwd(), '/')
  })
})

describe('an FTP proxy that is at fault', () => {
  const proxys: Expected = { code: 'proxy-refused', phase: 'proxy', within: SOON }
  const rows: readonly [string, ProxyOptions, (url: string) => string, Expected][] = [
    [
      'a wrong proxy password',
      { dialect: 'login' },
      (url) => url.replace('proxy-pass', 'wrong'),
      { ...proxys, hint: /for the proxy/ },
    ],
    [
      'a wrong proxy password in SITE',
      { dialect: 'site' },
      (url) => url.replace('proxy-pass', 'wrong'),
      { ...proxys, hint: /for the proxy/ },
    ],
    [
      'a server that the proxy does not reach out to',
      { dialect: 'open', allow: () => false },
      (url) => url,
      { ...proxys, message: /OPEN/, hint: /name and the port of the server/ },
    ],
    [
      'a server that refuses the proxy',
      { dialect: 'open', allow: () => ({ host: '127.0.0.1', port: 1 }) },
      (url) => url,
      { ...proxys, hint: /name and the port of the server/ },
    ],
    [
      'a proxy that is silent',
      { dialect: 'user', faults: [{ on: 'connect', do: { silent: true } }] },
      (url) => url,
      { code: 'timeout', phase: 'proxy', message: /On the way to/, within: SOON },
    ],
    [
      'a proxy that closes after OPEN',
      { dialect: 'open', faults: [{ on: 'OPEN', do: { close: true } }] },
      (url) => url,
      { ...proxys, message: /closed|OPEN/, hint: /check that 127.* can be reached from there/ },
    ],
    [
      'a proxy that never answers OPEN',
      { dialect: 'open', faults: [{ on: 'OPEN', do: { silent: true } }] },
      (url) => url,
      { code: 'timeout', phase: 'proxy', message: /OPEN/, within: SOON },
    ],
    [
      'a proxy that is full',
      { dialect: 'user', faults: [{ on: 'connect', do: { reply: '421 Too many connections', close: true } }] },
      (url) => url,
      { code: 'too-many-sessions', phase: 'proxy', message: /The proxy .* 421/, within: SOON },
    ],
  ]
  for (const [what, options, url, expected] of rows)
    scene(what, async (s) => {
      const server = await s.server()
      const proxy = await s.proxy(options)
      const error = await fails(s.connect(server, { proxy: url(proxy.url) }), expected)
      assert.doesNotMatch(error.message, /^The server/)
      assert.ok(!server.commands.some((line) => line.startsWith('USER')), 'the server heard of no login')
    })

  scene('a proxy where nobody listens', async (s) => {
    const server = await s.server()
    const port = await freePort()
    await fails(s.connect(server, { proxy: `ftp+user://127.0.0.1:${port}` }), {
      code: 'unreachable',
      phase: 'proxy',
      message: /proxy cannot be reached/,
      within: SOON,
    })
  })

  scene('a proxy that drips its greeting and every reply a byte at a time works', async (s) => {
    const server = await s.server({ files: { '/a': 'x' } })
    const drip = { drip: true } as const
    const proxy = await s.proxy({
      dialect: 'open',
      faults: [
        { on: 'connect', do: drip },
        { on: '*', do: drip },
      ],
    })
    const remote = await s.connect(server, { proxy: proxy.url })
    assert.equal((await remote.readFile('/a')).toString(), 'x')
  })

  scene("the server's refusal behind a proxy is the server's", async (s) => {
    const server = await s.server()
    const proxy = await s.proxy({ dialect: 'login' })
    await fails(s.connect(server, { proxy: proxy.url, password: 'wrong' }), {
      code: 'login-refused',
      phase: 'login',
      message: /The server 127.*through the proxy/,
      hint: /user name and the password/,
      within: SOON,
    })
  })

  scene('a proxy that asks for a password nobody gave', async (s) => {
    const server = await s.server()
    const proxy = await s.proxy({ dialect: 'login' })
    const { host, port } = proxy
    await fails(s.connect(server, { proxy: { dialect: 'login', host, port, user: 'proxy' } }), {
      code: 'proxy-refused',
      phase: 'proxy',
      message: /asks for/,
      hint: /password|prompt/,
      within: SOON,
    })
  })
})

describe('a dialect that the proxy does not speak', () => {
  const pairs: readonly (readonly [string, ProxyOptions['dialect']])[] = [
    ['user', 'open'],
    ['open', 'user'],
    ['site', 'user'],
    ['login', 'open'],
    ['user', 'login'],
    ['joined', 'site'],
    ['raptor', 'open'],
    ['site-user', 'user'],
  ]
  for (const [spoken, real] of pairs)
    scene(`ftp+${spoken} to a proxy that speaks ${real}`, async (s) => {
      const server: TestServer = await s.server()
      const proxy = await s.proxy({ dialect: real })
      const { host, port } = proxy
      const speak = { dialect: spoken, host, port, user: 'proxy', password: 'proxy-pass' }
      const error = await fails(s.connect(server, { proxy: speak }), {
        code: ['proxy-refused', 'login-refused'],
        within: SOON,
      })
      if (error.code === 'proxy-refused') assert.match(error.hint ?? '', /dialect|reach/)
      assert.match(error.message, new RegExp(`proxy 127\\.0\\.0\\.1:${port}`))
      const remote = await s.connect(server, { proxy: { ...speak, dialect: real } })
      assert.equal(await remote.cwd(), '/')
    })

  scene('a dialect that does not exist is refused with a suggestion, before anything is dialled', async (s) => {
    const server = await s.server()
    await fails(connect(server.url, { proxy: 'ftp+opne://127.0.0.1:1' }), {
      code: 'bad-argument',
      phase: 'arguments',
      hint: /ftp\+open/,
    })
    assert.equal(server.conversation.length, 0)
  })
})

import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { rawServer } from './raw-server.js'
import { entriesOf, FAST, fails, PASSWORD, scene, until, verbs } from './scene.js'

const IN_TIME = 10 * (FAST.connect + FAST.reply)
const USERS = { demo: PASSWORD, other: 'sesame-8' }
const OTHER = { user: 'other', password: 'sesame-8' }

describe('login: false', () => {
  scene('sends nothing after the greeting; login() then does', async (s) => {
    const server = await s.server({ files: { '/a': 'x' } })
    const remote = await s.connect(server, { login: false })
    assert.deepEqual(server.commands, [])
    const error = await fails(remote.stat('/a'), { code: 'login-refused', hint: /login\(\)/, within: IN_TIME })
    const words = server.conversation.find(({ text }) => text.startsWith('530 '))?.text
    assert.equal(`${error.reply?.code} ${error.reply?.text}`, words, 'passed on as it came')
    await remote.login()
    assert.equal((await remote.stat('/a'))?.size, 1)
    assert.equal(server.conversation.filter((line) => line.text.startsWith('USER')).length, 1)
  })

  scene('through a proxy: the proxy is passed, the server hears no USER', async (s) => {
    const server = await s.server()
    const proxy = await s.proxy({ dialect: 'site' })
    const remote = await s.connect(server, { login: false, proxy: proxy.url })
    assert.deepEqual(verbs(proxy), ['USER', 'PASS', 'SITE'])
    assert.deepEqual(server.commands, [])
    await remote.login()
    assert.equal(await remote.cwd(), '/')
    assert.equal(verbs(server)[0], 'USER')
  })
})

describe('logout()', () => {
  for (const rein of [true, false])
    scene(
      `${rein ? 'with REIN' : 'without REIN, over a fresh connection'}: logged out, and login() works`,
      async (s) => {
        const server = await s.server({ files: { '/a': 'x' }, without: rein ? [] : ['REIN'], users: USERS })
        const remote = await s.connect(server)
        assert.equal(await remote.exists('/a'), true)
        await remote.logout()
        await fails(remote.stat('/a'), { code: 'login-refused', hint: /login\(\)/, within: IN_TIME })
        await remote.login(OTHER)
        assert.equal((await remote.readFile('/a')).toString(), 'x')
        assert.deepEqual(
          server.commands.filter((line) => line.startsWith('USER')),
          ['USER demo', 'USER other'],
        )
      },
    )

  scene('through a proxy: the proxy is passed again', async (s) => {
    const server = await s.server({ users: USERS })
    const proxy = await s.proxy({ dialect: 'open' })
    const remote = await s.connect(server, { proxy: proxy.url })
    await remote.logout()
    await remote.login(OTHER)
    assert.equal(await remote.cwd(), '/')
    assert.equal(verbs(proxy).filter((verb) => verb === 'OPEN').length, 2)
  })
})

describe('a second login', () => {
  for (const dialect of ['user', 'login', 'open', 'site', 'joined', 'raptor'] as const)
    scene(`through ftp+${dialect} says the whole traversal again, word for word`, async (s) => {
      const server = await s.server()
      const proxy = await s.proxy({ dialect })
      const remote = await s.connect(server, { proxy: proxy.url })
      const first = [...proxy.commands]
      await remote.login()
      const second = proxy.commands.slice(first.length).filter((line) => line !== 'QUIT')
      assert.deepEqual(second, first)
      assert.equal(await remote.cwd(), '/')
    })

  scene('that is refused says so, is not tried again by later calls, and the earlier user goes on', async (s) => {
    const server = await s.server({ users: USERS, files: { '/a': 'x' } })
    const remote = await s.connect(server)
    await fails(remote.login({ user: 'other', password: 'wrong' }), { code: 'login-refused', within: IN_TIME })
    assert.equal((await remote.stat('/a'))?.size, 1)
    assert.deepEqual(
      server.commands.filter((line) => line.startsWith('USER')),
      ['USER demo', 'USER other', 'USER demo'],
    )
    await remote.login(OTHER)
    assert.equal(await remote.exists('/a'), true)
  })
})

describe('ftp+other', () => {
  scene('leaves the gate to raw commands and login() to the end of it', async (s) => {
    const server = await s.server({ files: { '/a': 'x' } })
    const proxy = await s.proxy({ dialect: 'other' })
    const remote = await s.connect(server, { proxy: `ftp+other://${proxy.host}:${proxy.port}`, login: false })
    assert.deepEqual(proxy.commands, [])
    const gate = await remote.session.command(`SITE GATE 127.0.0.1:${server.port}`)
    assert.equal(gate.code, 200)
    await remote.login()
    assert.equal((await remote.readFile('/a')).toString(), 'x')
  })
})

describe('onConnect', () => {
  scene('runs after every login and on every new session, before anybody else', async (s) => {
    let runs = 0
    const server = await s.server({ files: { '/a': 'x' } })
    const remote = await s.connect(server, {
      async onConnect(session) {
        runs++
        await session.command('SITE HELP')
      },
    })
    assert.deepEqual([runs, verbs(server).at(-1)], [1, 'SITE'])
    server.addFault({ on: 'MLST', times: 1, do: { close: true } })
    assert.equal((await remote.stat('/a'))?.size, 1)
    assert.equal(runs, 2)
    await remote.login()
    assert.equal(runs, 3)
    const after = verbs(server).join(' ').split('USER')
    for (const session of after.slice(1)) assert.match(session, /SITE/)
  })

  scene('that throws ends connect() with its error, and the session', async (s) => {
    const server = await s.server()
    await assert.rejects(
      s.connect(server, {
        onConnect: async () => {
          throw new Error('not today')
        },
      }),
      /not today/,
    )
    await until(() => server.sessions === 0, 'the session was closed')
  })
})

describe('a session that the server dropped while it was idle', () => {
  for (const how of ['close', 'reset'] as const)
    scene(`with a ${how}: the next call of any kind has a new one`, async (s) => {
      const server = await s.server({ files: { '/a': 'x', '/d/b': 'y' } })
      const remote = await s.connect(server)
      const calls = [
        async () => assert.equal((await remote.readFile('/a')).toString(), 'x'),
        async () => assert.equal((await remote.stat('/a'))?.size, 1),
        async () => assert.equal((await entriesOf(remote.list('/d'))).length, 1),
        async () => assert.equal((await remote.download('/a', s.at('a'))).bytes, 1),
        async () => assert.equal((await remote.upload(Buffer.from('z'), '/up')).bytes, 1),
        async () => await remote.makeDir(`/new`),
        async () => await remote.remove('/up'),
      ]
      for (const call of calls) {
        server.addFault({ on: 'NOOP', times: 1, do: { [how]: true } })
        await remote.session.command('NOOP').catch(() => {})
        await until(() => server.sessions === 0, 'the server has dropped it')
        await call()
      }
    })

  scene('and that a silent server never answers again: one timeout, then a new one', async (s) => {
    const server = await s.server({ files: { '/a': 'x' } })
    const remote = await s.connect(server)
    server.addFault({ on: '*', times: 1, do: { silent: true } })
    await fails(remote.stat('/a'), { code: 'timeout', phase: 'command', message: /MLST/, within: IN_TIME })
    assert.equal((await remote.stat('/a'))?.size, 1)
  })
})

describe('the replies to a login', () => {
  const rows: readonly [string, Record<string, string>, readonly string[]][] = [
    ['230 to USER: no PASS is sent', { USER: '230 in\r\n' }, ['USER demo']],
    ['232 to USER: no PASS is sent', { USER: '232 in\r\n' }, ['USER demo']],
    ['202 to PASS', { PASS: '202 superfluous\r\n' }, ['USER demo', `PASS ${PASSWORD}`]],
    ['332 to USER: the account at once', { USER: '332 account\r\n', ACCT: '230 in\r\n' }, ['USER demo', 'ACCT acct-1']],
    [
      '332 to PASS: then the account',
      { PASS: '332 account\r\n', ACCT: '230 in\r\n' },
      ['USER demo', `PASS ${PASSWORD}`, 'ACCT acct-1'],
    ],
  ]
  for (const [what, on, lines] of rows)
    scene(what, async (s) => {
      const raw = s.keep(await rawServer({ on }))
      await s.connect(raw.url, { account: 'acct-1' })
      assert.deepEqual(
        raw.lines.filter((line) => /^(USER|PASS|ACCT)/.test(line)),
        lines,
      )
    })

  scene('no user means anonymous', async (s) => {
    const server = await s.server()
    await s.connect(server, { user: undefined, password: undefined })
    assert.equal(server.commands[0], 'USER anonymous')
  })
})

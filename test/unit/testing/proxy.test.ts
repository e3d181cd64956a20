import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import {
  type DialectName,
  type ProxyOptions,
  startProxy,
  startServer,
  type TestProxy,
  type TestServer,
} from '../../../src/testing/index.js'
import { awaitData, deliver, drain, type RawClient, rawClient, receive } from './raw-client.js'

interface Scene {
  readonly client: RawClient
  readonly server: TestServer
  readonly proxy: TestProxy
  /** '127.0.0.1:PORT' of the server. */
  readonly at: string
}

const USERS = { 'joe@corp': 'p@ss:w/rd', lab: 'lab-pass', proxy: 'own-pass' }

async function withProxy(options: ProxyOptions, run: (scene: Scene) => Promise<void>): Promise<void> {
  const server = await startServer({ users: USERS, anonymous: false, greeting: 'lab', files: { '/f': 'through' } })
  const at = `127.0.0.1:${server.port}`
  const target = { host: '127.0.0.1', port: server.port }
  const proxy = await startProxy({ target, ...options })
  try {
    const client = await rawClient(proxy.port)
    await client.ask()
    await run({ client, server, proxy, at })
    client.close()
  } finally {
    await proxy.close()
    await server.close()
  }
}

/** Plays 'line → beginning of the reply' pairs; H stands for the server's host and port. */
async function play({ client, at }: Scene, dialogue: string): Promise<void> {
  for (const row of dialogue.trim().split('\n')) {
    const [line = '', reply = ''] = row.trim().split(' => ')
    const got = await client.ask(line.replace(/\bH\b/, at))
    assert.ok(got.startsWith(reply), `${line} gave ${got}, not ${reply}`)
  }
}

const SIGN_ONS: Record<DialectName, string> = {
  user: 'USER joe@corp@H => 331-lab\nPASS p@ss:w/rd => 230',
  login: 'USER proxy => 331\nPASS proxy-pass => 230\nUSER joe@corp@H => 331\nPASS p@ss:w/rd => 230',
  open: 'OPEN H => 220\nUSER joe@corp => 331\nPASS p@ss:w/rd => 230',
  site: 'USER proxy => 331\nPASS proxy-pass => 230\nSITE H => 220\nUSER joe@corp => 331\nPASS p@ss:w/rd => 230',
  other: 'SITE GATE H => 200\nUSER joe@corp => 331\nPASS p@ss:w/rd => 230',
  'login-open': 'USER proxy => 331\nPASS proxy-pass => 230\nOPEN H => 220\nUSER lab => 331\nPASS lab-pass => 230',
  joined: 'USER joe@corp@proxy@H => 331\nPASS p@ss:w/rd@proxy-pass => 230',
  raptor: 'USER lab@H proxy => 331\nPASS lab-pass => 332\nACCT proxy-pass => 230',
  proxyuser: 'USER proxy@H => 331\nPASS proxy-pass => 230\nUSER joe@corp => 331\nPASS p@ss:w/rd => 230',
  transparent: 'USER proxy => 331\nPASS proxy-pass => 230\nUSER lab => 331\nPASS lab-pass => 230',
  novell: 'USER proxy$joe@corp$H => 331\nPASS proxy-pass$p@ss:w/rd => 230',
  'site-user': 'USER proxy => 331\nPASS proxy-pass => 230\nSITE lab@H => 331\nPASS lab-pass => 230',
  authorize: 'USER lab@H => 331\nPASS lab-pass => 230\nPWD => 530\nAUTH proxy => 331\nRESP proxy-pass => 230',
  sunscreen: 'USER proxy@H => 331\nPASS proxy-pass@own-pass => 230',
  suse: 'USER proxy%joe@corp@H => 331\nPASS proxy-pass%p@ss:w/rd => 230',
}

for (const [dialect, signOn] of Object.entries(SIGN_ONS) as [DialectName, string][]) {
  test(`${dialect}: the sign-on leads to the server, and files move through the proxy`, () =>
    withProxy({ dialect }, async (scene) => {
      const { client, proxy, server } = scene
      assert.match(await client.ask('FEAT'), /^530 /)
      await play(scene, signOn)
      assert.deepEqual(proxy.dialled, [scene.at])
      assert.equal(await client.ask('PWD'), '257 "/" is the current directory.')
      assert.equal((await receive(client, 'RETR f')).data.toString(), 'through')
      assert.match((await deliver(client, 'STOR g', 'up')).at(-1) ?? '', /^226 /)
      assert.equal((await server.store.stat('/g'))?.size, 2)
      assert.doesNotMatch(JSON.stringify(proxy.conversation), /proxy-pass|lab-pass|p@ss/)
      assert.match(await client.ask('QUIT'), /^221 /)
      assert.equal(await client.closed, 'end')
    }))
}

test('data connections go through the proxy in passive and active mode', () =>
  withProxy({ dialect: 'user' }, async (scene) => {
    await play(scene, SIGN_ONS.user)
    const { client, server } = scene
    for (const verb of ['PASV', 'EPSV'] as const) {
      const socket = await client.data(verb)
      await client.ask('RETR f')
      assert.equal((await drain(socket)).toString(), 'through')
      assert.match(await client.ask(), /^226 /)
    }
    for (const verb of ['PORT', 'EPRT'] as const) {
      const { port, six, arrived } = await awaitData()
      assert.match(await client.ask(verb === 'PORT' ? `PORT ${six}` : `EPRT |1|127.0.0.1|${port}|`), /^200 /)
      assert.match(await client.ask('RETR f'), /^150 /)
      assert.equal((await drain(await arrived)).toString(), 'through')
      assert.match(await client.ask(), /^226 /)
      assert.ok(!server.commands.some((line) => line === `PORT ${six}`))
    }
    assert.match(await client.ask('PORT 127,0,0,2,200,1'), /^501 /)
    assert.match(await client.ask('EPRT |1|10.0.0.1|5000|'), /^501 /)
    assert.equal(server.dataConnections, 4)
  }))

test('host and port may be written in every way that real proxies take', async () => {
  for (const form of ['127.0.0.1:P', '127.0.0.1 P', '127.0.0.1,P', 'localhost:P']) {
    await withProxy({ dialect: 'open' }, async ({ client, server }) => {
      assert.match(await client.ask(`OPEN ${form.replace('P', String(server.port))}`), /^220 /, form)
    })
  }
})

test('an IPv6 literal with a port is dialled', async () => {
  const server = await startServer()
  const seen: unknown[] = []
  const allow = (named: { host: string; port: number }) => {
    seen.push(named)
    return { host: '127.0.0.1', port: server.port }
  }
  const proxy = await startProxy({ dialect: 'user', allow })
  const client = await rawClient(proxy.port)
  await client.ask()
  assert.match(await client.ask('USER demo@[2001:db8::7]:2121'), /^331/)
  assert.deepEqual(proxy.dialled, ['[2001:db8::7]:2121'])
  assert.deepEqual(seen[0], { host: '2001:db8::7', port: 2121 })
  client.close()
  await proxy.close()
  await server.close()
})

test('the wrong order, a wrong proxy password and a missing host are refused with 530 and 501', () =>
  withProxy({ dialect: 'site' }, (scene) =>
    play(
      scene,
      `SITE H => 530 Login incorrect. Expected USER command
       USER proxy => 331
       PASS nope => 530 Login failed.
       SITE H => 530
       USER proxy => 331
       PASS proxy-pass => 230
       PASS x => 530 Login incorrect. Expected SITE command
       SITE [::: => 501 Missing host.
       SITE H => 220`,
    ),
  ))

test('nothing but loopback is dialled', () =>
  withProxy({ dialect: 'user' }, async (scene) => {
    await play(scene, 'USER a@192.0.2.1 => 531\nUSER a@ftp.example.com:21 => 531\nUSER a => 501 Missing host.')
    assert.deepEqual(scene.proxy.dialled, [])
  }))

test('a refused server is told where the proxy connects, and another may be named', async () => {
  const dead = await startServer()
  await dead.close()
  await withProxy({ dialect: 'open' }, (scene) =>
    play(scene, `OPEN 127.0.0.1:${dead.port} => 530 Unable to connect to 127.0.0.1:${dead.port}\nOPEN H => 220`),
  )
  await withProxy({ dialect: 'open', connectAt: 'user' }, (scene) =>
    play(
      scene,
      `OPEN 127.0.0.1:${dead.port} => 220
       USER lab => 500 Error connecting to 127.0.0.1 port ${dead.port}
       PASS lab-pass => 530 Login incorrect. Expected OPEN command
       OPEN H => 220
       USER lab => 331
       PASS lab-pass => 230`,
    ),
  )
})

test('after a wrong server password the sign-on begins again, and so it does for a second login', () =>
  withProxy({ dialect: 'login' }, async (scene) => {
    await play(scene, 'USER proxy => 331\nPASS proxy-pass => 230\nUSER lab@H => 331\nPASS bad => 530')
    await play(scene, 'USER lab@H => 331\nPASS lab-pass => 230')
    await play(scene, SIGN_ONS.login)
    assert.equal(scene.proxy.dialled.length, 3)
  }))

test('ABOR reaches the server while a transfer runs', () =>
  withProxy({ dialect: 'user' }, async (scene) => {
    await play(scene, SIGN_ONS.user)
    scene.server.addFault({ on: 'RETR', do: { cutDataAt: 3, with: 'stall' } })
    const socket = await scene.client.data()
    socket.on('error', () => {})
    await scene.client.ask('RETR f')
    await once(socket, 'data')
    assert.match(await scene.client.ask('ABOR'), /^426 /)
    assert.match(await scene.client.ask(), /^226 /)
    assert.match(await scene.client.ask('NOOP'), /^200 /)
    socket.destroy()
  }))

test('a reset of the data connection at the server is a reset for the client', () =>
  withProxy({ dialect: 'user' }, async (scene) => {
    await play(scene, SIGN_ONS.user)
    scene.server.addFault({ on: 'RETR', do: { cutDataAt: 3, with: 'reset' } })
    const socket = await scene.client.data()
    const lost = assert.rejects(drain(socket), { code: 'ECONNRESET' })
    await scene.client.ask('RETR f')
    await lost
    assert.match(await scene.client.ask(), /^426 /)
  }))

test('a server that closes is told with 421', () =>
  withProxy({ dialect: 'user' }, async (scene) => {
    await play(scene, SIGN_ONS.user)
    scene.server.addFault({ on: 'PWD', do: { close: true } })
    assert.match(await scene.client.ask('PWD'), /^421 /)
    assert.equal(await scene.client.closed, 'end')
  }))

test('a proxy can be silent, drip, close after OPEN and not know commands', () =>
  withProxy({ dialect: 'open', without: ['EPSV'] }, async (scene) => {
    const { client, proxy } = scene
    proxy.addFault({ on: 'NOOP', times: 1, do: { silent: true } })
    proxy.addFault({ on: '*', do: { drip: true } })
    client.send('NOOP\r\n')
    await play(scene, SIGN_ONS.open)
    assert.equal(await client.ask('EPSV'), "500 'EPSV': command unrecognized.")
    proxy.addFault({ on: 'OPEN', do: { reply: '220 Welcome.', close: true } })
    assert.equal(await client.ask('OPEN 127.0.0.1'), '220 Welcome.')
    assert.equal(await client.closed, 'end')
  }))

test('the URL carries the proxy login where the dialect has one', async () => {
  const login = await startProxy({ dialect: 'login', password: 'a@b' })
  const user = await startProxy({ dialect: 'user' })
  assert.equal(login.url, `ftp+login://proxy:a%40b@127.0.0.1:${login.port}`)
  assert.equal(user.url, `ftp+user://127.0.0.1:${user.port}`)
  await assert.rejects(startProxy({ dialect: 'transparent' }), { code: 'bad-argument' })
  await login.close()
  await user.close()
})

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer } from 'node:net'
import { describe, test } from 'node:test'
import ssh2 from 'ssh2'
import { connect, TransferError } from '../../src/index.js'
import { startSftpServer } from '../../src/testing/index.js'
import { until } from '../wire/scene.js'
import { loginTo } from './scene.js'

const LOOKS = ['LSTAT', 'STAT']

async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  return await call.then(
    () => undefined,
    (error: unknown) => (error instanceof TransferError ? error.code : String(error)),
  )
}

/** An SSH server that does what the test says with each connection that has authenticated. */
async function doorOf(inside: (client: ssh2.Connection) => void, lets = true) {
  const { private: key, public: open } = ssh2.utils.generateKeyPairSync('ed25519')
  const tries = { connections: 0, logins: 0 }
  const server = createServer((socket) => {
    tries.connections++
    socket.on('error', () => {})
    ssh.injectSocket(socket)
  })
  const ssh = new ssh2.Server({ hostKeys: [key] }, (client) => {
    client.on('error', () => {})
    client.on('authentication', (auth) => {
      if (auth.method === 'none') return auth.reject(['password'])
      tries.logins++
      if (lets) auth.accept()
      else inside(client)
    })
    client.on('ready', () => lets && inside(client))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const blob = Buffer.from(open.split(' ')[1] ?? '', 'base64')
  const fingerprint = `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
  const { port } = server.address() as AddressInfo
  return {
    tries,
    options: { user: 'demo', password: 'demo', sshConfig: false, proxy: false, hostKey: { fingerprint } } as const,
    url: `sftp://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => void server.close(),
  }
}

describe('logins over SFTP', () => {
  test('one that is refused is tried once for eight calls whose sessions were lost', async () => {
    await using server = await startSftpServer({ files: { '/a': 'x' } })
    let password = 'demo'
    const options = loginTo(server, { password: async () => password, pool: { max: 4 } })
    await using remote = await connect(server.url, options)
    server.addFault({ on: LOOKS, times: 4, do: { delayMs: 100 } })
    await Promise.all(Array.from({ length: 8 }, () => remote.stat('/a')))
    const logins = (): number => server.logins.filter((line) => line === 'demo none').length
    await until(() => logins() === 4, 'four sessions are open')
    const before = logins()
    server.addFault({ on: LOOKS, do: { close: true } })
    password = 'wrong'
    const found = await Promise.all(Array.from({ length: 8 }, () => codeOf(remote.stat('/a'))))
    assert.deepEqual(found, Array(8).fill('login-refused'))
    assert.equal(logins() - before, 1)
  })

  test('a server that lets in and closes at once is asked a handful of times', async () => {
    await using door = await doorOf((client) => client.end())
    assert.equal(await codeOf(connect(door.url, door.options)), 'session-lost')
    assert.equal(door.tries.logins, 3)
  })

  test('a server that closes when it has the password is asked a handful of times', async () => {
    await using door = await doorOf((client) => client.end(), false)
    assert.match((await codeOf(connect(door.url, door.options))) ?? '', /session-lost|login-refused/)
    assert.ok(door.tries.logins <= 3, `${door.tries.logins} logins`)
  })

  test('a session that is lost once before it is ready costs one more login', async () => {
    await using server = await startSftpServer({ files: { '/a': 'x' } })
    let connections = 0
    const relay = createServer((near) => {
      near.on('error', () => {})
      if (connections++ === 0) near.destroy()
      else near.pipe(createConnection(server.port, server.host).on('error', () => {})).pipe(near)
    })
    relay.listen(0, '127.0.0.1')
    await once(relay, 'listening')
    const url = `sftp://127.0.0.1:${(relay.address() as AddressInfo).port}`
    await using remote = await connect(url, loginTo(server))
    assert.equal((await remote.readFile('/a')).toString(), 'x')
    relay.close()
  })
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { fingerprintOf } from '../../../src/ssh/keys/host-keys.js'
import { type SshJumpOptions, sshJump } from '../../../src/ssh/ssh-jump.js'
import { directRoute, type Route } from '../../../src/transport/route.js'
import type { Wire } from '../../../src/transport/wire.js'
import { type Peer, peer } from '../transport/scripted.js'
import { bytesOf, failureOf, fingerprint, otherKey, sshServer, type TestServer } from './server.js'

const direct = directRoute()

function jumpOver(port: number, more: Partial<SshJumpOptions> = {}): Route {
  return sshJump({
    proxy: { host: '127.0.0.1', port },
    user: 'me',
    auth: { password: 'secret' },
    hostKey: { fingerprint },
    through: direct,
    limits: { connect: 10_000 },
    ...more,
  })
}

/** A server that greets, as FTP servers do. */
const greeter = (): Promise<Peer> => peer(({ say }) => say('220 hello\r\n'))

async function gone(server: TestServer, at = 0): Promise<void> {
  const socket = server.sockets[at]
  assert(socket)
  if (!socket.closed) await once(socket, 'close')
}

describe('a jump host', () => {
  test('connects to where it is asked, and the wire says so', async () => {
    await using server = await sshServer()
    await using target = await greeter()
    const wire = await jumpOver(server.port).dial(target.endpoint)
    assert.equal(Buffer.from((await wire.read()) ?? []).toString(), '220 hello\r\n')
    assert.equal(wire.dataHost, target.endpoint.host)
    assert.deepEqual(wire.peer, target.endpoint)
    wire.destroy()
    await gone(server)
  })

  test('is described without secrets, and cannot listen', () => {
    const route = jumpOver(22, { proxy: { host: 'bastion', port: 22 } })
    assert.equal(route.describe, 'ssh://me@bastion:22')
    assert.equal(
      jumpOver(22, { proxy: { host: '::1', port: 2 }, through: route }).describe,
      'ssh://me@[::1]:2 via ssh://me@bastion:22',
    )
    assert.equal(route.listen, undefined)
  })

  test('is logged in to once for many connections, and left with the last of them', async () => {
    await using server = await sshServer()
    await using target = await greeter()
    const route = jumpOver(server.port)
    const wires = await Promise.all([1, 2, 3].map(() => route.dial(target.endpoint)))
    wires.push(await route.dial(target.endpoint))
    assert.equal(server.sockets.length, 1)
    for (const wire of wires.splice(1)) wire.destroy()
    assert.equal(Buffer.from((await wires[0]?.read()) ?? []).toString(), '220 hello\r\n')
    assert.equal(server.sockets[0]?.closed, false)
    wires[0]?.destroy()
    await gone(server)
    const again = await route.dial(target.endpoint)
    assert.equal(server.sockets.length, 2)
    again.destroy()
    await gone(server, 1)
  })

  test('is logged in to again after the connection was lost', async () => {
    await using server = await sshServer()
    await using target = await greeter()
    const route = jumpOver(server.port)
    const first = await route.dial(target.endpoint)
    await first.read()
    // In the very moment of the loss the wire still counts.
    const redial = new Promise<Wire>((resolve) => {
      first.stream.once('error', () => resolve(route.dial(target.endpoint)))
    })
    server.sockets[0]?.destroy()
    await assert.rejects(async () => await first.read(), { code: 'session-lost' })
    const second = await redial
    assert.equal(Buffer.from((await second.read()) ?? []).toString(), '220 hello\r\n')
    first.destroy()
    second.destroy()
    await gone(server, 1)
  })

  test('that refuses to forward is named with its reason, and left', async () => {
    for (const [options, words] of [
      [{ forward: false }, /refused a connection to 127\.0\.0\.1:9/],
      [{}, /it could not connect there/],
    ] as const) {
      await using server = await sshServer(options)
      const error = await failureOf(jumpOver(server.port).dial({ host: '127.0.0.1', port: 9 }))
      assert.equal(error.code, 'proxy-refused')
      assert.equal(error.phase, 'proxy')
      assert.match(error.message, words)
      await gone(server)
    }
  })

  test('that refuses the login is not asked again', async () => {
    await using server = await sshServer({ auth: (context) => context.reject(['password']) })
    const route = jumpOver(server.port)
    for (let round = 0; round < 2; round++) {
      const error = await failureOf(route.dial({ host: '127.0.0.1', port: 9 }))
      assert.equal(error.code, 'proxy-refused')
      assert.equal(error.phase, 'proxy')
      assert.match(error.message, /The jump host ssh:\/\/me@.* refused the login of me.*accepts: password/)
    }
    assert.deepEqual(server.attempts, ['none', 'password'])
  })

  test('with another host key is refused as such', async () => {
    await using server = await sshServer()
    const hostKey = { fingerprint: fingerprintOf(bytesOf(otherKey.public)) }
    const error = await failureOf(jumpOver(server.port, { hostKey }).dial({ host: '127.0.0.1', port: 9 }))
    assert.equal(error.code, 'host-key')
    assert.deepEqual(server.attempts, [])
  })

  test('that cannot be reached, is none, or says nothing is the proxy at fault', async () => {
    await using other = await greeter()
    await using silent = await peer(() => {})
    const away = await peer(() => {})
    await away[Symbol.asyncDispose]()
    for (const [port, code] of [
      [away.port, 'unreachable'],
      [other.port, 'wrong-protocol'],
      [silent.port, 'timeout'],
    ] as const) {
      const error = await failureOf(jumpOver(port, { limits: { connect: 100 } }).dial({ host: 'h', port: 1 }))
      assert.equal(error.code, code)
      assert.equal(error.phase, 'proxy')
    }
    await silent.gone()
  })

  test('is opened on for the others when one of them gives up, and left when all do', async () => {
    await using server = await sshServer()
    await using target = await greeter()
    const route = jumpOver(server.port)
    const one = new AbortController()
    const both = [route.dial(target.endpoint, { signal: one.signal }), route.dial(target.endpoint)] as const
    one.abort()
    assert.equal((await failureOf(both[0])).code, 'aborted')
    ;(await both[1]).destroy()
    await gone(server)

    await using stuck = await peer(({ say }) => say('SSH-2.0-stuck\r\n'))
    const two = new AbortController()
    const jumpTo = jumpOver(stuck.port)
    const dials = [1, 2].map(() => failureOf(jumpTo.dial(target.endpoint, { signal: two.signal })))
    two.abort()
    for (const error of await Promise.all(dials)) assert.equal(error.code, 'aborted')
    await stuck.gone()
  })

  test('gets no target that is not a host and a port', async () => {
    await using server = await sshServer()
    const route = jumpOver(server.port)
    for (const to of [
      { host: 'a b', port: 21 },
      { host: 'a\r\nb', port: 21 },
      { host: 'a', port: 0 },
    ])
      assert.equal((await failureOf(route.dial(to))).code, 'bad-argument')
    assert.equal(server.sockets.length, 0)
  })
})

describe('jump hosts in a row', () => {
  test('carry the connection, and both are left at its end', async () => {
    await using first = await sshServer()
    await using second = await sshServer()
    await using target = await greeter()
    const route = jumpOver(second.port, { through: jumpOver(first.port) })
    const wire = await route.dial(target.endpoint)
    assert.equal(Buffer.from((await wire.read()) ?? []).toString(), '220 hello\r\n')
    wire.destroy()
    await gone(second)
    await gone(first)
  })

  test("check each one's key: the second one's is wrong, and it gets no login", async () => {
    await using first = await sshServer()
    await using second = await sshServer({ hostKeys: [otherKey.private] })
    const route = jumpOver(second.port, { through: jumpOver(first.port) })
    const error = await failureOf(route.dial({ host: '127.0.0.1', port: 9 }))
    assert.equal(error.code, 'host-key')
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${second.port} is not the one`))
    assert.deepEqual(second.attempts, [])
    await gone(first)
  })

  test('end with an error when the first is lost', async () => {
    await using first = await sshServer()
    await using second = await sshServer()
    await using target = await greeter()
    const route = jumpOver(second.port, { through: jumpOver(first.port) })
    const wire = await route.dial(target.endpoint)
    await wire.read()
    first.sockets[0]?.destroy()
    await assert.rejects(async () => await wire.read(), { code: 'session-lost' })
    await gone(second)
    wire.destroy()
  })
})

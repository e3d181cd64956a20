import assert from 'node:assert/strict'
import net from 'node:net'
import { describe, test } from 'node:test'
import { hostPort, plainAddress } from '../../../src/transport/endpoint.js'
import { directRoute, unreachable } from '../../../src/transport/route.js'
import { failureOf, peer, readText } from './scripted.js'

const direct = directRoute()

describe('the direct route', () => {
  test('data connections go to the address that answered, not to the name', async () => {
    await using server = await peer((visit) => visit.say('hi'))
    const wire = await direct.dial({ host: 'localhost', port: server.port })
    assert.equal(wire.dataHost, '127.0.0.1')
    assert.deepEqual(wire.peer, server.endpoint)
    assert.equal(wire.local.host, '127.0.0.1')
    assert.equal(await readText(wire, 2), 'hi')
    wire.destroy()
    await server.gone()
  })

  test('nobody listens: unreachable, worth another try, with a hint', async () => {
    const server = await peer(() => {})
    await server[Symbol.asyncDispose]()
    const error = await failureOf(direct.dial(server.endpoint))
    assert.deepEqual([error.code, error.phase, error.retryable], ['unreachable', 'connect', true])
    assert.match(error.message, /nothing listens there/)
  })

  test('a name that does not resolve is not worth another try', () => {
    const error = unreachable({ host: 'no.example', port: 21 }, Object.assign(new Error('x'), { code: 'ENOTFOUND' }))
    assert.equal(error.retryable, false)
  })

  test('the reason is found among those of several addresses', () => {
    const each = Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
    assert.match(
      unreachable({ host: 'h', port: 1 }, new AggregateError([new Error('y'), each])).message,
      /nothing listens/,
    )
  })

  test('cancelled before: nothing is dialled', async () => {
    await using server = await peer(() => {})
    const error = await failureOf(direct.dial(server.endpoint, { signal: AbortSignal.abort() }))
    assert.equal(error.code, 'aborted')
    assert.equal(server.count, 0)
  })

  test('cancelled while it connects: no socket is left', async () => {
    await using server = await peer(() => {})
    const stop = new AbortController()
    const failed = failureOf(direct.dial(server.endpoint, { signal: stop.signal, bulk: true }))
    stop.abort()
    assert.equal((await failed).code, 'aborted')
    await server.gone()
  })

  test('listens on our end of the control connection for its peer', async () => {
    await using server = await peer(() => {})
    const control = await direct.dial(server.endpoint)
    const listener = await direct.listen?.({ control })
    assert(listener)
    assert.equal(listener.address.host, control.local.host)
    const socket = net.connect(listener.address.port, listener.address.host)
    const wire = await listener.accept(AbortSignal.timeout(10_000))
    wire.destroy()
    socket.destroy()
    control.destroy()
  })
})

describe('endpoints as text', () => {
  test('IPv6 in brackets', () => assert.equal(hostPort({ host: '::1', port: 21 }), '[::1]:21'))
  test('a name as it is', () => assert.equal(hostPort({ host: 'h', port: 21 }), 'h:21'))
  test('IPv4 within IPv6 is IPv4', () => assert.equal(plainAddress('::FFFF:10.0.0.1'), '10.0.0.1'))
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { listen } from '../../../src/transport/listen.js'
import { directRoute } from '../../../src/transport/route.js'
import { freePorts } from '../../ports.js'
import { failureOf, readText } from './scripted.js'

const direct = directRoute()

const loopback = { host: '127.0.0.1', peer: '127.0.0.1' }
const never = new AbortController().signal

/** Connects from an address of loopback; answers how that ended. */
async function connectFrom(
  localAddress: string,
  port: number,
): Promise<{ socket: net.Socket; closed: Promise<unknown> }> {
  const socket = net.connect({ host: '127.0.0.1', port, localAddress })
  socket.on('error', () => {})
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await once(socket, 'connect')
  return { socket, closed }
}

/** Returns whether nothing listens there. */
async function isFree(port: number): Promise<boolean> {
  const error = await direct.dial({ host: '127.0.0.1', port }).then(
    (wire) => wire.destroy(),
    (error: unknown) => error,
  )
  return error !== undefined
}

/** Holds ports that follow each other; `spare` more behind them are free. */
async function busy(count: number, spare = 0): Promise<{ low: number; high: number } & AsyncDisposable> {
  const low = await freePorts(count + spare)
  const servers = Array.from({ length: count }, (_, at) => net.createServer().listen(low + at, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const release = async (): Promise<void> => {
    for (const server of servers) server.close()
  }
  return { low, high: low + count - 1, [Symbol.asyncDispose]: release }
}

describe('listening for one connection', () => {
  test('the peer is accepted, and the port is free at once', async () => {
    const listener = await listen(loopback)
    const accepted = listener.accept(never)
    const { socket, closed } = await connectFrom('127.0.0.1', listener.address.port)
    const wire = await accepted
    socket.write('hello')
    assert.equal(await readText(wire, 5), 'hello')
    assert.equal(await isFree(listener.address.port), true)
    listener.close()
    socket.write('again')
    assert.equal(await readText(wire, 5), 'again')
    wire.destroy()
    await closed
  })

  test('a connection that comes before anybody accepts waits, its bytes too', async () => {
    const listener = await listen(loopback)
    const { socket } = await connectFrom('127.0.0.1', listener.address.port)
    socket.end('early')
    await new Promise(setImmediate)
    const wire = await listener.accept(never)
    assert.equal(await readText(wire, 5), 'early')
    wire.destroy()
  })

  test('a stranger is cut off, and the peer still gets in', async () => {
    const listener = await listen(loopback)
    const accepted = listener.accept(never)
    const stranger = await connectFrom('127.0.0.2', listener.address.port)
    await stranger.closed
    const { socket, closed } = await connectFrom('127.0.0.1', listener.address.port)
    const wire = await accepted
    assert.equal(wire.peer.port, (socket.address() as AddressInfo).port)
    wire.destroy()
    await closed
  })

  test('nobody comes: the signal ends the wait, close frees the port', async () => {
    const listener = await listen(loopback)
    const stop = new AbortController()
    const failed = failureOf(listener.accept(stop.signal))
    stop.abort()
    assert.equal((await failed).code, 'aborted')
    listener.close()
    assert.equal(await isFree(listener.address.port), true)
  })

  test('closed while it waits: an error, and the port is free', async () => {
    const listener = await listen(loopback)
    const failed = failureOf(listener.accept(never))
    listener.close()
    listener.close()
    const error = await failed
    assert.equal(error.code, 'data-connection')
    assert.equal(await isFree(listener.address.port), true)
  })

  test('closed with a connection that nobody took: it is cut', async () => {
    const listener = await listen(loopback)
    const { closed } = await connectFrom('127.0.0.1', listener.address.port)
    // The listener stops listening when it has its connection.
    while (!(await isFree(listener.address.port))) await new Promise(setImmediate)
    listener.close()
    await closed
  })

  test('cancelled before: nothing is opened', async () => {
    const error = await failureOf(listen({ ...loopback, signal: AbortSignal.abort() }))
    assert.equal(error.code, 'aborted')
  })
})

describe('the ports that may be used', () => {
  test('one of the range is used, whatever is busy in it', async () => {
    await using held = await busy(3, 1)
    const listener = await listen({ ...loopback, ports: [held.low, held.high + 1] })
    assert.equal(listener.address.port, held.high + 1)
    listener.close()
  })

  test('a range that is used up is an error, and no warning of Node’s', async () => {
    await using held = await busy(24)
    const warnings: Error[] = []
    const note = (warning: Error): void => void warnings.push(warning)
    process.on('warning', note)
    const error = await failureOf(listen({ ...loopback, ports: [held.low, held.high] }))
    await new Promise(setImmediate)
    process.off('warning', note)
    assert.equal(error.code, 'data-connection')
    assert.match(error.hint ?? '', /activePorts/)
    assert.deepEqual(warnings, [])
  })

  for (const ports of [
    [0, 5],
    [6, 5],
    [1, 65_536],
    [Number.NaN, 5],
  ] as const) {
    test(`${ports.join('-')} is refused`, async () => {
      assert.equal((await failureOf(listen({ ...loopback, ports }))).code, 'bad-argument')
    })
  }

  test('an address that is not ours is an error', async () => {
    assert.equal((await failureOf(listen({ host: '192.0.2.1', peer: '192.0.2.2' }))).code, 'data-connection')
  })
})

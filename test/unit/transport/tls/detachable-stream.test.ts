import assert from 'node:assert/strict'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { DetachableStream } from '../../../../src/transport/tls/detachable-stream.js'

describe('the detachable stream between TLS and a socket', () => {
  it('keeps what came before the end, though the socket below is closed before anybody reads', async () => {
    const server = net.createServer((socket) => socket.end('the tail')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const below = net.connect((server.address() as AddressInfo).port, '127.0.0.1')
    const detachable = new DetachableStream(below)
    await once(below, 'close')
    const chunks: Buffer[] = []
    for await (const chunk of detachable) chunks.push(chunk)
    assert.equal(Buffer.concat(chunks).toString(), 'the tail')
    server.close()
  })

  it('breaks when the socket below is closed without an end', async () => {
    const below = new net.Socket()
    const detachable = new DetachableStream(below)
    below.destroy()
    await once(detachable, 'close')
    assert.equal(detachable.destroyed, true)
  })
})

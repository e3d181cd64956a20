import assert from 'node:assert/strict'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { Shim } from '../../../../src/transport/tls/detachable-stream.js'

describe('the shim between TLS and a socket', () => {
  it('keeps what came before the end, though the socket below is closed before anybody reads', async () => {
    const server = net.createServer((socket) => socket.end('the tail')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const below = net.connect((server.address() as AddressInfo).port, '127.0.0.1')
    const shim = new Shim(below)
    await once(below, 'close')
    const chunks: Buffer[] = []
    for await (const chunk of shim) chunks.push(chunk)
    assert.equal(Buffer.concat(chunks).toString(), 'the tail')
    server.close()
  })

  it('breaks when the socket below is closed without an end', async () => {
    const below = new net.Socket()
    const shim = new Shim(below)
    below.destroy()
    await once(shim, 'close')
    assert.equal(shim.destroyed, true)
  })
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import tls, { type SecureVersion } from 'node:tls'
import { identityFor } from '../../../src/client/target/tls-identity.js'
import { directRoute } from '../../../src/transport/route.js'
import { TlsSession } from '../../../src/transport/tls/tls-session.js'
import { ca, good } from '../../tls/fixtures.js'

const direct = directRoute()

/** A TLS server with one curve, behind a relay that notes how many first messages each connection sends. */
async function server(ecdhCurve: string, maxVersion: SecureVersion) {
  const hellos: number[] = []
  const open = new Set<net.Socket>()
  const behind = tls.createServer({ ...good, ecdhCurve, maxVersion })
  const relay = net.createServer((socket) => {
    const at = hellos.push(0) - 1
    const onward = net.connect(portOf(behind), '127.0.0.1')
    socket.on('data', (bytes) => {
      hellos[at] = (hellos[at] ?? 0) + clientHellos(bytes)
    })
    open.add(socket)
    socket.pipe(onward).pipe(socket)
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
  })
  for (const one of [behind, relay]) await once(one.listen(0, '127.0.0.1'), 'listening')
  return {
    endpoint: { host: '127.0.0.1', port: portOf(relay) },
    hellos,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      for (const one of [relay, behind]) await once(one.close(), 'close')
    },
  }
}

function portOf(listener: net.Server): number {
  return (listener.address() as AddressInfo).port
}

/** Records that are a ClientHello; each comes in a packet of its own. */
function clientHellos(bytes: Buffer): number {
  let count = 0
  for (let at = 0; at + 5 < bytes.length; at += 5 + bytes.readUInt16BE(at + 3))
    if (bytes[at] === 22 && bytes[at + 5] === 1) count++
  return count
}

describe('a server that takes one elliptic curve', () => {
  for (const [curve, version, expected] of [
    ['prime256v1', 'TLSv1.3', [2, 1, 1]],
    ['secp521r1', 'TLSv1.3', [2, 1, 1]],
    ['X25519', 'TLSv1.3', [1, 1, 1]],
    ['prime256v1', 'TLSv1.2', [1, 1, 1]],
  ] as const)
    test(`${curve}, ${version}: what the control connection learned saves the data connections a round trip`, async () => {
      await using there = await server(curve, version)
      const identity = await identityFor(there.endpoint, { ca, servername: 'localhost' })
      const session = new TlsSession(identity, 10_000)
      const control = await session.secureControl(await direct.dial(there.endpoint))
      const accepted = await session.secureData(await direct.dial(there.endpoint), { tunnelled: false })
      const dialled = await session.dialData(there.endpoint, { stop: AbortSignal.timeout(10_000) })
      await dialled.secured
      assert.deepEqual(there.hellos, expected)
      for (const { wire } of [control, accepted, dialled]) wire.destroy()
    })
})

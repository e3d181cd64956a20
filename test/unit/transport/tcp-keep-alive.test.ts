import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import net from 'node:net'
import { describe, test } from 'node:test'
import { directRoute } from '../../../src/transport/route.js'
import { type TlsIdentity, TlsSession } from '../../../src/transport/tls/tls-session.js'
import { peer } from './scripted.js'

const direct = directRoute()

const skip = process.platform === 'linux' ? false : 'only Linux tells which timer a connection has'

/** True when the kernel has the keep-alive timer (2) running for the connection at this local port. */
async function probes(port: number): Promise<boolean> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  const table = await readFile('/proc/net/tcp', 'latin1')
  const row = table.split('\n').find((line) => new RegExp(`^ *\\d+: [0-9A-F]{8}:${hex} [0-9A-F:]{13} 01 `).test(line))
  assert.ok(row, `no connection at port ${port}`)
  return / 02:[0-9A-F]{8} /.test(row)
}

describe('TCP keep-alive, without being asked for', { skip }, () => {
  for (const bulk of [false, true])
    test(`a connection that is dialled, ${bulk ? 'for a file' : 'for a dialogue'}`, async () => {
      await using server = await peer(() => {})
      const wire = await direct.dial(server.endpoint, { bulk })
      const probed = await probes(wire.local.port)
      wire.destroy()
      assert.equal(probed, true)
    })

  test('a connection that is dialled for a file under TLS', async () => {
    // The handshake has arrived: no other timer runs.
    let arrives: (bytes: unknown) => void = () => {}
    const arrived = new Promise((resolve) => {
      arrives = resolve
    })
    await using server = await peer(async (visit) => arrives(await visit.take(5)))
    const identity = {
      servername: 'localhost',
      where: 'localhost',
      pins: [],
      trustAny: true,
      reuse: 'never',
      context: {},
      contextWith: () => assert.fail('no curve is known yet'),
    } as const satisfies TlsIdentity
    const tls = new TlsSession(identity, 10_000)
    const { wire, secured } = await tls.dialData(server.endpoint, { stop: AbortSignal.timeout(10_000) })
    await arrived
    const probed = await probes(wire.local.port)
    wire.destroy()
    await assert.rejects(secured)
    assert.equal(probed, true)
  })

  test('a connection that is waited for', async () => {
    await using server = await peer(() => {})
    const control = await direct.dial(server.endpoint)
    const listener = await direct.listen?.({ control })
    assert.ok(listener)
    const socket = net.connect(listener.address.port, listener.address.host)
    const wire = await listener.accept(AbortSignal.timeout(10_000))
    const probed = await probes(wire.local.port)
    for (const one of [wire, control, socket]) one.destroy()
    assert.equal(probed, true)
  })
})

import assert from 'node:assert/strict'
import type dns from 'node:dns'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { describe, it } from 'node:test'
import { directRoute } from '../../../src/transport/route.js'
import { filteredPort } from '../../wire/other-host.js'

interface Known {
  readonly address: string
  readonly family: 4 | 6
}

/** A name service that knows one name, and notes in which order it was asked to answer. */
function knowing(known: readonly Known[], orders: unknown[]): typeof dns.lookup {
  const lookup = (_name: string, options: { order?: string }, done: (error: null, found: Known[]) => void): void => {
    orders.push(options.order)
    const first = options.order === 'ipv6first' ? 6 : 4
    done(
      null,
      [...known].sort((a, b) => Number(b.family === first) - Number(a.family === first)),
    )
  }
  return lookup as unknown as typeof dns.lookup
}

async function listening(host: string, port = 0): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => {}))
  server.listen(port, host)
  await once(server, 'listening')
  return server
}

const BOTH: readonly Known[] = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
]

async function reached(
  known: readonly Known[],
  preferIPv6: boolean,
  listen: readonly string[],
): Promise<{ host: string; order: unknown }> {
  const orders: unknown[] = []
  const [first = '127.0.0.1', ...more] = listen
  const main = await listening(first)
  const servers = [main]
  const { port } = main.address() as AddressInfo
  for (const host of more) servers.push(await listening(host, port))
  try {
    const wire = await directRoute({ preferIPv6, lookup: knowing(known, orders) }).dial({ host: 'two.test', port })
    wire.destroy()
    return { host: wire.peer.host, order: orders[0] }
  } finally {
    for (const server of servers) server.close()
  }
}

describe('a name with addresses of both families', { timeout: 20_000 }, () => {
  it('IPv4 is tried first unless IPv6 is preferred', async () => {
    assert.deepEqual(await reached(BOTH, false, ['127.0.0.1', '::1']), { host: '127.0.0.1', order: 'ipv4first' })
    assert.deepEqual(await reached(BOTH, true, ['127.0.0.1', '::1']), { host: '::1', order: 'ipv6first' })
  })

  it('a dead IPv6 address falls back to IPv4, and the reverse', async () => {
    assert.equal((await reached(BOTH, true, ['127.0.0.1'])).host, '127.0.0.1')
    assert.equal((await reached(BOTH, false, ['::1'])).host, '::1')
  })

  it('a silent IPv6 address holds the connection up for less than a second', async () => {
    const silent = await filteredPort('::1')
    const live = await listening('127.0.0.1', silent.port)
    const route = directRoute({ preferIPv6: true, lookup: knowing(BOTH, []) })
    const times: number[] = []
    try {
      // 250 ms are needed; a machine that is busy elsewhere may take longer once, but not each time.
      for (let round = 0; round < 3; round++) {
        const began = performance.now()
        const wire = await route.dial({ host: 'two.test', port: silent.port })
        times.push(performance.now() - began)
        assert.equal(wire.peer.host, '127.0.0.1')
        wire.destroy()
      }
    } finally {
      live.close()
      await silent.close()
    }
    assert.ok(Math.min(...times) < 1_000, times.join())
    assert.ok(Math.min(...times) > 100, 'the silent address was not tried')
  })

  it('a name with IPv6 only uses it without being asked', async () => {
    assert.equal((await reached([{ address: '::1', family: 6 }], false, ['::1'])).host, '::1')
  })
})

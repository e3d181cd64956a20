import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, connect as dial, type Server } from 'node:net'
import { describe, it } from 'node:test'
import { connect } from '../../src/index.js'
import { startServer } from '../../src/testing/index.js'
import { freePorts } from '../ports.js'
import { ca, good } from '../tls/fixtures.js'

/** Forwards one port of 127.0.0.2 to the same port of 127.0.0.1, as `ssh -L` or socat would; counts what came through, and tells when the first bytes do. */
async function forward(port: number, begins = (): void => {}): Promise<{ server: Server; used: () => number }> {
  let used = 0
  const server = createServer((near) => {
    used++
    near.once('data', begins)
    const far = dial({ host: '127.0.0.1', port })
    near.pipe(far).pipe(near)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
  })
  server.listen(port, '127.0.0.2')
  await once(server, 'listening')
  return { server, used: () => used }
}

describe('a forwarded port (tunnel: true)', () => {
  it('control and data both go to the tunnel, whatever address the server names', async () => {
    const first = await freePorts(4)
    const passivePorts = [first, first + 3] as const
    await using server = await startServer({
      passivePorts,
      pasvAddress: '10.1.2.3',
      without: ['EPSV'],
      files: { '/a': 'through the tunnel' },
    })
    const control = await forward(server.port)
    const data = await Promise.all(Array.from({ length: 4 }, (_, at) => forward(passivePorts[0] + at)))
    try {
      await using remote = await connect(`ftp://127.0.0.2:${server.port}`, { tunnel: true, proxy: false })
      assert.equal(String(await remote.readFile('/a')), 'through the tunnel')
      assert.equal(control.used(), 1)
      assert.equal(
        data.reduce((sum, { used }) => sum + used(), 0),
        1,
      )
    } finally {
      for (const { server: one } of [control, ...data]) one.close()
    }
  })

  it('pyftpdlib is given no handshake before it has answered the command', async () => {
    const first = await freePorts(2)
    await using server = await startServer({
      passivePorts: [first, first + 1],
      greeting: 'pyftpdlib 1.5.7 ready.',
      tls: good,
      files: { '/a': 'through the tunnel' },
      faults: [{ on: ['RETR', 'STOR'], do: { delayMs: 50 } }],
    })
    const replies: number[] = []
    const atHello: (number | undefined)[] = []
    const hello = (): void => void atHello.push(replies.at(-1))
    const forwards = await Promise.all(
      [server.port, first, first + 1].map((port, at) => forward(port, at > 0 ? hello : undefined)),
    )
    try {
      await using remote = await connect(`ftpes://127.0.0.2:${server.port}`, {
        tunnel: true,
        proxy: false,
        tls: { ca, servername: 'localhost' },
        observe: (event) => event.type === 'reply' && replies.push(event.code),
      })
      assert.equal(String(await remote.readFile('/a')), 'through the tunnel')
      await remote.upload(Buffer.from('back'), '/b')
      assert.deepEqual(atHello, [150, 150])
    } finally {
      for (const { server: one } of forwards) one.close()
    }
  })

  it('refuses what cannot work through one, before anything is dialled', async () => {
    for (const options of [
      { dataMode: 'active' },
      { dataMode: 'auto' },
      { passiveAddress: 'reply' },
      { passiveAddress: 'auto' },
    ] as const) {
      await assert.rejects(connect('ftp://127.0.0.1:1', { tunnel: true, ...options }), {
        code: 'bad-argument',
        phase: 'arguments',
      })
    }
  })

  it('guesses nothing from the port: 990 is not implicit TLS and 22 not SFTP', async () => {
    const sent: string[] = []
    for (const port of [990, 22]) {
      const observe = (event: { type: string }): void => void sent.push(event.type)
      await assert.rejects(connect(`ftp://127.0.0.3:${port}`, { tunnel: true, proxy: false, observe }), {
        code: 'unreachable',
      })
    }
    assert.deepEqual(
      sent.filter((type) => type === 'secured'),
      [],
    )
  })
})

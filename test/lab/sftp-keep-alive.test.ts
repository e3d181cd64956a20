import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'
import { describe, test } from 'node:test'
import { type ConnectOptions, connect, TransferError, type TransferEvent } from '../../src/index.js'
import { skipWithout, startLab } from './lab.js'
import { sftpOptions } from './sftp.js'

/** Forwards to a server and counts what the client sends. */
async function link(port: number) {
  const open = new Set<Socket>()
  const state = { said: 0, connections: 0 }
  const server = createServer((near) => {
    const far = dial({ host: '127.0.0.1', port })
    state.connections++
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from.on('error', () => {}))
      from.on('data', (chunk: Buffer) => {
        if (from === near) state.said++
        to.write(chunk)
      })
      from.on('close', () => to.destroy())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(state, {
    port: (server.address() as AddressInfo).port,
    /** What is open now passes nothing on any more and closes nothing, like a link that is gone. */
    cut(): void {
      for (const socket of open) socket.pause()
    },
    close(): void {
      for (const socket of open) socket.destroy()
      server.close()
    },
  })
}

describe('keep-alive with sftp://', { skip: skipWithout('sshd'), timeout: 60_000 }, () => {
  test('asks while idle, and gives a link that answers nothing up; the next call has a fresh session', async () => {
    await using server = await startLab('sshd')
    const way = await link(server.port)
    const heard = new EventTarget()
    const closed = once(heard, 'closed')
    const options: ConnectOptions = {
      ...(await sftpOptions(server)),
      user: server.user,
      keepAlive: { idleMs: 100, duringTransfer: true },
      observe: (event: TransferEvent) => void heard.dispatchEvent(new Event(event.type)),
    }
    const remote = await connect(`sftp://127.0.0.1:${way.port}`, options)
    try {
      assert.equal(await remote.exists('hello.txt'), true)
      const before = way.said
      while (way.said < before + 3) await new Promise((turn) => setImmediate(turn))
      assert.equal(way.connections, 1)
      way.cut()
      await closed
      assert.equal(await remote.exists('hello.txt'), true)
      assert.equal(way.connections, 2)
    } finally {
      await remote.close()
      way.close()
    }
  })

  test('a wrong wish is refused before anything is dialled', async () => {
    for (const keepAlive of [{ idleMs: 0 }, { idleMS: 5 }, { duringTransfer: 1 }])
      await assert.rejects(
        connect('sftp://127.0.0.1:9', { keepAlive } as unknown as ConnectOptions),
        (error) => error instanceof TransferError && error.code === 'bad-argument' && /keepAlive/.test(error.message),
      )
  })
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, connect as dial, type Socket } from 'node:net'
import { describe } from 'node:test'
import { connect } from '../../src/index.js'
import { startSftpServer } from '../../src/testing/index.js'
import { type Scene, scene } from '../wire/scene.js'
import { loginTo } from './scene.js'

/** A proxy whose last answer and the server's identification come in one packet. */
async function gluing(s: Scene, answers: readonly Buffer[], portOf: (request: Buffer) => number): Promise<number> {
  const open = new Set<Socket>()
  const server = createServer(async (near) => {
    open.add(near)
    near.on('error', () => {})
    for (const answer of answers.slice(0, -1)) {
      await once(near, 'data')
      near.write(answer)
    }
    const [request] = (await once(near, 'data')) as [Buffer]
    near.pause()
    const far = dial({ host: '127.0.0.1', port: portOf(request) })
    open.add(far)
    far.on('error', () => {})
    const [identification] = (await once(far, 'data')) as [Buffer]
    near.write(Buffer.concat([answers.at(-1) ?? Buffer.alloc(0), identification]))
    near.pipe(far)
    far.pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  s.keep({
    close: () => {
      for (const socket of open) socket.destroy()
      server.close()
    },
  })
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

describe('an SSH server that is heard together with the last word of the proxy', () => {
  const proxies = {
    http: {
      answers: [Buffer.from('HTTP/1.1 200 OK\r\n\r\n')],
      port: (request: Buffer) => Number(/:(\d+) /.exec(request.toString())?.[1]),
    },
    socks5: {
      answers: [Buffer.from([5, 0]), Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 22])],
      port: (request: Buffer) => request.readUInt16BE(request.length - 2),
    },
  }
  for (const [scheme, { answers, port }] of Object.entries(proxies))
    scene(`is talked to (${scheme})`, async (s) => {
      const server = s.keep(await startSftpServer({ files: { '/a.txt': 'hello' } }))
      const proxy = `${scheme}://127.0.0.1:${await gluing(s, answers, port)}`
      const remote = s.keep(await connect(server.url, loginTo(server, { proxy })))
      assert.equal((await remote.readFile('/a.txt')).toString(), 'hello')
      await remote.close()
    })
})

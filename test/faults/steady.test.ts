import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, connect as dial, type Socket } from 'node:net'
import { Writable } from 'node:stream'
import { describe } from 'node:test'
import { type ConnectOptions, connect, type Remote } from '../../src/index.js'
import { startSftpServer } from '../../src/testing/index.js'
import { loginTo } from '../sftp/scene.js'
import { ca, good } from '../tls/fixtures.js'
import { fails, type Scene, sample, scene } from '../wire/scene.js'

const FILE = sample(8_000_000)
/** SFTP moves pieces of 32 KiB. */
const SMALL = FILE.subarray(0, 3_000_000)
/**
 * A piece of 64 KiB each 100 ms, of 32 KiB over SFTP: a slab, or what SFTP has under way, takes longer than the limit, which is twelve
 * times the pause and more. A kernel tells of bytes that were read late and many at a time, so SFTP's limit is wider.
 */
const PAUSE = 100
const idleOf = (protocol: string): number => (protocol === 'sftp' ? 3_600 : 1_200)
const LIMITS = { connect: 20_000, reply: 5_000, confirm: 20_000 }

/** An HTTP proxy whose tunnels rest after each piece, and pass nothing on once it is told to stall. */
async function slowProxy(s: Scene): Promise<{ readonly url: string; stall(): void }> {
  let stalled = false
  const open = new Set<Socket>()
  const pass = (from: Socket, to: Socket): void => {
    let rest: NodeJS.Timeout | undefined
    open.add(from)
    from.on('error', () => to.destroy())
    from.on('close', () => {
      clearTimeout(rest)
      to.destroySoon()
    })
    from.on('data', (chunk: Buffer) => {
      if (!stalled) to.write(chunk)
      from.pause()
      // Dialogues are not held up.
      if (stalled) return
      rest = setTimeout(() => from.resume(), chunk.length > 4_096 ? PAUSE : 0)
    })
  }
  const server = createServer((near) => {
    near.once('data', (head: Buffer) => {
      const port = Number(/^CONNECT [^ ]*:(\d+) /.exec(head.toString())?.[1])
      const far = dial({ host: '127.0.0.1', port }, () => {
        near.write('HTTP/1.1 200 OK\r\n\r\n')
        pass(near, far)
        pass(far, near)
      })
    })
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
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    stall: () => {
      stalled = true
    },
  }
}

async function remoteOf(s: Scene, protocol: string, proxy: string): Promise<Remote> {
  const files = { '/big': FILE, '/small': SMALL }
  const options: ConnectOptions = { proxy, timeouts: { ...LIMITS, idle: idleOf(protocol) } }
  if (protocol === 'sftp') {
    const server = s.keep(await startSftpServer({ files }))
    return s.keep(await connect(server.url, loginTo(server, options)))
  }
  const server = await s.server({ files, ...(protocol === 'ftpes' && { tls: good }) })
  return await s.connect(server, { ...options, ...(protocol === 'ftpes' && { tls: { ca } }) })
}

const DIRECTIONS: Readonly<
  Record<string, (remote: Remote, file: Uint8Array, moved: (bytes: number) => void) => Promise<number>>
> = {
  upload: async (remote, file, moved) =>
    (await remote.upload(file, '/up', { retries: 0, onProgress: ({ bytes }) => moved(bytes) })).bytes,
  download: async (remote, file, moved) => {
    const sink = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        moved(chunk.length)
        done()
      },
    })
    return (await remote.download(file === SMALL ? '/small' : '/big', sink, { retries: 0 })).bytes
  },
}

describe('the idle limit', () => {
  for (const protocol of ['ftp', 'ftpes', 'sftp'])
    for (const [direction, move] of Object.entries(DIRECTIONS)) {
      scene(`does not end a slow but steady ${direction} over ${protocol}`, async (s) => {
        const proxy = await slowProxy(s)
        const remote = await remoteOf(s, protocol, proxy.url)
        const file = protocol === 'sftp' ? SMALL : FILE
        assert.equal(await move(remote, file, () => {}), file.length)
      })
      scene(`ends a ${direction} over ${protocol} that stalls`, async (s) => {
        const proxy = await slowProxy(s)
        const remote = await remoteOf(s, protocol, proxy.url)
        await fails(
          move(remote, FILE, (bytes) => void (bytes > 0 && proxy.stall())),
          // The proxy stalls the control connection too, so the replies to ABOR and DELE are waited for as well.
          { code: 'timeout', message: new RegExp(`${idleOf(protocol)} ms`), within: 60_000 },
        )
      })
    }
})

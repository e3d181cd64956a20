import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { describe, it } from 'node:test'
import { connect, type Remote, TransferError } from '../../src/index.js'
import { account, type LabServer, skipWithout } from './lab.js'
import { sharedLab } from './shared.js'

const start = sharedLab()
const content = randomBytes(200_000)
/** Counted from the first byte of a file. */
const FLIPPED = 123_456

type Direction = 'up' | 'down'

/** An HTTP proxy that inverts one byte of every file that passes it in one direction. */
interface Gate {
  readonly url: string
  flips: Direction | undefined
  close(): Promise<void>
}

/** The control connection, to `controlPort`, passes as it is. */
async function gate(controlPort: number): Promise<Gate> {
  const open = new Set<Socket>()
  const keep = (socket: Socket): Socket => {
    open.add(socket.on('error', () => {}))
    return socket
  }
  const made: Omit<Gate, 'url'> = {
    flips: undefined,
    async close() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  const server = createServer({ allowHalfOpen: true }, async (near) => {
    const [head] = (await once(keep(near), 'data')) as [Buffer]
    const [, host = '', port = ''] = /^CONNECT (\S+):(\d+) /.exec(head.toString('latin1')) ?? []
    const far = keep(dial({ host, port: Number(port), allowHalfOpen: true }))
    await once(far, 'connect')
    near.write('HTTP/1.1 200 OK\r\n\r\n')
    const flips = Number(port) === controlPort ? undefined : made.flips
    near.pipe(passing(flips === 'up')).pipe(far)
    far.pipe(passing(flips === 'down')).pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(made, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
}

function passing(flip: boolean): Transform {
  let passed = 0
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const at = FLIPPED - passed
      passed += chunk.length
      const inside = flip && at >= 0 && at < chunk.length
      done(null, inside ? Buffer.from(chunk.map((byte, index) => (index === at ? byte ^ 0xff : byte))) : chunk)
    },
  })
}

async function through(
  work: (parts: { server: LabServer; remote: Remote; gate: Gate; dir: string }) => Promise<void>,
): Promise<void> {
  const server = await start('proftpd')
  const way = await gate(server.port)
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-verify-'))
  const remote = await connect(`ftp://${server.host}:${server.port}`, { ...account, proxy: way.url })
  try {
    await work({ server, remote, gate: way, dir })
  } finally {
    await remote.close()
    await way.close()
    await rm(dir, { recursive: true })
  }
}

async function mismatch(call: Promise<unknown>): Promise<void> {
  await assert.rejects(call, (error) => error instanceof TransferError && error.code === 'mismatch')
}

describe("verification against ProFTPD's mod_digest", () => {
  for (const method of ['md5', 'crc32', 'sha1', 'sha256', 'sha512'] as const)
    it(
      `${method}: right files pass both ways, one flipped byte is found both ways`,
      { skip: skipWithout('proftpd') },
      () =>
        through(async ({ server, remote, gate: way, dir }) => {
          const path = `/up/verified file.${method}`
          const up = await remote.upload(content, path, { verify: [method] })
          const down = await remote.download(path, join(dir, 'right'), { verify: [method] })
          assert.deepEqual([up.verifiedBy, down.verifiedBy, down.integrity], [method, method, 'hashed'])
          way.flips = 'down'
          await mismatch(remote.download(path, join(dir, 'wrong'), { verify: [method] }))
          assert.deepEqual(await readdir(dir), ['right'])
          way.flips = 'up'
          await mismatch(remote.upload(content, `${path}.wrong`, { verify: [method] }))
          assert.equal(
            (await readdir(join(server.home, 'up'))).some((name) => name.includes('wrong')),
            false,
          )
          assert.deepEqual(await readFile(join(server.home, path)), content)
        }),
    )

  it('size: a flipped byte passes, which is why the result says so', { skip: skipWithout('proftpd') }, () =>
    through(async ({ remote, gate: way, dir }) => {
      await remote.upload(content, '/up/sized', { verify: ['size'] })
      way.flips = 'down'
      const result = await remote.download('/up/sized', join(dir, 'sized'), { verify: ['size'] })
      assert.deepEqual([result.verifiedBy, result.integrity], ['size', 'sized'])
      assert.notDeepEqual(await readFile(join(dir, 'sized')), content)
    }),
  )

  it('an empty file has a hash too, though the server refuses to make one', { skip: skipWithout('proftpd') }, () =>
    through(async ({ server, remote, dir }) => {
      for (const method of ['md5', 'crc32', 'sha1', 'sha256', 'sha512'] as const) {
        const up = await remote.upload(new Uint8Array(), '/up/empty', { verify: [method] })
        const down = await remote.download('/up/empty', join(dir, 'empty'), { verify: [method] })
        assert.deepEqual([up.verifiedBy, down.verifiedBy], [method, method])
      }
      assert.match(await server.log(), /XMD5 \S*empty\S* -> 501/)
    }),
  )

  it('verify: true takes md5', { skip: skipWithout('proftpd') }, () =>
    through(async ({ server, remote }) => {
      assert.equal((await remote.upload(content, '/up/usual', { verify: true })).verifiedBy, 'md5')
      assert.match(await server.log(), /XMD5 \S*usual\S* -> 250/)
    }),
  )
})

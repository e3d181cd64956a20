import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { describe, it } from 'node:test'
import { connect, type TransferEvent } from '../../src/index.js'
import { account, type LabName, skipWithout, startLab } from './lab.js'

const MiB = 1024 * 1024
const SIZE = 64 * MiB
/** About two seconds for the file. */
const RATE = 32 * MiB

/** How a server handles NOOPs while it sends: Pure-FTPd supports only ABOR then, and replies 500. */
const SERVERS: readonly { readonly name: LabName; readonly off?: true }[] = [
  { name: 'vsftpd' },
  { name: 'proftpd' },
  { name: 'pure-ftpd', off: true },
  { name: 'pyftpdlib' },
]

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

describe('keep-alive during transfers', () => {
  for (const { name, off } of SERVERS)
    it(`leaves every answer of ${name} right`, { skip: skipWithout(name) }, async () => {
      await using server = await startLab(name)
      const dir = await mkdtemp(join(tmpdir(), 'sallyport-keep-alive-'))
      const events: TransferEvent[] = []
      const remote = await connect(`ftp://${server.host}:${server.port}`, {
        ...account,
        keepAlive: { idleMs: 200, duringTransfer: true },
        observe: (event) => void (event.type !== 'progress' && events.push(event)),
      })
      try {
        const [original, copy] = [join(dir, 'original'), join(dir, 'copy')]
        await writeFile(original, Buffer.alloc(SIZE, 'keep me alive '))
        await remote.upload(original, '/up/big.bin', { rateLimit: RATE })
        const { retries, bytes } = await remote.download('/up/big.bin', copy, { rateLimit: RATE })
        assert.deepEqual([retries, bytes], [0, SIZE])
        assert.equal(await sha256(copy), await sha256(original))
        const refusal = events.findIndex((event) => event.type === 'reply' && event.code === 500)
        assert.equal(refusal >= 0, off === true)
        const noops = events
          .slice(refusal + 1)
          .filter((event) => event.type === 'command' && event.text === 'NOOP').length
        assert.ok(off ? noops === 0 : noops >= 2, `${noops} NOOPs`)
        assert.equal((await remote.stat('/up/big.bin'))?.size, SIZE)
        await remote.makeDir('/up/new')
        const names: string[] = []
        for await (const entry of remote.list('/up')) names.push(entry.name)
        assert.deepEqual(names.sort(), ['big.bin', 'new'])
        const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.code] : []))
        assert.deepEqual(warnings, off ? ['keep-alive-off'] : [])
        assert.equal(events.filter(({ type }) => type === 'connected' || type === 'closed').length, 1)
      } finally {
        await remote.close()
        await rm(dir, { recursive: true, force: true })
      }
    })
})

describe('keep-alive when idle', { concurrency: true, timeout: 120_000 }, () => {
  /** Both end a session after two seconds without a command; the others have no limit that is short enough to wait for. */
  const LIMITS: readonly { readonly name: LabName; readonly extra?: string }[] = [
    { name: 'vsftpd', extra: 'idle_session_timeout=2' },
    { name: 'proftpd', extra: 'TimeoutIdle 2' },
    { name: 'pure-ftpd' },
    { name: 'pyftpdlib' },
  ]
  for (const { name, extra } of LIMITS) {
    it(`keeps a session of ${name}, and every answer right`, { skip: skipWithout(name) }, async () => {
      await using server = await startLab(name, { extra })
      const idle = watched({ idleMs: 500 })
      await using remote = await connect(`ftp://${server.host}:${server.port}`, { ...account, ...idle.options })
      // More than twice the limit of those that have one.
      await idle.noops(10)
      assert.equal(String(await remote.readFile('/hello.txt')), 'hello, world\n')
      assert.equal((await remote.stat('/hello.txt'))?.size, 13)
      assert.deepEqual([idle.closed, idle.warnings], [0, []])
    })

    if (extra)
      it(`is what keeps it: without, ${name} ends the session`, { skip: skipWithout(name) }, async () => {
        await using server = await startLab(name, { extra })
        const idle = watched(false)
        await using remote = await connect(`ftp://${server.host}:${server.port}`, { ...account, ...idle.options })
        await idle.end
        // The next call has a fresh one.
        assert.equal(String(await remote.readFile('/hello.txt')), 'hello, world\n')
      })
  }

  /** Options that keep alive or not, and what is heard of it. */
  function watched(keepAlive: false | { idleMs: number }) {
    let [sent, closed] = [0, 0]
    const warnings: string[] = []
    const heard = new EventTarget()
    const observe = (event: TransferEvent): void => {
      if (event.type === 'command' && event.text === 'NOOP') sent++
      if (event.type === 'closed') closed++
      if (event.type === 'warning') warnings.push(event.code)
      heard.dispatchEvent(new Event(event.type))
    }
    const end = once(heard, 'closed')
    return {
      options: { keepAlive, observe },
      warnings,
      end,
      get closed() {
        return closed
      },
      async noops(count: number) {
        while (sent < count) await once(heard, 'reply')
      },
    }
  }
})

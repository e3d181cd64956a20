import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { connect, type TransferEvent } from '../../src/index.js'
import { bytesOf } from '../conformance/bytes.js'
import { Relay } from '../faults/relay.js'
import { account, type LabName, skipWithout, startLab } from './lab.js'

/** Just small enough for the next one to be asked for meanwhile, and far more than a socket takes at once. */
const SIZE = 900 * 1024
const FILES = new Map(Array.from({ length: 8 }, (_, at) => [`f${at}`, bytesOf(SIZE, at + 1)]))

const SERVERS: readonly LabName[] = [
  'vsftpd',
  'vsftpd-tls',
  'proftpd',
  'proftpd-tls',
  'pure-ftpd',
  'pure-ftpd-tls',
  'pyftpdlib',
  'pyftpdlib-tls',
]

describe('a tree over a line that is slower than the server', () => {
  for (const name of SERVERS)
    it(`${name}: no file fails, none is tried twice, no session is lost`, {
      skip: skipWithout(name),
      timeout: 120_000,
    }, async () => {
      const dir = await mkdtemp(join(tmpdir(), 'sallyport-ahead-'))
      await using server = await startLab(name)
      await mkdir(join(server.home, 'tree'))
      for (const [file, bytes] of FILES) await writeFile(join(server.home, 'tree', file), bytes)
      const lost: string[] = []
      const observe = (event: TransferEvent): void => {
        if (event.type === 'closed') lost.push(event.reason)
      }
      const scheme = name.endsWith('-tls') ? 'ftpes' : 'ftp'
      // launch.sh: the ports of data connections.
      const passivePorts = [server.port + 4, server.port + 43] as const
      const relay = await Relay.open({ port: server.port, passivePorts, slow: 5 })
      const url = `${scheme}://${account.user}:${account.password}@${relay.host}:${server.port}`
      const tls = { ca: await readFile(server.ca).catch(() => undefined), servername: 'localhost' }
      const remote = await connect(url, { proxy: false, observe, ...(scheme === 'ftpes' && { tls }) })
      try {
        const result = await remote.download('tree', dir, { recursive: true })
        assert.deepEqual([result.files, result.retries, lost], [FILES.size, 0, []])
        for (const [file, bytes] of FILES) assert.ok(bytes.equals(await readFile(join(dir, file))), file)
      } finally {
        await remote.close()
        await relay.close()
        await rm(dir, { recursive: true, force: true })
      }
    })
})

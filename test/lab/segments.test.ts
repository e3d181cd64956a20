import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { type ConnectOptions, connect, type TransferEvent } from '../../src/index.js'
import { account, type LabName, type LabServer, skipWithout, startLab } from './lab.js'
import { sftpOptions, sftpUrl } from './sftp.js'

const FILE = randomBytes(32 * 1024 * 1024)
const OPTIONS = { segments: 4, resume: true }

/** Started once each, ended with this file. */
const running = new Map<LabName, Promise<LabServer>>()

function start(name: LabName): Promise<LabServer> {
  const known = running.get(name) ?? startLab(name)
  running.set(name, known)
  return known
}

after(async () => {
  for (const server of running.values()) await (await server).stop()
})

/** Downloads over four sessions, is cancelled in the middle, and goes on: the content is right, and nothing is fetched twice. */
async function inParts(url: string, options: ConnectOptions, path = '/big.bin'): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-segments-'))
  const sessions = { first: 0, second: 0, now: 'first' as 'first' | 'second' }
  const warnings: string[] = []
  const observe = (event: TransferEvent): void => {
    if (event.type === 'connected') sessions[sessions.now]++
    if (event.type === 'warning' && event.code.endsWith('segments')) warnings.push(event.message)
  }
  const remote = await connect(url, { ...options, observe })
  try {
    const target = join(dir, 'big.bin')
    const stop = new AbortController()
    const half = remote.download(path, target, {
      ...OPTIONS,
      rateLimit: 8 * 1024 * 1024,
      signal: stop.signal,
      onProgress: ({ bytes }) => sessions.first >= 4 && bytes > FILE.length / 8 && stop.abort(),
    })
    await assert.rejects(half, { code: 'aborted' })
    const { spans } = JSON.parse(await readFile(join(dir, '.big.bin.part.json'), 'utf8'))
    const kept = spans.reduce((sum: number, [from, to]: [number, number]) => sum + to - from, 0)
    assert.ok(kept > 0, `${spans}`)
    sessions.now = 'second'
    const result = await remote.download(path, target, { ...OPTIONS, verify: ['size'] })
    assert.deepEqual([result.from, result.bytes, result.retries], [kept, FILE.length - kept, 0])
    assert.ok(FILE.equals(await readFile(target)), 'the file is not what it should be')
    assert.deepEqual(await readdir(dir), ['big.bin'])
    assert.deepEqual(warnings, [])
  } finally {
    await remote.close()
    await rm(dir, { recursive: true, force: true })
  }
}

async function served(name: LabName): Promise<LabServer> {
  const server = await start(name)
  await writeFile(join(server.home, 'big.bin'), FILE)
  return server
}

describe('a file over four sessions, cancelled and resumed', () => {
  for (const name of ['vsftpd', 'proftpd', 'pure-ftpd', 'pyftpdlib'] as const) {
    test(name, { skip: skipWithout(name) }, async () => {
      const { host, port } = await served(name)
      await inParts(`ftp://${host}:${port}`, account)
    })
    const secure = `${name}-tls` as const
    test(secure, { skip: skipWithout(secure) }, async () => {
      const { host, port, ca } = await served(secure)
      await inParts(`ftpes://${host}:${port}`, { ...account, tls: { ca: readFileSync(ca) } })
    })
  }

  test('sshd', { skip: skipWithout('sshd') }, async () => {
    const server = await served('sshd')
    await inParts(sftpUrl(server), await sftpOptions(server), join(server.home, 'big.bin'))
  })

  for (const [proxy, scheme] of [
    ['dante', 'socks5h'],
    ['tinyproxy', 'http'],
  ] as const)
    test(`vsftpd-tls through ${scheme} (${proxy})`, { skip: skipWithout('vsftpd-tls', proxy) }, async () => {
      const [server, gate] = [await served('vsftpd-tls'), await start(proxy)]
      const tls = { ca: readFileSync(server.ca) }
      const way = `${scheme}://${gate.host}:${gate.port}`
      await inParts(`ftpes://${server.host}:${server.port}`, { ...account, tls, proxy: way })
    })

  for (const [proxy, dialect] of [
    ['suse', 'ftp+user'],
    ['modproxy', 'ftp+user'],
    ['squid', 'ftp+user'],
  ] as const)
    test(`vsftpd behind ${dialect} (${proxy})`, { skip: skipWithout('vsftpd', proxy) }, async () => {
      const [server, gate] = [await served('vsftpd'), await start(proxy)]
      await inParts(`ftp://${server.host}:${server.port}`, {
        ...account,
        proxy: `${dialect}://${gate.host}:${gate.port}`,
      })
    })
})

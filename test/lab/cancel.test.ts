import assert from 'node:assert/strict'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, it } from 'node:test'
import { connect, type Remote, TransferError } from '../../src/index.js'
import { random } from '../conformance/bytes.js'
import { account, type LabName, type LabServer, proxyAccount, skipWithout, startLab } from './lab.js'

const SIZE = 2 * 1024 ** 3
const TIMES = 6

/** A file that is far too large to be over before it is cancelled, though it takes no room. */
async function sparse(server: LabServer): Promise<void> {
  const file = await open(join(server.home, 'pub', 'large.bin'), 'w')
  await file.truncate(SIZE)
  await file.close()
}

function cancelAfter(bytes: number): { sink: Writable; signal: AbortSignal } {
  const stop = new AbortController()
  let seen = 0
  const sink = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      seen += chunk.length
      if (seen >= bytes) stop.abort()
      done()
    },
  })
  return { sink, signal: stop.signal }
}

async function cancelledDownload(remote: Remote, bytes: number): Promise<void> {
  const { sink, signal } = cancelAfter(bytes)
  await assert.rejects(remote.download('pub/large.bin', sink, { signal }), (error: unknown) => {
    assert.ok(error instanceof TransferError)
    assert.equal(error.code, 'aborted')
    return true
  })
}

async function cancelledUpload(remote: Remote, bytes: number): Promise<void> {
  const stop = new AbortController()
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (let sent = 0; ; sent += 65_536) {
      if (sent >= bytes) stop.abort()
      yield Buffer.alloc(65_536)
    }
  }
  await assert.rejects(remote.upload(endless(), 'up/cancelled.bin', { signal: stop.signal }), (error: unknown) => {
    assert.ok(error instanceof TransferError)
    assert.equal(error.code, 'aborted')
    return true
  })
  assert.equal(await remote.exists('up/cancelled.bin'), false)
}

/** The next calls on the same remote are answered by what they asked. */
async function nextCallsAreRight(remote: Remote): Promise<void> {
  assert.equal((await remote.stat('hello.txt'))?.size, 13)
  assert.equal(String(await remote.readFile('hello.txt')), 'hello, world\n')
}

interface Case {
  readonly server: LabName
  readonly proxy?: LabName
  readonly dialect?: string
}

const CASES: readonly Case[] = [
  { server: 'vsftpd' },
  { server: 'proftpd' },
  { server: 'pure-ftpd' },
  { server: 'pyftpdlib' },
  { server: 'vsftpd', proxy: 'modproxy', dialect: 'user' },
  { server: 'vsftpd', proxy: 'squid', dialect: 'user' },
  { server: 'vsftpd', proxy: 'suse', dialect: 'user' },
]

describe('cancelling against real programs', () => {
  for (const { server: name, proxy: proxyName, dialect } of CASES) {
    const skip = skipWithout(...[name, proxyName].filter((one) => one !== undefined))
    it(`${name}${proxyName ? ` through ${proxyName}` : ''}: the next call is right every time`, {
      skip,
      timeout: 120_000,
    }, async () => {
      await using server = await startLab(name)
      await using proxy = proxyName ? await startLab(proxyName) : undefined
      await sparse(server)
      const { user, password } = proxyAccount
      await using remote = await connect(`ftp://${account.user}:${account.password}@${server.host}:${server.port}`, {
        proxy: proxy && dialect ? { dialect, host: proxy.host, port: proxy.port, user, password } : false,
        timeouts: { reply: 5_000, connect: 5_000 },
      })
      const pick = random(7)
      for (let time = 0; time < TIMES; time++) {
        await cancelledDownload(remote, pick(40_000_000))
        await nextCallsAreRight(remote)
        await cancelledUpload(remote, pick(4_000_000))
        await nextCallsAreRight(remote)
      }
    })
  }
})

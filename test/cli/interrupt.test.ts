import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startServer, startSftpServer } from '../../src/testing/index.js'
import { start } from './spawn.js'

const FILES = { '/big.bin': new Uint8Array(20_000_000) }
const LOGIN = ['--user', 'demo', '--password-env', 'PW']

interface Served {
  readonly url: string
  readonly flags: readonly string[]
  /** What was asked of the server so far. */
  asked(): readonly string[]
  names(): Promise<string[]>
}

const SERVERS: Readonly<Record<string, (t: TestContext) => Promise<Served>>> = {
  async ftp(t) {
    const server = await startServer({ files: FILES })
    t.after(() => server.close())
    return { url: server.url, flags: LOGIN, asked: () => server.commands, names: () => namesIn(server.store) }
  },
  async sftp(t) {
    const server = await startSftpServer({ files: FILES })
    t.after(() => server.close())
    const flags = [...LOGIN, '--host-key', server.fingerprint]
    return { url: server.url, flags, asked: () => server.requests, names: () => namesIn(server.store) }
  },
}

async function namesIn(store: { list(dir: string): AsyncIterable<{ name: string }> }): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of store.list('/')) names.push(name)
  return names
}

/** Starts the command, interrupts it once the server was asked for the transfer, and resolves with its exit code. */
async function interrupted(served: Served, words: readonly string[], begun: RegExp): Promise<number | null> {
  const child = start([...words, ...served.flags], { env: { PW: 'demo' } })
  child.stdin?.on('error', () => {}).write('the beginning of a file')
  const exit = once(child, 'exit') as Promise<[number | null]>
  while (!served.asked().some((line) => begun.test(line))) await pause(10)
  child.kill('SIGINT')
  return (await exit)[0]
}

describe('the first SIGINT', () => {
  for (const [protocol, serve] of Object.entries(SERVERS)) {
    test(`ends put of a standard input that stands still, and leaves no partial file (${protocol})`, async (t) => {
      const served = await serve(t)
      assert.equal(await interrupted(served, ['put', '-', `${served.url}/up.txt`], /^(STOR|OPEN).*up\.txt/), 130)
      assert.deepEqual(await served.names(), ['big.bin'])
    })

    test(`ends get into a standard output that is not read (${protocol})`, async (t) => {
      const served = await serve(t)
      assert.equal(await interrupted(served, ['get', `${served.url}/big.bin`, '-'], /^(RETR|READ)/), 130)
    })
  }
})

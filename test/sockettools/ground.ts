import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as S from '../../src/sockettools/index.js'
import {
  type ProxyOptions,
  type ServerOptions,
  startProxy,
  startServer,
  type TestProxy,
  type TestServer,
} from '../../src/testing/index.js'

export const PASSWORD = 'sesame-7'

/** The servers and files of a test. Everything it starts is ended with it. */
export interface Ground {
  at(name: string): string
  server(options?: ServerOptions): Promise<TestServer>
  proxy(options: ProxyOptions): Promise<TestProxy>
  /** A handle of a client that is logged in. */
  connect(server: TestServer, options?: number, more?: { host?: string; seconds?: number }): Promise<number>
}

export function onGround(name: string, work: (ground: Ground) => Promise<void>, skip?: string | false): void {
  test(name, { skip, timeout: 60_000 }, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sallyport-st-'))
    const started: { close(): Promise<void> }[] = []
    const keep = <T extends { close(): Promise<void> }>(thing: T): T => {
      started.push(thing)
      return thing
    }
    assert.ok(await S.FtpInitialize(null, null))
    try {
      await work({
        at: (file) => join(dir, file),
        server: async (options) => keep(await startServer({ users: { demo: PASSWORD }, ...options })),
        proxy: async (options) => keep(await startProxy(options)),
        connect: async (server, options = S.FTP_OPTION_PASSIVE, { host = '127.0.0.1', seconds = 10 } = {}) => {
          const client = await S.FtpConnect(host, server.port, 'demo', PASSWORD, seconds, options, null)
          assert.notEqual(client, S.INVALID_CLIENT, await whatFailed())
          return client
        },
      })
    } finally {
      await S.FtpUninitialize()
      for (const thing of started.reverse()) await thing.close()
      await rm(dir, { recursive: true })
    }
  })
}

/** The text of the last error. */
export async function whatFailed(): Promise<string> {
  const text = { value: '' }
  await S.FtpGetErrorString(await S.FtpGetLastError(), text, 4000)
  return text.value
}

/** A call that must succeed with a result code; fails with the error otherwise. */
export async function answers(call: Promise<number>, code: number): Promise<void> {
  assert.equal(await call, code, await whatFailed())
}

/** A call that fails with an error. */
export async function failsWith(call: Promise<number | boolean>, code: number): Promise<void> {
  const answer = await call
  assert.ok(answer === -1 || answer === false || answer === 0, `it answered ${answer}`)
  assert.equal(await S.FtpGetLastError(), code, await whatFailed())
}

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { describe } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { TransferOptions } from '../../src/index.js'
import type { TestServer } from '../../src/testing/index.js'
import { namesIn, PASSWORD, sample, scene } from './scene.js'

const FILE = sample(24 * 1024 * 1024)

/** A process of its own that downloads the file. */
async function downloading(server: TestServer, target: string, options: TransferOptions): Promise<ChildProcess> {
  const library = new URL('../../src/index.js', import.meta.url).href
  const script = `const { connect } = await import(${JSON.stringify(library)})
    const remote = await connect(${JSON.stringify(server.url)}, { user: 'demo', password: ${JSON.stringify(PASSWORD)} })
    await remote.download('/big.bin', ${JSON.stringify(target)}, ${JSON.stringify(options)})`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' })
  await once(child, 'spawn')
  return child
}

type Spans = readonly (readonly [from: number, to: number])[]

/** What a record says has landed, once it is so many spans; it is written every two seconds. */
async function recorded(path: string, count: number): Promise<Spans> {
  for (const limit = Date.now() + 30_000; Date.now() < limit; await pause(5)) {
    const spans = existsSync(path) ? spansOf(await readFile(path, 'utf8')) : []
    if (spans.length === count) return spans
  }
  assert.fail(`no record of ${count} spans was written`)
}

function spansOf(record: string): Spans {
  const { landed, spans = [[0, landed]] } = JSON.parse(record)
  return spans
}

describe('a process that is killed in the middle of a download', () => {
  for (const segments of [1, 3])
    scene(`over ${segments} session(s) leaves what a later one goes on from`, async (s) => {
      const server = await s.server({ files: { '/big.bin': FILE } })
      const options = { segments, resume: true }
      const child = await downloading(server, s.at('big.bin'), { ...options, rateLimit: 3 * 1024 * 1024 })
      await recorded(s.at('.big.bin.part.json'), segments)
      child.kill('SIGKILL')
      assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL'])
      const spans = spansOf(await readFile(s.at('.big.bin.part.json'), 'utf8'))
      const kept = spans.reduce((sum, [from, to]) => sum + to - from, 0)
      assert.ok(kept > 0 && kept < FILE.length)

      const remote = await s.connect(server)
      const asked = server.commands.length
      const result = await remote.download('/big.bin', s.at('big.bin'), options)
      assert.deepEqual([result.from, result.bytes, result.retries], [kept, FILE.length - kept, 0])
      const restarts = server.commands.slice(asked).filter((line) => line.startsWith('REST'))
      const ends = spans.map(([, to]) => `REST ${to - 4096}`)
      assert.deepEqual(restarts.sort(), ends.sort())
      assert.ok(FILE.equals(await readFile(s.at('big.bin'))), 'the file is not what it should be')
      assert.deepEqual(await namesIn(s.dir), ['big.bin'])
    })
})

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runScenario, type ScenarioResult } from '../../../../src/cli/demo/scenario.js'
import { closingTable, transcript, verdict } from '../../../../src/cli/demo/transcript.js'
import { type Fault, startProxy, startServer } from '../../../../src/testing/index.js'

async function result(t: import('node:test').TestContext, fault: Fault): Promise<ScenarioResult> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-passage-'))
  t.after(() => rm(directory, { recursive: true }))
  const file = join(directory, 'sent')
  await writeFile(file, Buffer.alloc(5000, 1))
  const server = await startServer({ users: { me: 'secret' }, faults: [fault] })
  t.after(() => server.close())
  const proxy = await startProxy({ dialect: 'user' })
  t.after(() => proxy.close())
  const where = { server: server.url, proxy: proxy.url, directory, file }
  return await runScenario({ ...where, kind: 'ftp+user', login: { user: 'me', password: 'secret' } })
}

test('a login that is refused fails at connect', async (t) => {
  const found = await result(t, { on: 'PASS', do: { reply: '530 No.' } })
  assert.equal(found.failed?.step, 'connect')
  assert.deepEqual(found.held, [])
  assert.match(closingTable([found]).at(-1) ?? '', /^ftp\+user +FAILED +- +- +- +- +\d+$/)
})

test('a download that is cut fails at download and the verdict says so', async (t) => {
  const found = await result(t, { on: 'RETR', do: { cutDataAt: 100, with: 'end' } })
  assert.equal(found.failed?.step, 'download')
  assert.deepEqual(found.held, ['connect', 'upload', 'verify', 'list'])
  assert.match(verdict([found]), /^1 of six failed\.\nftp\+user failed at download: /)
})

test('an upload that is not what was sent fails at upload', async (t) => {
  const found = await result(t, { on: 'XMD5', do: { reply: `250 ${'0'.repeat(32)}` } })
  assert.equal(found.failed?.step, 'upload')
})

test('the account pairs commands with replies and counts long replies', () => {
  const lines = transcript([
    { type: 'reply', session: 1, code: 220, lines: ['Hello'] },
    { type: 'command', session: 1, text: 'FEAT' },
    { type: 'reply', session: 1, code: 211, lines: ['Features:', ' A', ' B', 'End'] },
    { type: 'command', session: 1, text: 'QUIT' },
  ])
  assert.deepEqual(
    lines.map((line) => line.replace(/ +/g, ' ')),
    [' < 220 Hello', ' > FEAT < 211-Features: … (4 lines)', ' > QUIT'],
  )
})

test('when nothing failed SFTP and all five held', () => {
  assert.equal(verdict([{ kind: 'user', events: [], held: [], elapsedMs: 1 }]), 'SFTP held. All five held.')
})

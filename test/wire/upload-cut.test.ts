import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { describe } from 'node:test'
import type { Fault, TestServer } from '../../src/testing/index.js'
import { contentOf, type Expected, FAST, fails, namesIn, sample, scene } from './scene.js'

const FILE = sample(100_000)
const IN_TIME = 3 * 10 * (FAST.idle + FAST.confirm)

async function namesOn(server: TestServer): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of server.store.list('/')) names.push(name)
  return names.sort()
}

describe('an upload whose data connection ends too early', () => {
  const cuts: readonly [string, Fault['do'], Expected][] = [
    ['with a 226', { cutDataAt: 90_000 }, { code: ['truncated', 'data-connection'] }],
    ['with a reset', { cutDataAt: 90_000, with: 'reset' }, { code: 'data-connection' }],
    ['with a 426', { cutDataAt: 90_000, finalReply: '426 Transfer aborted.' }, { code: 'data-connection' }],
    ['with a 452', { cutDataAt: 90_000, finalReply: '452 No space left.' }, { code: 'disk-full' }],
  ]
  for (const [how, what, expected] of cuts) {
    scene(`${how}, each time: one error, and nothing but the old file under the final name`, async (s) => {
      const server = await s.server({ files: { '/in.bin': 'the old one' } })
      server.addFault({ on: 'STOR', do: { ...what, cutDataAt: 3_000 } })
      const remote = await s.connect(server)
      await writeFile(s.at('in.bin'), FILE)
      await fails(remote.upload(s.at('in.bin'), '/in.bin'), { ...expected, within: IN_TIME })
      assert.equal((await contentOf(server, '/in.bin'))?.toString(), 'the old one')
      assert.ok((await namesOn(server)).every((name) => name === 'in.bin' || name.endsWith('.part')))
      server.clearFaults()
      await remote.upload(s.at('in.bin'), '/in.bin')
      assert.ok(FILE.equals((await contentOf(server, '/in.bin')) ?? Buffer.alloc(0)))
    })

    if (expected.code === 'disk-full') continue
    scene(`${how}, once: the same call goes on and delivers every byte`, async (s) => {
      const server = await s.server({ faults: [{ on: 'STOR', times: 1, do: what }] })
      const remote = await s.connect(server)
      await writeFile(s.at('in.bin'), FILE)
      const result = await remote.upload(s.at('in.bin'), '/in.bin')
      assert.equal(result.retries, 1)
      assert.ok(FILE.equals((await contentOf(server, '/in.bin')) ?? Buffer.alloc(0)))
      assert.deepEqual(await namesOn(server), ['in.bin'])
    })

    scene(`${how}, each time: a later call with resume finishes it byte for byte`, async (s) => {
      const server = await s.server({ faults: [{ on: 'STOR', do: { ...what, cutDataAt: 3_000 } }] })
      const remote = await s.connect(server)
      await writeFile(s.at('in.bin'), FILE)
      const failed = remote.upload(s.at('in.bin'), '/in.bin', { resume: true })
      await fails(failed, { ...expected, hint: /\.in\.bin\.part.*resume/, within: IN_TIME })
      assert.deepEqual(await namesOn(server), ['.in.bin.part'])
      server.clearFaults()
      const result = await remote.upload(s.at('in.bin'), '/in.bin', { resume: true })
      assert.equal(result.from + result.bytes, FILE.length)
      assert.ok(FILE.equals((await contentOf(server, '/in.bin')) ?? Buffer.alloc(0)))
      assert.deepEqual(await namesOn(server), ['in.bin'])
      assert.deepEqual(await namesIn(s.dir), ['in.bin'])
    })
  }

  scene('a server that takes no more bytes: the idle limit ends it, the next call works', async (s) => {
    const server = await s.server({ faults: [{ on: 'STOR', do: { cutDataAt: 1_000, with: 'stall' } }] })
    const remote = await s.connect(server)
    const much = Buffer.alloc(64 * 1024 * 1024, 7)
    await fails(remote.upload(much, '/in.bin'), {
      code: 'timeout',
      phase: 'transfer',
      message: /takes no data/,
      within: 10 * (FAST.idle + FAST.reply),
    })
    assert.equal(await contentOf(server, '/in.bin'), undefined)
    server.clearFaults()
    await remote.upload(FILE, '/in.bin')
    assert.ok(FILE.equals((await contentOf(server, '/in.bin')) ?? Buffer.alloc(0)))
  })

  scene('a stream is sent once: a cut is an error, not a second half', async (s) => {
    const server = await s.server({ faults: [{ on: 'STOR', times: 1, do: { cutDataAt: 10, with: 'reset' } }] })
    const remote = await s.connect(server)
    async function* pieces(): AsyncGenerator<Uint8Array> {
      yield FILE.subarray(0, 50_000)
      yield FILE.subarray(50_000)
    }
    await fails(remote.upload(pieces(), '/in.bin'), { code: 'data-connection', within: 10 * FAST.reply })
    assert.equal(await contentOf(server, '/in.bin'), undefined)
    assert.equal(server.commands.filter((line) => line.startsWith('STOR')).length, 1)
  })
})

describe('the final reply of an upload', () => {
  scene('that comes before the data changes nothing', async (s) => {
    const server = await s.server({ faults: [{ on: 'STOR', do: { finalReplyEarly: true } }] })
    const remote = await s.connect(server)
    const result = await remote.upload(FILE, '/in.bin')
    assert.equal(result.retries, 0)
    assert.ok(FILE.equals((await contentOf(server, '/in.bin')) ?? Buffer.alloc(0)))
  })

  scene('that never comes is made up for by a look at the size on a fresh session', async (s) => {
    const server = await s.server({ faults: [{ on: 'STOR', do: { finalReply: null } }] })
    const remote = await s.connect(server)
    const result = await remote.upload(FILE, '/in.bin')
    assert.deepEqual([result.confirmedBy, result.retries], ['size', 0])
    assert.ok(FILE.equals((await contentOf(server, '/in.bin')) ?? Buffer.alloc(0)))
    assert.deepEqual(await namesOn(server), ['in.bin'])
  })

  scene('that never comes, and another size there: an error, and nothing under the final name', async (s) => {
    const server = await s.server({ faults: [{ on: 'STOR', do: { cutDataAt: 50_000, finalReply: null } }] })
    const remote = await s.connect(server)
    await fails(remote.upload(FILE, '/in.bin'), {
      code: ['unconfirmed', 'data-connection'],
      message: /never confirmed|broke/,
      within: IN_TIME,
    })
    assert.equal(await contentOf(server, '/in.bin'), undefined)
    server.clearFaults()
    assert.equal(await remote.exists('/in.bin'), false)
  })

  scene('that is a refusal: the error carries it', async (s) => {
    const server = await s.server({ faults: [{ on: 'STOR', do: { finalReply: '552 Quota exceeded.' } }] })
    const remote = await s.connect(server)
    const error = await fails(remote.upload(FILE, '/in.bin'), { code: 'disk-full', hint: /quota/i, within: IN_TIME })
    assert.equal(error.reply?.code, 552)
    assert.deepEqual(await namesOn(server), [])
  })
})

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { describe } from 'node:test'
import type { Fault } from '../../src/testing/index.js'
import { type Expected, entriesOf, FAST, fails, namesIn, sample, scene } from './scene.js'

const FILE = sample(100_000)

/** Three tries, the pauses between them, and ten times the limits of each. */
const IN_TIME = 3 * 10 * (FAST.idle + FAST.confirm)

describe('a download whose data connection ends too early', () => {
  const cuts: readonly [string, Fault['do'], Expected][] = [
    ['with a 226', { cutDataAt: 90_000 }, { code: 'truncated', phase: 'transfer', message: /of 100000 bytes/ }],
    ['with a reset', { cutDataAt: 90_000, with: 'reset' }, { code: 'data-connection', phase: 'transfer' }],
    [
      'with a 426',
      { cutDataAt: 90_000, finalReply: '426 Connection closed; transfer aborted.' },
      { code: 'data-connection', phase: 'transfer', message: /426/ },
    ],
    [
      'with a 451',
      { cutDataAt: 90_000, finalReply: '451 Local error in processing.' },
      { code: 'busy', phase: 'transfer', message: /451/ },
    ],
    [
      'and stays silent',
      { cutDataAt: 90_000, with: 'stall' },
      { code: 'timeout', phase: 'transfer', message: /no data/ },
    ],
  ]
  for (const [how, what, expected] of cuts) {
    scene(`${how}, once: the same call goes on and delivers every byte`, async (s) => {
      const server = await s.server({ files: { '/big.bin': FILE }, faults: [{ on: 'RETR', times: 1, do: what }] })
      const remote = await s.connect(server)
      const result = await remote.download('/big.bin', s.at('big.bin'))
      assert.equal(result.retries, 1)
      assert.equal(result.integrity, 'sized')
      assert.ok(FILE.equals(await readFile(s.at('big.bin'))))
      assert.deepEqual(await namesIn(s.dir), ['big.bin'])
    })

    scene(`${how}, each time: one error, nothing under the final name, and resume finishes it`, async (s) => {
      const again = { ...what, cutDataAt: 3_000 }
      const server = await s.server({ files: { '/big.bin': FILE }, faults: [{ on: 'RETR', do: again }] })
      const remote = await s.connect(server)
      const failed = remote.download('/big.bin', s.at('big.bin'), { resume: true })
      await fails(failed, { ...expected, hint: /big\.bin\.part.*resume/, within: IN_TIME })
      assert.deepEqual(await namesIn(s.dir), ['.big.bin.part', '.big.bin.part.json'])
      server.clearFaults()
      const result = await remote.download('/big.bin', s.at('big.bin'), { resume: true })
      assert.equal(result.from + result.bytes, FILE.length)
      // A refusal cuts the data connection at once, with what had not been read from it.
      if (!('finalReply' in what)) assert.equal(result.from, 3_000)
      assert.ok(FILE.equals(await readFile(s.at('big.bin'))))
      assert.deepEqual(await namesIn(s.dir), ['big.bin'])
    })
  }

  scene('leaves what stood under the final name, and no partial file that nobody asked to keep', async (s) => {
    const reset: Fault = { on: 'RETR', do: { cutDataAt: 3_000, with: 'reset' } }
    const server = await s.server({ files: { '/big.bin': FILE }, faults: [reset] })
    const remote = await s.connect(server)
    await writeFile(s.at('big.bin'), 'the old one')
    await fails(remote.download('/big.bin', s.at('big.bin')), { code: 'data-connection', within: IN_TIME })
    assert.equal(await readFile(s.at('big.bin'), 'utf8'), 'the old one')
    assert.deepEqual(await namesIn(s.dir), ['big.bin'])
    assert.equal(await remote.exists('/big.bin'), true)
  })

  scene('a truncated one is kept under its temporary name, which the error gives', async (s) => {
    const server = await s.server({ files: { '/big.bin': FILE }, faults: [{ on: 'RETR', do: { cutDataAt: 3_000 } }] })
    const remote = await s.connect(server)
    const error = await fails(remote.download('/big.bin', s.at('big.bin')), { code: 'truncated', within: IN_TIME })
    const [partial = '', ...more] = await namesIn(s.dir)
    assert.deepEqual(more, [])
    assert.match(partial, /^\.big\.bin\..+\.part$/)
    assert.ok(error.hint?.includes(partial))
    assert.ok(FILE.subarray(0, 3_000).equals(await readFile(s.at(partial))))
  })

  scene('into a buffer: the call throws and the next one works', async (s) => {
    const server = await s.server({
      files: { '/big.bin': FILE },
      faults: [{ on: 'RETR', times: 1, do: { cutDataAt: 9 } }],
    })
    const remote = await s.connect(server)
    await fails(remote.readFile('/big.bin'), { code: 'truncated', within: 10 * FAST.reply })
    assert.ok(FILE.equals(await remote.readFile('/big.bin')))
  })

  scene('a control connection that dies in the middle is replaced', async (s) => {
    const dying: Fault = {
      on: 'RETR',
      times: 1,
      do: { cutDataAt: 50_000, with: 'reset', finalReply: null, close: true },
    }
    const server = await s.server({ files: { '/big.bin': FILE }, faults: [dying] })
    const remote = await s.connect(server)
    const result = await remote.download('/big.bin', s.at('big.bin'))
    assert.equal(result.retries, 1)
    assert.ok(FILE.equals(await readFile(s.at('big.bin'))))
  })
})

describe('the final reply of a download', () => {
  scene('that comes before the data changes nothing', async (s) => {
    const early: Fault = { on: 'RETR', do: { finalReplyEarly: true } }
    const server = await s.server({ files: { '/big.bin': FILE }, faults: [early] })
    const remote = await s.connect(server)
    const result = await remote.download('/big.bin', s.at('big.bin'))
    assert.deepEqual([result.retries, result.bytes], [0, FILE.length])
    assert.ok(FILE.equals(await readFile(s.at('big.bin'))))
  })

  scene('that never comes is made up for by a look at the size on a fresh session', async (s) => {
    const server = await s.server({ files: { '/big.bin': FILE }, faults: [{ on: 'RETR', do: { finalReply: null } }] })
    const remote = await s.connect(server)
    const result = await remote.download('/big.bin', s.at('big.bin'))
    assert.deepEqual([result.confirmedBy, result.retries], ['size', 0])
    assert.ok(FILE.equals(await readFile(s.at('big.bin'))))
    assert.equal(server.commands.filter((line) => line.startsWith('USER')).length, 2)
  })

  scene('that never comes while the file on the server changes its size is an error', async (s) => {
    const server = await s.server({ files: { '/big.bin': FILE }, faults: [{ on: 'RETR', do: { finalReply: null } }] })
    const remote = await s.connect(server, {
      observe(event) {
        if (event.type !== 'closed') return
        server.store.remove('/big.bin').catch(() => {})
      },
    })
    const failed = remote.download('/big.bin', s.at('big.bin'))
    await fails(failed, { code: ['unconfirmed', 'not-found'], within: IN_TIME })
    assert.ok(!(await namesIn(s.dir)).includes('big.bin'))
  })
})

describe('a server that opens the data connection and sends nothing', () => {
  for (const verb of ['RETR', 'MLSD'])
    scene(`${verb}: the idle limit ends it, and the next call works on the same session`, async (s) => {
      const silent: Fault = { on: verb, do: { cutDataAt: 0, with: 'stall' } }
      const server = await s.server({ files: { '/big.bin': FILE }, faults: [silent] })
      const remote = await s.connect(server)
      const call = verb === 'RETR' ? remote.readFile('/big.bin') : entriesOf(remote.list('/'))
      await fails(call, { code: 'timeout', phase: 'transfer', message: /no data/, within: 10 * FAST.idle })
      server.clearFaults()
      assert.ok(FILE.equals(await remote.readFile('/big.bin')))
      assert.equal(server.commands.filter((line) => line.startsWith('USER')).length, 1)
    })
})

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { describe } from 'node:test'
import type { TransferOptions } from '../../src/index.js'
import type { Fault, TestServer } from '../../src/testing/index.js'
import { fails, listener, namesIn, type Scene, sample, scene, until, verbs } from './scene.js'

const MIB = 1024 * 1024
const FILE = sample(12 * MIB)
const FILES = { '/big.bin': FILE }
const SESSIONS = (server: TestServer): number => verbs(server).filter((verb) => verb === 'USER').length

/** Downloads the file in up to three parts, and finds it whole and alone. */
async function got(
  s: Scene,
  server: TestServer,
  { pool, ...options }: TransferOptions & { pool?: { max: number } } = {},
) {
  const { events, observe } = listener()
  const remote = await s.connect(server, { observe, pool })
  const result = await remote.download('/big.bin', s.at('big.bin'), { segments: 3, ...options })
  assert.ok(FILE.equals(await readFile(s.at('big.bin'))), 'the file is not what it should be')
  assert.deepEqual(await namesIn(s.dir), ['big.bin'])
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [`${event.code}: ${event.message}`] : []))
  return { result, warnings, remote }
}

describe('download({ segments })', () => {
  scene('fetches a file over as many sessions, which the pool opens for it and for no longer', async (s) => {
    const server = await s.server({ files: FILES })
    const { result, warnings, remote } = await got(s, server)
    assert.deepEqual([result.bytes, result.from, result.integrity, result.retries], [FILE.length, 0, 'sized', 0])
    assert.deepEqual([SESSIONS(server), warnings], [3, []])
    assert.equal(verbs(server).filter((verb) => verb === 'RETR').length, 3)
    assert.deepEqual(server.commands.filter((line) => line.startsWith('REST')).sort(), ['REST 4190208', 'REST 8384512'])
    const at = server.commands.length
    await Promise.all([remote.readFile('/big.bin'), remote.readFile('/big.bin')])
    assert.ok(!verbs(server, at).includes('USER'))
  })

  scene('keeps to pool.max, and says so', async (s) => {
    const server = await s.server({ files: FILES })
    const { warnings } = await got(s, server, { pool: { max: 2 } })
    assert.deepEqual(warnings, ['fewer-segments: /big.bin comes over 2 sessions: pool.max is 2.'])
    assert.equal(SESSIONS(server), 2)
    const one = await s.server({ files: FILES })
    assert.deepEqual((await got(s, one, { pool: { max: 1 } })).warnings, [
      'no-segments: /big.bin comes in one stream: pool.max is 1.',
    ])
    assert.equal(SESSIONS(one), 1)
  })

  const refusals: readonly [string, Fault['do'], RegExp][] = [
    ['takes no notice of REST', { reply: '350 Restarting, or so.' }, /does not send the bytes at the requested offset/],
    ['does not know REST', { reply: '502 REST not implemented.' }, /refused REST \d+: 502 REST not implemented/],
    ['refuses REST with 501', { reply: '501 No.' }, /refused REST \d+: 501/],
    ['refuses REST with 550', { reply: '550 Not here.' }, /refused REST \d+: 550/],
  ]
  for (const [what, action, reason] of refusals)
    scene(`falls back to one stream where the server ${what}`, async (s) => {
      const server = await s.server({ files: FILES, faults: [{ on: 'REST', do: action }] })
      const { result, warnings } = await got(s, server)
      assert.deepEqual([result.retries, warnings.length], [0, 1])
      assert.match(warnings[0] ?? '', /^no-segments: \/big\.bin comes in one stream: /)
      assert.match(warnings[0] ?? '', reason)
    })

  for (const [what, action] of [
    ['with a 226', { cutDataAt: MIB }],
    ['with a reset', { cutDataAt: MIB, with: 'reset' }],
    ['with the control connection', { cutDataAt: MIB, with: 'reset', finalReply: null, close: true }],
  ] as const)
    scene(`goes on where a part was cut ${what}`, async (s) => {
      const server = await s.server({
        files: FILES,
        faults: [{ on: 'RETR', skip: 1, times: 1, do: action }],
      })
      const { result } = await got(s, server)
      assert.equal(result.retries, 1)
      assert.equal(result.bytes, FILE.length)
    })

  scene('does with one session what a server that allows no second one gives', async (s) => {
    const full: Fault = {
      on: 'connect',
      skip: 1,
      do: { reply: '421 Too many connections from your address.', close: true },
    }
    const server = await s.server({ files: FILES, faults: [full] })
    const { result } = await got(s, server)
    assert.equal(result.retries, 0)
    assert.equal(SESSIONS(server), 1)
    assert.equal(verbs(server).filter((verb) => verb === 'RETR').length, 3)
  })

  scene('does without sessions whose login is refused', async (s) => {
    const server = await s.server({ files: FILES, faults: [{ on: 'PASS', skip: 1, do: { reply: '530 Not again.' } }] })
    const { result } = await got(s, server)
    assert.equal(result.retries, 0)
    // The parts come one after the other, and nothing that was refused is asked for again: that locks accounts.
    assert.equal(verbs(server).filter((verb) => verb === 'RETR').length, 3)
    assert.ok(verbs(server).filter((verb) => verb === 'PASS').length <= 3)
  })

  scene('works behind an FTP proxy, and not where its dialogue cannot be repeated', async (s) => {
    const server = await s.server({ files: FILES })
    const proxy = await s.proxy({ dialect: 'user' })
    const { events, observe } = listener()
    const remote = await s.connect(server, { proxy: proxy.url, observe })
    await remote.download('/big.bin', s.at('one'), { segments: 3 })
    assert.ok(FILE.equals(await readFile(s.at('one'))))
    assert.ok(SESSIONS(server) >= 3)
    const { hostname, port } = new URL(proxy.url)
    const asks = { dialect: 'user', host: hostname, port: Number(port), prompt: async () => '1' }
    const other = await s.connect(server, { proxy: asks, observe })
    await other.download('/big.bin', s.at('two'), { segments: 3 })
    assert.ok(FILE.equals(await readFile(s.at('two'))))
    assert.deepEqual(
      events.flatMap((event) => (event.type === 'warning' ? [event.message] : [])),
      ['/big.bin comes in one stream: each session would ask the prompt again.'],
    )
  })

  scene('goes on with a later call; what has landed is not fetched again', async (s) => {
    const cut: Fault = { on: 'RETR', do: { cutDataAt: 600_000, with: 'reset' } }
    const server = await s.server({ files: FILES, faults: [cut] })
    const remote = await s.connect(server)
    const failed = remote.download('/big.bin', s.at('big.bin'), { segments: 3, resume: true })
    await fails(failed, { code: 'data-connection', hint: /resume/ })
    server.clearFaults()
    const { spans } = JSON.parse(await readFile(s.at('.big.bin.part.json'), 'utf8'))
    const landed = spans.reduce((sum: number, [from, to]: [number, number]) => sum + to - from, 0)
    assert.ok(landed > 3 * 500_000, `${landed}`)
    const result = await remote.download('/big.bin', s.at('big.bin'), { segments: 3, resume: true })
    assert.deepEqual([result.from, result.bytes], [landed, FILE.length - landed])
    assert.ok(FILE.equals(await readFile(s.at('big.bin'))))
    assert.deepEqual(await namesIn(s.dir), ['big.bin'])
  })

  scene('begins again when the source was replaced between two calls', async (s) => {
    const cut: Fault = { on: 'RETR', do: { cutDataAt: 600_000, with: 'reset' } }
    const server = await s.server({ files: FILES, faults: [cut] })
    const remote = await s.connect(server)
    await fails(remote.download('/big.bin', s.at('big.bin'), { segments: 3, resume: true }), {
      code: 'data-connection',
    })
    server.clearFaults()
    const other = sample(12 * MIB, 2)
    await remote.writeFile('/big.bin', other)
    const result = await remote.download('/big.bin', s.at('big.bin'), { segments: 3, resume: true })
    assert.equal(result.from, 0)
    assert.ok(other.equals(await readFile(s.at('big.bin'))))
  })

  scene('holds for the large files of a tree, beside small ones', async (s) => {
    const server = await s.server({ files: { '/t/big.bin': FILE, '/t/a': 'a', '/t/sub/b': 'b' } })
    const remote = await s.connect(server)
    const result = await remote.download('/t', s.at('t'), { recursive: true, segments: 3 })
    assert.deepEqual([result.files, result.bytes], [3, FILE.length + 2])
    assert.ok(FILE.equals(await readFile(s.at('t/big.bin'))))
    assert.equal(verbs(server).filter((verb) => verb === 'RETR').length, 5)
  })

  scene('is cancelled at once and leaves nothing, neither here nor there', async (s) => {
    const server = await s.server({ files: FILES, faults: [{ on: 'RETR', do: { cutDataAt: 3 * MIB, with: 'stall' } }] })
    const stop = new AbortController()
    const remote = await s.connect(server)
    const failed = fails(remote.download('/big.bin', s.at('big.bin'), { segments: 3, signal: stop.signal }), {
      code: 'aborted',
    })
    await until(() => verbs(server).filter((verb) => verb === 'RETR').length === 3, 'three parts are on their way')
    stop.abort()
    await failed
    server.clearFaults()
    assert.deepEqual(await namesIn(s.dir), [])
    assert.ok(FILE.equals(await remote.readFile('/big.bin')))
  })

  scene('is refused where it cannot mean anything, before a byte goes out', async (s) => {
    const server = await s.server({ files: FILES })
    const remote = await s.connect(server)
    const at = server.commands.length
    const sink = new Writable({ write: (_chunk, _encoding, done) => done() })
    await writeFile(s.at('here'), 'x')
    for (const segments of [0, 65, 1.5])
      await fails(remote.download('/big.bin', s.at('big.bin'), { segments }), {
        code: 'bad-argument',
        message: /segments/,
      })
    const refused = { code: 'bad-argument', message: /part/ } as const
    await fails(remote.download('/big.bin', sink, { segments: 2 }), refused)
    await fails(remote.download('/', s.dir, { segments: 2, recursive: true, type: 'ascii' }), refused)
    await fails(remote.upload(s.at('here'), '/up', { segments: 2 }), refused)
    await fails(remote.upload(s.dir, '/up', { segments: 2, recursive: true }), refused)
    assert.deepEqual(server.commands.slice(at), [])
  })
})

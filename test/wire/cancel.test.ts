import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { describe } from 'node:test'
import { type Remote, TransferError } from '../../src/index.js'
import { rawServer } from './raw-server.js'
import { contentOf, entriesOf, FAST, fails, namesIn, randomOf, type Scene, sample, scene } from './scene.js'

const FILE = sample(3_000_000)
const OLD = sample(1_000, 2)
const ROUNDS = 40
const IN_TIME = 10 * (FAST.idle + FAST.reply)

/** Fires after that many turns of the event loop. */
function after(turns: number): AbortSignal {
  const stop = new AbortController()
  let left = turns
  const turn = (): void => {
    if (left-- > 0) setImmediate(turn)
    else stop.abort(new Error('changed my mind'))
  }
  turn()
  return stop.signal
}

type Call = (remote: Remote, signal: AbortSignal, s: Scene) => Promise<unknown>

const CALLS: Readonly<Record<string, Call>> = {
  stat: (remote, signal) => remote.stat('/big', { signal }),
  list: (remote, signal) => entriesOf(remote.list('/many', { signal })),
  readFile: (remote, signal) => remote.readFile('/big', { signal }),
  download: (remote, signal, s) => remote.download('/big', s.at('big'), { signal }),
  upload: (remote, signal) => remote.upload(FILE, '/up', { signal }),
  'upload in place': (remote, signal) => remote.upload(FILE, '/place', { signal, temporary: 'none' }),
}

describe('an AbortSignal', () => {
  for (const [name, call] of Object.entries(CALLS)) {
    scene(`that has fired already: ${name} sends nothing`, async (s) => {
      const server = await s.server({ files: { '/big': FILE, '/many/a': '' } })
      const remote = await s.connect(server)
      const before = [...server.commands]
      const error = await fails(call(remote, AbortSignal.abort('early'), s), { code: 'aborted', within: IN_TIME })
      assert.equal(error.cause, 'early')
      assert.deepEqual(server.commands, before)
      assert.equal((await remote.stat('/big'))?.size, FILE.length)
    })

    scene(`that fires at some moment of ${name}, ${ROUNDS} times over: the next call is right`, async (s) => {
      const files = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`/many/file-${at}`, '']))
      const server = await s.server({ files: { ...files, '/big': FILE, '/up': OLD, '/small': 'right' } })
      const remote = await s.connect(server, {
        timeouts: { connect: 5_000, reply: 5_000, idle: 5_000, confirm: 5_000 },
      })
      await writeFile(s.at('big'), OLD)
      const random = randomOf(7)
      let [cancelled, hints] = [0, '']
      for (let round = 0; round < ROUNDS; round++) {
        const failed = await call(remote, after(Math.floor(random() * 40)), s).then(
          () => false,
          (error: unknown) => {
            assert.ok(error instanceof TransferError, String(error))
            assert.equal(error.code, 'aborted', error.message)
            hints += error.hint ?? ''
            return true
          },
        )
        if (failed) cancelled++
        assert.equal((await remote.readFile('/small')).toString(), 'right', `round ${round}`)
        assert.deepEqual(await namesIn(s.dir), ['big'])
        const [local, up] = [await readFile(s.at('big')), await contentOf(server, '/up')]
        assert.ok(local.equals(OLD) || local.equals(FILE))
        assert.ok(up?.equals(OLD) || up?.equals(FILE))
      }
      assert.ok(cancelled > 0, 'some were cancelled')
      // One that was cancelled between RNFR and RNTO stands there whole, and its error said so.
      const left = (await entriesOf(remote.list('/'))).map((entry) => entry.name).filter((one) => one.endsWith('.part'))
      assert.ok(
        left.every((one) => hints.includes(one)),
        left.join(' '),
      )
    })
  }

  scene('during connect and login: no session is left on the server', async (s) => {
    const server = await s.server()
    const random = randomOf(11)
    let cancelled = 0
    for (let round = 0; round < ROUNDS; round++) {
      await s.connect(server, { signal: after(Math.floor(random() * 25)) }).then(
        (remote) => remote.close(),
        (error: unknown) => {
          assert.ok(error instanceof TransferError && error.code === 'aborted', String(error))
          cancelled++
        },
      )
    }
    assert.ok(cancelled > 0 && cancelled < ROUNDS, `${cancelled} of ${ROUNDS}`)
  })

  scene('while the server is silent: connect ends at once, before its limits', async (s) => {
    const raw = s.keep(await rawServer({ greeting: () => {} }))
    const timeouts = { ...FAST, connect: 60_000, reply: 60_000 }
    await fails(s.connect(raw.url, { timeouts, signal: after(5) }), { code: 'aborted', within: IN_TIME })
  })

  scene('in the middle of a tree: it stops, and says aborted', async (s) => {
    const files = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`/t/file-${at}`, 'x']))
    const server = await s.server({ files })
    const stop = new AbortController()
    const remote = await s.connect(server)
    const download = remote.download('/t', s.at('t'), {
      recursive: true,
      signal: stop.signal,
      onProgress: ({ path }) => path.endsWith('file-20') && stop.abort(),
    })
    await fails(download, { code: 'aborted', within: IN_TIME })
    assert.ok((await namesIn(s.at('t'))).every((name) => /^file-\d+$/.test(name)))
    assert.equal(await remote.exists('/t/file-1'), true)
  })

  scene('timeouts.total ends a whole call, and the next one works', async (s) => {
    const server = await s.server({ files: { '/big': FILE, '/small': 'right' } })
    const remote = await s.connect(server)
    remote.configure({ timeouts: { total: 300 } })
    await fails(remote.download('/big', s.at('big'), { rateLimit: 100_000 }), { code: 'timeout', within: IN_TIME })
    assert.deepEqual(await namesIn(s.dir), [])
    assert.equal((await remote.readFile('/small')).toString(), 'right')
  })
})

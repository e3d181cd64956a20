import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { describe } from 'node:test'
import { copy, type Remote } from '../../src/index.js'
import { fails, namesIn, type Scene, sample, scene, until, verbs } from './scene.js'

const FILE = sample(4_000)

type Call = (remote: Remote, signal: AbortSignal, s: Scene) => Promise<unknown>

/** Everything that moves a file, in whatever way. */
const CALLS: Readonly<Record<string, Call>> = {
  readFile: (remote, signal) => remote.readFile('/file', { signal }),
  read: (remote, signal) => text(remote.read('/file', { signal })),
  'open to read': async (remote, signal) => await (await remote.open('/file', 'r', { signal })).read(FILE.length),
  download: (remote, signal, s) => remote.download('/file', s.at('file'), { signal }),
  'download of a tree': (remote, signal, s) => remote.download('/', s.dir, { recursive: true, signal }),
  writeFile: (remote, signal) => remote.writeFile('/up', FILE, { signal }),
  copy: (remote, signal) => copy({ remote, path: '/file' }, { remote, path: '/up' }, { signal }),
  write: (remote, signal) => streamed(remote, signal),
  'open to write': async (remote, signal) => {
    const file = await remote.open('/up', 'w', { signal })
    await file.write(FILE).finally(() => file.cancel())
  },
}

function streamed(remote: Remote, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    remote.write('/up', { signal }).on('error', reject).on('finish', resolve).end(FILE)
  })
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
}

describe('connect({ rateLimit })', () => {
  for (const [name, call] of Object.entries(CALLS))
    scene(`holds for ${name}, which a signal ends`, async (s) => {
      const server = await s.server({ files: { '/file': FILE } })
      const stop = new AbortController()
      // At this rate the first thousand bytes take a quarter of an hour.
      const remote = await s.connect(server, { rateLimit: 1, pool: { max: 2 } })
      const failed = fails(call(remote, stop.signal, s), { code: 'aborted' })
      await until(() => verbs(server).some((verb) => verb === 'RETR' || verb === 'STOR'), 'the transfer begins')
      await turns(200)
      stop.abort()
      await failed
      assert.equal((await remote.stat('/file'))?.size, FILE.length)
      assert.ok((await namesIn(s.dir)).every((one) => one !== 'file'))
    })

  scene('that is no rate is refused before anything is dialled', async (s) => {
    const server = await s.server()
    for (const rateLimit of [0, -1, Number.NaN])
      await fails(s.connect(server, { rateLimit }), { code: 'bad-argument', message: /bytes per second above 0/ })
    assert.deepEqual(server.commands, [])
  })
})

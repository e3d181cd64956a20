import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { copy, type Remote } from '../../src/index.js'
import type { TestServer } from '../../src/testing/index.js'
import { contentOf, FAST, fails, type Scene, sample, scene } from './scene.js'

const COUNT = 12
const CONTENT = Array.from({ length: COUNT }, (_, at) => sample(at * 3_000, at + 1))
const files = Object.fromEntries(CONTENT.map((bytes, at) => [`/from/${at}`, bytes]))
/** Nobody waits for ever: what waits in a circle ends here, and fails. */
const timeouts = { ...FAST, reply: 5_000, idle: 5_000, total: 30_000 }

interface End {
  readonly server: TestServer
  readonly remote: Remote
}

async function end(s: Scene, max: number, maxSessions?: number): Promise<End> {
  const server = await s.server({ files: { ...files, '/to/': '' }, maxSessions })
  return { server, remote: await s.connect(server, { pool: { max }, timeouts }) }
}

/** All files from one to the other at once, each under a name of its own. */
function copies(from: End, to: End, mark: string): Promise<void>[] {
  return CONTENT.map(async (bytes, at) => {
    const signal = AbortSignal.timeout(timeouts.total)
    const there = { remote: to.remote, path: `/to/${mark}-${at}` }
    await copy({ remote: from.remote, path: `/from/${at}` }, there, { signal })
    assert.ok(bytes.equals((await contentOf(to.server, there.path)) ?? Buffer.from('none')), there.path)
  })
}

describe('copies from server to server', () => {
  scene('in opposite directions at once, with one session each, do not wait for each other for ever', async (s) => {
    const [one, other] = [await end(s, 1), await end(s, 1)]
    await Promise.all([...copies(one, other, 'there'), ...copies(other, one, 'back')])
    assert.deepEqual([one.server.sessions, other.server.sessions], [1, 1])
  })

  scene('in a circle of three', async (s) => {
    const [a, b, c] = [await end(s, 1), await end(s, 1), await end(s, 1)]
    await Promise.all([...copies(a, b, 'ab'), ...copies(b, c, 'bc'), ...copies(c, a, 'ca'), ...copies(a, c, 'ac')])
  })

  scene('within one server, many at once on two sessions, with others to and from it', async (s) => {
    const [one, other] = [await end(s, 2), await end(s, 1)]
    const within = copies(one, one, 'within')
    await Promise.all([...within, ...copies(one, other, 'out'), ...copies(other, one, 'in')])
    assert.ok(one.server.sessions <= 2)
  })

  scene('within a server that allows only one session: an error that says so', async (s) => {
    const { remote } = await end(s, 2, 1)
    const to = { remote, path: '/to/x' }
    await fails(copy({ remote, path: '/from/1' }, to), { code: 'too-many-sessions', message: /holds already/ })
    assert.equal((await remote.stat('/from/1'))?.size, 3_000)
  })

  scene('whose sessions are lost in between begin again with both ends', async (s) => {
    const [one, other] = [await end(s, 1), await end(s, 1)]
    one.server.addFault({ on: 'RETR', times: 3, skip: 2, do: { reset: true, cutDataAt: 100 } })
    other.server.addFault({ on: 'STOR', times: 3, skip: 3, do: { close: true } })
    await Promise.all([...copies(one, other, 'there'), ...copies(other, one, 'back')])
  })
})

import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe } from 'node:test'
import type { ConnectOptions, Remote } from '../../src/index.js'
import { startSftpServer } from '../../src/testing/index.js'
import { entriesOf, type Scene, scene } from './scene.js'

const CALLS = 200
const REMOTES = 64
/** From the eleventh on Node warns of a leak (MaxListenersExceededWarning). */
const MOST = 10

const count = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

const DIALS: Readonly<Record<string, (s: Scene) => Promise<(options: ConnectOptions) => Promise<Remote>>>> = {
  async FTP(s) {
    const server = await s.server({ files: { '/a': 'x' } })
    return (options) => s.connect(server, options)
  },
  async SFTP(s) {
    const server = s.keep(await startSftpServer({ files: { '/a': 'x' }, maxSessions: REMOTES + 1 }))
    const login = { user: 'demo', password: 'demo', sshConfig: false, hostKey: { fingerprint: server.fingerprint } }
    return (options) => s.connect(server.url, { ...login, ...options })
  },
}

/** Small and large calls in turn. */
function call(remote: Remote, at: number, signal?: AbortSignal): Promise<unknown> {
  const calls = [
    () => remote.stat('/a', { signal }),
    () => remote.readFile('/a', { signal }),
    () => remote.writeFile(`/b${at}`, 'y', { signal }),
    () => entriesOf(remote.list('/', { signal })),
  ]
  return calls[at % calls.length]?.() ?? Promise.resolve()
}

/** Runs the work and returns the most listeners that the signal had meanwhile. */
async function mostDuring(signal: AbortSignal, work: Promise<unknown>): Promise<number> {
  let most = count(signal)
  let over = false
  const watched = work.finally(() => {
    over = true
  })
  while (!over) {
    await new Promise((turn) => setImmediate(turn))
    most = Math.max(most, count(signal))
  }
  await watched
  return most
}

for (const [protocol, dial] of Object.entries(DIALS))
  describe(`one signal over ${protocol}`, () => {
    scene(`of ${CALLS} calls that overlap has few listeners, and none afterwards`, async (s) => {
      const connect = await dial(s)
      const remote = await connect({ pool: { max: 4 } })
      const { signal } = new AbortController()
      const calls = Array.from({ length: CALLS }, (_, at) => call(remote, at, signal))
      const most = await mostDuring(signal, Promise.all(calls))
      assert.ok(most <= MOST, `${most} listeners`)
      assert.equal(count(signal), 0)
    })

    scene(`of ${REMOTES} remotes has few listeners, and none while nothing is done`, async (s) => {
      const connect = await dial(s)
      const { signal } = new AbortController()
      const work = async (): Promise<void> => {
        const options = { signal, timeouts: { connect: 20_000, reply: 20_000 } }
        const remotes = await Promise.all(Array.from({ length: REMOTES }, () => connect(options)))
        assert.equal(count(signal), 0, 'while nothing is done')
        await Promise.all(remotes.map((remote, at) => call(remote, at)))
      }
      const most = await mostDuring(signal, work())
      assert.ok(most <= MOST, `${most} listeners`)
      assert.equal(count(signal), 0)
    })

    scene('ends every call that waits for it', async (s) => {
      const connect = await dial(s)
      const remote = await connect({ pool: { max: 1 } })
      const stop = new AbortController()
      const calls = Array.from({ length: 50 }, (_, at) => call(remote, at, stop.signal))
      stop.abort()
      const outcomes = await Promise.allSettled(calls)
      assert.ok(outcomes.every(({ status }) => status === 'rejected'))
      assert.equal(count(stop.signal), 0)
    })
  })

import assert from 'node:assert/strict'
import { Readable, Writable } from 'node:stream'
import { describe } from 'node:test'
import {
  type ConnectOptions,
  connect,
  copy,
  type ErrorCode,
  type Remote,
  type Store,
  TransferError,
} from '../../src/index.js'
import { startSftpServer } from '../../src/testing/index.js'
import { loginTo } from '../sftp/scene.js'
import { ca, good } from '../tls/fixtures.js'
import { entriesOf, fails, type Scene, sample, scene, until } from '../wire/scene.js'

/** More than the buffers of the kernel take, so that the server is not done before the caller is. */
const FILE = Buffer.alloc(64_000_000)
const PIECE = sample(100_000)
const LIMITS = { connect: 20_000, reply: 20_000, idle: 20_000, confirm: 20_000 }
const never = (): Promise<never> => new Promise(() => {})

/** A server in this process, and a connection to it. */
interface Side {
  readonly remote: Remote
  readonly store: Store
  /** Ends every connection of the server. */
  close(): Promise<void>
}

type Protocol = 'ftp' | 'ftpes' | 'sftp'

async function sideOf(s: Scene, protocol: Protocol, options: ConnectOptions = {}): Promise<Side> {
  const files = { '/big': FILE }
  if (protocol === 'sftp') {
    const server = s.keep(await startSftpServer({ files }))
    const remote = s.keep(await connect(server.url, loginTo(server, { timeouts: LIMITS, ...options })))
    return { remote, store: server.store, close: () => server.close() }
  }
  const server = await s.server({ files, ...(protocol === 'ftpes' && { tls: good }) })
  const tls = protocol === 'ftpes' && { tls: { ca } }
  const remote = await s.connect(server, { timeouts: LIMITS, ...tls, ...options })
  return { remote, store: server.store, close: () => server.close() }
}

/** A call that waits for the caller's code, which never answers. */
interface Course {
  /** Resolves once the call waits, with how it ended. */
  begin(
    side: Side,
    signal: AbortSignal,
    s: Scene,
  ): Promise<{ readonly call: Promise<unknown>; readonly stands: () => boolean; readonly ended: () => unknown }>
}

function upload(make: (stood: () => void, end: (error: unknown) => void) => Parameters<Remote['upload']>[0]): Course {
  return {
    async begin({ remote }, signal) {
      let [stands, ended]: [boolean, unknown] = [false, undefined]
      const source = make(
        () => {
          stands = true
        },
        (error) => {
          ended = error
        },
      )
      return { call: remote.upload(source, '/up', { signal }), stands: () => stands, ended: () => ended }
    },
  }
}

function download(
  make: (stood: () => void, end: (error: unknown) => void) => Parameters<Remote['download']>[1],
): Course {
  return {
    async begin({ remote }, signal) {
      let [stands, ended]: [boolean, unknown] = [false, undefined]
      const sink = make(
        () => {
          stands = true
        },
        (error) => {
          ended = error
        },
      )
      return { call: remote.download('/big', sink, { signal }), stands: () => stands, ended: () => ended }
    },
  }
}

const COURSES: Readonly<Record<string, Course>> = {
  'upload of a Readable': upload((stood, end) => {
    let given = false
    return new Readable({
      read() {
        if (given) stood()
        else this.push(PIECE)
        given = true
      },
      destroy(error, done) {
        end(error)
        // A stream that fails late, when nobody listens any more.
        setImmediate(() => done(new Error('late')))
      },
    })
  }),
  'upload of a ReadableStream': upload((stood, end) => {
    let given = false
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (!given) controller.enqueue(PIECE)
        else stood()
        if (given) await never()
        given = true
      },
      cancel: async (error) => {
        end(error)
        await never()
      },
    })
  }),
  'upload of an async generator': upload((stood, end) => {
    end('not asked')
    return (async function* () {
      yield PIECE
      stood()
      await never()
    })()
  }),
  'upload of an iterator whose return() throws': upload((stood, end) => {
    let given = false
    return {
      [Symbol.asyncIterator]: () => ({
        async next() {
          if (given) stood()
          if (given) await never()
          given = true
          return { done: false, value: PIECE }
        },
        return() {
          end('returned')
          throw new Error('late')
        },
      }),
    }
  }),
  'download into a Writable': download(
    (stood, end) =>
      new Writable({
        highWaterMark: 1,
        write: stood,
        destroy(error, done) {
          end(error)
          setImmediate(() => done(new Error('late')))
        },
      }),
  ),
  'download into a WritableStream': download((stood, end) => {
    // Its abort() is called after the write that is under way, which never ends.
    end('not asked')
    return new WritableStream<Uint8Array>({
      write: () => {
        stood()
        return never()
      },
    })
  }),
  'remote.read()': {
    async begin({ remote }, signal) {
      const stream = remote.read('/big', { signal })
      const failed = new Promise<never>((_, reject) => stream.once('error', reject))
      stream.read(1)
      return { call: failed, stands: () => stream.readableLength > 0, ended: () => stream.errored }
    },
  },
  'remote.write()': {
    async begin({ remote }, signal) {
      const stream = remote.write('/up', { signal })
      const failed = new Promise<never>((_, reject) => stream.once('error', reject))
      let written = false
      stream.write(PIECE, () => {
        written = true
      })
      return { call: failed, stands: () => written, ended: () => stream.errored }
    },
  },
}

interface End {
  readonly code: readonly ErrorCode[]
  readonly options?: Pick<Required<ConnectOptions>, 'timeouts'>
  /** The server and the connection are usable afterwards. */
  readonly lives: boolean
  come(side: Side, stop: AbortController): unknown
}

const ENDS: Readonly<Record<string, End>> = {
  signal: { code: ['aborted'], lives: true, come: (_, stop) => stop.abort(new Error('changed my mind')) },
  'timeouts.total': { code: ['timeout'], lives: true, come: () => {} },
  'close()': { code: ['closed'], lives: false, come: ({ remote }) => remote.close() },
  'a lost session': { code: ['session-lost'], lives: false, come: (side) => side.close() },
}

async function namesOf(store: Store): Promise<string[]> {
  return (await entriesOf(store.list('/'))).map(({ name }) => name).sort()
}

for (const protocol of ['ftp', 'ftpes', 'sftp'] as const)
  describe(`a caller who stands still over ${protocol}`, () => {
    for (const [course, { begin }] of Object.entries(COURSES))
      for (const [how, end] of Object.entries(ENDS))
        scene(`${course}, ended by ${how}`, async (s) => {
          const side = await sideOf(s, protocol)
          if (how === 'timeouts.total') side.remote.configure({ timeouts: { total: 500 } })
          const stop = new AbortController()
          const { call, stands, ended } = await begin(side, stop.signal, s)
          call.catch(() => {})
          if (how !== 'timeouts.total') await until(stands, 'the call waits for the caller')
          await end.come(side, stop)
          const error = await fails(call, { code: end.code, within: 10_000 })
          const reason = ended()
          // The error of the call may say more by then: what is left on the server.
          if (typeof reason !== 'string') assert.equal(reason instanceof TransferError && reason.code, error.code)
          if (!end.lives) return
          side.remote.configure({ timeouts: { total: 60_000 } })
          assert.equal((await side.remote.stat('/big'))?.size, FILE.length)
          const left = (await namesOf(side.store)).filter((name) => name !== 'big' && name !== 'up')
          assert.deepEqual(left, [], 'partial files')
        })

    for (const [how, end] of Object.entries(ENDS))
      for (const which of ['source', 'target'] as const)
        scene(`copy(), ended by ${how} of the ${which}`, async (s) => {
          const [source, target] = [await sideOf(s, protocol), await sideOf(s, protocol)]
          const side = which === 'source' ? source : target
          if (how === 'timeouts.total') side.remote.configure({ timeouts: { total: 1_000 } })
          const stop = new AbortController()
          const call = copy(
            { remote: source.remote, path: '/big' },
            { remote: target.remote, path: '/up' },
            { signal: stop.signal, rateLimit: 1_024, retries: 0 },
          )
          call.catch(() => {})
          const isThere = async (): Promise<boolean> =>
            (await namesOf(target.store)).some((name) => name.includes('up'))
          if (how !== 'timeouts.total') while (!(await isThere())) await new Promise((resolve) => setImmediate(resolve))
          await end.come(side, stop)
          await fails(call, { code: [...end.code, 'data-connection', 'tls'], within: 10_000 })
          if (!end.lives) return
          side.remote.configure({ timeouts: { total: 60_000 } })
          for (const { remote } of [source, target]) assert.equal((await remote.stat('/big'))?.size, FILE.length)
          assert.deepEqual(await namesOf(target.store), ['big'], 'partial files')
        })
  })

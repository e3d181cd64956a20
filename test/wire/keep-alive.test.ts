import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type ConnectOptions, connect, type Remote } from '../../src/index.js'
import { type Answer, type Peer, type RawServer, rawServer } from './raw-server.js'
import { entriesOf, FAST, fails, listener, PASSWORD, type Scene, sample, scene, until } from './scene.js'

/** Milliseconds. */
const IDLE = 20
/** Longer than several NOOPs would need to come, if they came. */
const A_WHILE = 10 * IDLE
const FILE = sample(200_000)
const HALF = FILE.length / 2

/** When, and how, a server answers a NOOP that comes while data flows. Then its session lives, or not. */
interface Manner {
  readonly atOnce?: string
  readonly before?: string
  readonly after?: string
  /** The answer to a held NOOP comes a moment behind the final reply, in a packet of its own. */
  readonly late?: true
  /** The answer comes in front of the next command's. */
  readonly withNext?: string
  /** A NOOP when idle is not answered either. */
  readonly mute?: true
  readonly off?: true
  readonly lost?: true
}

const MANNERS: Readonly<Record<string, Manner>> = {
  'at once': { atOnce: '200 ok\r\n' },
  'before the final reply': { before: '200 ok\r\n' },
  'right after the final reply': { after: '200 ok\r\n' },
  'some time after the final reply': { after: '200 ok\r\n', late: true },
  'with 500 at once': { atOnce: '500 unknown\r\n', off: true },
  'with 502 before the final reply': { before: '502 not now\r\n', off: true },
  'with 501 after the final reply': { after: '501 what\r\n', off: true },
  never: { mute: true, off: true, lost: true },
  'only with the next command': { withNext: '200 ok\r\n', mute: true, off: true, lost: true },
}

interface Kept extends RawServer {
  /** NOOPs so far. */
  readonly noops: number
  /** What was stored last. */
  readonly stored: Buffer
  /** Resolves when one more NOOP has come while data flows. */
  noopsBeside(count: number): Promise<void>
}

/** A server whose transfers last until a NOOP has come beside them. */
async function keeper(s: Scene, manner: Manner, on: Readonly<Record<string, Answer>> = {}): Promise<Kept> {
  let flowing = false
  let held = 0
  let beside = 0
  let stored = Buffer.alloc(0)
  const noopsBeside = (count: number): Promise<void> => until(() => beside >= count, `${count} NOOPs beside a transfer`)
  const answersOf = (text = ''): string => text.repeat(held)
  const transfer = (move: (peer: Peer) => Promise<void>, final = '226 done\r\n'): Answer => {
    return async (_, peer) => {
      peer.say('150 here it comes\r\n')
      beside = 0
      flowing = true
      await move(peer)
      flowing = false
      const after = answersOf(manner.after)
      peer.say(answersOf(manner.before) + final + (manner.late ? '' : after))
      if (manner.late) await pause(IDLE)
      if (!manner.withNext) held = 0
      return manner.late ? after : undefined
    }
  }
  const sending = async (peer: Peer, first: Uint8Array | string, rest: Uint8Array | string): Promise<void> => {
    const data = await peer.data()
    data.resume()
    data.write(first)
    await noopsBeside(manner.atOnce === '200 ok\r\n' ? 3 : 1)
    data.end(rest)
    await once(data, 'close').catch(() => {})
  }
  const noop: Answer = (_, peer) => {
    if (!flowing) return manner.mute ? undefined : '200 idle\r\n'
    beside++
    if (manner.atOnce) return manner.atOnce
    held++
    void peer
    return undefined
  }
  /** Every answer but a NOOP's, with what a held NOOP is still due in front. */
  const due =
    (answer: (argument: string) => string): Answer =>
    (argument) => {
      const owed = manner.withNext && !flowing ? answersOf(manner.withNext) : ''
      if (owed) held = 0
      return owed + answer(argument)
    }
  const raw = s.keep(
    await rawServer({
      on: {
        FEAT: '211-Features\r\n EPSV\r\n SIZE\r\n MLST type*;size*;\r\n211 End\r\n',
        NOOP: noop,
        MLST: due(() => '550 no such file\r\n'),
        SIZE: due((path) =>
          path.startsWith('/in') || path.startsWith('/.in') ? `213 ${stored.length}\r\n` : `213 ${FILE.length}\r\n`,
        ),
        SITE: due((word) => `250 ${word}\r\n`),
        RNFR: due(() => '350 to?\r\n'),
        RNTO: due(() => '250 renamed\r\n'),
        RETR: transfer((peer) => sending(peer, FILE.subarray(0, HALF), FILE.subarray(HALF))),
        MLSD: transfer((peer) => sending(peer, 'type=file;size=1; one\r\n', 'type=file;size=2; two\r\n')),
        STOR: transfer(async (peer) => {
          const chunks: Buffer[] = []
          for await (const chunk of await peer.data()) chunks.push(chunk as Buffer)
          stored = Buffer.concat(chunks)
        }),
        ABOR: async () => {
          await until(() => !flowing, 'the transfer is over')
          return '226 aborted\r\n'
        },
        ...on,
      },
    }),
  )
  return {
    ...raw,
    get sessions() {
      return raw.sessions
    },
    get noops() {
      return raw.lines.filter((line) => line === 'NOOP').length
    },
    get stored() {
      return stored
    },
    noopsBeside,
  }
}

const KEEP: ConnectOptions = { keepAlive: { idleMs: IDLE, duringTransfer: true } }

/** Fails unless each of some further commands gets the answer that belongs to it. */
async function answersAreRight(remote: Remote): Promise<void> {
  for (const word of ['one', 'two', 'three']) {
    const { code, text } = await remote.session.command(`SITE ${word}`)
    assert.deepEqual([code, text], [250, word])
  }
  assert.deepEqual(remote.lastReply, { code: 250, text: 'three' })
}

/** What a manner promises once a transfer is over: whose session still stands, and whether another NOOP may come. */
async function kept(raw: Kept, remote: Remote, manner: Manner, warnings: readonly string[]): Promise<void> {
  await answersAreRight(remote)
  assert.equal(raw.sessions, manner.lost ? 2 : 1)
  assert.deepEqual(warnings, manner.off ? ['keep-alive-off'] : [])
  const before = raw.noops
  if (!manner.off) return await until(() => raw.noops >= before + 2, 'it goes on when idle')
  await pause(A_WHILE)
  assert.equal(raw.noops, before)
  await answersAreRight(remote)
  assert.equal(raw.sessions, manner.lost ? 2 : 1)
}

function watch(): { readonly warnings: string[]; readonly closed: () => number; readonly options: ConnectOptions } {
  const { events, observe } = listener()
  const warnings: string[] = []
  return {
    warnings,
    closed: () => events.filter(({ type }) => type === 'closed').length,
    options: {
      ...KEEP,
      observe(event) {
        observe(event)
        if (event.type === 'warning' && event.code === 'keep-alive-off') warnings.push(event.code)
      },
    },
  }
}

for (const [name, manner] of Object.entries(MANNERS))
  describe(`a server that answers NOOPs beside a transfer ${name}`, () => {
    scene('a download is right, and so is every answer after it', async (s) => {
      const { warnings, options } = watch()
      const raw = await keeper(s, manner)
      const remote = await s.connect(raw.url, options)
      assert.ok(FILE.equals(await remote.readFile('/a')))
      await kept(raw, remote, manner, warnings)
    })

    scene('an upload is right, renamed at once, and so is every answer after it', async (s) => {
      const { warnings, options } = watch()
      const raw = await keeper(s, manner)
      const remote = await s.connect(raw.url, options)
      async function* pieces(): AsyncGenerator<Uint8Array> {
        yield FILE.subarray(0, HALF)
        await raw.noopsBeside(1)
        yield FILE.subarray(HALF)
      }
      const { retries, integrity } = await remote.upload(pieces(), '/in.bin')
      assert.deepEqual([retries, integrity], [0, 'sized'])
      assert.ok(FILE.equals(raw.stored))
      assert.equal(raw.lines.filter((line) => line.startsWith('STOR')).length, 1)
      assert.equal(raw.lines.filter((line) => line === 'RNTO /in.bin').length, 1)
      await kept(raw, remote, manner, warnings)
    })

    scene('a listing is right, and so is every answer after it', async (s) => {
      const { warnings, options } = watch()
      const raw = await keeper(s, manner)
      const remote = await s.connect(raw.url, options)
      const names = (await entriesOf(remote.list('/'))).map((entry) => entry.name)
      assert.deepEqual(names, ['one', 'two'])
      await kept(raw, remote, manner, warnings)
    })

    scene('a transfer that is cancelled with a NOOP pending leaves the answers right', async (s) => {
      const { warnings, options } = watch()
      const raw = await keeper(s, manner, {
        RETR: undefined,
        // Nothing ends this one but the client.
        ...(await endless(manner)),
      })
      const remote = await s.connect(raw.url, options)
      const stop = new AbortController()
      const reading = fails(remote.readFile('/a', { signal: stop.signal }), { code: 'aborted' })
      await until(() => raw.noops >= 1, 'a NOOP is out')
      stop.abort()
      await reading
      await answersAreRight(remote)
      assert.equal(raw.sessions, manner.lost ? 2 : 1)
      assert.deepEqual(warnings, manner.off ? ['keep-alive-off'] : [])
    })
  })

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { ConnectOptions, Remote } from '../../src/index.js'
import { FILE, HALF, type Keeper, keeper, MANNERS, type Manner } from './keeper.js'
import { type Answer, type RawServer, rawServer } from './raw-server.js'
import { entriesOf, FAST, fails, listener, scene, until } from './scene.js'

/** Milliseconds. */
const IDLE = 20
/** Longer than several NOOPs would need to come, if they came. */
const A_WHILE = 10 * IDLE

/** Fails unless each of some further commands gets the answer that belongs to it. */
async function answersAreRight(remote: Remote): Promise<void> {
  for (const word of ['one', 'two', 'three']) {
    const { code, text } = await remote.session.command(`SITE ${word}`)
    assert.deepEqual([code, text], [250, word])
  }
  assert.deepEqual(remote.lastReply, { code: 250, text: 'three' })
}

/** After a transfer: the session is still open or not, NOOPs are still sent or not, and every reply is right. */
async function promisesKept(raw: Keeper, remote: Remote, manner: Manner, warnings: readonly string[]): Promise<void> {
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

/** Options that keep alive, and what is heard of it. */
function watched(keepAlive: ConnectOptions['keepAlive'] = { idleMs: IDLE, duringTransfer: true }) {
  const { events, observe } = listener()
  return {
    options: { keepAlive, observe },
    closed: () => events.filter(({ type }) => type === 'closed').length,
    get warnings(): string[] {
      return events.flatMap((event) => (event.type === 'warning' ? [event.code] : []))
    },
  }
}

for (const [name, manner] of Object.entries(MANNERS))
  describe(`a server that answers NOOPs beside a transfer ${name}`, () => {
    scene('a download is right, and so is every answer after it', async (s) => {
      const heard = watched()
      const raw = await keeper(s, manner)
      const remote = await s.connect(raw.url, heard.options)
      assert.ok(FILE.equals(await remote.readFile('/a')))
      await promisesKept(raw, remote, manner, heard.warnings)
    })

    scene('an upload is right, sent once, renamed, and so is every answer after it', async (s) => {
      const heard = watched()
      const raw = await keeper(s, manner)
      const remote = await s.connect(raw.url, heard.options)
      async function* pieces(): AsyncGenerator<Uint8Array> {
        yield FILE.subarray(0, HALF)
        await raw.noopsBeside(1)
        yield FILE.subarray(HALF)
      }
      const { retries } = await remote.upload(pieces(), '/in.bin')
      assert.equal(retries, 0)
      assert.ok(FILE.equals(raw.stored))
      assert.equal(raw.lines.filter((line) => line.startsWith('STOR')).length, 1)
      assert.equal(raw.lines.filter((line) => line === 'RNTO /in.bin').length, 1)
      await promisesKept(raw, remote, manner, heard.warnings)
    })

    scene('a listing is right, and so is every answer after it', async (s) => {
      const heard = watched()
      const raw = await keeper(s, manner)
      const remote = await s.connect(raw.url, heard.options)
      const names = (await entriesOf(remote.list('/'))).map((entry) => entry.name)
      assert.deepEqual(names, ['one', 'two'])
      await promisesKept(raw, remote, manner, heard.warnings)
    })

    scene("a refusal at the end is the transfer's", async (s) => {
      const heard = watched()
      const raw = await keeper(s, manner)
      const remote = await s.connect(raw.url, heard.options)
      const error = await fails(remote.readFile('/refused'), { code: ['busy', 'local', 'refused'] })
      assert.equal(error.reply?.code, 451)
      await promisesKept(raw, remote, manner, heard.warnings)
    })

    scene('a data connection that breaks is reported, no ABOR follows, and every answer is right', async (s) => {
      const heard = watched()
      const raw = await keeper(s, manner)
      const remote = await s.connect(raw.url, heard.options)
      const error = await fails(remote.readFile('/broken'), { code: 'data-connection' })
      assert.equal(error.reply?.code, 426)
      await promisesKept(raw, remote, manner, heard.warnings)
      assert.ok(!raw.lines.includes('ABOR'))
    })

    scene('a transfer cancelled with a NOOP pending leaves the answers right', async (s) => {
      const heard = watched()
      const raw = await keeper(s, manner)
      const remote = await s.connect(raw.url, heard.options)
      const stop = new AbortController()
      const reading = fails(remote.readFile('/endless', { signal: stop.signal }), { code: 'aborted' })
      await raw.noopsBeside(1)
      stop.abort()
      await reading
      // ABOR is the next command of a server that answers with that one.
      const fate = manner.withNext ? {} : manner
      await answersAreRight(remote)
      assert.equal(raw.sessions, fate.lost ? 2 : 1)
      assert.deepEqual(heard.warnings, fate.off ? ['keep-alive-off'] : [])
    })

    scene('a range that is left early with a NOOP pending leaves the answers right', async (s) => {
      const heard = watched()
      const raw = await keeper(s, manner)
      const remote = await s.connect(raw.url, heard.options)
      const file = await remote.open('/endless', 'r')
      assert.ok((await file.read(10)).equals(FILE.subarray(0, 10)))
      await raw.noopsBeside(1)
      await file.cancel()
      assert.ok(FILE.subarray(0, HALF).equals(await remote.readFile('/endless', { to: HALF })))
      await answersAreRight(remote)
    })
  })

describe('NOOPs beside a transfer', () => {
  /** A file that ends only after a while, and which lines came in it. */
  function slow(before: string, rest: string, seen: string[]): Answer {
    return async (_, peer) => {
      peer.say('150 here it comes\r\n')
      const data = await peer.data()
      const lines: string[] = []
      peer.socket.on('data', (chunk: Buffer) => lines.push(chunk.toString('latin1')))
      data.resume()
      data.write(before)
      await pause(A_WHILE)
      seen.push(...lines)
      data.end(rest)
      await once(data, 'close').catch(() => {})
      return '226 done\r\n'
    }
  }

  scene('are not sent unless they were asked for', async (s) => {
    const seen: string[] = []
    const raw = s.keep(await rawServer({ on: { RETR: slow('some', 'thing', seen) } }))
    const remote = await s.connect(raw.url, { keepAlive: { idleMs: IDLE } })
    assert.equal((await remote.readFile('/a')).toString(), 'something')
    assert.deepEqual(seen, [])
  })

  scene('are not sent once every announced byte is here, though the data connection stays open', async (s) => {
    const seen: string[] = []
    const raw = s.keep(await rawServer({ on: { SIZE: '213 9\r\n', RETR: slow('something', '', seen) } }))
    const remote = await s.connect(raw.url, { keepAlive: { idleMs: 4 * IDLE, duringTransfer: true } })
    assert.equal((await remote.readFile('/a')).toString(), 'something')
    assert.deepEqual(seen, [])
  })

  for (const verb of ['RETR', 'STOR'])
    scene(`are not sent after the last byte of ${verb}, however long the final reply takes`, async (s) => {
      const seen: string[] = []
      const hesitating: Answer = async (_, peer) => {
        peer.say('150 go on\r\n')
        const data = await peer.data()
        if (verb === 'RETR') data.end('something')
        data.resume()
        await once(data, 'end')
        data.end()
        peer.socket.on('data', (chunk: Buffer) => seen.push(chunk.toString('latin1')))
        await pause(A_WHILE)
        seen.push('226')
        return '226 done\r\n'
      }
      const raw = s.keep(await rawServer({ on: { [verb]: hesitating, SIZE: '213 9\r\n', CWD: '550 no\r\n' } }))
      const remote = await s.connect(raw.url, { keepAlive: { idleMs: 4 * IDLE, duringTransfer: true } })
      if (verb === 'RETR') assert.equal((await remote.readFile('/a')).toString(), 'something')
      else await once(remote.write('/a').end('something'), 'close')
      assert.equal(seen[0], '226')
    })

  scene('that stay unanswered fail no stream whose end was confirmed', async (s) => {
    const raw = await keeper(s, { mute: true })
    const remote = await s.connect(raw.url, watched().options)
    const sink = remote.write('/in.bin')
    sink.write(FILE.subarray(0, HALF))
    await raw.noopsBeside(1)
    await once(sink.end(FILE.subarray(HALF)), 'close')
    assert.ok(FILE.equals(raw.stored))
    await answersAreRight(remote)
  })

  scene('are not followed by a second one when ABOR is answered only once', async (s) => {
    const raw = await keeper(s, { mute: true }, { ABOR: undefined })
    const remote = await s.connect(raw.url, watched().options)
    const file = await remote.open('/endless', 'r')
    await file.read(1)
    await raw.noopsBeside(1)
    const before = raw.noops
    await file.cancel()
    await answersAreRight(remote)
    assert.deepEqual([raw.noops, raw.sessions], [before, 2])
  })

  scene('that make a transfer stand still, as in mod_proxy, are left out of its next try', async (s) => {
    const heard = watched()
    const answers: Record<string, Answer> = { ABOR: undefined, SIZE: `213 ${FILE.length}\r\n`, MLST: '500 unknown\r\n' }
    const raw: RawServer = s.keep(
      await rawServer({
        on: {
          ...answers,
          NOOP: undefined,
          RETR: async (_, peer) => {
            peer.say('150 here it comes\r\n')
            const data = await peer.data()
            data.resume()
            const from = raw.lines.length
            data.write(FILE.subarray(0, HALF))
            await pause(A_WHILE)
            if (raw.lines.slice(from).includes('NOOP')) return undefined
            data.end(FILE.subarray(HALF))
            return '226 done\r\n'
          },
        },
      }),
    )
    const remote = await s.connect(raw.url, heard.options)
    const { retries, bytes } = await remote.download('/a', s.at('a'))
    assert.deepEqual([retries, bytes], [1, FILE.length])
    assert.deepEqual([raw.sessions, heard.warnings], [2, ['keep-alive-off']])
    assert.equal(raw.lines.filter((line) => line === 'NOOP').length, 1)
  })

  scene("a 421 in answer to one is everybody's: the transfer fails, the next call has a fresh session", async (s) => {
    const heard = watched()
    const raw = await keeper(s, { atOnce: '421 too long\r\n' })
    const remote = await s.connect(raw.url, heard.options)
    await fails(remote.readFile('/a'), { code: ['session-lost', 'unconfirmed'] })
    assert.equal(heard.closed(), 1)
    await answersAreRight(remote)
    assert.deepEqual([raw.sessions, heard.warnings], [2, []])
  })
})

describe('NOOPs when idle', () => {
  const SITE: Answer = (word) => `250 ${word}\r\n`
  const noops = (raw: { readonly lines: readonly string[] }): number =>
    raw.lines.filter((line) => line === 'NOOP').length

  scene('come for as long as nothing else is said, and harm no answer', async (s) => {
    const raw = s.keep(await rawServer({ on: { SITE } }))
    const heard = watched(true)
    await s.connect(raw.url, heard.options)
    const remote = await s.connect(raw.url, { keepAlive: { idleMs: IDLE } })
    for (let round = 1; round <= 3; round++) {
      await until(() => noops(raw) >= 3 * round, 'three more NOOPs')
      await answersAreRight(remote)
    }
    assert.equal(raw.sessions, 2)
  })

  scene('do not come without the option, nor before the login', async (s) => {
    const raw = s.keep(await rawServer({ on: { SITE } }))
    await s.connect(raw.url)
    const remote = await s.connect(raw.url, { login: false, keepAlive: { idleMs: IDLE } })
    await pause(A_WHILE)
    assert.equal(noops(raw), 0)
    await remote.login()
    await until(() => noops(raw) >= 2, 'NOOPs after the login')
  })

  const byHand: readonly (readonly [string, readonly string[], Readonly<Record<string, string>>])[] = [
    ['230 to PASS', ['USER me', 'PASS secret'], { USER: '331 word?\r\n', PASS: '230 in\r\n' }],
    ['232 to USER', ['user me'], { USER: '232 in\r\n' }],
    ['202 to ACCT', ['USER me', 'PASS x', 'ACCT y'], { USER: '331 ?\r\n', PASS: '332 ?\r\n', ACCT: '202 in\r\n' }],
  ]
  for (const [name, lines, on] of byHand)
    scene(`come after a login by commands of the caller's: ${name}`, async (s) => {
      const raw = s.keep(await rawServer({ on: { SITE, ...on } }))
      const remote = await s.connect(raw.url, { login: false, keepAlive: { idleMs: IDLE } })
      for (const line of lines) await remote.session.command(line)
      await until(() => noops(raw) >= 2, 'NOOPs after the login')
      await answersAreRight(remote)
    })

  scene('come before a login where that is asked for, also when the server wants one', async (s) => {
    for (const answer of ['200 yes', '530 log in']) {
      const raw = s.keep(await rawServer({ on: { SITE, NOOP: `${answer}\r\n` } }))
      const remote = await s.connect(raw.url, { login: false, keepAlive: { idleMs: IDLE, beforeLogin: true } })
      await until(() => noops(raw) >= 3, 'NOOPs without a login')
      await remote.login()
      await answersAreRight(remote)
    }
  })

  scene('do not come between two commands that belong together', async (s) => {
    const raw = s.keep(await rawServer({ on: { SITE, RNFR: '350 to?\r\n', RNTO: '250 ok\r\n' } }))
    const remote = await s.connect(raw.url, { keepAlive: { idleMs: IDLE } })
    await remote.session.command('RNFR a')
    await pause(A_WHILE)
    await remote.session.command('RNTO b')
    const said = raw.lines.slice(raw.lines.indexOf('RNFR a'))
    assert.equal(said[1], 'RNTO b')
    await until(() => raw.lines.at(-1) === 'NOOP', 'a NOOP after the rename')
  })

  for (const code of [500, 502])
    scene(`end with a ${code}, for every session of the connection; nothing else ends`, async (s) => {
      const heard = watched()
      const raw = s.keep(await rawServer({ on: { SITE, NOOP: `${code} no\r\n` } }))
      const remote = await s.connect(raw.url, heard.options)
      await until(() => heard.warnings.length > 0, 'the warning')
      await pause(A_WHILE)
      await answersAreRight(remote)
      await pause(A_WHILE)
      assert.deepEqual([noops(raw), raw.sessions, heard.warnings], [1, 1, ['keep-alive-off']])
    })

  scene('end when one stays unanswered: the session is replaced, a late 200 is for nobody', async (s) => {
    const heard = watched()
    let late = (): void => {}
    const raw = s.keep(
      await rawServer({
        on: {
          SITE,
          NOOP: (_, peer) => {
            late = () => peer.say('200 at last\r\n')
            return undefined
          },
        },
      }),
    )
    const remote = await s.connect(raw.url, heard.options)
    await until(() => heard.closed() > 0, 'the session is given up')
    late()
    await answersAreRight(remote)
    late()
    await pause(A_WHILE)
    await answersAreRight(remote)
    assert.deepEqual([noops(raw), raw.sessions, heard.warnings], [1, 2, ['keep-alive-off']])
  })

  scene('a 200 that comes just in time is the NOOP’s, and the waiting call gets its own', async (s) => {
    const raw = s.keep(
      await rawServer({
        on: {
          SITE,
          NOOP: async () => {
            await pause(FAST.reply / 2)
            return '200 phew\r\n'
          },
        },
      }),
    )
    const remote = await s.connect(raw.url, watched().options)
    await until(() => noops(raw) > 0, 'a NOOP is out')
    await answersAreRight(remote)
    assert.equal(raw.sessions, 1)
  })

  scene('a call that waits behind an unanswered one is done on a fresh session, once', async (s) => {
    const raw = s.keep(await rawServer({ on: { NOOP: undefined, MKD: '257 "/new" made\r\n' } }))
    const remote = await s.connect(raw.url, watched().options)
    await until(() => noops(raw) > 0, 'a NOOP is out')
    await remote.makeDir('/new')
    assert.deepEqual([raw.lines.filter((line) => line.startsWith('MKD')), raw.sessions], [['MKD /new'], 2])
  })

  scene('a call that waits behind one can be cancelled', async (s) => {
    const raw = s.keep(await rawServer({ on: { NOOP: undefined } }))
    const remote = await s.connect(raw.url, watched().options)
    await until(() => noops(raw) > 0, 'a NOOP is out')
    const error = await fails(remote.makeDir('/new', { signal: AbortSignal.timeout(10) }), { code: 'aborted' })
    assert.equal(error.phase, 'command')
  })

  scene(
    'an idle session that ends with 421 is told at once and replaced; the next one is kept alive too',
    async (s) => {
      for (const asked of [true, false]) {
        const heard = watched()
        let bye = (): void => {}
        const raw: RawServer = s.keep(
          await rawServer({
            greeting: (peer) => {
              peer.say('220 ready\r\n')
              bye = () => peer.say('421 idle for too long\r\n')
            },
            on: { SITE, NOOP: () => (asked && raw.sessions === 1 ? '421 idle for too long\r\n' : '200 ok\r\n') },
          }),
        )
        const remote = await s.connect(raw.url, heard.options)
        if (!asked) bye()
        await until(() => heard.closed() > 0, 'the closed event')
        const before = noops(raw)
        await answersAreRight(remote)
        assert.deepEqual([raw.sessions, heard.warnings], [2, []])
        await until(() => noops(raw) >= before + 2, 'NOOPs on the new session')
      }
    },
  )

  scene('a wrong option is refused before anything is dialled', async (s) => {
    const raw = s.keep(await rawServer({}))
    const wrong: unknown[] = [
      1,
      'yes',
      null,
      { idleMs: 0 },
      { idleMs: '5' },
      { idleMs: 2 ** 31 },
      { duringTransfer: 1 },
    ]
    for (const keepAlive of [...wrong, { idleMS: 5 }]) {
      const { message } = await fails(s.connect(raw.url, { keepAlive } as ConnectOptions), { code: 'bad-argument' })
      assert.match(message, /keepAlive/)
    }
    assert.equal(raw.sessions, 0)
  })
})

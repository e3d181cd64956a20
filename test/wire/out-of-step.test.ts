import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { type Peer, rawServer } from './raw-server.js'
import { fails, scene } from './scene.js'

/** Sends two replies in two writes. */
const twice =
  (first: string, second: string) =>
  (_: string, peer: Peer): undefined => {
    peer.say(`${first}\r\n`)
    setImmediate(() => peer.say(`${second}\r\n`))
  }

describe('a reply too many', () => {
  for (const surplus of ['226 Transfer complete.', '250 Done.', '213 5', '150 Here it comes.'])
    scene(`after a refused rename (${surplus}) is not the answer to the next command`, async (s) => {
      const raw = s.keep(
        await rawServer({
          on: { RNFR: '350 go on\r\n', RNTO: twice('550 No.', surplus), DELE: '550 No such file.\r\n' },
        }),
      )
      const remote = await s.connect(raw.url)
      await fails(remote.rename('/a', '/b'), { code: ['not-found', 'refused', 'permission-denied'] })
      await fails(remote.remove('/c'), { code: ['not-found', 'session-lost'] })
      await fails(remote.remove('/c'), { code: 'not-found' })
    })

  scene('that is found before anything is sent costs the caller nothing but a fresh session', async (s) => {
    let first = true
    const raw = s.keep(
      await rawServer({
        on: {
          DELE: (_, peer) => {
            peer.say(first ? '250 Gone.\r\n226 And done.\r\n' : '250 Gone.\r\n')
            first = false
            return undefined
          },
        },
      }),
    )
    const remote = await s.connect(raw.url)
    await remote.remove('/a')
    await remote.remove('/b')
    assert.equal(raw.sessions, 2)
  })
})

describe('a reply that cannot be its command’s', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['DELE', '213 42', 'a size for DELE'],
    ['DELE', '257 "/x"', 'a directory for DELE'],
    ['DELE', '350 Go on.', 'half a rename for DELE'],
    ['DELE', '250-Listing\r\n type=file;size=3; /a\r\n250 End', 'facts for DELE'],
    ['DELE', '150 Opening data connection', 'the beginning of a transfer for DELE'],
  ]
  for (const [verb, reply, what] of cases)
    scene(`gives the session up: ${what}`, async (s) => {
      const raw = s.keep(await rawServer({ on: { [verb]: `${reply}\r\n` } }))
      const remote = await s.connect(raw.url)
      await fails(remote.remove('/a'), { code: 'session-lost', message: /no answer to it|out of step/ })
      await remote.session.command('NOOP')
      assert.equal(raw.sessions, 2)
    })

  scene('in the look after a refusal gives the session up too', async (s) => {
    const raw = s.keep(
      await rawServer({
        on: { FEAT: '211-F\r\n MLST type*;\r\n211 End\r\n', DELE: '550 No.\r\n', MLST: '226 Transfer complete.\r\n' },
      }),
    )
    const remote = await s.connect(raw.url)
    await fails(remote.remove('/a'), { code: ['refused', 'session-lost', 'not-found', 'permission-denied'] })
    await remote.session.command('NOOP')
    assert.equal(raw.sessions, 2)
  })

  for (const reply of ['202 Superfluous.', '220 Ready.'])
    scene(`is not taken for success: DELE answered ${reply}`, async (s) => {
      const raw = s.keep(await rawServer({ on: { DELE: `${reply}\r\n`, MKD: `${reply}\r\n`, RMD: `${reply}\r\n` } }))
      const remote = await s.connect(raw.url)
      await fails(remote.remove('/a'), { code: ['not-supported', 'protocol'] })
      await fails(remote.makeDir('/d'), { code: ['not-supported', 'protocol'] })
      await fails(remote.removeDir('/d'), { code: ['not-supported', 'protocol'] })
    })
})

describe('replies without end', () => {
  for (const reply of ['200 hi', '226 done', '220 welcome', '226-many\r\n lines\r\n226 done'])
    scene(`to no command (${reply.slice(0, 8)}) end the session at once`, async (s) => {
      const raw = s.keep(
        await rawServer({
          on: {
            NOOP: (_, { socket }) => {
              const more = (): void => {
                while (socket.writable && socket.write(`${reply}\r\n`.repeat(50))) {}
                if (socket.writable) socket.once('drain', more)
              }
              setImmediate(more)
              return '200 ok\r\n'
            },
          },
        }),
      )
      let replies = 0
      const { promise: closed, resolve } = promiseOf()
      const remote = await s.connect(raw.url, {
        observe: ({ type }) => {
          if (type === 'reply') replies++
          if (type === 'closed') resolve()
        },
      })
      await remote.session.command('NOOP')
      await closed // though no call is waiting
      assert.ok(replies < 40, `${replies} replies were taken`)
    })
})

function promiseOf(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

describe('the reply reader', () => {
  scene('skips text before the greeting and shows it', async (s) => {
    const raw = s.keep(
      await rawServer({ greeting: 'Connected by inetd wrapper\r\n  \x1b[1mhost\x1b[0m 7\r\n220 ready\r\n' }),
    )
    const shown: string[] = []
    const remote = await s.connect(raw.url, {
      observe: (event) => {
        if (event.type === 'reply' && event.code === 0) shown.push(...event.lines)
      },
    })
    assert.equal((await remote.session.command('NOOP')).code, 200)
    assert.deepEqual(shown, ['Connected by inetd wrapper', '  \x1b[1mhost\x1b[0m 7'])
  })

  scene('names the text of a server that never greets', async (s) => {
    const raw = s.keep(await rawServer({ greeting: 'hello there\r\n' }))
    await fails(s.connect(raw.url), { code: 'protocol', message: /not an FTP reply: "hello there"/ })
  })

  scene('takes a code that is glued to its text', async (s) => {
    const raw = s.keep(await rawServer({ greeting: '220Service ready\r\n', on: { DELE: '250Deleted\r\n' } }))
    const remote = await s.connect(raw.url)
    await remote.remove('/a')
    assert.equal(remote.lastReply?.text, 'Deleted')
  })

  const odd: readonly (readonly [string, string])[] = [
    ['221-Features\r\n SIZE\r\n MDTM\r\n211 End\r\n', 'whose last line has the right code'],
    ['211-Features\r\n SIZE\r\n MDTM\r\n221 End\r\n', 'whose first line has the right code'],
  ]
  for (const [feat, what] of odd)
    scene(`ends a reply ${what} when nothing more comes`, async (s) => {
      const raw = s.keep(await rawServer({ on: { FEAT: feat, SIZE: '213 7\r\n', MDTM: '213 20261120101500\r\n' } }))
      const remote = await s.connect(raw.url, { timeouts: { reply: 20_000 } })
      assert.equal((await remote.stat('/a'))?.size, 7)
      assert.equal(raw.sessions, 1)
    })
})

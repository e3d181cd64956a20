import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe } from 'node:test'
import type { TransferEvent } from '../../src/index.js'
import { contentOf, entriesOf, fails, listener, namesIn, sample, scene } from '../wire/scene.js'
import { ca, fingerprint, good, pair } from './fixtures.js'

const big = sample(200_000)
const files = { '/big': big, '/empty': '', '/none/': '' }

/** One that takes a download's commands in one flight is dialled with the handshake following at once. */
const SERVERS = [
  { who: 'a server nobody knows', like: {} },
  { who: 'a server that takes flights', like: { greeting: '(vsFTPd 3.0.5)' } },
]

for (const { who, like } of SERVERS) {
  describe(`whose data connection it is: ${who}`, () => {
    for (const implicit of [false, true])
      scene(`another certificate, good as it is, is refused (${implicit ? 'implicit' : 'explicit'})`, async (s) => {
        const server = await s.server({ ...like, tls: { ...good, implicit, dataCert: pair('other') }, files })
        const remote = await s.connect(server, { tls: { ca } })
        await fails(remote.readFile('/big'), { code: 'tls', message: /another certificate/ })
        await fails(remote.upload(big, '/up', { temporary: 'none' }), { code: 'tls', message: /another certificate/ })
        assert.equal((await contentOf(server, '/up'))?.length ?? 0, 0)
      })

    scene('also when any certificate would do', async (s) => {
      const server = await s.server({ ...like, tls: { ...pair('self-signed'), dataCert: pair('other') }, files })
      const remote = await s.connect(server, { tls: { trustAny: true } })
      await fails(remote.readFile('/big'), { code: 'tls', message: /another certificate/ })
    })

    scene('also when that of the control connection is pinned', async (s) => {
      const server = await s.server({ ...like, tls: { ...pair('self-signed'), dataCert: pair('other') }, files })
      const remote = await s.connect(server, { tls: { pin: fingerprint('self-signed') } })
      await fails(remote.readFile('/big'), { code: 'tls', message: /another certificate/ })
    })

    scene('the session goes on after it', async (s) => {
      const server = await s.server({ ...like, tls: { ...good, dataCert: pair('other') }, files })
      const remote = await s.connect(server, { tls: { ca } })
      await fails(remote.readFile('/big'), { code: 'tls' })
      assert.equal((await remote.stat('/big'))?.size, big.length)
    })

    scene('a handshake that stalls ends with the connect limit', async (s) => {
      const server = await s.server({ ...like, tls: good, files, faults: [{ on: 'RETR', do: { stallTls: true } }] })
      const remote = await s.connect(server, { tls: { ca } })
      await fails(remote.readFile('/big'), { code: ['timeout', 'data-connection'], phase: ['tls', 'transfer'] })
    })

    scene('a handshake that stalls can be cancelled', async (s) => {
      const server = await s.server({ ...like, tls: good, files, faults: [{ on: 'RETR', do: { stallTls: true } }] })
      const stop = new AbortController()
      const observe = (event: TransferEvent): void => {
        if (event.type === 'data-open') setImmediate(() => stop.abort())
      }
      const remote = await s.connect(server, { tls: { ca }, observe })
      await fails(remote.readFile('/big', { signal: stop.signal }), { code: 'aborted' })
    })
  })

  describe(`session reuse: ${who}`, () => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const)
      scene(`${maxVersion}: every data connection resumes, fifty mixed transfers`, async (s) => {
        const server = await s.server({ ...like, tls: { ...good, maxVersion, requireReuse: true }, files })
        const { events, observe } = listener()
        const remote = await s.connect(server, { tls: { ca }, observe })
        for (let round = 0; round < 17; round++) {
          await remote.upload(big.subarray(0, round * 100), `/up-${round}`, { temporary: 'none' })
          assert.equal((await remote.readFile(`/up-${round}`)).length, round * 100)
          await entriesOf(remote.list('/none'))
        }
        const data = events.filter((event) => event.type === 'secured' && event.channel === 'data')
        assert.ok(data.length >= 50)
        assert.ok(data.every((event) => event.type === 'secured' && event.reused))
      })

    scene('the result tells', async (s) => {
      for (const tickets of [true, false]) {
        const server = await s.server({ ...like, tls: { ...good, tickets }, files })
        const remote = await s.connect(server, { tls: { ca } })
        assert.equal((await remote.download('/big', s.at(`${tickets}`))).sessionReused, tickets)
      }
    })

    scene("'require' fails where nothing can be resumed, without trying again", async (s) => {
      const server = await s.server({ ...like, tls: { ...good, tickets: false }, files })
      const remote = await s.connect(server, { tls: { ca, reuse: 'require' } })
      await fails(remote.download('/big', s.at('x')), { code: 'tls', message: /did not resume/, hint: /auto/ })
      assert.equal(server.commands.filter((line) => line.startsWith('RETR')).length, 1)
      assert.deepEqual(await namesIn(s.dir), [])
    })

    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const)
      scene(`'never', and a server that demands it (${maxVersion}): the error says so`, async (s) => {
        const server = await s.server({ ...like, tls: { ...good, requireReuse: true, maxVersion }, files })
        const remote = await s.connect(server, { tls: { ca, reuse: 'never' } })
        const error = await fails(remote.readFile('/big'), { code: 'data-connection', hint: /tls\.reuse/ })
        assert.equal(error.reply?.code, 522)
      })

    const refusal = '522 SSL connection failed; session reuse required'
    const logins = (server: { readonly commands: readonly string[] }): number =>
      server.commands.filter((line) => line.startsWith('PASS')).length

    for (const reply of [refusal, '425 session was not resumed', '450 TLS session of data connection not resumed'])
      scene(`${reply.slice(0, 3)} to a session that was fine before: once more on a fresh one`, async (s) => {
        const server = await s.server({ ...like, tls: good, files })
        const remote = await s.connect(server, { tls: { ca } })
        await remote.readFile('/big')
        server.addFault({ on: 'RETR', times: 1, do: { reply } })
        const result = await remote.download('/big', s.at('big'))
        assert.deepEqual([result.retries, result.sessionReused, logins(server)], [1, true, 2])
      })

    scene('a fresh session that is refused as well ends it', async (s) => {
      const server = await s.server({ ...like, tls: good, files, faults: [{ on: 'RETR', do: { reply: refusal } }] })
      const remote = await s.connect(server, { tls: { ca } })
      const error = await fails(remote.download('/big', s.at('big')), { code: 'data-connection', hint: /tls\.reuse/ })
      assert.deepEqual([error.retryable, logins(server)], [false, 2])
    })

    scene("'never' is not tried again", async (s) => {
      const server = await s.server({ ...like, tls: { ...good, requireReuse: true }, files })
      const remote = await s.connect(server, { tls: { ca, reuse: 'never' } })
      const error = await fails(remote.download('/big', s.at('big')), { code: 'data-connection', hint: /tls\.reuse/ })
      assert.deepEqual([error.retryable, logins(server)], [false, 1])
      assert.equal(server.commands.filter((line) => line.startsWith('RETR')).length, 1)
    })

    scene('a session is never offered to another connection', async (s) => {
      const server = await s.server({ ...like, tls: good, files })
      const { events, observe } = listener()
      for (const host of ['127.0.0.1', 'localhost'])
        await s.connect(server.url.replace('127.0.0.1', host), { tls: { ca }, observe })
      const control = events.filter((event) => event.type === 'secured')
      assert.deepEqual(
        control.map(({ reused }) => reused),
        [false, false],
      )
    })
  })

  describe(`nothing to transfer: ${who}`, () => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const)
      scene(`empty files and empty listings complete their handshake, ${maxVersion}`, async (s) => {
        const server = await s.server({ ...like, tls: { ...good, maxVersion, requireReuse: true }, files })
        const remote = await s.connect(server, { tls: { ca } })
        assert.deepEqual(await entriesOf(remote.list('/none')), [])
        assert.equal((await remote.download('/empty', s.at('empty'))).integrity, 'sized')
        assert.equal((await readFile(s.at('empty'))).length, 0)
        await remote.upload(Buffer.alloc(0), '/zero')
        assert.equal((await remote.stat('/zero'))?.size, 0)
      })
  })

  describe(`a data connection that ends without close_notify at 90 %: ${who}`, () => {
    const cut = { cutDataAt: 180_000, with: 'fin' } as const

    scene('the size is known: truncated', async (s) => {
      const server = await s.server({ ...like, tls: good, files, faults: [{ on: 'RETR', do: cut }] })
      const remote = await s.connect(server, { tls: { ca } })
      await fails(remote.readFile('/big'), { code: 'truncated', message: /180000 of 200000/ })
    })

    scene('a download goes on where it was cut', async (s) => {
      const server = await s.server({ ...like, tls: good, files, faults: [{ on: 'RETR', times: 1, do: cut }] })
      const remote = await s.connect(server, { tls: { ca } })
      const { integrity, retries } = await remote.download('/big', s.at('x'))
      assert.deepEqual([integrity, retries], ['sized', 1])
      assert.deepEqual(await readFile(s.at('x')), big)
    })

    scene('it is not known: the result says that nothing is proven', async (s) => {
      const server = await s.server({
        tls: good,
        files,
        without: ['SIZE', 'MLST', 'MLSD'],
        faults: [
          { on: 'RETR', do: { ...cut, firstReply: '150 here it comes' } },
          { on: 'LIST', do: { listLines: ['+i1.1,m824255902,r,\tbig'] } },
        ],
      })
      const remote = await s.connect(server, { tls: { ca } })
      const result = await remote.download('/big', s.at('x'))
      assert.deepEqual([result.bytes, result.integrity], [180_000, 'unproven'])
    })
  })
}

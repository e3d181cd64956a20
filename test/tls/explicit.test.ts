import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { entriesOf, fails, listener, scene, verbs } from '../wire/scene.js'
import { ca, fingerprint, good } from './fixtures.js'

const files = { '/a.txt': 'hello' }
/** What a client may send before TLS without giving anything away. */
const HARMLESS = new Set(['AUTH', 'QUIT'])

describe('explicit TLS', () => {
  scene('AUTH TLS, the login under TLS, PBSZ 0, PROT P, and data under TLS', async (s) => {
    const server = await s.server({ tls: { ...good, required: true }, files })
    const { events, observe } = listener()
    const remote = await s.connect(server, { tls: { ca }, observe })
    assert.equal((await remote.readFile('/a.txt')).toString(), 'hello')
    assert.deepEqual(verbs(server).slice(0, 5), ['AUTH', 'USER', 'PASS', 'PBSZ', 'PROT'])
    assert.ok(server.commands.includes('PROT P'))
    const secured = events.filter((event) => event.type === 'secured')
    assert.deepEqual(
      secured.map(({ channel, reused }) => [channel, reused]),
      [
        ['control', false],
        ['data', true],
      ],
    )
  })

  scene('security tells what was settled', async (s) => {
    const server = await s.server({ tls: good })
    const remote = await s.connect(server, { tls: { ca } })
    const { security } = remote
    assert.equal(security?.protocol, 'TLSv1.3')
    assert.match(security?.cipher ?? '', /^TLS_/)
    // OpenSSL 3.5 prefers a hybrid group, which Node 22 has no name for.
    const hybrid = Number.parseFloat(process.versions.openssl) >= 3.5
    assert.match(security?.keyExchange ?? '', hybrid ? /^(X25519MLKEM768|unknown)$/ : /^ECDH X25519/)
    assert.equal(security?.trusted, true)
    assert.equal(security?.reason, 'chain')
    assert.match(security?.certificate?.subject ?? '', /localhost/)
    assert.match(security?.certificate?.issuer ?? '', /Sallyport test CA/)
    assert.equal(security?.certificate?.fingerprint256, fingerprint('good'))
    assert.ok((security?.certificate?.validFrom ?? new Date()) < new Date())
    assert.ok((security?.certificate?.validTo ?? new Date(0)) > new Date())
    assert.deepEqual(security?.certificate?.names.slice(0, 2), ['localhost', 'ftp.one.test'])
  })

  scene('AUTH TLS refused: AUTH SSL', async (s) => {
    const server = await s.server({ tls: good, faults: [{ on: 'AUTH', times: 1, do: { reply: '504 not TLS' } }] })
    await s.connect(server, { tls: { ca } })
    assert.deepEqual(server.commands.slice(0, 2), ['AUTH TLS', 'AUTH SSL'])
    assert.ok(verbs(server).includes('PASS'))
  })

  scene('334 to AUTH is taken like 234', async (s) => {
    const server = await s.server({ tls: good, faults: [{ on: 'AUTH', do: { finalReply: '334 [ADAT=]' } }] })
    const remote = await s.connect(server, { tls: { ca } })
    assert.ok(remote.security)
  })

  for (const refusal of ['500 unknown', '502 no', '504 no', '530 Please login', '534 policy', '431 no resources'])
    scene(`both refused with ${refusal.slice(0, 3)}: an error, and nothing goes out in the clear`, async (s) => {
      const server = await s.server({ faults: [{ on: 'AUTH', do: { reply: refusal } }] })
      const error = await fails(s.connect(server.url.replace('ftp:', 'ftpes:'), { tls: { ca } }), {
        code: 'tls',
        phase: 'tls',
        message: new RegExp(refusal.slice(0, 3)),
        hint: /ftps:/,
      })
      assert.equal(error.reply?.code, Number(refusal.slice(0, 3)))
      assert.deepEqual(server.commands.slice(0, 2), ['AUTH TLS', 'AUTH SSL'])
      assert.deepEqual(
        verbs(server).filter((verb) => !HARMLESS.has(verb)),
        [],
      )
    })

  for (const glued of ['230 in\r\n', '331 password\r\n', 'x', '\x16\x03\x01'])
    scene(`bytes glued to the 234 (${JSON.stringify(glued)}): given up, nothing more is sent`, async (s) => {
      const reply = [Buffer.from(`234 go on\r\n${glued}`, 'latin1')]
      const server = await s.server({ faults: [{ on: 'AUTH', do: { reply } }] })
      await fails(s.connect(server.url.replace('ftp:', 'ftpes:'), { tls: { ca } }), {
        code: ['protocol', 'wrong-protocol'],
        hint: /injection/,
      })
      assert.deepEqual(server.commands, ['AUTH TLS'])
    })

  scene('a handshake that stalls ends with the connect limit, before the password', async (s) => {
    const server = await s.server({ tls: good, faults: [{ on: 'AUTH', do: { stallTls: true } }] })
    await fails(s.connect(server, { tls: { ca } }), { code: 'timeout', phase: 'tls', message: /handshake/ })
    assert.deepEqual(server.commands, ['AUTH TLS'])
  })

  scene('the server closes after the 234', async (s) => {
    const server = await s.server({ faults: [{ on: 'AUTH', do: { reply: '234 go on', close: true } }] })
    await fails(s.connect(server.url.replace('ftp:', 'ftpes:'), { tls: { ca } }), {
      code: ['tls', 'session-lost'],
    })
    assert.deepEqual(server.commands, ['AUTH TLS'])
  })

  scene('cancelling during the handshake', async (s) => {
    const server = await s.server({ tls: good, faults: [{ on: 'AUTH', do: { stallTls: true } }] })
    const stop = new AbortController()
    const { observe } = listener()
    const connecting = s.connect(server, {
      tls: { ca },
      signal: stop.signal,
      observe: (event) => {
        observe(event)
        if (event.type === 'reply' && event.code === 234) setImmediate(() => stop.abort())
      },
    })
    await fails(connecting, { code: 'aborted' })
  })
})

describe('implicit TLS', () => {
  scene('TLS before the greeting, no AUTH', async (s) => {
    const server = await s.server({ tls: { ...good, implicit: true }, files })
    assert.match(server.url, /^ftps:/)
    const { events, observe } = listener()
    const remote = await s.connect(server, { tls: { ca }, observe })
    assert.deepEqual(
      (await entriesOf(remote.list('/'))).map(({ name }) => name),
      ['a.txt'],
    )
    assert.deepEqual(verbs(server).slice(0, 4), ['USER', 'PASS', 'PBSZ', 'PROT'])
    assert.deepEqual(
      events.filter(({ type }) => type === 'secured').map((event) => 'channel' in event && event.channel),
      ['control', 'data'],
    )
  })

  scene('a handshake that stalls ends with the connect limit', async (s) => {
    const server = await s.server({
      tls: { ...good, implicit: true },
      faults: [{ on: 'connect', do: { stallTls: true } }],
    })
    await fails(s.connect(server, { tls: { ca } }), { code: 'timeout', phase: 'tls', hint: /ftpes:/ })
  })
})

describe('the protection of data', () => {
  for (const refusal of ['534 not allowed', '536 no', '504 no', '502 unknown'])
    scene(`PROT P refused with ${refusal.slice(0, 3)}: an error, nothing is transferred`, async (s) => {
      const server = await s.server({ tls: good, files, faults: [{ on: 'PROT', do: { reply: refusal } }] })
      await fails(s.connect(server, { tls: { ca } }), { code: 'tls', phase: 'tls', hint: /tls\.data/ })
      assert.equal(server.dataConnections, 0)
    })

  scene("tls.data 'clear': PROT C, and data in the clear", async (s) => {
    const server = await s.server({ tls: good, files })
    const { events, observe } = listener()
    const remote = await s.connect(server, { tls: { ca, data: 'clear' }, observe })
    assert.equal((await remote.readFile('/a.txt')).toString(), 'hello')
    assert.ok(server.commands.includes('PROT C'))
    assert.ok(!events.some((event) => event.type === 'secured' && event.channel === 'data'))
  })

  for (const without of [['PBSZ', 'PROT'], ['PROT']])
    scene(`tls.data 'clear' with a server without ${without.join(' and ')}`, async (s) => {
      const server = await s.server({ tls: { ...good, implicit: true }, files, without })
      const remote = await s.connect(server, { tls: { ca, data: 'clear' } })
      assert.equal((await remote.readFile('/a.txt')).toString(), 'hello')
    })

  scene("tls.data 'clear' that the server forbids is an error", async (s) => {
    const server = await s.server({ tls: good, files, faults: [{ on: 'PROT', do: { reply: '534 not in the clear' } }] })
    await fails(s.connect(server, { tls: { ca, data: 'clear' } }), { code: 'tls', phase: 'tls' })
  })

  scene('a server without PBSZ and PROT is never given clear data by itself', async (s) => {
    const server = await s.server({ tls: good, files, without: ['PBSZ', 'PROT'] })
    await fails(s.connect(server, { tls: { ca } }), { code: ['tls', 'not-supported'], phase: 'tls' })
    assert.equal(server.dataConnections, 0)
  })
})

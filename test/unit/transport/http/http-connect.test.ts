import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { dialServer } from '../../../../src/transport/dial.js'
import type { Endpoint } from '../../../../src/transport/endpoint.js'
import { basicToken, type HttpConnectOptions, httpConnect } from '../../../../src/transport/http/http-connect.js'
import { directRoute, type Route } from '../../../../src/transport/route.js'
import { socks } from '../../../../src/transport/socks/socks.js'
import { failureOf, type Peer, peer, readText, type Visit, wireOf } from '../scripted.js'

const direct = directRoute()

const to = { host: 'ftp.example', port: 2121 }
const YES = 'HTTP/1.1 200 Connection established\r\n\r\n'
const login = { user: 'me', password: 'p@ss' }
const BASIC = 'Proxy-Authorization: Basic bWU6cEBzcw=='
const refusal407 = (...fields: string[]): string =>
  `HTTP/1.1 407 Login\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`
const WANTS_BASIC = 'Proxy-Authenticate: Basic realm="lab"'

type Options = Partial<Omit<HttpConnectOptions, 'proxy'>>

function via(proxy: Peer, options: Options = {}): Route {
  return httpConnect({ proxy: proxy.endpoint, secure: false, through: direct, ...options })
}

/** Dials through a proxy that plays `talk`; the server's greeting must be the first bytes. Answers every head it was sent. */
async function dialled(
  talk: (visit: Visit, head: string, at: number) => unknown,
  options: Options = {},
  target: Endpoint = to,
): Promise<string[]> {
  const heads: string[] = []
  await using proxy = await peer(async (visit) => {
    for (;;) {
      const head = await visit.head()
      if (head === '') return
      heads.push(head)
      await talk(visit, head, heads.length - 1)
    }
  })
  const wire = await via(proxy, options).dial(target)
  assert.equal(await readText(wire, 5), '220 x')
  assert.equal(wire.dataHost, target.host)
  assert.deepEqual(wire.peer, target)
  wire.destroy()
  await proxy.gone()
  return heads
}

async function works(talk: (visit: Visit, head: string) => unknown): Promise<void> {
  await dialled(talk)
}

describe('an HTTP CONNECT dial', () => {
  test('asks for the server by name, and says nothing of a login', async () => {
    const [head] = await dialled((visit) => visit.say(`${YES}220 x`), login)
    assert.equal(head, 'CONNECT ftp.example:2121 HTTP/1.1\r\nHost: ftp.example:2121\r\nUser-Agent: Sallyport\r\n\r\n')
  })

  test('puts an IPv6 address into brackets', async () => {
    const [head] = await dialled((visit) => visit.say(`${YES}220 x`), {}, { host: '2001:db8::7', port: 21 })
    assert.match(head ?? '', /^CONNECT \[2001:db8::7\]:21 HTTP\/1\.1\r\nHost: \[2001:db8::7\]:21\r\n/)
  })

  test("sends the caller's own fields", async () => {
    const [head] = await dialled((visit) => visit.say(`${YES}220 x`), { headers: { 'X-Ticket': 'a b' } })
    assert.match(head ?? '', /\r\nX-Ticket: a b\r\n\r\n$/)
  })

  const replies: [what: string, reply: string][] = [
    ['200', YES],
    ['any 2xx', 'HTTP/1.1 299 Fine\r\n\r\n'],
    ['HTTP/1.0 without a reason', 'HTTP/1.0 200\r\n\r\n'],
    ['bare line feeds', 'HTTP/1.1 200 OK\nVia: x\n\n'],
    ['a length that must be ignored (RFC 9110 section 9.3.6)', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ['interim replies before it', `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n${YES}`],
    ['a header of almost 16 KiB', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(16_000)}\r\n\r\n`],
  ]
  for (const [what, reply] of replies) {
    test(`takes ${what}, with the greeting glued to it`, () => works((visit) => visit.say(`${reply}220 x`)))
  }

  test('takes a reply byte by byte, the greeting too', () => works((visit) => visit.dribble(`${YES}220 x`)))

  test('takes a reply cut behind each byte in turn', async () => {
    for (let cut = 1; cut < YES.length; cut++) {
      const { wire, stream } = wireOf()
      const through: Route = { describe: 'direct', dial: async () => wire }
      const dial = httpConnect({ proxy: { host: 'gate', port: 1 }, secure: false, through }).dial(to)
      stream.push(Buffer.from(YES.slice(0, cut)))
      await new Promise(setImmediate)
      stream.push(Buffer.from(`${YES.slice(cut)}220 x`))
      assert.equal(await readText(await dial, 5), '220 x', `cut at ${cut}`)
    }
  })

  test('bytes that come after the reply are the same connection', () =>
    works(async (visit) => {
      visit.say(YES)
      await new Promise(setImmediate)
      visit.say('220 x')
    }))
})

describe('an HTTP proxy that wants a login', () => {
  test('Basic: on the same connection when the proxy keeps it, its page skipped', async () => {
    await using proxy = await peer(async (visit) => {
      assert.doesNotMatch(await visit.head(), /Authorization/)
      visit.say(`${refusal407(WANTS_BASIC, 'Content-Length: 9')}HTTP/1.1 `)
      assert.match(await visit.head(), new RegExp(`\r\n${BASIC}\r\n`))
      visit.say(`${YES}220 x`)
    })
    const wire = await via(proxy, login).dial(to)
    assert.equal(await readText(wire, 5), '220 x')
    wire.destroy()
    assert.equal(proxy.count, 1)
  })

  const closing: [what: string, reply: string][] = [
    ['says close', refusal407(WANTS_BASIC, 'Content-Length: 0', 'Connection: close')],
    ['says close in the old way', refusal407(WANTS_BASIC, 'Content-Length: 0', 'Proxy-Connection: Close')],
    ['speaks HTTP/1.0', refusal407(WANTS_BASIC, 'Content-Length: 0').replace('1.1', '1.0')],
    ['sends a page without a length', `${refusal407(WANTS_BASIC)}<html>`],
    ['sends a page in chunks', `${refusal407(WANTS_BASIC, 'Transfer-Encoding: chunked')}6\r\n<html>`],
    ['sends an endless page', refusal407(WANTS_BASIC, 'Content-Length: 99999999')],
    ['sends two lengths', refusal407(WANTS_BASIC, 'Content-Length: 0', 'Content-Length: 9')],
  ]
  for (const [what, reply] of closing) {
    test(`on a new connection when the proxy ${what}`, async () => {
      await using proxy = await peer(async (visit, at) => {
        const head = await visit.head()
        assert.equal(head.includes(BASIC), at === 1)
        visit.say(at === 0 ? reply : `${YES}220 x`)
      })
      const wire = await via(proxy, login).dial(to)
      assert.equal(await readText(wire, 5), '220 x')
      wire.destroy()
      await proxy.gone()
      assert.equal(proxy.count, 2)
    })
  }

  test('on a new connection when the proxy closes the one it promised to keep', async () => {
    await using proxy = await peer(async (visit, at) => {
      await visit.head()
      if (at === 0) visit.socket.end(refusal407(WANTS_BASIC, 'Content-Length: 0'))
      else visit.say(`${YES}220 x`)
    })
    const wire = await via(proxy, login).dial(to)
    wire.destroy()
    await proxy.gone()
    assert.equal(proxy.count, 2)
  })

  test('the next dial of the same route logs in at once', async () => {
    const heads: string[] = []
    await using proxy = await peer(async (visit, at) => {
      for (;;) {
        heads.push(await visit.head())
        visit.say(at === 0 && heads.length === 1 ? refusal407(WANTS_BASIC, 'Content-Length: 0') : YES)
        if (heads.length > 1) return
      }
    })
    const route = via(proxy, login)
    for (let i = 0; i < 2; i++) (await route.dial(to)).destroy()
    await proxy.gone()
    assert.deepEqual(
      heads.map((head) => head.includes(BASIC)),
      [false, true, true],
    )
  })

  test('dials at the same time all log in', async () => {
    await using proxy = await peer(async (visit) => {
      for (;;) {
        const head = await visit.head()
        if (head === '') return
        visit.say(head.includes(BASIC) ? YES : refusal407(WANTS_BASIC, 'Content-Length: 0'))
      }
    })
    const route = via(proxy, login)
    const wires = await Promise.all(Array.from({ length: 8 }, () => route.dial(to)))
    for (const wire of wires) wire.destroy()
    await proxy.gone()
  })

  for (const status of [407, 401]) {
    test(`wrong credentials, said with ${status}: they are sent once and never again`, async () => {
      const heads: string[] = []
      await using proxy = await peer(async (visit) => {
        for (;;) {
          const head = await visit.head()
          if (head === '') return
          heads.push(head)
          visit.say(
            refusal407(WANTS_BASIC, 'Content-Length: 0').replace('407', heads.length === 1 ? '407' : `${status}`),
          )
        }
      })
      const route = via(proxy, login)
      for (let i = 0; i < 2; i++) {
        const error = await failureOf(route.dial(to))
        assert.equal(error.code, 'proxy-refused')
        assert.equal(error.phase, 'proxy')
        assert.equal(error.retryable, false)
        assert.match(error.message, /refused the user name or the password/)
        assert.doesNotMatch(`${error.message}${error.hint}`, /p@ss|bWU6/)
      }
      await proxy.gone()
      assert.equal(heads.filter((head) => head.includes('Authorization')).length, 1)
      assert.equal(heads.length, 2)
    })
  }

  test('a password that was accepted and is refused later is not sent once more', async () => {
    let sent = 0
    await using proxy = await peer(async (visit) => {
      for (;;) {
        const head = await visit.head()
        if (head === '') return
        if (head.includes(BASIC)) sent++
        visit.say(head.includes(BASIC) && sent === 1 ? YES : refusal407(WANTS_BASIC, 'Content-Length: 0'))
      }
    })
    const route = via(proxy, login)
    ;(await route.dial(to)).destroy()
    for (let i = 0; i < 2; i++) assert.match((await failureOf(route.dial(to))).message, /refused the user name/)
    assert.equal(sent, 2)
  })

  test('no credentials: says so, and asks once', async () => {
    let heads = 0
    await using proxy = await peer(async (visit) => {
      await visit.head()
      heads++
      visit.say(refusal407(WANTS_BASIC, 'Content-Length: 0'))
    })
    const error = await failureOf(via(proxy).dial(to))
    assert.equal(error.code, 'proxy-refused')
    assert.match(error.message, /requires a user name and a password/)
    await proxy.gone()
    assert.equal(heads, 1)
  })

  test('only logins that are not known here: nothing is sent, and the error names them', async () => {
    await using proxy = await peer(async (visit) => {
      await visit.head()
      visit.say(refusal407('Proxy-Authenticate: NTLM', 'Proxy-Authenticate: Negotiate', 'Content-Length: 0'))
    })
    const error = await failureOf(via(proxy, login).dial(to))
    assert.match(error.message, /ntlm, negotiate/)
    await proxy.gone()
  })

  const digests: [what: string, field: string, algorithm: string, hash: string][] = [
    ['MD5', 'realm="a \\"b\\"", nonce="n1", qop="auth"', '', 'md5'],
    ['MD5 by name', 'realm="a", nonce="n1", qop="auth-int, auth", algorithm=MD5, opaque="o"', 'MD5', 'md5'],
    ['MD5-sess', 'realm="a", nonce="n1", qop="auth", algorithm=MD5-sess', 'MD5-sess', 'md5'],
    ['SHA-256', 'realm="a", nonce="n1", qop=auth, algorithm="SHA-256"', 'SHA-256', 'sha256'],
    ['without qop', 'realm="a", nonce="n1"', '', 'md5'],
  ]
  for (const [what, field, algorithm, hash] of digests) {
    test(`Digest, ${what}`, async () => {
      await using proxy = await peer(async (visit) => {
        await visit.head()
        visit.say(refusal407(WANTS_BASIC, `Proxy-Authenticate: Digest ${field}`, 'Content-Length: 0'))
        const sent = digestFields(await visit.head())
        assert.equal(sent['algorithm'] ?? '', algorithm)
        assert.equal(sent['response'], expectedDigest(sent, hash))
        visit.say(`${YES}220 x`)
      })
      const wire = await via(proxy, login).dial(to)
      wire.destroy()
    })
  }

  test('Digest: the next dial answers the same nonce with the next count; a new nonce is answered once', async () => {
    const sent: Record<string, string>[] = []
    await using proxy = await peer(async (visit) => {
      for (;;) {
        const head = await visit.head()
        if (head === '') return
        if (!head.includes('Digest')) {
          visit.say(refusal407('Proxy-Authenticate: Digest realm="a", nonce="n1", qop="auth"', 'Content-Length: 0'))
          continue
        }
        sent.push(digestFields(head))
        const stale = 'Proxy-Authenticate: Digest realm="a", nonce="n2", qop="auth", stale=true'
        visit.say(sent.length === 3 ? refusal407(stale, 'Content-Length: 0') : YES)
      }
    })
    const route = via(proxy, login)
    for (let i = 0; i < 3; i++) (await route.dial(to)).destroy()
    assert.deepEqual(
      sent.map(({ nonce, nc }) => `${nonce} ${nc}`),
      ['n1 00000001', 'n1 00000002', 'n1 00000003', 'n2 00000001'],
    )
  })

  test('a challenge with control characters is not answered', async () => {
    await using proxy = await peer(async (visit) => {
      await visit.head()
      visit.say(refusal407('Proxy-Authenticate: Digest realm="a\rX: y", nonce="n"', 'Content-Length: 0'))
    })
    const error = await failureOf(via(proxy, login).dial(to))
    assert.equal(error.code, 'proxy-refused')
  })

  test('its token is base64 of UTF-8', () => assert.equal(basicToken('jö', 'p:w'), 'asO2OnA6dw=='))
})

function digestFields(head: string): Record<string, string> {
  const line = /^Proxy-Authorization: Digest (.*)\r$/m.exec(head)?.[1] ?? ''
  const fields = line.matchAll(/(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^,]*))/g)
  return Object.fromEntries(
    Array.from(fields, ([, name, quoted, bare]) => [name, quoted?.replace(/\\(.)/g, '$1') ?? bare]),
  )
}

/** RFC 7616 section 3.4.1, written out once more. */
function expectedDigest(sent: Record<string, string>, hash: string): string {
  const h = (text: string): string => createHash(hash).update(text).digest('hex')
  const { realm, nonce, cnonce, nc, qop, algorithm = '' } = sent
  let a1 = h(`me:${realm}:p@ss`)
  if (algorithm.endsWith('-sess')) a1 = h(`${a1}:${nonce}:${cnonce}`)
  const a2 = h('CONNECT:ftp.example:2121')
  return h(qop ? `${a1}:${nonce}:${nc}:${cnonce}:${qop}:${a2}` : `${a1}:${nonce}:${a2}`)
}

describe('an HTTP proxy that says no', () => {
  async function refusal(reply: string | readonly string[], options: Options = {}) {
    await using proxy = await peer(async (visit) => {
      await visit.head()
      for (const part of [reply].flat()) {
        visit.say(part)
        await new Promise(setImmediate)
      }
    })
    const error = await failureOf(via(proxy, options).dial(to))
    assert.equal(error.phase, 'proxy')
    assert.match(error.message, new RegExp(`http://127\\.0\\.0\\.1:${proxy.port}`))
    await proxy.gone()
    return error
  }

  const statuses: [status: number, hint: RegExp, retryable: boolean][] = [
    [400, /web server/, false],
    [403, /only to some hosts or ports/, false],
    [404, /web server/, false],
    [405, /only to some hosts or ports/, false],
    [502, /could not reach the server/, true],
    [503, /could not reach the server/, true],
    [504, /could not reach the server/, true],
  ]
  for (const [status, hint, retryable] of statuses) {
    test(`${status}`, async () => {
      const error = await refusal(`HTTP/1.1 ${status} What\x1b[31m\r\nContent-Length: 0\r\n\r\n`)
      assert.equal(error.code, 'proxy-refused')
      assert.match(error.message, new RegExp(`ftp\\.example:2121: ${status} What\\\\x1B\\[31m\\.$`))
      assert.match(error.hint ?? '', hint)
      assert.equal(error.retryable, retryable)
    })
  }

  for (const status of [301, 418, 599]) {
    test(`${status}`, async () => {
      assert.match((await refusal(`HTTP/1.1 ${status} X\r\n\r\n`)).message, new RegExp(`: ${status} X\\.$`))
    })
  }

  test('1 MB of header: an error at 16 KiB', async () => {
    const line = `X: ${'x'.repeat(1020)}\r\n`
    const error = await refusal(['HTTP/1.1 200 OK\r\n', ...Array<string>(1024).fill(line)])
    assert.equal(error.code, 'wrong-protocol')
    assert.match(error.message, /more than 16384 bytes of header/)
  })

  test('endless interim replies', async () => {
    const error = await refusal(Array<string>(100).fill('HTTP/1.1 100 Continue\r\n\r\n'))
    assert.match(error.message, /interim/)
  })

  const strangers: [what: string, said: string | readonly number[], found: RegExp][] = [
    ['an FTP server', '220 ready\r\n', /FTP/],
    ['an SSH server', 'SSH-2.0-x\r\n', /SSH/],
    ['a TLS server', '\x15\x03\x01\x00\x02\x02\x46', /TLS/],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n', /HTTP/],
    ['a status that is none', 'HTTP/1.1 2000 OK\r\n\r\n', /HTTP/],
    ['noise', '\x05\xff\x07', /SOCKS/],
  ]
  for (const [what, said, found] of strangers) {
    test(`it is ${what}`, async () => {
      const error = await refusal(typeof said === 'string' ? said : Buffer.from(said).toString('latin1'))
      assert.equal(error.code, 'wrong-protocol')
      assert.match(error.message, found)
    })
  }

  test('it closes without a word', async () => {
    await using proxy = await peer(async (visit) => {
      await visit.head()
      visit.socket.end()
    })
    const error = await failureOf(via(proxy).dial(to))
    assert.equal(error.code, 'proxy-refused')
    assert.match(error.hint ?? '', /https:/)
    await proxy.gone()
  })
})

describe('what HTTP cannot carry is refused before anything is dialled', () => {
  const nobody: Route = { describe: 'direct', dial: () => assert.fail('dialled') }
  const options = { proxy: { host: 'gate', port: 3128 }, secure: false, through: nobody }
  const wrong: [what: string, more: Options][] = [
    ['a password without a user', { password: 'secret' }],
    ['a colon in the user name', { user: 'me:you', password: 'secret' }],
    ['a line break in the password', { user: 'me', password: 'secret\r\nX: y' }],
    ['a field name that is none', { headers: { 'X Y': '1' } }],
    ['a line break in a field', { headers: { X: '1\r\nY: 2' } }],
    ['a letter beyond latin1 in a field', { headers: { X: '€' } }],
    ['a pin that is none', { secure: true, tls: { pin: 'abc' } }],
  ]
  for (const [what, more] of wrong) {
    test(what, () => {
      assert.throws(
        () => httpConnect({ ...options, ...more }),
        (error: Error) => 'code' in error && error.code === 'bad-argument' && !error.message.includes('secret'),
      )
    })
  }
  for (const host of ['a\r\nX: y', 'a b', '', 'a/b', 'a:b']) {
    test(`a host such as ${JSON.stringify(host)}`, async () => {
      assert.equal((await failureOf(httpConnect(options).dial({ host, port: 21 }))).code, 'bad-argument')
    })
  }
})

describe('waiting for an HTTP proxy ends', () => {
  /** Sends what comes before it falls silent. */
  async function silentAfter(said: string): Promise<{ proxy: Peer; silent: Promise<void> }> {
    let tell = (): void => {}
    const silent = new Promise<void>((resolve) => {
      tell = resolve
    })
    const proxy = await peer(async (visit) => {
      await visit.head()
      visit.say(said)
      tell()
    })
    return { proxy, silent }
  }

  for (const said of [
    '',
    'HTTP/1.1 200 OK\r\n',
    refusal407(WANTS_BASIC, 'Content-Length: 9'),
    'HTTP/1.1 100 C\r\n\r\n',
  ]) {
    test(`cancelled after ${JSON.stringify(said.slice(0, 16))}: at once, and no connection is left`, async () => {
      const { proxy, silent } = await silentAfter(said)
      await using _ = proxy
      const stop = new AbortController()
      const failed = failureOf(via(proxy, login).dial(to, { signal: stop.signal }))
      await silent
      stop.abort()
      assert.equal((await failed).code, 'aborted')
      await proxy.gone()
    })

    test(`silent after ${JSON.stringify(said.slice(0, 16))}: the limit ends it, and no connection is left`, async () => {
      const { proxy } = await silentAfter(said)
      await using _ = proxy
      const error = await failureOf(via(proxy, { ...login, limits: { connect: 60 } }).dial(to))
      assert.equal(error.code, 'timeout')
      assert.equal(error.phase, 'proxy')
      await proxy.gone()
    })
  }
})

describe('tunnels through tunnels', () => {
  test('SOCKS through HTTP: each proxy is asked for what comes next', async () => {
    await using gate = await peer(async (visit) => {
      assert.match(await visit.head(), /^CONNECT inner\.example:1080 /)
      visit.say(YES)
      assert.deepEqual([...(await visit.take(3))], [5, 1, 0])
      visit.say([5, 0])
      assert.equal((await visit.take(18)).toString('latin1', 5, 16), 'ftp.example')
      visit.say([5, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...Buffer.from('220 x')])
    })
    const outer = via(gate)
    const route = socks({ version: '5h', proxy: { host: 'inner.example', port: 1080 }, through: outer })
    const wire = await route.dial(to)
    assert.equal(await readText(wire, 5), '220 x')
    assert.equal(wire.dataHost, 'ftp.example')
    assert.equal(route.describe, `socks5h://inner.example:1080 via http://127.0.0.1:${gate.port}`)
    wire.destroy()
    await gate.gone()
    assert.equal(gate.count, 1)
  })

  test('an inner proxy that speaks first is known by what it says, though that came glued', async () => {
    await using gate = await peer(async (visit) => {
      await visit.head()
      visit.say(`${YES}220 an FTP server\r\n`)
    })
    const route = socks({ version: '5h', proxy: { host: 'inner.example', port: 1080 }, through: via(gate) })
    const error = await failureOf(route.dial(to))
    assert.equal(error.code, 'wrong-protocol')
    assert.match(error.message, /FTP/)
    await gate.gone()
  })

  test('an outer proxy that refuses is the one the error names', async () => {
    await using gate = await peer(async (visit) => {
      await visit.head()
      visit.say('HTTP/1.1 403 No\r\n\r\n')
    })
    const route = socks({ version: '5h', proxy: { host: 'inner.example', port: 1080 }, through: via(gate) })
    const error = await failureOf(route.dial(to))
    assert.equal(error.code, 'proxy-refused')
    assert.match(
      error.message,
      new RegExp(`The proxy http://127\\.0\\.0\\.1:${gate.port} refused .*inner\\.example:1080`),
    )
    await gate.gone()
  })

  test('HTTP has nobody who could listen', () => {
    assert.equal(httpConnect({ proxy: to, secure: false, through: direct }).listen, undefined)
  })
})

describe('a proxy that asks for no login it would take', () => {
  const kinds: [what: string, refuse: (visit: Visit) => unknown][] = [
    ['401 without a challenge', (visit) => visit.say('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n')],
    ['407 without a challenge', (visit) => visit.say(refusal407())],
    ['403', (visit) => visit.say('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')],
    ['the end of the connection', (visit) => visit.socket.end()],
    ['a reset', (visit) => visit.socket.resetAndDestroy()],
  ]
  for (const [what, refuse] of kinds) {
    test(`${what}: with credentials once more, with Basic, on a new connection`, async () => {
      const talk = (visit: Visit, head: string): unknown =>
        head.includes(BASIC) ? visit.say(`${YES}220 x`) : refuse(visit)
      await using proxy = await peer(async (visit) => talk(visit, await visit.head()))
      const route = via(proxy, login)
      for (let dial = 0; dial < 2; dial++) {
        const wire = await route.dial(to)
        assert.equal(await readText(wire, 5), '220 x')
        wire.destroy()
      }
      assert.equal(proxy.count, 3, 'the second dial logs in at once')
    })

    test(`${what}, again with credentials: an error, and credentials are not sent a third time unasked`, async () => {
      const heads: string[] = []
      await using proxy = await peer(async (visit) => {
        heads.push(await visit.head())
        refuse(visit)
      })
      const route = via(proxy, login)
      for (let dial = 0; dial < 2; dial++) {
        const error = await failureOf(route.dial(to))
        assert.equal(error.code, 'proxy-refused')
      }
      assert.equal(heads.filter((head) => head.includes(BASIC)).length, 1)
    })

    test(`${what}, without credentials: asked once`, async () => {
      await using proxy = await peer(async (visit) => {
        await visit.head()
        refuse(visit)
      })
      assert.equal((await failureOf(via(proxy).dial(to))).code, 'proxy-refused')
      assert.equal(proxy.count, 1)
    })
  }

  test('Digest alone, which cannot be answered: Basic is not sent', async () => {
    const heads: string[] = []
    await using proxy = await peer(async (visit) => {
      heads.push(await visit.head())
      visit.say(refusal407('Proxy-Authenticate: Digest realm="x"'))
    })
    await failureOf(via(proxy, login).dial(to))
    assert.equal(heads.length, 1)
  })

  test('that repeats what it was sent: no secret is in the error', async () => {
    await using proxy = await peer(async (visit) => {
      const head = await visit.head()
      const token = /Basic (\S+)/.exec(head)?.[1]
      visit.say(token ? `HTTP/1.1 407 no ${token} p@ss\r\n\r\n` : refusal407(WANTS_BASIC))
    })
    const error = await failureOf(via(proxy, login).dial(to))
    assert.ok(!/p@ss|bWU6cEBzcw/.test(error.message), error.message)
  })
})

describe('advice about a refused port', () => {
  test('speaks of FTP where the connection is for FTP, and of the port otherwise', async () => {
    await using proxy = await peer(async (visit) => {
      await visit.head()
      visit.say('HTTP/1.1 403 Forbidden\r\n\r\n')
    })
    const ssh = await failureOf(via(proxy).dial({ host: 'h.example', port: 22 }))
    assert.match(ssh.hint ?? '', /h\.example:22/)
    assert.ok(!/FTP|passive/.test(ssh.hint ?? ''))
    const ftp = await failureOf(via(proxy, { forFtp: true }).dial({ host: 'h.example', port: 21 }))
    assert.match(ftp.hint ?? '', /passive range/)
  })
})

describe('a proxy that does not answer', () => {
  test('is the one to name, alone and in a chain', async () => {
    const limits = { connect: 120 }
    await using mute = await peer(() => {})
    const alone = await failureOf(dialServer(to, { route: via(mute, { limits }), limits, observe: () => {} }))
    assert.deepEqual([alone.code, alone.phase], ['timeout', 'proxy'])
    assert.ok(alone.message.includes(`http://127.0.0.1:${mute.port}`), alone.message)
    await using far = await peer(() => {})
    const chained = via(far, { limits, through: via(mute, { limits }) })
    const first = await failureOf(dialServer(to, { route: chained, limits, observe: () => {} }))
    assert.match(first.message, new RegExp(`the proxy http://127\\.0\\.0\\.1:${mute.port} did not answer`))
    await using open = await peer(async (visit) => {
      await visit.head()
      visit.say(YES)
    })
    const second = await failureOf(
      dialServer(to, { route: via(far, { limits, through: via(open, { limits }) }), limits, observe: () => {} }),
    )
    assert.match(second.message, new RegExp(`the proxy http://127\\.0\\.0\\.1:${far.port} via`))
  })
})

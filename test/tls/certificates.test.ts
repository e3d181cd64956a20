import assert from 'node:assert/strict'
import { createHash as hash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { describe } from 'node:test'
import tlsModule from 'node:tls'
import type { TlsOptions } from '../../src/client/options/options.js'
import { fails, listener, scene, verbs } from '../wire/scene.js'
import { ca, fingerprint, fixture, good, pair } from './fixtures.js'

const files = { '/a.txt': 'hello' }

describe('a certificate that cannot be trusted is refused before the login', () => {
  const cases: Readonly<Record<string, { message: RegExp; hint: RegExp; tls: TlsOptions }>> = {
    expired: { message: /has expired.*valid until 2021-01-01/, hint: /tls\.pin/, tls: { ca } },
    'wrong-name': {
      message: /other names.*elsewhere\.test, \*\.elsewhere\.test/,
      hint: /tls\.servername/,
      tls: { ca },
    },
    wildcard: { message: /other names.*\*\.0\.0\.1/, hint: /tls\.servername/, tls: { ca } },
    'self-signed': { message: /self-signed/, hint: /tls\.ca.*tls\.pin/, tls: { ca } },
    good: { message: /issuer is not trusted.*localhost/, hint: /tls\.ca.*tls\.pin/, tls: {} },
  }
  for (const [name, { message, hint, tls }] of Object.entries(cases))
    for (const implicit of [false, true])
      scene(`${name}, ${implicit ? 'implicit' : 'explicit'}`, async (s) => {
        const server = await s.server({ tls: { ...pair(name), implicit } })
        const error = await fails(s.connect(server, { tls }), { code: 'tls', phase: 'tls', message, hint })
        assert.ok(error.message.includes(fingerprint(name)), error.message)
        assert.equal(error.retryable, false)
        assert.deepEqual(
          verbs(server).filter((verb) => verb !== 'AUTH'),
          [],
        )
      })

  scene('the default options trust no issuer of ours', async (s) => {
    const server = await s.server({ tls: good })
    await fails(s.connect(server), { code: 'tls', message: /issuer is not trusted/ })
    assert.ok(!verbs(server).includes('USER'))
  })
})

describe('pins', () => {
  const hex = fingerprint('self-signed')
  const spki = new X509Certificate(fixture('self-signed.pem')).publicKey.export({ type: 'spki', format: 'der' })
  const spkiHex = Buffer.from(new Uint8Array(digest(spki))).toString('hex')
  const forms: Readonly<Record<string, string>> = {
    'certificate, hex': hex,
    'certificate, hex with colons, upper case': hex.toUpperCase().replace(/..(?!$)/g, '$&:'),
    'certificate, base64': Buffer.from(hex, 'hex').toString('base64'),
    'public key, hex': spkiHex,
    "public key, curl's form": `sha256//${Buffer.from(spkiHex, 'hex').toString('base64')}`,
  }
  for (const [name, pin] of Object.entries(forms))
    scene(`${name}: trusted, whoever signed it`, async (s) => {
      const server = await s.server({ tls: pair('self-signed'), files })
      const remote = await s.connect(server, { tls: { pin } })
      assert.equal(remote.security?.trusted, true)
      assert.equal(remote.security?.reason, 'pin')
      assert.equal((await remote.readFile('/a.txt')).toString(), 'hello')
    })

  scene('one of several', async (s) => {
    const server = await s.server({ tls: pair('self-signed') })
    await s.connect(server, { tls: { pin: [fingerprint('good'), hex] } })
  })

  scene('another certificate is refused though its chain is good', async (s) => {
    const server = await s.server({ tls: good })
    const error = await fails(s.connect(server, { tls: { ca, pin: hex } }), {
      code: 'tls',
      message: /pinned/,
      hint: /tls\.pin/,
    })
    assert.ok(error.message.includes(fingerprint('good')))
    assert.deepEqual(server.commands, ['AUTH TLS'])
  })

  scene('what is no pin is refused before anything is dialled', async (s) => {
    const server = await s.server({ tls: good })
    await fails(s.connect(server, { tls: { pin: 'abc' } }), { code: 'bad-argument' })
    await fails(s.connect(server, { tls: { pin: hex, trustAny: true } }), { code: 'bad-argument' })
    assert.equal(server.conversation.length, 0)
  })
})

function digest(bytes: Uint8Array): Buffer {
  return hash('sha256').update(bytes).digest()
}

describe('trustAny', () => {
  for (const name of ['expired', 'wrong-name', 'self-signed'])
    scene(`${name}: works, warns, and says why it would not have been trusted`, async (s) => {
      const server = await s.server({ tls: pair(name), files })
      const { events, observe } = listener()
      const remote = await s.connect(server, { tls: { ca, trustAny: true }, observe })
      assert.equal((await remote.readFile('/a.txt')).toString(), 'hello')
      assert.equal(remote.security?.trusted, false)
      assert.match(remote.security?.reason ?? '', /expired|other names|self-signed/)
      const warnings = events.filter((event) => event.type === 'warning')
      assert.equal(warnings.length, 1)
      assert.equal(warnings[0]?.code, 'untrusted')
      assert.ok(warnings[0]?.message.includes(fingerprint(name)))
    })

  scene('a certificate that is in order needs no warning', async (s) => {
    const server = await s.server({ tls: good })
    const { events, observe } = listener()
    const remote = await s.connect(server, { tls: { ca, trustAny: true }, observe })
    assert.equal(remote.security?.trusted, true)
    assert.ok(!events.some(({ type }) => type === 'warning'))
  })
})

describe('servername', () => {
  scene('the certificate is checked against it', async (s) => {
    const server = await s.server({ tls: pair('wrong-name') })
    await s.connect(server, { tls: { ca, servername: 'elsewhere.test' } })
    await s.connect(server, { tls: { ca, servername: 'any.elsewhere.test' } })
    await fails(s.connect(server, { tls: { ca, servername: 'a.b.elsewhere.test' } }), { code: 'tls' })
  })

  scene('the name of a virtual host is the one that counts', async (s) => {
    const server = await s.server({ tls: pair('wrong-name') })
    await s.connect(server, { tls: { ca }, virtualHost: 'elsewhere.test' })
    assert.deepEqual(verbs(server).slice(0, 3), ['AUTH', 'HOST', 'USER'])
    await fails(s.connect(server, { tls: { ca }, virtualHost: 'ftp.one.test' }), { code: 'tls' })
  })
})

describe('the name in the handshake (SNI)', () => {
  for (const [what, virtualHost, servername, expected] of [
    ['is that of the virtual host', 'ftp.one.test', undefined, 'ftp.one.test'],
    ['is tls.servername where that is given', 'ftp.one.test', 'localhost', 'localhost'],
    ['is none for an address', undefined, undefined, false],
  ] as const)
    scene(what, async (s) => {
      const names: (string | false | null)[] = []
      const greeting = tlsModule.createServer(good, (socket) => {
        names.push(socket.servername)
        socket.on('error', () => {}).end('421 that was all\r\n')
      })
      greeting.listen(0, '127.0.0.1')
      await once(greeting, 'listening')
      s.keep(greeting)
      const url = `ftps://127.0.0.1:${(greeting.address() as AddressInfo).port}`
      await fails(s.connect(url, { tls: { ca, servername }, virtualHost }), { code: 'session-lost', phase: 'greeting' })
      assert.deepEqual([...new Set(names)], [expected])
    })
})

describe('a client certificate', () => {
  const client: Readonly<Record<string, TlsOptions>> = {
    PEM: { cert: fixture('client-certificate.pem'), key: fixture('client.pem') },
    'PEM with a locked key': {
      cert: fixture('client-certificate.pem'),
      key: fixture('client-key-locked.pem'),
      passphrase: 'sesame',
    },
    'PFX, the passphrase fetched': { pfx: fixture('client.pfx'), passphrase: async () => 'sesame' },
  }
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const)
    for (const [name, tls] of Object.entries(client))
      scene(`${name}, ${maxVersion}: the login is answered 232, no password goes out`, async (s) => {
        const server = await s.server({ tls: { ...good, clientCa: ca, maxVersion, requireReuse: true }, files })
        const remote = await s.connect(server, { tls: { ca, ...tls } })
        assert.ok(verbs(server).includes('USER'))
        assert.ok(!verbs(server).includes('PASS'))
        assert.equal((await remote.readFile('/a.txt')).toString(), 'hello')
      })

  scene('none: the password is asked for', async (s) => {
    const server = await s.server({ tls: { ...good, clientCa: ca } })
    await s.connect(server, { tls: { ca } })
    assert.ok(verbs(server).includes('PASS'))
  })

  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const)
    scene(`none where one is demanded, ${maxVersion}: the error names the option, once`, async (s) => {
      const connections: unknown[] = []
      const demanding = tlsModule.createServer(
        { ...good, ca, maxVersion, requestCert: true, rejectUnauthorized: true },
        (socket) => socket.on('error', () => {}),
      )
      demanding.on('connection', (socket) => connections.push(socket))
      demanding.on('tlsClientError', () => {})
      demanding.listen(0, '127.0.0.1')
      await once(demanding, 'listening')
      const { port } = demanding.address() as AddressInfo
      await fails(s.connect(`ftps://127.0.0.1:${port}`, { tls: { ca } }), { code: 'tls', hint: /tls\.cert/ })
      assert.equal(connections.length, 1)
      demanding.close()
    })

  for (const [maxVersion, greets, hint] of [
    ['TLSv1.3', false, /tls\.cert/],
    ['TLSv1.3', true, undefined],
    ['TLSv1.2', false, undefined],
  ] as const)
    scene(
      `a reset ${greets ? 'after the greeting' : 'right after the handshake'}, ${maxVersion}: ${hint ? 'the option is named' : 'no guess'}`,
      async (s) => {
        const below = new Set<Socket>()
        const rude = tlsModule.createServer({ ...good, maxVersion }, (socket) => {
          const cut = (): void => {
            for (const one of below) one.resetAndDestroy()
          }
          socket.on('error', () => {})
          if (!greets) return void setImmediate(cut)
          socket.once('data', cut).write('220 hello\r\n')
        })
        rude.on('connection', (socket: Socket) => below.add(socket))
        rude.listen(0, '127.0.0.1')
        await once(rude, 'listening')
        s.keep(rude)
        const { port } = rude.address() as AddressInfo
        const error = await fails(s.connect(`ftps://127.0.0.1:${port}`, { tls: { ca } }), { code: 'session-lost' })
        if (hint) assert.match(error.hint ?? '', hint)
        else assert.doesNotMatch(error.hint ?? '', /tls\.cert/)
      },
    )

  for (const [name, tls] of Object.entries<TlsOptions>({
    'a wrong passphrase': { pfx: fixture('client.pfx'), passphrase: 'wrong' },
    'a PFX that is none': { pfx: Buffer.from('nonsense') },
    'a certificate without its key': { cert: fixture('client-certificate.pem') },
    "another's key": { cert: fixture('client-certificate.pem'), key: fixture('good.pem') },
    'a certificate that is none': { cert: 'nonsense', key: 'nonsense' },
    'an issuer that is none': { ca: 'nonsense -----BEGIN CERTIFICATE-----' },
  }))
    scene(`${name} is refused before anything is dialled`, async (s) => {
      const server = await s.server({ tls: good })
      await fails(s.connect(server, { tls }), { code: 'bad-argument' })
      assert.equal(server.conversation.length, 0)
    })
})

describe('versions', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
    scene(`only ${version}`, async (s) => {
      const server = await s.server({ tls: good, files })
      const remote = await s.connect(server, { tls: { ca, minVersion: version, maxVersion: version } })
      assert.equal(remote.security?.protocol, version)
      assert.equal((await remote.readFile('/a.txt')).toString(), 'hello')
    })

  scene('a server below minVersion', async (s) => {
    const server = await s.server({ tls: { ...good, maxVersion: 'TLSv1.2' } })
    await fails(s.connect(server, { tls: { ca, minVersion: 'TLSv1.3' } }), { code: 'tls', hint: /tls\.minVersion/ })
    assert.deepEqual(server.commands, ['AUTH TLS'])
  })
})

describe('a server of old: TLS 1.0, RSA with 1024 bits, SHA-1', () => {
  const old = { ...pair('weak'), minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const

  scene('is refused, and the error names the option', async (s) => {
    const server = await s.server({ tls: old })
    await fails(s.connect(server, { tls: { ca } }), { code: 'tls', hint: /tls\.legacy/ })
    assert.deepEqual(server.commands, ['AUTH TLS'])
  })

  scene('minVersion alone is not enough', async (s) => {
    const server = await s.server({ tls: old })
    await fails(s.connect(server, { tls: { ca, minVersion: 'TLSv1' } }), { code: 'tls', hint: /tls\.legacy/ })
  })

  scene('works with legacy, on control and data, its certificate still checked', async (s) => {
    const server = await s.server({ tls: old, files })
    const remote = await s.connect(server, { tls: { ca, legacy: true } })
    assert.equal(remote.security?.protocol, 'TLSv1')
    assert.equal((await remote.readFile('/a.txt')).toString(), 'hello')
    await fails(s.connect(server, { tls: { legacy: true } }), { code: 'tls', message: /issuer/ })
  })

  scene('the same key and signature under TLS 1.2', async (s) => {
    const server = await s.server({ tls: { ...pair('weak'), ciphers: 'DEFAULT@SECLEVEL=0', maxVersion: 'TLSv1.2' } })
    await fails(s.connect(server, { tls: { ca } }), { code: 'tls', hint: /tls\.legacy/ })
    await s.connect(server, { tls: { ca, legacy: true } })
  })

  scene('Diffie-Hellman with 1024 bits', async (s) => {
    const server = await s.server({
      tls: { ...pair('rsa'), dhparam: fixture('dh-1024.pem'), ciphers: 'DHE@SECLEVEL=0', maxVersion: 'TLSv1.2' },
      files,
    })
    await fails(s.connect(server, { tls: { ca: fixture('rsa.pem') } }), { code: 'tls', hint: /tls\.legacy/ })
    const remote = await s.connect(server, { tls: { ca: fixture('rsa.pem'), legacy: true } })
    assert.match(remote.security?.keyExchange ?? '', /DH 1024/)
    assert.equal((await remote.readFile('/a.txt')).toString(), 'hello')
  })
})

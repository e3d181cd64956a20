import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import tls, { type TLSSocket } from 'node:tls'
import { type HttpConnectOptions, httpConnect, type ProxyTls } from '../../../src/transport/http/http-connect.js'
import { directRoute, type Route } from '../../../src/transport/route.js'
import { certificate, key } from './loopback-certificate.js'
import { failureOf, peer, readText } from './scripted.js'

const direct = directRoute()

const to = { host: 'ftp.example', port: 21 }
const YES = 'HTTP/1.1 200 OK\r\n\r\n'

interface TlsPeer extends AsyncDisposable {
  readonly port: number
  readonly sockets: readonly TLSSocket[]
  gone(): Promise<void>
}

/** An https:// proxy that sends `reply` to whatever is received first and then echoes every byte. */
async function httpsProxy(reply: string): Promise<TlsPeer> {
  const sockets: TLSSocket[] = []
  const closed: Promise<unknown>[] = []
  const server = tls.createServer({ cert: certificate, key }, (socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    closed.push(new Promise((resolve) => socket.once('close', resolve)))
    socket.once('data', () => {
      socket.write(reply)
      socket.pipe(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    gone: async () => {
      await Promise.all(closed)
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function via(port: number, proxyTls: ProxyTls, more: Partial<HttpConnectOptions> = {}): Route {
  return httpConnect({ proxy: { host: '127.0.0.1', port }, secure: true, tls: proxyTls, through: direct, ...more })
}

const pin = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='

describe('an https:// proxy', () => {
  const trusted: [what: string, options: ProxyTls][] = [
    ['its issuer', { ca: certificate }],
    ['its issuer, by another of its names', { ca: certificate, servername: 'localhost' }],
    ['its fingerprint', { pin: new X509Certificate(certificate).fingerprint256 }],
    ['nothing, when any will do', { trustAny: true }],
  ]
  for (const [what, options] of trusted) {
    test(`is trusted by ${what}; the greeting glued to the reply survives`, async () => {
      await using proxy = await httpsProxy(`${YES}220 x`)
      const wire = await via(proxy.port, options).dial(to)
      assert.equal(await readText(wire, 5), '220 x')
      wire.write(Buffer.from('echo'))
      assert.equal(await readText(wire, 4), 'echo')
      assert.equal(wire.dataHost, to.host)
      wire.destroy()
      await proxy.gone()
    })
  }

  test('that is trusted only because any will do is warned about, once', async () => {
    await using proxy = await httpsProxy(YES)
    const warnings: string[] = []
    const route = via(
      proxy.port,
      { trustAny: true },
      { observe: (event) => event.type === 'warning' && warnings.push(event.message) },
    )
    for (let count = 0; count < 2; count++) (await route.dial(to)).destroy()
    assert.equal(warnings.length, 1)
    assert.match(warnings[0] ?? '', /the proxy .* is trusted only because of tls.trustAny: .*fingerprint/)
    await proxy.gone()
  })

  const refused: [what: string, options: ProxyTls, reason: RegExp][] = [
    ['an issuer that is not known', {}, /self-signed/],
    ['another name', { ca: certificate, servername: 'gate.example' }, /other names/],
    ['another pin', { ca: certificate, pin }, /pinned/],
  ]
  for (const [what, options, reason] of refused) {
    test(`with ${what} is refused before it hears a word`, async () => {
      await using proxy = await httpsProxy(YES)
      const error = await failureOf(via(proxy.port, options, { user: 'me', password: 'secret' }).dial(to))
      assert.equal(error.code, 'tls')
      assert.equal(error.phase, 'proxy')
      assert.match(error.message, reason)
      await proxy.gone()
      assert.equal(
        proxy.sockets.reduce((sum, socket) => sum + socket.bytesRead, 0),
        0,
      )
    })
  }

  test('our end of a connection is passed on, and theirs is seen', async () => {
    await using proxy = await httpsProxy(YES)
    const wire = await via(proxy.port, { ca: certificate }).dial(to)
    wire.end()
    assert.equal(await wire.read(), undefined)
    wire.destroy()
    await proxy.gone()
  })

  test('carries TLS with a server inside its own', async () => {
    await using server = await httpsProxy('hello')
    await using proxy = await peer(async (visit) => {
      await visit.head()
      const onward = net.connect(server.port, '127.0.0.1')
      onward.on('error', () => {})
      visit.say(YES)
      visit.socket.pipe(onward).pipe(visit.socket)
    })
    const outer = httpConnect({ proxy: proxy.endpoint, secure: false, through: direct })
    const inner = via(server.port, { ca: certificate }, { through: outer })
    const error = await failureOf(inner.dial(to))
    assert.equal(error.code, 'wrong-protocol')
    assert.match(error.message, /hello/)
  })

  test('that speaks no TLS is told apart', async () => {
    await using proxy = await peer((visit) => visit.say('HTTP/1.1 400 Bad\r\n\r\n'))
    const error = await failureOf(via(proxy.port, { ca: certificate }).dial(to))
    assert.equal(error.code, 'wrong-protocol')
    assert.match(error.hint ?? '', /http:/)
    await proxy.gone()
  })

  test('that closes in the handshake', async () => {
    await using proxy = await peer((visit) => visit.socket.end())
    const error = await failureOf(via(proxy.port, { ca: certificate }).dial(to))
    assert.equal(error.code, 'tls')
    await proxy.gone()
  })

  test('silent in the handshake: the limit ends it, and no connection is left', async () => {
    await using proxy = await peer(() => {})
    const error = await failureOf(via(proxy.port, { ca: certificate }, { limits: { connect: 60 } }).dial(to))
    assert.equal(error.code, 'timeout')
    await proxy.gone()
  })

  test('cancelled in the handshake and in the dialogue: no connection is left', async () => {
    for (const talks of [false, true]) {
      await using silent = await peer(() => {})
      await using proxy = await httpsProxy('')
      const stop = new AbortController()
      const failed = failureOf(
        via(talks ? proxy.port : silent.port, { ca: certificate }).dial(to, { signal: stop.signal }),
      )
      while (talks ? !proxy.sockets[0]?.bytesRead : silent.count === 0) await setImmediate()
      stop.abort()
      assert.equal((await failed).code, 'aborted')
      await (talks ? proxy : silent).gone()
    }
  })
})

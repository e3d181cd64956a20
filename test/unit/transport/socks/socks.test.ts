import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Endpoint } from '../../../../src/transport/endpoint.js'
import { directRoute, type Route } from '../../../../src/transport/route.js'
import { type SocksOptions, socks } from '../../../../src/transport/socks/socks.js'
import type { Wire } from '../../../../src/transport/wire.js'
import { failureOf, type Peer, peer, readText, type Visit, wireOf } from '../scripted.js'

const direct = directRoute()

const to = { host: '192.0.2.7', port: 2121 }
const named = { host: 'ftp.example', port: 21 }
/** Port 2121, then 192.0.2.7. */
const TO4 = [8, 73, 192, 0, 2, 7]
const YES4 = [0, 90, 0, 0, 0, 0, 0, 0]
const YES5 = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]

type Kind = Omit<Partial<SocksOptions>, 'proxy'> & Pick<SocksOptions, 'version'>

function via(proxy: Peer, options: Kind): Route {
  return socks({ proxy: proxy.endpoint, through: direct, ...options })
}

/** Plays `talk` to one dial and gives the wire, the proxy and what the proxy was told. */
async function dialled(options: Kind, target: Endpoint, talk: (visit: Visit) => Promise<unknown>): Promise<void> {
  await using proxy = await peer(talk)
  const wire = await via(proxy, options).dial(target)
  try {
    assert.equal(await readText(wire, 5), '220 x')
    assert.equal(wire.dataHost, target.host)
    assert.deepEqual(wire.peer, target)
  } finally {
    wire.destroy()
  }
  await proxy.gone()
}

async function expectBytes(visit: Visit, bytes: readonly number[]): Promise<void> {
  assert.deepEqual([...(await visit.take(bytes.length))], [...bytes])
}

const text = (value: string): number[] => [...Buffer.from(value)]
const withGreeting = (reply: readonly number[]): number[] => [...reply, ...text('220 x')]

describe('a SOCKS dial says what RFC 1928 and its forerunners want', () => {
  test('4: port, address, user id', () =>
    dialled({ version: '4', user: 'me' }, to, async (visit) => {
      await expectBytes(visit, [4, 1, ...TO4, ...text('me'), 0])
      visit.say(withGreeting(YES4))
    }))

  test('4: a proxy that answers with version 4 is understood', () =>
    dialled({ version: '4' }, to, async (visit) => {
      await expectBytes(visit, [4, 1, ...TO4, 0])
      visit.say(withGreeting([4, ...YES4.slice(1)]))
    }))

  test('4a: the name goes to the proxy', () =>
    dialled({ version: '4a' }, named, async (visit) => {
      await expectBytes(visit, [4, 1, 0, 21, 0, 0, 0, 1, 0, ...text('ftp.example'), 0])
      visit.say(withGreeting(YES4))
    }))

  test('4a: an address goes as an address', () =>
    dialled({ version: '4a' }, to, async (visit) => {
      await expectBytes(visit, [4, 1, ...TO4, 0])
      visit.say(withGreeting(YES4))
    }))

  test('5h: the name goes to the proxy', () =>
    dialled({ version: '5h' }, named, async (visit) => {
      await expectBytes(visit, [5, 1, 0])
      visit.say([5, 0])
      await expectBytes(visit, [5, 1, 0, 3, 11, ...text('ftp.example'), 0, 21])
      visit.say(withGreeting(YES5))
    }))

  test('5h: a name with letters beyond ASCII goes as its ASCII form', async () => {
    await using proxy = await peer(async (visit) => {
      await visit.take(3)
      visit.say([5, 0])
      await expectBytes(visit, [5, 1, 0, 3, 21, ...text('xn--bcher-kva.example'), 0, 21])
      visit.say(YES5)
    })
    const wire = await via(proxy, { version: '5h' }).dial({ host: 'bücher.example', port: 21 })
    wire.destroy()
  })

  test('5: an IPv4 address', () =>
    dialled({ version: '5' }, to, async (visit) => {
      await expectBytes(visit, [5, 1, 0])
      visit.say([5, 0])
      await expectBytes(visit, [5, 1, 0, 1, 192, 0, 2, 7, 8, 73])
      visit.say(withGreeting(YES5))
    }))

  for (const [host, bytes] of [
    ['2001:db8::1:2', [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2]],
    ['::1', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ['fe80::', [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['1:2:3:4:5:6:7:8', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
    ['64:ff9b::192.0.2.7', [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 7]],
  ] as const) {
    test(`5: the IPv6 address ${host}`, () =>
      dialled({ version: '5' }, { host, port: 21 }, async (visit) => {
        await visit.take(3)
        visit.say([5, 0])
        await expectBytes(visit, [5, 1, 0, 4, ...bytes, 0, 21])
        visit.say(withGreeting(YES5))
      }))
  }

  test('5: a name is resolved here, and data connections go to the address that was used', async () => {
    await using proxy = await peer(async (visit) => {
      await visit.take(3)
      visit.say([5, 0])
      await expectBytes(visit, [5, 1, 0, 1, 127, 0, 0, 1, 0, 21])
      visit.say(YES5)
    })
    const wire = await via(proxy, { version: '5' }).dial({ host: 'localhost', port: 21 })
    assert.equal(wire.dataHost, '127.0.0.1')
    wire.destroy()
    await proxy.gone()
  })

  test('5: user name and password, when the proxy picks that method', () =>
    dialled({ version: '5h', user: 'jö', password: 'p@ss' }, named, async (visit) => {
      await expectBytes(visit, [5, 2, 0, 2])
      visit.say([5, 2])
      await expectBytes(visit, [1, 3, ...text('jö'), 4, ...text('p@ss')])
      visit.say([1, 0])
      await visit.take(18)
      visit.say(withGreeting(YES5))
    }))

  test('5: no password is sent to a proxy that does not ask', () =>
    dialled({ version: '5h', user: 'me', password: 'secret' }, named, async (visit) => {
      await visit.take(4)
      visit.say([5, 0])
      await expectBytes(visit, [5, 1, 0, 3, 11, ...text('ftp.example'), 0, 21])
      visit.say(withGreeting(YES5))
    }))
})

describe('SOCKS replies however they come', () => {
  const bound: [what: string, reply: number[]][] = [
    ['an IPv4 address', YES5],
    ['an IPv6 address', [5, 0, 0, 4, ...Array<number>(18).fill(1)]],
    ['a name', [5, 0, 0, 3, 4, ...text('gate'), 0, 21]],
    ['an empty name', [5, 0, 0, 3, 0, 0, 21]],
    ['a long name', [5, 0, 0, 3, 255, ...Array<number>(257).fill(65)]],
  ]
  for (const [what, reply] of bound) {
    test(`byte by byte with ${what} in it, the greeting glued to it`, () =>
      dialled({ version: '5h', user: 'me', password: 'secret' }, named, async (visit) => {
        await visit.take(4)
        await visit.dribble([5, 2])
        await visit.take(11)
        await visit.dribble([1, 0])
        await visit.take(18)
        await visit.dribble(withGreeting(reply))
      }))
    test(`with ${what} in it, cut behind each byte in turn`, async () => {
      for (let cut = 1; cut < reply.length; cut++) {
        const { wire, stream, sent } = wireOf()
        const through: Route = { describe: 'direct', dial: async () => wire }
        const route = socks({ version: '5h', proxy: { host: 'gate', port: 1080 }, through })
        const dial = route.dial(named)
        stream.push(Buffer.from([5, 0]))
        stream.push(Buffer.from(reply.slice(0, cut)))
        await new Promise(setImmediate)
        stream.push(Buffer.from(withGreeting(reply.slice(cut))))
        assert.equal(await readText(await dial, 5), '220 x', `cut at ${cut}`)
        assert.equal(Buffer.concat(sent).length, 3 + 18)
      }
    })
  }

  test('4: byte by byte', () =>
    dialled({ version: '4' }, to, async (visit) => {
      await visit.take(9)
      await visit.dribble(withGreeting(YES4))
    }))

  test('a whole file and the end glued to the reply are both there in bulk', async () => {
    await using proxy = await peer(async (visit) => {
      await visit.take(9)
      visit.socket.end(Buffer.from([...YES4, ...text('the file')]))
    })
    const wire = await via(proxy, { version: '4' }).dial(to, { bulk: true })
    // As long as another dialogue takes: bytes and end are there before anybody asks for slabs.
    await proxy.gone()
    const bulkReader = wire.slabs()
    const slab = await bulkReader.next()
    assert.equal(Buffer.concat(slab?.chunks ?? []).toString(), 'the file')
    slab?.release()
    assert.equal(await bulkReader.next(), undefined)
    wire.destroy()
  })
})

describe('what a SOCKS version cannot carry is refused before anything is dialled', () => {
  const nobody: Route = { describe: 'direct', dial: () => assert.fail('dialled') }
  const proxy = { host: 'gate', port: 1080 }
  const long = 'x'.repeat(256)
  const wrong: [what: string, options: Kind][] = [
    ['a password for SOCKS 4', { version: '4', user: 'me', password: 'secret' }],
    ['a NUL in the user id of SOCKS 4', { version: '4a', user: 'm\0e' }],
    ['a password without a user', { version: '5', password: 'secret' }],
    ['a user name of 256 bytes', { version: '5', user: long, password: 'secret' }],
    ['a password of 256 bytes', { version: '5h', user: 'me', password: long }],
    ['a password of 128 letters of two bytes', { version: '5h', user: 'me', password: 'ö'.repeat(128) }],
  ]
  for (const [what, options] of wrong) {
    test(what, () => {
      assert.throws(
        () => socks({ proxy, through: nobody, ...options }),
        (error: Error) => 'code' in error && error.code === 'bad-argument' && !error.message.includes('secret'),
      )
    })
  }

  test('255 bytes are not too many', () => {
    socks({ version: '5', proxy, through: nobody, user: 'x'.repeat(255), password: 'y'.repeat(255) })
  })

  const targets: [SocksOptions['version'], Endpoint][] = [
    ['4', { host: '::1', port: 21 }],
    ['4a', { host: '::1', port: 21 }],
    ['5h', { host: 'x'.repeat(256), port: 21 }],
    ['5h', { host: 'a\0b', port: 21 }],
    ['4a', { host: 'a\0b', port: 21 }],
    ['5h', { host: 'a\r\nb', port: 21 }],
    ['5h', { host: 'ö\r\nb', port: 21 }],
    ['5h', { host: 'a b', port: 21 }],
    ['5h', { host: 'me@ftp.example', port: 21 }],
    ['5h', { host: '', port: 21 }],
    ['5h', { host: 'ftp.example', port: 0 }],
    ['5h', { host: 'ftp.example', port: 65_536 }],
  ]
  for (const [version, target] of targets) {
    test(`${version} to ${JSON.stringify(target).slice(0, 60)}`, async () => {
      const error = await failureOf(socks({ version, proxy, through: nobody }).dial(target))
      assert.equal(error.code, 'bad-argument')
    })
  }
})

describe('a SOCKS proxy that says no', () => {
  async function refusal(options: Kind, talk: (visit: Visit) => Promise<unknown>) {
    await using proxy = await peer(talk)
    const error = await failureOf(via(proxy, options).dial(to))
    assert.equal(error.phase, 'proxy')
    assert.match(error.message, new RegExp(`socks${options.version}://127\\.0\\.0\\.1:${proxy.port}`))
    assert.equal(/secret/.test(`${error.message} ${error.hint}`), false)
    await proxy.gone()
    return error
  }

  const reasons: [code: number, reason: RegExp, retryable: boolean][] = [
    [1, /general failure/, true],
    [2, /rules do not allow/, false],
    [3, /network cannot be reached/, true],
    [4, /host cannot be reached/, true],
    [5, /nothing listens/, true],
    [6, /time to live/, true],
    [7, /does not support the command/, false],
    [8, /type of address/, false],
    [9, /code 9/, false],
    [255, /code 255/, false],
  ]
  for (const [code, reason, retryable] of reasons) {
    test(`5, code ${code}: ${reason.source}`, async () => {
      const error = await refusal({ version: '5' }, async (visit) => {
        await visit.take(3)
        visit.say([5, 0])
        await visit.take(10)
        visit.say([5, code])
      })
      assert.equal(error.code, 'proxy-refused')
      assert.match(error.message, reason)
      assert.match(error.message, /192\.0\.2\.7:2121/)
      assert.equal(error.retryable, retryable)
    })
  }

  for (const [code, reason] of [
    [0x5b, /not allowed/],
    [0x5c, /identd/],
    [0x5d, /disagree/],
    [0, /code 0/],
  ] as const) {
    test(`4, code ${code}: ${reason.source}`, async () => {
      const error = await refusal({ version: '4' }, async (visit) => {
        await visit.take(9)
        visit.say([0, code, 0, 0, 0, 0, 0, 0])
      })
      assert.equal(error.code, 'proxy-refused')
      assert.match(error.message, reason)
    })
  }

  test('it wants a login and there is none', async () => {
    const error = await refusal({ version: '5' }, async (visit) => {
      await visit.take(3)
      visit.say([5, 255])
    })
    assert.equal(error.code, 'proxy-refused')
    assert.match(error.message, /requires a user name and a password/)
  })

  test('it picks a method that was not offered: no password goes out', async () => {
    const error = await refusal({ version: '5' }, async (visit) => {
      await visit.take(3)
      visit.say([5, 2])
    })
    assert.match(error.message, /requires a user name and a password/)
  })

  test('it takes none of the methods', async () => {
    const error = await refusal({ version: '5', user: 'me', password: 'secret' }, async (visit) => {
      await visit.take(4)
      visit.say([5, 255])
    })
    assert.match(error.message, /accepts neither/)
  })

  for (const [how, answer] of [
    ['by code', [1, 1]],
    ['by closing', undefined],
  ] as const) {
    test(`wrong credentials, said ${how}`, async () => {
      const error = await refusal({ version: '5', user: 'me', password: 'secret' }, async (visit) => {
        await visit.take(4)
        visit.say([5, 2])
        await visit.take(11)
        if (answer) visit.say(answer)
        else visit.socket.end()
      })
      assert.equal(error.code, 'proxy-refused')
      assert.match(error.message, /user name or the password/)
      assert.equal(error.retryable, false)
    })
  }

  test('it closes when it is asked', async () => {
    const error = await refusal({ version: '5' }, async (visit) => {
      await visit.take(3)
      visit.say([5, 0])
      await visit.take(10)
      visit.socket.end(Buffer.from([5]))
    })
    assert.equal(error.code, 'proxy-refused')
    assert.match(error.message, /closed the connection/)
  })

  test('it resets the connection', async () => {
    const error = await refusal({ version: '5' }, async (visit) => {
      await visit.take(3)
      visit.socket.resetAndDestroy()
    })
    assert.equal(error.code, 'proxy-refused')
    assert.equal(error.retryable, true)
  })

  const strangers: [what: string, said: string, found: RegExp][] = [
    ['an HTTP server', 'HTTP/1.1 400 Bad Request\r\n\r\n', /HTTP/],
    ['an FTP server', '220 ready\r\n', /FTP/],
    ['an SSH server', 'SSH-2.0-x\r\n', /SSH/],
    ['a TLS server', '\x15\x03\x01\x00\x02\x02\x46', /TLS/],
    ['noise', '\x1b[31m', /\\x1B/],
  ]
  for (const version of ['4', '5'] as const) {
    for (const [what, said, found] of strangers) {
      test(`${version}: it is ${what}`, async () => {
        const error = await refusal({ version }, async (visit) => visit.say(said))
        assert.equal(error.code, 'wrong-protocol')
        assert.match(error.message, found)
      })
    }
  }

  test('4 asked, 5 answered', async () => {
    const error = await refusal({ version: '4' }, async (visit) => visit.say([5, 255]))
    assert.equal(error.code, 'wrong-protocol')
    assert.match(error.message, /SOCKS 5/)
  })

  test('an unknown type of address in its reply', async () => {
    const error = await refusal({ version: '5' }, async (visit) => {
      await visit.take(3)
      visit.say([5, 0])
      await visit.take(10)
      visit.say([5, 0, 0, 9, 0, 0, 0, 0, 0, 0])
    })
    assert.equal(error.code, 'wrong-protocol')
  })

  test('nobody listens there: the error is about the proxy', async () => {
    const gone = await peer(() => {})
    await gone[Symbol.asyncDispose]()
    const error = await failureOf(via(gone, { version: '5h' }).dial(named))
    assert.equal(error.code, 'unreachable')
    assert.equal(error.phase, 'proxy')
    assert.match(error.message, /^The proxy socks5h:/)
  })
})

describe('waiting for a SOCKS proxy ends', () => {
  const login = { version: '5h', user: 'me', password: 'secret' } as const
  /** Says the first `stage` replies, then nothing; tells when it has fallen silent. */
  async function silentFrom(stage: number): Promise<{ proxy: Peer; silent: Promise<void> }> {
    let tell = (): void => {}
    const silent = new Promise<void>((resolve) => {
      tell = resolve
    })
    const proxy = await peer(async (visit) => {
      const steps: [count: number, reply: number[]][] = [
        [4, [5, 2]],
        [11, [1, 0]],
        [18, YES5.slice(0, 7)],
      ]
      for (const [count, reply] of steps.slice(0, stage)) {
        await visit.take(count)
        visit.say(reply)
      }
      await visit.take(steps[stage]?.[0] ?? 0)
      tell()
    })
    return { proxy, silent }
  }

  for (const stage of [0, 1, 2, 3]) {
    test(`cancelled at stage ${stage}: at once, and no connection is left`, async () => {
      const { proxy, silent } = await silentFrom(stage)
      await using _ = proxy
      const stop = new AbortController()
      const failed = failureOf(via(proxy, login).dial(named, { signal: stop.signal }))
      await silent
      stop.abort()
      assert.equal((await failed).code, 'aborted')
      await proxy.gone()
    })

    test(`silent at stage ${stage}: the limit ends it, and no connection is left`, async () => {
      const { proxy } = await silentFrom(stage)
      await using _ = proxy
      const error = await failureOf(via(proxy, { ...login, limits: { connect: 60 } }).dial(named))
      assert.equal(error.code, 'timeout')
      assert.equal(error.phase, 'proxy')
      assert.match(error.message, /socks5h:/)
      await proxy.gone()
    })
  }

  test('cancelled before: nothing is dialled', async () => {
    await using proxy = await peer(() => {})
    const error = await failureOf(via(proxy, login).dial(named, { signal: AbortSignal.abort() }))
    assert.equal(error.code, 'aborted')
    assert.equal(proxy.count, 0)
  })
})

describe('SOCKS BIND', () => {
  const control = (host: string): Wire => {
    const { wire } = wireOf()
    return wire.as({ dataHost: host, local: { host: '127.0.0.1', port: 1 }, peer: { host, port: 21 } })
  }
  const FIRST5 = [5, 0, 0, 1, 198, 51, 100, 9, 0x9c, 0x40]
  const second5 = (address: readonly number[]): number[] => [5, 0, 0, 1, ...address, 0, 20]
  const SERVER = [192, 0, 2, 7]
  const never = new AbortController().signal

  /** A proxy that takes BIND, says `first`, and `second` when it is told to. */
  async function binding(first: number[], second?: number[]): Promise<{ proxy: Peer; arrive: () => void }> {
    let visitor: Visit | undefined
    const proxy = await peer(async (visit) => {
      visitor = visit
      await visit.take(3)
      visit.say([5, 0])
      await visit.take(4)
      visit.say(first)
    })
    return { proxy, arrive: () => visitor?.say(second ?? []) }
  }

  async function listening(proxy: Peer, host = to.host) {
    const listener = await via(proxy, { version: '5' }).listen?.({ control: control(host), signal: never })
    assert(listener)
    return listener
  }

  test('the address is the one of the first reply, the wire the one of the second; glued bytes are its first', async () => {
    const { proxy, arrive } = await binding(FIRST5, withGreeting(second5(SERVER)))
    await using _ = proxy
    const listener = await listening(proxy)
    assert.deepEqual(listener.address, { host: '198.51.100.9', port: 40_000 })
    const accepted = listener.accept(never)
    arrive()
    const wire = await accepted
    assert.deepEqual(wire.peer, { host: '192.0.2.7', port: 20 })
    assert.equal(await readText(wire, 5), '220 x')
    listener.close()
    wire.write(Buffer.from('still there'))
    wire.destroy()
    await proxy.gone()
  })

  test('asks for the peer of the control connection: 5', async () => {
    await using proxy = await peer(async (visit) => {
      await visit.take(3)
      visit.say([5, 0])
      await expectBytes(visit, [5, 2, 0, 1, ...SERVER, 0, 21])
      visit.say(FIRST5)
    })
    const listener = await listening(proxy)
    listener.close()
    await proxy.gone()
  })

  test('asks for the peer of the control connection: 4, whose replies are understood too', async () => {
    await using proxy = await peer(async (visit) => {
      await expectBytes(visit, [4, 2, 0, 21, ...SERVER, 0])
      visit.say([0, 90, 0x9c, 0x40, 198, 51, 100, 9])
      visit.say([0, 90, 0, 20, ...SERVER])
    })
    const listener = await via(proxy, { version: '4' }).listen?.({ control: control(to.host) })
    assert.deepEqual(listener?.address, { host: '198.51.100.9', port: 40_000 })
    const wire = await listener?.accept(never)
    assert.deepEqual(wire?.peer, { host: '192.0.2.7', port: 20 })
    wire?.destroy()
    await proxy.gone()
  })

  test('0.0.0.0 in the first reply is the proxy itself', async () => {
    const { proxy } = await binding([5, 0, 0, 1, 0, 0, 0, 0, 0x9c, 0x40])
    await using _ = proxy
    const listener = await listening(proxy)
    assert.deepEqual(listener.address, { host: '127.0.0.1', port: 40_000 })
    listener.close()
    await proxy.gone()
  })

  test('somebody else connects: refused and cut', async () => {
    const { proxy, arrive } = await binding(FIRST5, second5([203, 0, 113, 5]))
    await using _ = proxy
    const listener = await listening(proxy)
    const failed = failureOf(listener.accept(never))
    arrive()
    const error = await failed
    assert.equal(error.code, 'data-connection')
    assert.match(error.message, /203\.0\.113\.5.*192\.0\.2\.7/)
    await proxy.gone()
  })

  test('behind a name only the proxy knows the address', async () => {
    const { proxy, arrive } = await binding(FIRST5, second5([203, 0, 113, 5]))
    await using _ = proxy
    const listener = await listening(proxy, 'ftp.example')
    const accepted = listener.accept(never)
    arrive()
    const wire = await accepted
    assert.equal(wire.peer.host, '203.0.113.5')
    wire.destroy()
  })

  test('another name than the one that was asked for is refused', async () => {
    const { proxy, arrive } = await binding(FIRST5, [5, 0, 0, 3, 4, ...text('evil'), 0, 20])
    await using _ = proxy
    const listener = await listening(proxy, 'ftp.example')
    const failed = failureOf(listener.accept(never))
    arrive()
    assert.equal((await failed).code, 'data-connection')
    await proxy.gone()
  })

  test('a proxy without BIND: active mode cannot work, and why', async () => {
    const { proxy } = await binding([5, 7, 0, 1, 0, 0, 0, 0, 0, 0])
    await using _ = proxy
    const error = await failureOf(Promise.resolve(via(proxy, { version: '5' }).listen?.({ control: control(to.host) })))
    assert.equal(error.code, 'not-supported')
    assert.match(error.message, /Active mode cannot work through socks5:.*does not support the command/)
    await proxy.gone()
  })

  test('the second reply refuses', async () => {
    const { proxy, arrive } = await binding(FIRST5, [5, 6])
    await using _ = proxy
    const listener = await listening(proxy)
    const failed = failureOf(listener.accept(never))
    arrive()
    assert.equal((await failed).code, 'proxy-refused')
    await proxy.gone()
  })

  test('nobody comes: the wait can be cancelled, and no connection is left', async () => {
    const { proxy } = await binding(FIRST5)
    await using _ = proxy
    const listener = await listening(proxy)
    const stop = new AbortController()
    const failed = failureOf(listener.accept(stop.signal))
    stop.abort()
    assert.equal((await failed).code, 'aborted')
    await proxy.gone()
    listener.close()
  })

  test('closed before anybody came: no connection is left', async () => {
    const { proxy } = await binding(FIRST5)
    await using _ = proxy
    const listener = await listening(proxy)
    const failed = failureOf(listener.accept(never))
    listener.close()
    await failed
    await proxy.gone()
  })
})

describe('a SOCKS route is shown', () => {
  const proxy = { host: 'gate', port: 1080 }
  test('without credentials', () => {
    assert.equal(
      socks({ version: '5h', proxy, user: 'me', password: 'secret', through: direct }).describe,
      'socks5h://gate:1080',
    )
  })
  test('with the tunnel it runs through', () => {
    const outer = socks({ version: '4a', proxy: { host: '::1', port: 1 }, through: direct })
    assert.equal(socks({ version: '5', proxy, through: outer }).describe, 'socks5://gate:1080 via socks4a://[::1]:1')
  })
})

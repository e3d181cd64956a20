import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import ssh2, { type AuthContext, type PublicKeyAuthContext } from 'ssh2'
import type { TransferEvent } from '../../../src/events.js'
import { type HostKeyOptions, openSsh } from '../../../src/ssh/connect.js'
import { fingerprintOf } from '../../../src/ssh/keys/host-keys.js'
import { directRoute } from '../../../src/transport/route.js'
import { peer } from '../transport/scripted.js'
import { bytesOf, failureOf, fingerprint, hostKey, openTo, otherKey, sshAgent, sshServer, userKey } from './server.js'

const direct = directRoute()

const key = userKey.private
const publicBytes = bytesOf(userKey.public)

/** Lets in who has the user's key, as a server does it: a question first, then a signature. */
function byKey(context: AuthContext): context is PublicKeyAuthContext {
  if (context.method !== 'publickey' || !context.key.data.equals(publicBytes)) return false
  const parsed = ssh2.utils.parseKey(userKey.public)
  if (parsed instanceof Error || !context.signature || !context.blob) return true
  return parsed.verify(context.blob, context.signature, context.hashAlgo)
}

let dir = ''
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sallyport-ssh-'))
})
after(() => rm(dir, { recursive: true, force: true }))

/** A known_hosts file with that key for a server of ours. */
async function knownHostsWith(port: number, publicKey: string): Promise<string> {
  const file = join(await mkdtemp(join(dir, 'known-')), 'known_hosts')
  await writeFile(file, `[127.0.0.1]:${port} ${publicKey}\n`)
  return file
}

describe('the host key', () => {
  const refusals: [what: string, hostKeyFor: (port: number) => HostKeyOptions | Promise<HostKeyOptions>][] = [
    ['not the pinned one', () => ({ fingerprint: fingerprintOf(bytesOf(otherKey.public)) })],
    ['unknown', () => ({ knownHosts: [] })],
    ['changed', async (port) => ({ knownHosts: await knownHostsWith(port, otherKey.public) })],
    [
      'changed, though new ones are accepted',
      async (port) => ({ knownHosts: await knownHostsWith(port, otherKey.public), accept: 'new' }),
    ],
  ]
  for (const [what, hostKeyFor] of refusals)
    test(`is ${what}: refused before any authentication packet`, async () => {
      await using server = await sshServer()
      const error = await failureOf(openTo(server.port, { hostKey: await hostKeyFor(server.port) }))
      assert.equal(error.code, 'host-key')
      assert.equal(error.phase, 'connect')
      assert.ok(error.message.includes(fingerprint))
      const [socket] = server.sockets
      assert(socket)
      if (!socket.closed) await once(socket, 'close')
      assert.deepEqual(server.attempts, [])
    })

  test('that is new is written down, and known from then on', async () => {
    const knownHosts = join(dir, 'made', '.ssh', 'known_hosts')
    await using server = await sshServer()
    const events: TransferEvent[] = []
    const observe = (event: TransferEvent): unknown => events.push(event)
    const first = await openTo(server.port, { hostKey: { accept: 'new', knownHosts }, observe })
    await first.close()
    assert.equal(await readFile(knownHosts, 'utf8'), `[127.0.0.1]:${server.port} ${hostKey.public.trim()}\n`)
    assert.deepEqual(
      events.map((event) => event.type === 'warning' && event.code),
      ['host-key-new'],
    )
    const second = await openTo(server.port, { hostKey: { knownHosts } })
    assert.equal(second.security?.hostKey.trustedBy, 'known')
    await second.close()
  })

  test('is taken unchecked where that is wanted, with a warning', async () => {
    await using server = await sshServer()
    const events: TransferEvent[] = []
    const connection = await openTo(server.port, {
      hostKey: { accept: 'any', knownHosts: [] },
      observe: (event) => events.push(event),
    })
    await connection.close()
    const [event] = events
    assert(event?.type === 'warning')
    assert.equal(event.code, 'host-key-unchecked')
    assert.match(event.message, /without a check/)
  })

  test('is asked for in the type that is known', async () => {
    const rsa = ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 })
    await using server = await sshServer({ hostKeys: [hostKey.private, rsa.private] })
    const knownHosts = await knownHostsWith(server.port, rsa.public)
    const connection = await openTo(server.port, { hostKey: { knownHosts } })
    assert.equal(connection.security?.hostKey.type, 'ssh-rsa')
    await connection.close()
  })
})

describe('the login', () => {
  test('goes from nothing by keys and questions to the password', async () => {
    const order: string[] = []
    await using server = await sshServer({
      auth: (context) => {
        order.push(context.method)
        if (context.method === 'password' && context.password === 'secret') context.accept()
        else context.reject(['publickey', 'keyboard-interactive', 'password'])
      },
    })
    const connection = await openTo(server.port, { auth: { password: 'secret', privateKey: key } })
    assert.deepEqual(order, ['none', 'publickey', 'keyboard-interactive', 'password'])
    await connection.close()
  })

  test('asks for the password only when its turn comes', async () => {
    await using server = await sshServer({
      auth: (context) => (byKey(context) ? context.accept() : context.reject(['publickey', 'password'])),
    })
    const password = async (): Promise<string> => assert.fail('it was asked for')
    const connection = await openTo(server.port, { auth: { password, privateKey: key } })
    await connection.close()
  })

  test('answers one hidden question with the password', async () => {
    await using server = await sshServer({
      auth: (context) => {
        if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive'])
        context.prompt([{ prompt: 'Password: ', echo: false }], (answers) =>
          answers[0] === 'secret' ? context.accept() : context.reject(['keyboard-interactive']),
        )
      },
    })
    const connection = await openTo(server.port)
    await connection.close()
  })

  test('names a question that it cannot answer', async () => {
    await using server = await sshServer({
      auth: (context) => {
        if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive'])
        context.prompt([{ prompt: 'Your code:\x07 ', echo: true }], (answers) => {
          assert.deepEqual(answers, [''])
          context.reject(['keyboard-interactive'])
        })
      },
    })
    const error = await failureOf(openTo(server.port))
    assert.equal(error.code, 'login-refused')
    assert.match(error.message, /keyboard-interactive \(it asked "Your code:\\x07"\)/)
  })

  test('sends a password that was refused as an answer no second time', async () => {
    await using server = await sshServer({
      auth: (context) => {
        if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive', 'password'])
        context.prompt([{ prompt: 'Password: ', echo: false }], () => context.reject(['password']))
      },
    })
    const error = await failureOf(openTo(server.port))
    assert.deepEqual(server.attempts, ['none', 'keyboard-interactive'])
    assert.match(error.message, /the password \(not sent again: it was refused as an answer before\)/)
  })

  test('goes on after a step that was taken but is not enough', async () => {
    for (const order of [
      ['publickey', 'keyboard-interactive'],
      ['password', 'publickey'],
    ] as const) {
      const done: string[] = []
      await using server = await sshServer({
        auth: (context) => {
          const wanted = order[done.length] ?? 'none'
          if (context.method !== wanted) return context.reject([wanted])
          if (context.method === 'publickey' && !context.signature) return context.accept()
          done.push(context.method)
          if (done.length === order.length) return context.accept()
          context.reject([order[1]], true)
        },
      })
      const connection = await openTo(server.port, { auth: { password: 'secret', privateKey: key } }).catch(
        (error: unknown) => assert.fail(`${order}: ${error}`),
      )
      assert.deepEqual(done, order)
      await connection.close()
    }
  })

  test('that is refused lists what was tried, what the server takes, and never the password', async () => {
    const locked = ssh2.utils.generateKeyPairSync('ed25519', { cipher: 'aes256-ctr', passphrase: 'sesame', rounds: 4 })
    await using server = await sshServer({ auth: (context) => context.reject(['publickey']) })
    const error = await failureOf(
      openTo(server.port, {
        auth: { password: 'secret', privateKey: [locked.private, key], passphrase: 'hunter2' },
      }),
    )
    assert.equal(error.code, 'login-refused')
    assert.equal(error.phase, 'login')
    assert.equal(error.retryable, false)
    assert.match(error.message, /refused the login of me/)
    assert.match(error.message, /passphrase does not open the private key that was given/)
    assert.match(error.message, /the private key that was given \(refused\)/)
    assert.match(error.message, /accepts: publickey\. Not tried.*keyboard-interactive, the password/)
    assert.match(error.hint ?? '', /privateKey/)
    assert.ok(!/secret|hunter2/.test(`${error.message}${error.hint}`))
  })

  test('says so when the agent does not answer, and goes on', async () => {
    await using server = await sshServer({
      auth: (context) => (context.method === 'password' ? context.accept() : context.reject(['publickey', 'password'])),
    })
    const auth = { agent: '/nowhere/agent', password: 'secret' }
    await (await openTo(server.port, { auth })).close()
    await using strict = await sshServer({ auth: (context) => context.reject(['publickey']) })
    const error = await failureOf(openTo(strict.port, { auth }))
    assert.match(error.message, /the agent \(Failed to connect to agent\)/)
  })

  test('is lost, not refused, when the server ends it', async () => {
    await using server = await sshServer({ auth: () => server.connections[0]?.end() })
    const error = await failureOf(openTo(server.port))
    assert.equal(error.code, 'session-lost')
    assert.equal(error.phase, 'login')
    assert.equal(error.retryable, true)
  })

  test('by an agent, which signs', async () => {
    await using agent = await sshAgent()
    await using server = await sshServer({
      auth: (context) => (byKey(context) ? context.accept() : context.reject(['publickey'])),
    })
    await (await openTo(server.port, { auth: { agent: agent.path } })).close()
    assert.equal(agent.signed(), 1)
  })

  test('leaves an agent that does not answer when the server has gone', async () => {
    await using server = await sshServer({ auth: (context) => context.reject(['publickey']) })
    await using agent = await sshAgent(() => server.sockets[0]?.destroy())
    const error = await failureOf(openTo(server.port, { auth: { agent: agent.path } }))
    assert.equal(error.code, 'session-lost')
    await agent.left()
  })

  test('goes on after an agent whose key was taken but is not enough', async () => {
    await using agent = await sshAgent()
    let signed = false
    await using server = await sshServer({
      auth: (context) => {
        if (signed && context.method === 'password') return context.accept()
        if (signed || !byKey(context)) return context.reject([signed ? 'password' : 'publickey'])
        if (!context.signature) return context.accept()
        signed = true
        context.reject(['password'], true)
      },
    })
    await (await openTo(server.port, { auth: { agent: agent.path, password: 'secret' } })).close()
  })

  test('does not begin with a user name that cannot be sent', async () => {
    for (const user of ['', 'a\nb']) {
      await using server = await sshServer()
      const error = await failureOf(openTo(server.port, { user }))
      assert.equal(error.code, 'bad-argument')
      assert.equal(server.attempts.length, 0)
    }
  })
})

describe('the algorithms', () => {
  test('are AES-GCM, and what was agreed can be asked for', async () => {
    await using server = await sshServer()
    const connection = await openTo(server.port)
    assert.match(connection.security?.cipher ?? '', /gcm/)
    assert.equal(connection.security?.hostKey.fingerprint, fingerprint)
    await connection.close()
  })

  const apart: [what: string, algorithms: object, words: RegExp][] = [
    ['key exchange', { kex: ['diffie-hellman-group14-sha1'] }, /offers diffie-hellman-group14-sha1; we offer curve/],
    ['cipher', { cipher: ['aes256-cbc'] }, /common cipher: it offers aes256-cbc; we offer aes128-gcm/],
    ['MAC', { cipher: ['aes128-ctr'], hmac: ['hmac-sha1'] }, /common MAC: it offers hmac-sha1; we offer hmac-sha2-256/],
  ]
  for (const [what, algorithms, words] of apart)
    test(`without a common ${what} are printed, both lists, and the legacy preset helps`, async () => {
      await using server = await sshServer({ algorithms })
      const error = await failureOf(openTo(server.port))
      assert.equal(error.code, 'not-supported')
      assert.match(error.message, words)
      assert.match(error.hint ?? '', /'legacy'/)
      await (await openTo(server.port, { algorithms: 'legacy' })).close()
    })

  test('that only a SHA-1 signature of the host key would do for are legacy', async () => {
    const rsa = ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 })
    const options = { hostKeys: [rsa.private], algorithms: { serverHostKey: ['ssh-rsa' as const] } }
    await using server = await sshServer(options)
    const trusted = { fingerprint: fingerprintOf(bytesOf(rsa.public)) }
    const error = await failureOf(openTo(server.port, { hostKey: trusted }))
    assert.match(error.message, /common host key algorithm: it offers ssh-rsa; we offer/)
    await (await openTo(server.port, { hostKey: trusted, algorithms: 'legacy' })).close()
  })
})

describe('a peer that is no SSH server', () => {
  const peers: [what: string, says: string, code: string, words: RegExp][] = [
    ['FTP', '220 Welcome\r\n', 'wrong-protocol', /uses FTP/],
    ['HTTP', 'HTTP/1.0 400 Bad\r\n\r\n', 'wrong-protocol', /uses HTTP/],
    ['SSH 1', 'SSH-1.5-old\r\n', 'wrong-protocol', /only version 1/],
    ['garbage', 'hello\r\n\x1b[2Jworld\r\n', 'session-lost', /it sent "hello/],
    ['nothing', '', 'session-lost', /ended before it was ready/],
  ]
  for (const [what, says, code, words] of peers)
    test(`says ${what}: told apart`, async () => {
      await using other = await peer(({ socket, say }) => {
        say(says)
        socket.end()
      })
      const error = await failureOf(openTo(other.port))
      assert.equal(error.code, code)
      assert.match(error.message, words)
      assert.ok(!error.message.includes('\x1b'))
    })

  test('stays silent: the limit ends it, and the socket is closed', async () => {
    await using other = await peer(() => {})
    const error = await failureOf(openTo(other.port, { limits: { connect: 50 } }))
    assert.equal(error.code, 'timeout')
    await other.gone()
  })

  test('stops in the middle of the key exchange: the limit ends it', async () => {
    await using other = await peer(({ say }) => say('SSH-2.0-stuck\r\n'))
    const error = await failureOf(openTo(other.port, { limits: { connect: 50 } }))
    assert.equal(error.code, 'timeout')
    await other.gone()
  })

  test('is left when the caller gives up', async () => {
    await using other = await peer(({ say }) => say('SSH-2.0-stuck\r\n'))
    const error = await failureOf(openTo(other.port, { signal: AbortSignal.timeout(50), limits: undefined }))
    assert.equal(error.code, 'aborted')
    await other.gone()
  })
})

describe('what the caller is asked', () => {
  test('is not counted against the server', async () => {
    await using server = await sshServer({
      auth: (context) => (context.method === 'password' ? context.accept() : context.reject(['password'])),
    })
    let asked = (): void => {}
    const answered = new Promise<void>((resolve) => {
      asked = resolve
    })
    const password = async (): Promise<string> => {
      setTimeout(asked, 1_050)
      await answered
      return 'secret'
    }
    await (await openTo(server.port, { auth: { password }, limits: { connect: 1_000 } })).close()
  })
})

describe('forwarded connections', () => {
  test('carry bytes both ways, and half-closed ends in order', async () => {
    await using server = await sshServer()
    await using echo = await echoServer()
    const connection = await openTo(server.port)
    const stream = await connection.forwardOut({ host: '127.0.0.1', port: echo.port })
    const sent = Buffer.alloc(5 * 1024 * 1024, 'abc')
    stream.end(sent)
    const got: Buffer[] = []
    for await (const chunk of stream) got.push(chunk)
    assert.ok(Buffer.concat(got).equals(sent))
    await connection.close()
  })

  test('that the server refuses name its reason, and the connection lives on', async () => {
    await using server = await sshServer()
    await using echo = await echoServer()
    const connection = await openTo(server.port)
    const error = await failureOf(connection.forwardOut({ host: '127.0.0.1', port: 9 }))
    assert.equal(error.code, 'proxy-refused')
    assert.equal(error.phase, 'proxy')
    assert.match(
      error.message,
      /ssh:\/\/me@127\.0\.0\.1:\d+ refused a connection to 127\.0\.0\.1:9: it could not connect there/,
    )
    const stream = await connection.forwardOut({ host: '127.0.0.1', port: echo.port })
    stream.destroy()
    await once(stream, 'close')
    await connection.close()
  })

  test('end with the error when the connection below is lost, never as if complete', async () => {
    await using server = await sshServer()
    await using echo = await echoServer()
    const connection = await openTo(server.port)
    const stream = await connection.forwardOut({ host: '127.0.0.1', port: echo.port })
    stream.write('hello')
    await once(stream, 'readable')
    let ended = false
    stream.once('end', () => {
      ended = true
    })
    const failed = once(stream, 'error')
    server.sockets[0]?.destroy()
    const [error] = await failed
    assert.equal(error.code, 'session-lost')
    assert.equal(error.retryable, true)
    assert.equal(ended, false)
    assert.equal((await failureOf(connection.forwardOut({ host: '127.0.0.1', port: echo.port }))).code, 'session-lost')
  })

  test('are refused after close, which may be called twice', async () => {
    await using server = await sshServer()
    const connection = await openTo(server.port)
    await Promise.all([connection.close(), connection.close()])
    assert.equal((await failureOf(connection.forwardOut({ host: 'h', port: 1 }))).code, 'closed')
  })
})

describe('a server that dies', () => {
  test('at 40 random moments: every call settles, and nothing is thrown where nobody can catch it', async () => {
    const loose: unknown[] = []
    const catchLoose = (error: unknown): unknown => loose.push(error)
    process.on('uncaughtException', catchLoose).on('unhandledRejection', catchLoose)
    try {
      const random = seeded(20_240_229)
      const outcomes = new Map<string, number>()
      for (let round = 0; round < 40; round++) {
        const outcome = await liveAndDie(Math.floor(random() * (round < 20 ? 4_000 : 400_000)), round % 2 === 0)
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      }
      assert.deepEqual(loose, [])
      assert.ok((outcomes.get('while connecting') ?? 0) > 3, JSON.stringify([...outcomes]))
      assert.ok((outcomes.get('while forwarding') ?? 0) > 3, JSON.stringify([...outcomes]))
    } finally {
      process.off('uncaughtException', catchLoose).off('unhandledRejection', catchLoose)
    }
  })
})

/** Connects to a server through a relay that cuts the connection after that many bytes from it, with a FIN or with a RST. */
async function liveAndDie(after: number, politely: boolean): Promise<string> {
  await using agent = await sshAgent()
  await using server = await sshServer({
    auth: (context) => {
      if (context.method === 'keyboard-interactive')
        context.prompt([{ prompt: 'Password: ', echo: false }], () => context.accept())
      else if (context.method === 'publickey' && !context.signature) context.accept()
      else context.reject(['publickey', 'keyboard-interactive'])
    },
  })
  await using echo = await echoServer()
  await using line = await cutter(server.port, after, politely)
  const wire = await direct.dial({ host: '127.0.0.1', port: line.port })
  const auth = { agent: agent.path, privateKey: key, password: 'secret' }
  const opening = openSsh({ wire, host: 'h', port: 22, user: 'me', auth, hostKey: { fingerprint } })
  const connection = await opening.catch((error: { code?: string }) => {
    assert.equal(error.code, 'session-lost')
  })
  if (!connection) return 'while connecting'
  try {
    for (;;) {
      const stream = await connection.forwardOut({ host: '127.0.0.1', port: echo.port })
      stream.end(Buffer.alloc(30_000))
      for await (const chunk of stream) assert.ok(chunk.length > 0)
    }
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'session-lost', String(error))
  } finally {
    await connection.close()
  }
  return 'while forwarding'
}

async function cutter(to: number, after: number, politely: boolean) {
  return await serve((socket) => {
    let left = after
    direct.dial({ host: '127.0.0.1', port: to }).then(
      ({ stream }) => {
        socket.on('close', () => stream.destroy())
        socket.on('data', (chunk: Buffer) => stream.write(chunk))
        stream.on('data', (chunk: Buffer) => {
          socket.write(chunk.subarray(0, left))
          left -= chunk.length
          if (left > 0) return
          stream.destroy()
          if (politely) socket.end()
          else socket.resetAndDestroy()
        })
      },
      () => socket.destroy(),
    )
  })
}

async function echoServer() {
  return await serve((socket) => socket.pipe(socket))
}

async function serve(visit: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server: Server = createServer({ allowHalfOpen: false }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    visit(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The same numbers on every run (a linear congruential generator). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

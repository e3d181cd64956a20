import assert from 'node:assert/strict'
import { connect as dial } from 'node:net'
import { describe, mock, test } from 'node:test'
import type { AuthContext, BaseAgent } from 'ssh2'
import { guardedAgent } from '../../../src/ssh/login/agent.js'
import { peer } from '../transport/scripted.js'
import { bytesOf, failureOf, openTo, otherKey, sshAgent, sshServer, userKey } from './server.js'

describe('a server that goes on for ever', () => {
  const asking: [what: string, ask: (context: AuthContext) => void][] = [
    ['asks question after question', (context) => repeat(context, [{ prompt: 'Password: ', echo: false }])],
    ['asks two things at once, again and again', (context) => repeat(context, [{ prompt: 'One' }, { prompt: 'Two' }])],
  ]
  for (const [what, ask] of asking)
    test(`${what}: the login is refused, and says so`, async () => {
      await using server = await sshServer({
        auth: (context) =>
          context.method === 'keyboard-interactive' ? ask(context) : context.reject(['keyboard-interactive']),
      })
      const error = await failureOf(openTo(server.port))
      assert.equal(error.code, 'login-refused')
      assert.match(error.message, /asked more than 10 times/)
    })

  test('asks nothing, again and again: the limit ends it', async () => {
    await using server = await sshServer({
      auth: (context) =>
        context.method === 'keyboard-interactive' ? repeat(context, []) : context.reject(['keyboard-interactive']),
    })
    assert.equal((await failureOf(openTo(server.port, { limits: { connect: 200 } }))).code, 'timeout')
  })

  test('by answering each try just in time: all of them together have twice the limit', async () => {
    const waiting: NodeJS.Timeout[] = []
    await using server = await sshServer({
      auth: (context) => void waiting.push(setTimeout(() => context.reject(['publickey']), 80)),
    })
    const privateKey = Array.from({ length: 40 }, () => userKey.private)
    const error = await failureOf(openTo(server.port, { auth: { privateKey }, limits: { connect: 200 } }))
    for (const timer of waiting) clearTimeout(timer)
    assert.equal(error.code, 'timeout')
    assert.equal(error.phase, 'login')
    assert.match(error.message, /400 ms/)
    assert.ok(server.attempts.length < 8, String(server.attempts.length))
  })
})

function repeat(context: AuthContext, prompts: { prompt: string; echo?: boolean }[]): void {
  if (context.method !== 'keyboard-interactive') return
  const again = (): void => context.prompt(prompts, again)
  again()
}

describe('methods', () => {
  test('that a server lists none of are tried in our own order', async () => {
    await using server = await sshServer({
      auth: (context) => (context.method === 'password' ? context.accept() : context.reject([])),
    })
    await (await openTo(server.port)).close()
    assert.deepEqual(server.attempts, ['none', 'keyboard-interactive', 'password'])
  })

  test('and are refused with what was tried where none of them does', async () => {
    await using server = await sshServer({ auth: (context) => context.reject([]) })
    const error = await failureOf(openTo(server.port, { auth: { privateKey: userKey.private, password: 'secret' } }))
    assert.equal(error.code, 'login-refused')
    assert.match(error.message, /private key that was given \(refused\).*the password \(refused\)/)
  })

  test('that are tried too often: what the server says is shown, with advice about keys', async () => {
    await using server = await sshServer({
      auth: (context) => {
        if (context.method !== 'password') return context.reject(['password', 'publickey'])
        const [connection] = server.connections
        const { _protocol } = connection as unknown as { _protocol: { disconnect(reason: number): void } }
        _protocol.disconnect(2)
      },
    })
    const error = await failureOf(openTo(server.port))
    assert.ok(['login-refused', 'session-lost'].includes(error.code), error.message)
  })
})

describe('the identification', () => {
  for (const [what, isMultiplexer] of [
    ['a server that waits for it', false],
    ['a multiplexer that looks at it first', true],
  ] as const)
    test(`is sent at once: ${what} answers`, async () => {
      await using server = await sshServer()
      await using between = await peer(({ socket }) => {
        socket.once('data', (first: Buffer) => {
          socket.pause()
          if (isMultiplexer && !first.toString().startsWith('SSH-2.0-')) return void socket.destroy()
          const far = dial({ host: '127.0.0.1', port: server.port })
          far.on('error', () => socket.destroy()).on('close', () => socket.destroy())
          socket.on('close', () => far.destroy())
          far.write(first)
          socket.pipe(far).pipe(socket)
        })
      })
      const connection = await openTo(between.port)
      await connection.close()
    })
})

describe('an agent', () => {
  const agentWith = (more: Partial<BaseAgent>): BaseAgent =>
    ({ getIdentities: () => {}, sign: () => {}, ...more }) as unknown as BaseAgent
  const connection = { over: undefined, onEnd: () => () => {} }
  const use = { socket: '/run/agent', first: [], only: false }

  test('that never answers has a limit of its own, and the server waits meanwhile', () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const asked: boolean[] = []
      const outcomes: string[] = []
      const agent = guardedAgent(agentWith({}), { use, connection, asked: (answered) => asked.push(answered) })
      agent.getIdentities((error) => outcomes.push(String(error?.message)))
      agent.sign(Buffer.alloc(0), Buffer.alloc(0), (error) => outcomes.push(String(error?.message)))
      mock.timers.tick(5_000)
      mock.timers.tick(25_000)
      assert.deepEqual(asked, [false, false, true, true])
      assert.deepEqual(outcomes, [
        'the agent did not list its keys within 5000 ms (/run/agent)',
        'the agent did not sign within 30000 ms (/run/agent)',
      ])
    } finally {
      mock.timers.reset()
    }
  })

  test('offers the keys that are named first, and no others where only they are wanted', () => {
    const [one, two, three] = ['one', 'two', 'three'].map((text) => Buffer.from(text))
    assert(one && two && three)
    const listed = (only: boolean, first: Buffer[]): string[] => {
      const seen: string[] = []
      const agent = guardedAgent(agentWith({ getIdentities: (tell) => tell(null, [one, two, three]) }), {
        use: { socket: '/run/agent', first, only },
        connection,
        asked: () => {},
      })
      agent.getIdentities((_, keys) => seen.push(...(keys ?? []).map(String)))
      return seen
    }
    assert.deepEqual(listed(false, [three]), ['three', 'one', 'two'])
    assert.deepEqual(listed(true, [three, one]), ['three', 'one'])
    assert.deepEqual(listed(true, []), [])
  })

  test('signs with the key whose public half was given', async () => {
    await using agent = await sshAgent()
    await using server = await sshServer({
      auth: (context) => {
        if (context.method !== 'publickey') return context.reject(['publickey'])
        if (context.key.data.equals(bytesOf(userKey.public))) context.accept()
        else context.reject(['publickey'])
      },
    })
    const before = process.env['SSH_AUTH_SOCK']
    process.env['SSH_AUTH_SOCK'] = agent.path
    try {
      await (await openTo(server.port, { auth: { privateKey: userKey.public } })).close()
      assert.equal(agent.signed(), 1)
      const error = await failureOf(openTo(server.port, { auth: { privateKey: otherKey.public } }))
      assert.equal(error.code, 'login-refused')
      assert.equal(agent.signed(), 1, 'a key that was not named is not used')
    } finally {
      if (before === undefined) delete process.env['SSH_AUTH_SOCK']
      else process.env['SSH_AUTH_SOCK'] = before
    }
  })
})

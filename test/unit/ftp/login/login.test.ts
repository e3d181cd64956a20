import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { TransferError } from '../../../../src/errors.js'
import { login } from '../../../../src/ftp/login/login.js'
import { type Exchange, errorOf, scripted } from '../scripted-talk.js'

const JOE = { user: 'joe', password: 'swordfish', account: 'sales', server: 'files.test:21' }

describe('login', () => {
  const orders: readonly [string, readonly Exchange[]][] = [
    ['USER is enough (230)', [['USER joe', '230 in']]],
    ['a client certificate is enough (232)', [['USER joe', '232 in']]],
    [
      'USER, PASS',
      [
        ['USER joe', '331 go on'],
        ['PASS swordfish', '230 in'],
      ],
    ],
    [
      'PASS is superfluous (202)',
      [
        ['USER joe', '331 go on'],
        ['PASS swordfish', '202 not needed'],
      ],
    ],
    [
      'USER, PASS, ACCT',
      [
        ['USER joe', '331 go on'],
        ['PASS swordfish', '332 account'],
        ['ACCT sales', '230 in'],
      ],
    ],
    [
      'USER, ACCT',
      [
        ['USER joe', '332 account'],
        ['ACCT sales', '230 in'],
      ],
    ],
    [
      'USER, ACCT, PASS',
      [
        ['USER joe', '332 account'],
        ['ACCT sales', '331 go on'],
        ['PASS swordfish', '230 in'],
      ],
    ],
    [
      'an account asked for with 532',
      [
        ['USER joe', '331 go on'],
        ['PASS swordfish', '532 account'],
        ['ACCT sales', '230 in'],
      ],
    ],
  ]
  for (const [name, script] of orders)
    it(`takes the legal order: ${name}`, async () => {
      const talk = scripted(...script)
      const reply = await login(talk, JOE)
      assert.equal(Math.floor(reply.code / 100), 2)
      talk.finished()
    })

  it('is anonymous without a user', async () => {
    for (const user of [undefined, '', 'anonymous']) {
      const talk = scripted(['USER anonymous', '331 e-mail'], ['PASS anonymous@', '230 in'])
      await login(talk, { user, server: 'files.test:21' })
      talk.finished()
    }
  })

  it('sends an empty password when that is the password', async () => {
    const talk = scripted(['USER joe', '331 go on'], ['PASS ', '230 in'])
    await login(talk, { ...JOE, password: '' })
    talk.finished()
  })

  it('asks the prompt with the challenge when there is no password', async () => {
    const talk = scripted(['USER joe', '331-Token firewall\n331 Challenge 4711:\x1b[2J'], ['PASS 998877', '230 in'])
    const texts: string[] = []
    await login(talk, {
      ...JOE,
      password: undefined,
      prompt: async (text) => {
        texts.push(text)
        return '998877'
      },
    })
    talk.finished()
    assert.match(texts.join(), /Token firewall.*Challenge 4711:/)
    assert.ok(!texts.join().includes('\x1b'))
    assert.deepEqual(talk.shown, ['USER joe', 'PASS ****'])
    assert.equal(talk.redactor.mask('it was 998877'), 'it was ****')
  })

  it('stops waiting for the prompt when the caller cancels', async () => {
    const stop = new AbortController()
    const talk = scripted(['USER joe', '331 go on'])
    const prompt = (): Promise<string> => {
      stop.abort()
      return new Promise(() => {})
    }
    const error = await errorOf(login(talk, { ...JOE, password: undefined, prompt, signal: stop.signal }))
    assert.equal(error.code, 'aborted')
  })

  it('does not send an answer of the prompt that would be two lines', async () => {
    const talk = scripted(['USER joe', '331 go on'])
    const prompt = async (): Promise<string> => 'a\r\nDELE b'
    const error = await errorOf(login(talk, { ...JOE, password: undefined, prompt }))
    assert.equal(error.code, 'bad-argument')
  })

  it('says that a password is missing when there is nobody to ask', async () => {
    const error = await errorOf(login(scripted(['USER joe', '331 go on']), { ...JOE, password: undefined }))
    assert.deepEqual([error.code, error.phase, error.reply?.code], ['login-refused', 'login', 331])
    assert.match(error.message, /files\.test:21 asks for a password/)
  })

  it('says that an account is missing', async () => {
    const early: Exchange[] = [['USER joe', '332 account']]
    const late: Exchange[] = [
      ['USER joe', '331 go on'],
      ['PASS swordfish', '332 account'],
    ]
    for (const script of [early, late]) {
      const error = await errorOf(login(scripted(...script), { ...JOE, account: undefined }))
      assert.deepEqual([error.code, error.phase, error.reply?.code], ['login-refused', 'login', 332])
      assert.match(error.message, /asks for an account/)
    }
  })

  it('does not offer the account twice', async () => {
    const talk = scripted(['USER joe', '332 account'], ['ACCT sales', '332 account'])
    assert.equal((await errorOf(login(talk, JOE))).code, 'login-refused')
    talk.finished()
  })

  const refusals: readonly [string, string, boolean, RegExp][] = [
    ['530 Login incorrect.', 'login-refused', false, /password/],
    ['430 Invalid user name or password', 'login-refused', false, /password/],
    ['503 Login with USER first', 'login-refused', false, /password/],
    ['550 SSL/TLS required on the control channel', 'login-refused', false, /ftpes:/],
    ['530 Non-anonymous sessions must use encryption.', 'login-refused', false, /ftpes:/],
    ['503 Use AUTH first.', 'login-refused', false, /ftpes:/],
    [
      '530 Sorry, the maximum number of clients (3) for this user are already connected',
      'too-many-sessions',
      true,
      /later/,
    ],
    ['421 50 users (the maximum) are already logged in, sorry', 'too-many-sessions', true, /later/],
    ['451 Local error', 'busy', true, /later/],
  ]
  for (const [answer, code, retryable, hint] of refusals)
    it(`says ${code} for ${answer}`, async () => {
      const error = await errorOf(login(scripted(['USER joe', '331 go on'], ['PASS swordfish', answer]), JOE))
      assert.deepEqual([error.code, error.phase, error.retryable], [code, 'login', retryable])
      assert.ok(error.message.startsWith('The server files.test:21 '), error.message)
      assert.ok(error.message.includes(answer), error.message)
      assert.match(error.hint ?? '', hint)
      assert.equal(error.command, 'PASS ****')
    })

  it('knows the 421 of a full server that closes the connection', async () => {
    const lost = new TransferError('session-lost', 'The server closed the connection.', {
      phase: 'login',
      reply: { code: 421, text: 'Too many connections' },
    })
    const error = await errorOf(login(scripted(['USER joe', lost]), JOE))
    assert.equal(error.code, 'too-many-sessions')
    assert.equal(error.cause, lost)
  })

  it('lets a lost connection be a lost connection', async () => {
    const lost = new TransferError('session-lost', 'The server closed the connection.', { phase: 'login' })
    assert.equal(await errorOf(login(scripted(['USER joe', lost]), JOE)), lost)
  })

  it('sends nothing when a value would be two lines', async () => {
    for (const bad of ['a\rb', 'a\nb', 'a\0b'])
      for (const field of ['user', 'password', 'account']) {
        const error = await errorOf(login(scripted(), { ...JOE, [field]: bad }))
        assert.equal(error.code, 'bad-argument')
      }
  })

  it('never shows a secret that the server echoes', async () => {
    const talk = scripted(
      ['USER joe', '331 go on'],
      ['PASS swordfish', '332 account'],
      ['ACCT sales', '530 swordfish of sales is wrong'],
    )
    const error = await errorOf(login(talk, JOE))
    assert.doesNotMatch(inspect(error, { depth: 9 }), /swordfish|sales/)
    assert.doesNotMatch(talk.shown.join(), /swordfish|sales/)
  })
})

describe('login behind a proxy', () => {
  const BEHIND = { ...JOE, throughProxy: 'gate:2121', dialect: 'open', routeLimit: 45_000 }

  it('reads one more reply after a 220, which is the server welcoming us', async () => {
    const talk = scripted(['USER joe', '220 files.test ready'], ['', '331 go on'], ['PASS swordfish', '230 in'])
    await login(talk, BEHIND)
    talk.finished()
  })

  it('does not wait for a second reply on a direct connection', async () => {
    const talk = scripted(['USER joe', '220 in'])
    await login(talk, JOE)
    talk.finished()
  })

  it('gives USER the time the proxy needs to dial out', async () => {
    const talk = scripted(['USER joe', '331 go on'], ['PASS swordfish', '230 in'])
    await login(talk, BEHIND)
    assert.deepEqual(
      talk.options.map(({ limit }) => limit),
      [45_000, undefined],
    )
  })

  it('blames the proxy for a connection it could not make', async () => {
    const talk = scripted(['USER joe', '500 Error connecting to files.test port 21: Connection refused'])
    const error = await errorOf(login(talk, BEHIND))
    assert.deepEqual([error.code, error.phase, error.retryable], ['proxy-refused', 'proxy', false])
    assert.match(error.message, /^The proxy gate:2121 refused `USER joe`: 500 Error connecting/)
  })

  it('blames the server for a wrong password, naming both', async () => {
    const error = await errorOf(login(scripted(['USER joe', '331 go on'], ['PASS swordfish', '530 no']), BEHIND))
    assert.deepEqual([error.code, error.phase], ['login-refused', 'login'])
    assert.match(
      error.message,
      /^The server files\.test:21 \(through the proxy gate:2121\) refused `PASS \*{4}`: 530 no/,
    )
  })
})

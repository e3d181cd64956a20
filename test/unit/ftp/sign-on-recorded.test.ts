import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TransferError } from '../../../src/errors.js'
import { login } from '../../../src/ftp/login/login.js'
import { type DialectName, dialectNamed, play, type SignOnValues } from '../../../src/ftp/login/login-script.js'
import { type Exchange, errorOf, type ScriptedTalk, scripted } from './scripted-talk.js'

/** Dialogues recorded with real proxies, from the greeting to the login or the refusal. */

const LAB: SignOnValues = {
  user: 'lab',
  password: 'lab-pass',
  host: '127.0.0.1',
  port: 20340,
  proxyUser: 'proxy',
  proxyPassword: 'proxy-pass',
  serverPort: 'non-default',
  portSeparator: ':',
}
const ALONE = { proxyUser: undefined, proxyPassword: undefined }
const JOE = { user: 'joe@corp', password: 'p@ss:w/rd' }

async function signOn(name: DialectName, talk: ScriptedTalk, more: Partial<SignOnValues>): Promise<number> {
  const values = { ...LAB, ...more }
  const dialect = dialectNamed(name)
  const server = `${values.host}:${values.port}`
  const options = { dialect: name, proxy: 'gate:21', server, routeLimit: 45_000 }
  await play(talk, { steps: dialect.reach, values }, { ...options, part: 'reach' })
  const reply = dialect.login
    ? await play(talk, { steps: dialect.login, values }, { ...options, part: 'login' })
    : await login(talk, { ...values, server, throughProxy: 'gate:21', dialect: name })
  return reply?.code ?? 0
}

/** `> line` and `< reply` as recorded; `< (closed)` is a connection that ended without a reply. */
function recorded(text: string): ScriptedTalk {
  const script: Exchange[] = []
  let line = ''
  let answer: string[] = []
  for (const row of text
    .trim()
    .split('\n')
    .map((each) => each.trim())) {
    if (row.startsWith('> ')) line = row.slice(2)
    else answer.push(row.slice(2))
    if (row.startsWith('> ') || /^< \d{3}-/.test(row)) continue
    script.push([line, row === '< (closed)' ? closed() : answer.join('\n')])
    answer = []
  }
  return scripted(...script)
}

function closed(): TransferError {
  return new TransferError('session-lost', 'The connection was closed.', { phase: 'proxy', retryable: true })
}

const PASS = `> PASS lab-pass
  < 230 User lab logged in`
const BANNER = `< 331-lab proftpd
  < 331 Password required for lab`
const FIREWALL = `> USER proxy
  < 331 User name okay, send password.
  > PASS proxy-pass
  < 230 Login to firewall successful`
const PROCEED = `< 220 Welcome. Please proceed.
  > USER lab
  ${BANNER}
  ${PASS}`

const LOGINS: readonly [string, DialectName, Partial<SignOnValues>, string][] = [
  ['jftpgw 1, USER user@host:port', 'user', ALONE, `> USER lab@127.0.0.1:20340\n${BANNER}\n${PASS}`],
  ['jftpgw 1, USER user@host port', 'user', { portSeparator: ' ' }, `> USER lab@127.0.0.1 20340\n${BANNER}\n${PASS}`],
  ['jftpgw 2, USER with login', 'login', {}, `${FIREWALL}\n> USER lab@127.0.0.1:20340\n${BANNER}\n${PASS}`],
  ['jftpgw 3, SITE with login', 'site', {}, `${FIREWALL}\n> SITE 127.0.0.1:20340\n${PROCEED}`],
  ['jftpgw 3, SITE host port', 'site', { portSeparator: ' ' }, `${FIREWALL}\n> SITE 127.0.0.1 20340\n${PROCEED}`],
  ['jftpgw 4, SITE without login', 'site', { ...ALONE, portSeparator: ' ' }, `> SITE 127.0.0.1 20340\n${PROCEED}`],
  [
    'jftpgw 5, OPEN with login',
    'login-open',
    { portSeparator: ' ' },
    `${FIREWALL}\n> OPEN 127.0.0.1 20340\n${PROCEED}`,
  ],
  ['jftpgw 5, OPEN host:port', 'login-open', {}, `${FIREWALL}\n> OPEN 127.0.0.1:20340\n${PROCEED}`],
  ['jftpgw 6, OPEN without login', 'open', { portSeparator: ' ' }, `> OPEN 127.0.0.1 20340\n${PROCEED}`],
  [
    'jftpgw 7, user@fwuser@host',
    'joined',
    {},
    `> USER lab@proxy@127.0.0.1:20340
    < 331 Password required for lab.
    > PASS lab-pass@proxy-pass
    < 230-lab proftpd
    < 230 User lab logged in`,
  ],
  [
    'jftpgw 8, fwuser@host',
    'proxyuser',
    {},
    `> USER proxy@127.0.0.1:20340
    < 331 User name okay, send password.
    > PASS proxy-pass
    < 230 Login to firewall successful
    > USER lab
    ${BANNER}
    ${PASS}`,
  ],
  [
    'jftpgw 9, user@host fwuser and ACCT',
    'raptor',
    {},
    `> USER lab@127.0.0.1:20340 proxy
    ${BANNER}
    > PASS lab-pass
    < 332 Need account for login.
    > ACCT proxy-pass
    < 230 User lab logged in`,
  ],
  [
    'mod_proxy proxyuser,user@host',
    'login',
    {},
    `> USER proxy
    < 331 Password required for proxy
    > PASS proxy-pass
    < 230 User proxy logged in
    > USER lab@127.0.0.1:20340
    < 331 Password required for lab
    ${PASS}`,
  ],
  [
    'mod_proxy user@host with an @ in the user name',
    'user',
    JOE,
    `> USER joe@corp@127.0.0.1:20340
    < 331 Password required for joe@corp
    > PASS p@ss:w/rd
    < 230 User joe@corp logged in`,
  ],
  [
    'SuSE @auth with an @ in user name and password',
    'joined',
    JOE,
    `> USER joe@corp@proxy@127.0.0.1:20340
    < 331 User name okay, need password..
    > PASS p@ss:w/rd@proxy-pass
    < 230 User joe@corp logged in`,
  ],
  [
    'SuSE auth@ with an @ in user name and password',
    'suse',
    { ...JOE, separator: '@' },
    `> USER proxy@joe@corp@127.0.0.1:20340
    < 331 User name okay, need password..
    > PASS proxy-pass@p@ss:w/rd
    < 230 User joe@corp logged in`,
  ],
  [
    'ftp.proxy',
    'user',
    {},
    `> USER lab@127.0.0.1:20340
    < 331 password required
    > PASS lab-pass
    < 230 login accepted`,
  ],
]

describe('a recorded login', () => {
  for (const [name, dialect, values, text] of LOGINS)
    it(`of ${name}`, async () => {
      const talk = recorded(text)
      assert.equal(await signOn(dialect, talk, values), 230)
      talk.finished()
    })
})

type Refusal = [
  name: string,
  dialect: DialectName,
  values: Partial<SignOnValues>,
  text: string,
  code: string,
  phase: string,
]

const REFUSALS: readonly Refusal[] = [
  [
    'jftpgw: refused port at USER',
    'user',
    { port: 9 },
    `> USER lab@127.0.0.1:9
    < 500 Error connecting to 127.0.0.1 port 9: Connection refused`,
    'proxy-refused',
    'proxy',
  ],
  [
    'jftpgw: an @ it cannot split',
    'user',
    JOE,
    `> USER joe@corp@127.0.0.1:20340
    < 531 You are not allowed to connect to that host.`,
    'proxy-refused',
    'proxy',
  ],
  [
    'jftpgw: wrong server password',
    'user',
    { password: 'bad' },
    `> USER lab@127.0.0.1:20340
    ${BANNER}
    > PASS bad
    < 530 Login incorrect.`,
    'login-refused',
    'login',
  ],
  [
    'jftpgw: wrong proxy password',
    'login',
    { proxyPassword: 'bad' },
    `> USER proxy
    < 331 User name okay, send password.
    > PASS bad
    < 530 Login failed.`,
    'proxy-refused',
    'proxy',
  ],
  [
    'jftpgw: SITE that fails at USER',
    'site',
    { ...ALONE, port: 9, portSeparator: ' ' },
    `> SITE 127.0.0.1 9
    < 220 Welcome. Please proceed.
    > USER lab
    < 500 Error connecting to 127.0.0.1 port 9: Connection refused`,
    'proxy-refused',
    'proxy',
  ],
  [
    'jftpgw: wrong password after OPEN',
    'open',
    { password: 'bad' },
    `> OPEN 127.0.0.1:20340
    < 220 Welcome. Please proceed.
    > USER lab
    ${BANNER}
    > PASS bad
    < 530 Login incorrect.`,
    'login-refused',
    'login',
  ],
  [
    'mod_proxy: refused port',
    'user',
    { port: 9 },
    `> USER lab@127.0.0.1:9
    < 530 Unable to connect to 127.0.0.1:9: Transport endpoint is not connected`,
    'proxy-refused',
    'proxy',
  ],
  [
    'mod_proxy: unknown host',
    'user',
    { host: 'nohost.invalid', port: 21, serverPort: 'always' },
    `> USER lab@nohost.invalid:21
    < 530 Login incorrect.`,
    'proxy-refused',
    'proxy',
  ],
  [
    'mod_proxy: wrong proxy password',
    'proxyuser',
    { proxyPassword: 'bad' },
    `> USER proxy@127.0.0.1:20340
    < 331 Password required for proxy
    > PASS bad
    < 530 Login incorrect.`,
    'proxy-refused',
    'proxy',
  ],
  [
    'mod_proxy: a dialect it does not speak',
    'open',
    {},
    `> OPEN 127.0.0.1:20340
    < 500 OPEN not understood`,
    'proxy-refused',
    'proxy',
  ],
  [
    'Squid: refused port',
    'user',
    { port: 9 },
    `> USER lab@127.0.0.1:9
    < 451-ERR_CONNECT_FAIL
    < 451-Error-Detail-Brief: WITH_SERVER
    < 451 Service Unavailable`,
    'proxy-refused',
    'proxy',
  ],
  [
    'Squid: a dialect it does not speak',
    'site',
    ALONE,
    `> SITE 127.0.0.1:20340
    < 530 Must login first`,
    'proxy-refused',
    'proxy',
  ],
  [
    'SuSE: refused port, closed without a word',
    'user',
    { port: 9 },
    `> USER lab@127.0.0.1:9
    < (closed)`,
    'proxy-refused',
    'proxy',
  ],
  [
    'SuSE: wrong password of the proxy in the joined line',
    'joined',
    { proxyPassword: 'bad-pass' },
    `> USER lab@proxy@127.0.0.1:20340
    < 331 User name okay, need password..
    > PASS lab-pass@bad-pass
    < 530 Not logged in.`,
    'login-refused',
    'login',
  ],
  [
    'ftp.proxy: dials out only at PASS',
    'user',
    {},
    `> USER lab@127.0.0.1:20340
    < 331 password required
    > PASS lab-pass
    < 500 service unavailable`,
    'proxy-refused',
    'proxy',
  ],
]

describe('a recorded refusal', () => {
  for (const [name, dialect, values, text, code, phase] of REFUSALS)
    it(`of ${name}`, async () => {
      const talk = recorded(text)
      const error = await errorOf(signOn(dialect, talk, values))
      talk.finished()
      assert.deepEqual([error.code, error.phase], [code, phase])
      const last =
        text
          .trim()
          .split('\n')
          .at(-1)
          ?.replace(/^\s*<\s*\d*/, '')
          .trim() ?? ''
      if (!last.includes('closed')) assert.ok(error.message.includes(last), error.message)
      assert.ok(error.message.includes('gate:21'), error.message)
      assert.ok((error.hint ?? '') !== '')
    })

  it('can be tried again when the proxy says 451 or closes, not when it says 5yz', async () => {
    const retryable = async (answer: string | Error): Promise<boolean> =>
      (await errorOf(signOn('user', scripted(['USER lab@127.0.0.1:9', answer]), { port: 9 }))).retryable
    assert.deepEqual(await Promise.all([closed(), '451 Service Unavailable', '530 no', '500 no'].map(retryable)), [
      true,
      true,
      false,
      false,
    ])
  })

  it('that closes without a word names SuSE, the server and the cause', async () => {
    const cause = closed()
    const error = await errorOf(signOn('user', scripted(['USER lab@127.0.0.1:20340', cause]), {}))
    assert.equal(error.cause, cause)
    assert.equal(error.command, 'USER lab@127.0.0.1:20340')
    assert.match(error.hint ?? '', /SuSE.*127\.0\.0\.1:20340/)
  })

  it('that closes before the server is named stays a lost connection', async () => {
    const cause = closed()
    assert.equal(await errorOf(signOn('site', scripted(['USER proxy', cause]), {})), cause)
  })

  it("with 421 at PASS is the proxy's, and 421 for too many sessions keeps its own code", async () => {
    const lost = (text: string): TransferError =>
      new TransferError('session-lost', 'closed', { phase: 'login', reply: { code: 421, text } })
    const at = async (text: string): Promise<TransferError> =>
      await errorOf(
        signOn('user', scripted(['USER lab@127.0.0.1:20340', '331 go on'], ['PASS lab-pass', lost(text)]), {}),
      )
    assert.deepEqual(
      [(await at('Service not available')).code, (await at('Too many connections')).code],
      ['proxy-refused', 'too-many-sessions'],
    )
  })

  it('of the firewall behind the login is the proxy’s, not the server’s', async () => {
    const raptor = scripted(
      ['USER lab@127.0.0.1:20340 proxy', '331 go on'],
      ['PASS lab-pass', '332 account'],
      ['ACCT proxy-pass', '530 wrong'],
    )
    assert.equal((await errorOf(signOn('raptor', raptor, {}))).code, 'proxy-refused')
    const authorize = scripted(
      ['USER lab@127.0.0.1:20340', '331 go on'],
      ['PASS lab-pass', '230 in'],
      ['AUTH token-7', '530 unknown token'],
    )
    assert.equal((await errorOf(signOn('authorize', authorize, { authId: 'token-7' }))).code, 'proxy-refused')
  })

  it('keeps escape sequences of the other side out of the message', async () => {
    const talk = scripted(['USER lab@127.0.0.1:20340', '530 \x1b[2Jgone\u202e'])
    const error = await errorOf(signOn('user', talk, {}))
    assert.match(error.message, /530 \\x1B\[2Jgone/)
    assert.ok(!error.message.includes('\u202e'))
  })
})

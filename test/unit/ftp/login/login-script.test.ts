// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is the step language here
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import type { Reply } from '../../../../src/ftp/control/command-channel.js'
import { login } from '../../../../src/ftp/login/login.js'
import {
  checkValues,
  DIALECTS,
  type DialectName,
  dialectNamed,
  play,
  type SignOnOptions,
  type SignOnValues,
  type Step,
} from '../../../../src/ftp/login/login-script.js'
import { type Exchange, errorOf, type ScriptedTalk, scripted } from '../scripted-talk.js'

const VALUES: SignOnValues = {
  user: 'joe@corp',
  password: 'p@ss:w/rd',
  account: 'sales-7',
  host: 'files.test',
  port: 21,
  proxyUser: 'fw',
  proxyPassword: 'fw:secret',
  serverPort: 'non-default',
  portSeparator: ':',
}

const OPTIONS: Omit<SignOnOptions, 'dialect' | 'part'> = {
  proxy: 'gate:2121',
  server: 'files.test:21',
  routeLimit: 45_000,
  secure: async () => ({ code: 234, lines: ['go on'], text: 'go on' }),
}

/** The whole sign-on as a session plays it: reach, then the dialect's login or the plain one. */
async function signOn(name: DialectName, talk: ScriptedTalk, values: SignOnValues): Promise<void> {
  const dialect = dialectNamed(name)
  checkValues(dialect, name, values)
  await play(talk, { steps: dialect.reach, values }, { ...OPTIONS, dialect: name, part: 'reach' })
  if (dialect.login) await play(talk, { steps: dialect.login, values }, { ...OPTIONS, dialect: name, part: 'login' })
  else await login(talk, { ...values, server: OPTIONS.server, throughProxy: OPTIONS.proxy, routeLimit: 45_000 })
  talk.finished()
}

const PROXY_LOGIN: readonly Exchange[] = [
  ['USER fw', '331 password'],
  ['PASS fw:secret', '230 in'],
]
const PASSWORD: Exchange = ['PASS p@ss:w/rd', '230 in']

/** The wire of spec/proxies.md, H standing for the server as the dialect writes it. */
const WIRES: Readonly<Record<DialectName, readonly Exchange[]>> = {
  user: [['USER joe@corp@H', '331 password'], PASSWORD],
  login: [...PROXY_LOGIN, ['USER joe@corp@H', '331 password'], PASSWORD],
  site: [...PROXY_LOGIN, ['SITE H', '220 connected'], ['USER joe@corp', '331 password'], PASSWORD],
  open: [['OPEN H', '220 connected'], ['USER joe@corp', '331 password'], PASSWORD],
  'login-open': [...PROXY_LOGIN, ['OPEN H', '220 connected'], ['USER joe@corp', '331 password'], PASSWORD],
  joined: [
    ['USER joe@fw@H', '331 password'],
    ['PASS p@ss:w/rd@fw:secret', '230 in'],
  ],
  raptor: [
    ['USER joe@corp@H fw', '331 password'],
    ['PASS p@ss:w/rd', '332 account'],
    ['ACCT fw:secret', '230 in'],
  ],
  proxyuser: [['USER fw@H', '331 password'], ['PASS fw:secret', '230 in'], ['USER joe@corp', '331 password'], PASSWORD],
  transparent: [...PROXY_LOGIN, ['USER joe@corp', '331 password'], PASSWORD],
  novell: [
    ['USER fw$joe@corp$H', '331 password'],
    ['PASS fw:secret$p@ss:w/rd', '230 in'],
  ],
  'site-user': [...PROXY_LOGIN, ['SITE joe@corp@H', '220 connected'], PASSWORD],
  authorize: [
    ['USER joe@corp@H', '331 password'],
    PASSWORD,
    ['AUTH token-7', '350 challenge 4711'],
    ['RESP 998877', '230 in'],
  ],
  sunscreen: [
    ['USER fw@H', '331 password'],
    ['PASS fw:secret@p@ss:w/rd', '230 in'],
  ],
  sni: [['USER joe@corp', '331 password'], PASSWORD],
  suse: [
    ['USER fw%joe@corp@H', '331 password'],
    ['PASS fw:secret%p@ss:w/rd', '230 in'],
  ],
  other: [['USER joe@corp', '331 password'], PASSWORD],
}

/** The values a dialect can carry. */
function valuesFor(name: string): SignOnValues {
  if (name === 'joined') return { ...VALUES, user: 'joe' }
  if (name === 'sunscreen') return { ...VALUES, user: 'fw' }
  if (name === 'authorize') return { ...VALUES, authId: 'token-7', authResponse: '998877' }
  return VALUES
}

function wireOf(name: DialectName, host: string): Exchange[] {
  return WIRES[name].map(([line, answer]) => [line.replace('H', host).replace(`AUT${host}`, 'AUTH'), answer])
}

const NAMES = Object.keys(DIALECTS) as DialectName[]

describe('every dialect on the wire', () => {
  const servers: readonly [string, Partial<SignOnValues>, string][] = [
    ['a name and port 21', {}, 'files.test'],
    ['port 2121', { port: 2121 }, 'files.test:2121'],
    ['an IPv6 literal', { host: '::1' }, '[::1]:21'],
    ['an IPv6 literal in brackets and port 2121', { host: '[2001:db8::1]', port: 2121 }, '[2001:db8::1]:2121'],
    ['a port that is always written', { serverPort: 'always' }, 'files.test:21'],
    ['a port that is never written', { serverPort: 'never', port: 2121 }, 'files.test'],
    ['a blank before the port', { portSeparator: ' ', port: 2121 }, 'files.test 2121'],
  ]
  for (const name of NAMES)
    for (const [what, server, host] of servers)
      it(`ftp+${name} with ${what}`, async () => {
        await signOn(name, scripted(...wireOf(name, host)), { ...valuesFor(name), ...server })
      })

  for (const name of NAMES)
    it(`ftp+${name} says the same when it is played again`, async () => {
      const values = Object.freeze({ ...valuesFor(name), port: 2121 })
      for (let round = 0; round < 3; round++) await signOn(name, scripted(...wireOf(name, 'files.test:2121')), values)
    })

  for (const name of NAMES)
    it(`ftp+${name} shows no secret`, async () => {
      const talk = scripted(...wireOf(name, 'files.test'))
      await signOn(name, talk, valuesFor(name))
      assert.doesNotMatch(talk.shown.join('\n'), /p@ss|secret|sales-7|998877/)
      assert.ok(talk.shown.join('\n').includes('PASS ****'))
    })

  it('ftp+suse takes another separator', async () => {
    const talk = scripted(['USER fw@joe@corp@files.test', '331 password'], ['PASS fw:secret@p@ss:w/rd', '230 in'])
    await signOn('suse', talk, { ...VALUES, separator: '@' })
  })

  it('ftp+sni puts TLS on with host and port in the SNI and the identity of the proxy', async () => {
    const asked: unknown[] = []
    const secure = async (line: string, tls: unknown): Promise<Reply> => {
      asked.push(line, tls)
      return { code: 234, lines: ['go on'], text: 'go on' }
    }
    for (const [host, port] of [
      ['files.test', 21],
      ['files.test', 2121],
    ] as const)
      await play(
        scripted(),
        { steps: DIALECTS.sni.reach, values: { ...VALUES, host, port } },
        {
          ...OPTIONS,
          dialect: 'sni',
          part: 'reach',
          secure,
        },
      )
    assert.deepEqual(asked, [
      'AUTH TLS',
      { sni: 'files.test', identity: 'proxy' },
      'AUTH TLS',
      { sni: 'files.test:2121', identity: 'proxy' },
    ])
  })

  it('refuses a step with TLS before a byte when no TLS can be put on', async () => {
    const options = { ...OPTIONS, dialect: 'sni', part: 'reach', secure: undefined } as const
    assert.equal(
      (await errorOf(play(scripted(), { steps: DIALECTS.sni.reach, values: VALUES }, options))).code,
      'bad-argument',
    )
  })
})

describe('the steps without credentials for the proxy', () => {
  const without: SignOnValues = { ...VALUES, proxyUser: '', proxyPassword: '', account: '' }
  for (const name of ['login', 'site', 'login-open', 'transparent', 'site-user'] as const)
    it(`are dropped in ftp+${name}`, async () => {
      await signOn(name, scripted(...wireOf(name, 'files.test').slice(PROXY_LOGIN.length)), without)
      const { proxyUser: _, proxyPassword: __, ...absent } = without
      await signOn(name, scripted(...wireOf(name, 'files.test').slice(PROXY_LOGIN.length)), absent)
    })

  it('are dropped with the password when only the user is missing', async () => {
    const values = { ...VALUES, proxyUser: undefined }
    await signOn('site', scripted(...wireOf('site', 'files.test').slice(PROXY_LOGIN.length)), values)
  })

  it('say that a password is missing when the proxy asks for one', async () => {
    const values = { ...VALUES, proxyPassword: undefined }
    const error = await errorOf(signOn('site', scripted(['USER fw', '331 password please']), values))
    assert.deepEqual([error.code, error.phase, error.reply?.code], ['proxy-refused', 'proxy', 331])
    assert.match(error.message, /^The proxy gate:2121 asks for the password for the proxy, and none was given: 331/)
  })
})

describe('a password that travels with the server’s', () => {
  it('is missed at the proxy, not at the server', async () => {
    const script = scripted(['USER joe@fw@files.test', '331 go on'])
    const error = await errorOf(signOn('joined', script, { ...VALUES, user: 'joe', proxyPassword: undefined }))
    assert.deepEqual([error.code, error.phase], ['proxy-refused', 'proxy'])
    assert.match(error.message, /the password for the proxy/)
  })

  it('may be empty', async () => {
    const script = scripted(['USER joe@fw@files.test', '331 go on'], ['PASS p@ss:w/rd@', '230 in'])
    await signOn('joined', script, { ...VALUES, user: 'joe', proxyPassword: '' })
  })
})

/** Plays one part with steps of the test's own. */
async function playSteps(
  steps: readonly Step[],
  talk: ScriptedTalk,
  more: Partial<SignOnOptions> = {},
  values: SignOnValues = VALUES,
): Promise<number | undefined> {
  const options: SignOnOptions = { ...OPTIONS, dialect: 'custom', part: 'login', ...more }
  const reply = await play(talk, { steps, values }, options)
  talk.finished()
  return reply?.code
}

const LOGIN = DIALECTS.user.login

describe('the interpreter', () => {
  it('is done when USER is enough', async () => {
    for (const code of [202, 230, 231, 232])
      assert.equal(await playSteps(LOGIN, scripted(['USER joe@corp@files.test', `${code} in`])), code)
  })

  it('sends no password to the proxy when USER is enough there, and goes on', async () => {
    const talk = scripted(['USER fw', '230 in'], ['SITE files.test', '220 connected'])
    assert.equal(await playSteps(DIALECTS.site.reach, talk, { part: 'reach' }), 220)
  })

  it('leaves out a PASS without `when` after a login without a password', async () => {
    const steps = [{ send: 'SITE ${user}@${hostport}' }, { send: 'PASS ${password}' }]
    assert.equal(await playSteps(steps, scripted(['SITE joe@corp@files.test', '230 in'])), 230)
  })

  it('gives the account where it is asked for: instead of PASS, after it, and with 532', async () => {
    const user = 'USER joe@corp@files.test'
    await playSteps(LOGIN, scripted([user, '332 account'], ['ACCT sales-7', '230 in']))
    await playSteps(LOGIN, scripted([user, '331 go on'], ['PASS p@ss:w/rd', '532 account'], ['ACCT sales-7', '230 in']))
    await playSteps(LOGIN, scripted([user, '332 account'], ['ACCT sales-7', '331 go on'], PASSWORD))
  })

  it('gives the account also when no step mentions it', async () => {
    const steps = [{ send: 'USER ${user}@${hostport}' }]
    await playSteps(steps, scripted(['USER joe@corp@files.test', '332 account'], ['ACCT sales-7', '230 in']))
  })

  it("never gives the server's account to a proxy that asks for its own", async () => {
    const raptor = scripted(['USER joe@corp@files.test fw', '331 go on'], ['PASS p@ss:w/rd', '332 account'])
    const values = { ...VALUES, proxyPassword: undefined }
    assert.equal((await errorOf(playSteps(DIALECTS.raptor.login, raptor, {}, values))).code, 'proxy-refused')
    const reach = scripted(['USER fw', '332 account'])
    assert.equal((await errorOf(playSteps(DIALECTS.site.reach, reach, { part: 'reach' }))).code, 'proxy-refused')
  })

  it('reads one more reply when 220 answers USER with a host', async () => {
    const talk = scripted(['USER joe@corp@files.test', '220 files.test ready'], ['', '331 go on'], PASSWORD)
    await playSteps(LOGIN, talk)
    assert.equal(talk.options[1]?.limit, 45_000)
  })

  it('takes the 220 of OPEN and of the proxy user as it is', async () => {
    await playSteps(DIALECTS.open.reach, scripted(['OPEN files.test', '220-a\nb\n220 c']), { part: 'reach' })
    await playSteps([{ send: 'USER ${proxyUser}' }], scripted(['USER fw', '220 in']), { part: 'reach' })
  })

  it('takes the 220 of USER when the step expects it', async () => {
    await playSteps([{ send: 'USER ${user}@${host}', expect: '220' }], scripted(['USER joe@corp@files.test', '220 in']))
  })

  it('accepts what `expect` says and nothing else', async () => {
    const step = { send: 'OPEN ${host} ${port}', expect: '2xx|331' }
    await playSteps([step], scripted(['OPEN files.test 21', '200 ok']))
    const error = await errorOf(playSteps([step], scripted(['OPEN files.test 21', '350 go on'])))
    assert.equal(error.code, 'proxy-refused')
  })

  it('runs a step with `when` only after that class, and never after a dropped step', async () => {
    const steps: readonly Step[] = [
      { send: 'SITE A' },
      { send: 'SITE B', when: '3xx' },
      { send: 'SITE C', when: '2xx' },
      { send: 'USER ${proxyUser}' },
      { send: 'SITE D', when: '2xx' },
    ]
    await playSteps(steps, scripted(['SITE A', '200 ok']), {}, { ...VALUES, proxyUser: '' })
    await playSteps(
      steps,
      scripted(
        ['SITE A', '300 go on'],
        ['SITE B', '200 ok'],
        ['SITE C', '200 ok'],
        ['USER fw', '230 in'],
        ['SITE D', '200 ok'],
      ),
    )
  })

  it('blames the proxy for all that comes before the server is named, also where one step object stands twice', async () => {
    const twice = { send: 'NOOP' }
    const steps = [twice, { send: 'USER ${user}@${host}' }, twice]
    const user: Exchange = ['USER joe@corp@files.test', '230 in']
    const early = await errorOf(playSteps(steps, scripted(['NOOP', '530 no'])))
    const late = await errorOf(playSteps(steps, scripted(['NOOP', '200 ok'], user, ['NOOP', '530 no'])))
    assert.deepEqual(
      [early.code, early.phase, late.code, late.phase],
      ['proxy-refused', 'proxy', 'login-refused', 'login'],
    )
  })

  it('answers undefined when every step was dropped', async () => {
    const values = { ...VALUES, proxyUser: '' }
    assert.equal(await playSteps(DIALECTS.transparent.reach, scripted(), { part: 'reach' }, values), undefined)
  })

  it('gives only the step that names the server the time to dial out', async () => {
    const talk = scripted(...PROXY_LOGIN, ['SITE files.test', '220 connected'])
    await playSteps(DIALECTS.site.reach, talk, { part: 'reach' })
    assert.deepEqual(
      talk.options.map(({ limit, phase }) => [limit, phase]),
      [
        [undefined, 'proxy'],
        [undefined, 'proxy'],
        [45_000, 'proxy'],
      ],
    )
  })

  it('is anonymous without a user, and does not hide that', async () => {
    const talk = scripted(['USER anonymous@files.test', '331 e-mail'], ['PASS anonymous@', '230 in'])
    await playSteps(LOGIN, talk, {}, { ...VALUES, user: undefined, password: undefined })
    assert.equal(talk.redactor.mask('USER anonymous@files.test'), 'USER anonymous@files.test')
  })

  it('stops at a 331 that no step answers', async () => {
    const error = await errorOf(
      playSteps([{ send: 'USER ${user}@${host}' }], scripted(['USER joe@corp@files.test', '331 go on'])),
    )
    assert.deepEqual([error.code, error.phase], ['login-refused', 'login'])
    assert.match(error.message, /asks for a password/)
  })
})

describe('the prompt', () => {
  it('is asked with the challenge of a token firewall, for the server and for the proxy', async () => {
    const texts: string[] = []
    const prompt = async (text: string): Promise<string> => {
      texts.push(text)
      return `token-${texts.length}`
    }
    const values = { ...VALUES, password: undefined, proxyPassword: undefined }
    const reach = scripted(['USER fw', '331 SNK challenge 4711'], ['PASS token-1', '230 in'])
    await playSteps(DIALECTS.login.reach, reach, { part: 'reach', prompt }, values)
    const rest = scripted(['USER joe@corp@files.test', '331 S/Key 98 ab1234'], ['PASS token-2', '230 in'])
    await playSteps(LOGIN, rest, { prompt }, values)
    assert.deepEqual(texts, ['SNK challenge 4711', 'S/Key 98 ab1234'])
    assert.deepEqual(rest.shown, ['USER joe@corp@files.test', 'PASS ****'])
    assert.equal(rest.redactor.mask('token-2'), '****')
  })

  it('is asked for the response to AUTH', async () => {
    const wire = wireOf('authorize', 'files.test')
    const values = { ...VALUES, authId: 'token-7' }
    const talk = scripted(...wire)
    await playSteps(
      DIALECTS.authorize.login,
      talk,
      { prompt: async (text) => (text === 'challenge 4711' ? '998877' : '') },
      values,
    )
    assert.ok(!talk.shown.join().includes('998877'))
  })

  it('is not asked for what the caller gave, nor for a proxy user who is not there', async () => {
    const prompt = async (): Promise<string> => assert.fail('nobody should be asked')
    await playSteps(LOGIN, scripted(['USER joe@corp@files.test', '331 go on'], PASSWORD), { prompt })
    const values = { ...VALUES, proxyUser: undefined, proxyPassword: undefined }
    await playSteps(DIALECTS.transparent.reach, scripted(), { prompt, part: 'reach' }, values)
  })

  it('passes on what the callback throws', async () => {
    const mine = new Error('no token at hand')
    const prompt = async (): Promise<string> => {
      throw mine
    }
    const talk = scripted(['USER joe@corp@files.test', '331 go on'])
    await assert.rejects(
      playSteps(LOGIN, talk, { prompt }, { ...VALUES, password: undefined }),
      (error) => error === mine,
    )
  })
})

describe('secrets in a sign-on', () => {
  it('are in no error, whichever step fails and whatever the other side echoes', async () => {
    for (const name of NAMES) {
      const wire = wireOf(name, 'files.test')
      for (const at of wire.keys()) {
        const [line] = wire[at] ?? ['']
        const script: Exchange[] = [...wire.slice(0, at), [line, `530 cannot do ${line} sales-7`]]
        const talk = scripted(...script)
        const error = await errorOf(signOn(name, talk, valuesFor(name)))
        assert.doesNotMatch(inspect(error, { depth: 9 }), /p@ss|secret|sales-7|998877/, name)
      }
    }
  })
})

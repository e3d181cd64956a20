import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import {
  checkValues,
  customDialect,
  DIALECTS,
  type DialectName,
  dialectNamed,
  expandHost,
  type SignOnValues,
} from '../../../../src/ftp/login/login-script.js'
import { thrown } from '../scripted-talk.js'

const VALUES: SignOnValues = {
  user: 'joe',
  password: 'swordfish',
  account: 'sales',
  host: 'files.test',
  port: 21,
  proxyUser: 'fw',
  proxyPassword: 'fwsecret',
  authId: 'token-7',
  authResponse: '998877',
  separator: '%',
  serverPort: 'non-default',
  portSeparator: ':',
}

function check(name: DialectName, more: Partial<SignOnValues>): void {
  checkValues(dialectNamed(name), name, { ...VALUES, ...more })
}

describe('expandHost', () => {
  const cases: readonly [Partial<SignOnValues>, string][] = [
    [{}, 'files.test'],
    [{ port: 990 }, 'files.test:990'],
    [{ serverPort: 'always' }, 'files.test:21'],
    [{ serverPort: 'never', port: 2121 }, 'files.test'],
    [{ portSeparator: ' ', port: 2121 }, 'files.test 2121'],
    [{ host: '192.0.2.7' }, '192.0.2.7'],
    [{ host: '::1' }, '[::1]:21'],
    [{ host: '[::1]' }, '[::1]:21'],
    [{ host: '::1', serverPort: 'never' }, '[::1]:21'],
    [{ host: 'FÜR.test' }, 'FÜR.test'],
  ]
  for (const [server, written] of cases)
    it(`writes ${written} for ${JSON.stringify(server)}`, () => {
      assert.equal(expandHost({ ...VALUES, ...server }), written)
    })
})

describe('checkValues', () => {
  it('lets ordinary values through in every dialect', () => {
    for (const name of Object.keys(DIALECTS) as DialectName[]) check(name, {})
  })

  for (const field of [
    'user',
    'password',
    'account',
    'host',
    'proxyUser',
    'proxyPassword',
    'authId',
    'authResponse',
    'separator',
  ])
    it(`refuses CR, LF and NUL in ${field} and does not show the value`, () => {
      for (const sign of ['\r', '\n', '\0', '\r\n']) {
        const error = thrown(() => check('user', { [field]: `hidden${sign}DELE x` }))
        assert.deepEqual([error.code, error.phase], ['bad-argument', 'arguments'])
        assert.doesNotMatch(inspect(error), /hidden/)
      }
    })

  const impossible: readonly [DialectName, Partial<SignOnValues>][] = [
    ['joined', { user: 'joe@corp' }],
    ['joined', { proxyUser: 'fw@corp' }],
    ['sunscreen', { user: 'joe@corp' }],
    ['sunscreen', { proxyUser: 'fw@corp' }],
    ['raptor', { proxyUser: 'fire wall' }],
    ['novell', { user: 'jo$e' }],
    ['novell', { proxyUser: 'f$w' }],
    ['novell', { password: 'sword$fish' }],
    ['novell', { proxyPassword: 'fw$ecret' }],
    ['suse', { proxyUser: 'f%w' }],
    ['suse', { proxyPassword: 'fw%secret' }],
    ['suse', { separator: '@', proxyUser: 'fw@corp' }],
    ['suse', { separator: undefined, proxyUser: 'f%w' }],
  ]
  for (const [name, values] of impossible)
    it(`refuses ${Object.keys(values).join()} that ftp+${name} cannot carry: ${Object.values(values).join(' ')}`, () => {
      const error = thrown(() => check(name, values))
      assert.equal(error.code, 'bad-argument')
      assert.match(error.message, new RegExp(`dialect ${name} cannot carry`))
      assert.doesNotMatch(inspect(error), /sword\$fish|fw\$ecret|fw%secret/)
    })

  it('lets through what the dialect can carry', () => {
    check('user', { user: 'joe@corp' })
    check('login', { user: 'DOMAIN\\joe:x@corp', password: 'p@ss:w/rd $%' })
    check('joined', { password: 'p@ss', proxyPassword: 'p@ss' })
    check('suse', { user: 'jo%e', password: 'p%ss' })
    check('raptor', { user: 'joe x' })
  })

  it('refuses a dialect without the proxy user it is built around', () => {
    for (const name of ['joined', 'raptor', 'proxyuser', 'novell', 'sunscreen', 'suse'] as const)
      for (const proxyUser of [undefined, '']) {
        const error = thrown(() => check(name, { proxyUser }))
        assert.equal(error.code, 'bad-argument')
        assert.match(error.message, new RegExp(`${name} needs the user name for the proxy`))
      }
    assert.match(thrown(() => check('authorize', { authId: '' })).message, /needs the authId/)
  })

  it('holds for dialects that the caller wrote', () => {
    const dialect = customDialect('USER %u@%s@%h\nPASS %p')
    const error = thrown(() => checkValues(dialect, 'custom', { ...VALUES, proxyUser: undefined }))
    assert.match(error.message, /custom needs the user name for the proxy/)
  })

  it('does not ask for the proxy user where its steps can be dropped', () => {
    for (const name of [
      'user',
      'login',
      'site',
      'open',
      'login-open',
      'transparent',
      'site-user',
      'sni',
      'other',
    ] as const)
      check(name, { proxyUser: undefined, proxyPassword: undefined })
  })

  it('refuses a server that is none', () => {
    for (const host of ['', 'a b', 'a\tb', 'joe@host', 'ftp://host', 'host/path', 'a\x7fb'])
      assert.equal(thrown(() => check('user', { host })).code, 'bad-argument', host)
    for (const port of [0, -1, 65_536, 21.5, Number.NaN])
      assert.equal(thrown(() => check('user', { port })).code, 'bad-argument', String(port))
  })
})

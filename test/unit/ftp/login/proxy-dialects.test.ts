// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is the step language here
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  checkSteps,
  DIALECTS,
  type Dialect,
  dialectNamed,
  reachesServerBeforeLogin,
  type Step,
} from '../../../../src/ftp/login/proxy-dialects.js'
import { thrown } from '../scripted-talk.js'

describe('the table of dialects', () => {
  it('has every dialect of the specification that has steps', () => {
    assert.deepEqual(Object.keys(DIALECTS).sort(), [
      'authorize',
      'joined',
      'login',
      'login-open',
      'novell',
      'open',
      'other',
      'proxyuser',
      'raptor',
      'site',
      'site-user',
      'sni',
      'sunscreen',
      'suse',
      'transparent',
      'user',
    ])
  })

  it('is written in the step language', () => {
    for (const dialect of Object.values(DIALECTS)) checkSteps(dialect)
  })

  it('says in which dialects the server is there before the login', () => {
    const there = Object.entries(DIALECTS).filter(([, dialect]) => reachesServerBeforeLogin(dialect))
    assert.deepEqual(
      there.map(([name]) => name),
      ['site', 'open', 'login-open', 'proxyuser', 'transparent', 'other'],
    )
  })
})

describe('dialectNamed', () => {
  it('finds a dialect with and without ftp+', () => {
    assert.equal(dialectNamed('raptor'), DIALECTS.raptor)
    assert.equal(dialectNamed('ftp+login-open'), DIALECTS['login-open'])
  })

  it('suggests the closest names for a typo', () => {
    const error = thrown(() => dialectNamed('usr'))
    assert.equal(error.code, 'bad-argument')
    assert.match(error.message, /"usr"/)
    assert.match(error.hint ?? '', /^Did you mean 'ftp\+user'/)
    assert.match(thrown(() => dialectNamed('proxy')).hint ?? '', /ftp\+proxyuser/)
  })

  it('lists all names when nothing is close', () => {
    assert.match(thrown(() => dialectNamed('carrier-pigeon')).hint ?? '', /^There is ftp\+user, /)
  })

  it('does not take the names of Object.prototype', () => {
    for (const name of ['__proto__', 'constructor', 'toString'])
      assert.equal(thrown(() => dialectNamed(name)).code, 'bad-argument')
  })

  it('says that custom needs its steps', () => {
    assert.match(thrown(() => dialectNamed('ftp+custom')).hint ?? '', /steps/)
  })
})

describe('checkSteps', () => {
  const faults: readonly [string, unknown, RegExp][] = [
    ['an unknown variable', { send: 'USER ${uesr}' }, /uses the unknown variable \$\{uesr\}.*proxyUser/],
    ['a variable without an end', { send: 'USER ${user' }, /that no \} ends/],
    ['nothing to send', { send: '  ' }, /nothing to send/],
    ['no send at all', {}, /nothing to send/],
    ['a line feed', { send: 'USER a\nDELE b' }, /CR, LF or NUL/],
    ['a carriage return', { send: 'USER a\r' }, /CR, LF or NUL/],
    ['a NUL', { send: 'USER a\0' }, /CR, LF or NUL/],
    ['an expectation that is none', { send: 'NOOP', expect: 'ok' }, /expects "ok"/],
    ['an unknown when', { send: 'NOOP', when: '5xx' }, /when: "5xx"/],
    ['TLS for nobody', { send: 'AUTH TLS', tls: {} }, /identity/],
    [
      'an unknown variable in the SNI',
      { send: 'AUTH TLS', tls: { sni: '${server}', identity: 'proxy' } },
      /\$\{server\}/,
    ],
  ]
  for (const [name, step, text] of faults)
    it(`refuses ${name} and says which step it is`, () => {
      const dialect: Dialect = { reach: [], login: [{ send: 'NOOP' }, step as Step] }
      const error = thrown(() => checkSteps(dialect))
      assert.equal(error.code, 'bad-argument')
      assert.match(error.message, /^Step 2 of the login steps /)
      assert.match(error.message, text)
    })

  it('takes codes, classes and both', () => {
    for (const expect of ['220', '2xx', '2xx|331', '230|232']) checkSteps({ reach: [{ send: 'OPEN ${host}', expect }] })
  })
})

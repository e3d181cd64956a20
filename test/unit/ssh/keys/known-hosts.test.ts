import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { keyType, knownName, namesHost, parseKnownHosts } from '../../../../src/ssh/keys/known-hosts.js'
import { bytesOf, hostKey } from '../server.js'

const KEY = hostKey.public.split(' ')[1]

describe('a known_hosts file', () => {
  test('gives its keys with their lines, and tells about what cannot be used', () => {
    const text = [
      '# a comment',
      '',
      `host.example,192.0.2.7 ssh-ed25519 ${KEY} a comment with blanks`,
      `\t[host.example]:2222\tssh-ed25519  ${KEY}\r`,
      `@revoked * ssh-ed25519 ${KEY}`,
      `@cert-authority *.example ssh-ed25519 ${KEY}`,
      `@other * ssh-ed25519 ${KEY}`,
      'host.example ssh-ed25519 AAAA',
      `host.example ssh-rsa ${KEY}`,
      'host.example 1024 35 1234567890',
      'alone',
    ].join('\n')
    const { keys, problems } = parseKnownHosts(text, 'f')
    assert.deepEqual(
      keys.map(({ names, marker, line }) => [names, marker, line]),
      [
        ['host.example,192.0.2.7', undefined, 3],
        ['[host.example]:2222', undefined, 4],
        ['*', 'revoked', 5],
        ['*.example', 'cert-authority', 6],
      ],
    )
    assert.ok(keys.every(({ key }) => key.equals(bytesOf(hostKey.public))))
    assert.deepEqual(
      problems.map((problem) => problem.split(':')[1]),
      ['7', '8', '9', '10', '11'],
    )
  })

  test('knows the type of a key, and what is no key', () => {
    assert.equal(keyType(bytesOf(hostKey.public)), 'ssh-ed25519')
    for (const bytes of [[], [0, 0, 0, 0, 0, 0, 0, 0], [255, 255, 255, 255, 1, 2, 3, 4], [0, 0, 0, 9, 1, 2, 3, 4]])
      assert.equal(keyType(Buffer.from(bytes)), undefined)
  })
})

describe('the name of a host in known_hosts', () => {
  test('has its port unless that is 22', () => {
    assert.equal(knownName({ host: 'Host.Example', port: 22 }), 'host.example')
    assert.equal(knownName({ host: 'host.example', port: 2222 }), '[host.example]:2222')
    assert.equal(knownName({ host: '::1', port: 2222 }), '[::1]:2222')
  })

  const cases: [patterns: string, name: string, matches: boolean][] = [
    ['host.example', 'host.example', true],
    ['HOST.example', 'host.example', true],
    ['host.example', 'host.example.org', false],
    ['a,host.example,b', 'host.example', true],
    ['*.example', 'host.example', true],
    ['*.example', 'example', false],
    ['h?st.example', 'host.example', true],
    ['h?st.example', 'hst.example', false],
    ['*', 'anything', true],
    ['**a*b**', 'xxaxxbxx', true],
    ['*.example,!bad.example', 'bad.example', false],
    ['!bad.example,*.example', 'good.example', true],
    ['!bad.example', 'good.example', false],
    ['[*.example]:2222', '[host.example]:2222', true],
    ['host.example', '[host.example]:2222', false],
    ['', 'host.example', false],
    ['|2|AAAA|AAAA', 'host.example', false],
    ['|1', 'host.example', false],
  ]
  for (const [patterns, name, matches] of cases)
    test(`'${patterns}' ${matches ? 'means' : 'does not mean'} '${name}'`, () => {
      assert.equal(namesHost(patterns, name), matches)
    })

  test('may be hashed', () => {
    const salt = Buffer.from('twenty bytes of salt')
    const hash = createHmac('sha1', salt).update('[host.example]:2222').digest('base64')
    const line = `|1|${salt.toString('base64')}|${hash}`
    assert.equal(namesHost(line, '[host.example]:2222'), true)
    assert.equal(namesHost(line, 'host.example'), false)
  })

  test('is matched in bounded time, whatever the pattern', () => {
    assert.equal(namesHost(`${'*a'.repeat(200)}b`, 'a'.repeat(5000)), false)
  })
})

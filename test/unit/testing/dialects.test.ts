import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DIALECTS, type DialectName, readForm, readHost } from '../../../src/testing/proxy/dialects.js'

/** The argument as the first command of a dialect takes it. */
function readFirst(dialect: DialectName, argument: string): Record<string, string> | undefined {
  const [step] = DIALECTS[dialect]
  assert.ok(step)
  return readForm(step, argument)
}

test('a user with an @ is told from the host at the last @, in sunscreen at the first', () => {
  assert.deepEqual(readFirst('user', 'joe@corp@h:21'), { user: 'joe@corp', host: 'h:21' })
  assert.deepEqual(readFirst('joined', 'joe@corp@p@h'), { user: 'joe@corp', proxyUser: 'p', host: 'h' })
  assert.deepEqual(readFirst('sunscreen', 'p@h@x'), { proxyUser: 'p', host: 'h@x' })
})

test('an argument of another form is not taken', () => {
  assert.equal(readFirst('user', 'joe'), undefined)
  assert.equal(readFirst('user', '@host'), undefined)
  assert.equal(readFirst('other', 'CHMOD 644 f'), undefined)
  assert.deepEqual(readFirst('other', 'gate h:1'), { host: 'h:1' })
})

test('hosts are read with and without a port, and nothing else is', () => {
  assert.deepEqual(readHost('h'), { host: 'h', port: 21 })
  for (const text of ['h:2121', 'h 2121', 'h,2121']) assert.deepEqual(readHost(text), { host: 'h', port: 2121 })
  assert.deepEqual(readHost('[::1]'), { host: '::1', port: 21 })
  assert.deepEqual(readHost('[::1]:2121'), { host: '::1', port: 2121 })
  for (const text of ['', 'h:', 'h:0', 'h:65536', 'h:x', '::1', 'a b c', '[h'])
    assert.equal(readHost(text), undefined, text)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EXIT_CODES, EXIT_MEANINGS, exitCodeOf } from '../../../../src/cli/report/exit-codes.js'
import { type ErrorCode, type Phase, TransferError } from '../../../../src/index.js'

const codeOf = (code: ErrorCode, phase: Phase) => exitCodeOf(new TransferError(code, 'It went wrong.', { phase }))

test('every exit code that an error can have is explained', () => {
  for (const [code, exit] of Object.entries(EXIT_CODES)) assert.ok(EXIT_MEANINGS[exit], code)
})

test('each kind of fault has its code', () => {
  assert.equal(codeOf('bad-argument', 'arguments'), 2)
  assert.equal(codeOf('unreachable', 'connect'), 3)
  assert.equal(codeOf('wrong-protocol', 'greeting'), 3)
  assert.equal(codeOf('login-refused', 'login'), 4)
  assert.equal(codeOf('proxy-refused', 'proxy'), 5)
  assert.equal(codeOf('not-found', 'command'), 6)
  assert.equal(codeOf('truncated', 'transfer'), 7)
  assert.equal(codeOf('mismatch', 'verify'), 8)
  assert.equal(codeOf('incomplete', 'transfer'), 9)
  assert.equal(codeOf('local', 'local'), 10)
  assert.equal(codeOf('aborted', 'transfer'), 130)
})

test('what breaks before the login is a connection that did not come about', () => {
  assert.equal(codeOf('timeout', 'connect'), 3)
  assert.equal(codeOf('timeout', 'proxy'), 3)
  assert.equal(codeOf('session-lost', 'greeting'), 3)
  assert.equal(codeOf('timeout', 'confirm'), 7)
  assert.equal(codeOf('session-lost', 'transfer'), 7)
})

test('the same refusal is 6 from the server and 10 from the local disk', () => {
  for (const code of ['not-found', 'exists', 'permission-denied', 'disk-full', 'is-directory'] as const) {
    assert.equal(codeOf(code, 'command'), 6)
    assert.equal(codeOf(code, 'local'), 10)
  }
})

test('anything that is no TransferError is 1', () => {
  assert.equal(exitCodeOf(new TypeError('oops')), 1)
  assert.equal(exitCodeOf('oops'), 1)
})

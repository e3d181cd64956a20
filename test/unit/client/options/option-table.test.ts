import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CALLS } from '../../../../src/client/remote/calls.js'
import { OpenRemote } from '../../../../src/client/remote/open-remote.js'

test('every public method of a remote is in the option table', () => {
  const members = Object.entries(Object.getOwnPropertyDescriptors(OpenRemote.prototype))
  const methods = members.filter(([name, { value }]) => typeof value === 'function' && name !== 'constructor')
  assert.deepEqual(methods.map(([name]) => name).sort(), Object.keys(CALLS).sort())
})

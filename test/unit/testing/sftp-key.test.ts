import assert from 'node:assert/strict'
import { test } from 'node:test'
import ssh2 from 'ssh2'
import { newKeys } from '../../../src/testing/sftp/key.js'

test('a key that ssh2 wrote so that nobody can read it is not given out', () => {
  const written = ['not a key', ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 }).private]
  const generateKeyPairSync = () => ({ private: written.shift() ?? '', public: '' })
  const pair = newKeys({ ...ssh2.utils, generateKeyPairSync })
  assert.ok(!(ssh2.utils.parseKey(pair.private) instanceof Error))
  assert.equal(written.length, 0)
})

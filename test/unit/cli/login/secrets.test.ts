import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withPassword } from '../../../../src/cli/login/connections.js'
import { firstLine } from '../../../../src/cli/login/secrets.js'

async function* pieces(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text)
}

test('the first line is the password, however it is cut and whatever ends it', async () => {
  assert.equal(await firstLine(pieces('sec', 'ret\nrest')), 'secret')
  assert.equal(await firstLine(pieces('secret\r', '\n')), 'secret')
  assert.equal(await firstLine(pieces('secret')), 'secret')
  assert.equal(await firstLine(pieces('\n')), '')
})

test('an input without a line, or without an end, is refused', async () => {
  await assert.rejects(firstLine(pieces()), { code: 'bad-argument' })
  await assert.rejects(firstLine(pieces(...Array.from({ length: 100 }, () => 'x'.repeat(1000)))), {
    code: 'bad-argument',
  })
})

test("the proxy's password is put behind its user, encoded", () => {
  assert.deepEqual(withPassword(['ftp+login://me@gate:21'], 'p@ss:w/rd'), ['ftp+login://me:p%40ss%3Aw%2Frd@gate:21'])
  assert.deepEqual(withPassword(['ftp+login://me:old@gate'], 'new'), ['ftp+login://me:new@gate'])
  assert.throws(() => withPassword(['ftp+login://gate'], 'x'), { code: 'bad-argument' })
})

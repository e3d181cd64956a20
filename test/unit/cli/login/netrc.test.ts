import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findNetrc, parseNetrc } from '../../../../src/cli/login/netrc.js'

test('entries may stand on one line or on many', () => {
  const text =
    'machine a.example login me password one\nmachine b.example\n\tlogin you\n\tpassword two\n\taccount dept\n'
  assert.deepEqual(parseNetrc(text), [
    { machine: 'a.example', login: 'me', password: 'one' },
    { machine: 'b.example', login: 'you', password: 'two', account: 'dept' },
  ])
})

test('a value may be quoted, begin with # or be a keyword', () => {
  assert.deepEqual(parseNetrc('machine h login "my name" password "a \\"b\\" \\\\ c"'), [
    { machine: 'h', login: 'my name', password: 'a "b" \\ c' },
  ])
  assert.deepEqual(parseNetrc('machine h login me password\n#secret'), [
    { machine: 'h', login: 'me', password: '#secret' },
  ])
  assert.deepEqual(parseNetrc('machine h login password password login'), [
    { machine: 'h', login: 'password', password: 'login' },
  ])
})

test('comments and macros are skipped', () => {
  const text =
    '# all my hosts\nmachine a login me password x\nmacdef init\nmachine evil login m password y\n\n# end\nmachine b login me password z'
  assert.deepEqual(
    parseNetrc(text).map(({ machine }) => machine),
    ['a', 'b'],
  )
})

test('a file that ends in the middle of an entry is read as far as it goes', () => {
  assert.deepEqual(parseNetrc('machine h login'), [{ machine: 'h', login: undefined }])
  assert.deepEqual(parseNetrc(''), [])
  assert.deepEqual(parseNetrc('login stray password lost'), [])
})

test('the host decides, whatever its case, then the user, then the default', () => {
  const entries = parseNetrc(
    'machine Gate.Example login me password 1 machine gate.example login you password 2 default login anonymous password 3',
  )
  assert.equal(findNetrc(entries, 'gate.example')?.password, '1')
  assert.equal(findNetrc(entries, 'GATE.EXAMPLE', 'you')?.password, '2')
  assert.equal(findNetrc(entries, 'gate.example', 'they'), undefined)
  assert.equal(findNetrc(entries, 'other.example')?.password, '3')
})

test("a machine's password is never given to a host that only begins with its name", () => {
  assert.equal(findNetrc(parseNetrc('machine gate login me password 1'), 'gate.evil.example'), undefined)
})

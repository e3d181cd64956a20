import assert from 'node:assert/strict'
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import { after, before, describe, mock, test } from 'node:test'
import { connect } from '../../src/index.js'
import { defaultUser, fromHome, home, ownName } from '../../src/ssh/keys/files.js'
import { startSftpServer } from '../../src/testing/index.js'
import { failure } from '../conformance/bytes.js'
import { loginTo } from './scene.js'

/** What Node throws for a uid that has no passwd entry. */
function noEntry(): never {
  throw Object.assign(new Error('A system error occurred: uv_os_get_passwd returned ENOENT'), {
    code: 'ERR_SYSTEM_ERROR',
  })
}

describe('a process whose uid has no passwd entry, and no HOME', () => {
  const names = ['LOGNAME', 'USER'] as const
  const saved = names.map((name) => process.env[name])

  before(() => {
    mock.method(os, 'homedir', noEntry)
    mock.method(os, 'userInfo', noEntry)
    syncBuiltinESMExports()
    for (const name of names) delete process.env[name]
  })
  after(() => {
    mock.restoreAll()
    syncBuiltinESMExports()
    for (const [at, name] of names.entries()) if (saved[at] !== undefined) process.env[name] = saved[at]
  })

  test('logs in where everything is given', async () => {
    await using server = await startSftpServer({ files: { '/a': 'a' } })
    await using remote = await connect(server.url, loginTo(server, { sshConfig: true }))
    assert.equal((await remote.readFile('/a')).toString(), 'a')
  })

  test('needs a user name, and says so before anything is sent', async () => {
    await using server = await startSftpServer()
    const error = await failure(() => connect(server.url, loginTo(server, { user: undefined })), 'bad-argument')
    assert.match(`${error.message} ${error.hint}`, /user name.*user@host/)
    assert.deepEqual(server.logins, [])
  })

  test("has no '~', and takes the name of the environment", () => {
    assert.deepEqual([home(), ownName()], [undefined, undefined])
    assert.throws(() => fromHome('~/.ssh/id'), /no home directory/)
    assert.equal(fromHome('/keys/id'), '/keys/id')
    process.env['LOGNAME'] = 'me'
    assert.equal(defaultUser(), 'me')
    delete process.env['LOGNAME']
  })
})

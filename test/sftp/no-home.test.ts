import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import { join } from 'node:path'
import { after, before, describe, mock, test } from 'node:test'
import { connect, type TransferEvent } from '../../src/index.js'
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

describe('files in ~/.ssh that cannot be read', () => {
  const saved = process.env['HOME']
  const agent = process.env['SSH_AUTH_SOCK']
  let dir = ''

  before(async () => {
    dir = await mkdtemp(join(os.tmpdir(), 'sallyport-home-'))
    // Directories cannot be read as files, whoever runs this.
    for (const name of ['config', 'known_hosts', 'id_ed25519'])
      await mkdir(join(dir, '.ssh', name), { recursive: true })
    process.env['HOME'] = dir
    delete process.env['SSH_AUTH_SOCK']
  })
  after(async () => {
    if (saved !== undefined) process.env['HOME'] = saved
    if (agent !== undefined) process.env['SSH_AUTH_SOCK'] = agent
    await rm(dir, { recursive: true, force: true })
  })

  test('are passed over with a warning each where nobody named them', async () => {
    await using server = await startSftpServer({ files: { '/a': 'a' } })
    const warnings: string[] = []
    const observe = (event: TransferEvent): unknown =>
      event.type === 'warning' && warnings.push(`${event.code}: ${event.message}`)
    const password = async (): Promise<string> => 'demo'
    await using remote = await connect(server.url, loginTo(server, { password, sshConfig: true, observe }))
    assert.equal((await remote.readFile('/a')).toString(), 'a')
    for (const name of ['config', 'known_hosts', 'id_ed25519'])
      assert.equal(warnings.filter((text) => text.includes(join('.ssh', name))).length, 1, `${name}: ${warnings}`)
  })

  test('are errors where they were named', async () => {
    await using server = await startSftpServer()
    const named = (more: object) => () => connect(server.url, loginTo(server, more))
    await failure(named({ sshConfig: join(dir, '.ssh', 'config') }), 'bad-argument')
    await failure(named({ privateKey: '~/.ssh/id_ed25519' }), 'bad-argument')
    await failure(named({ hostKey: { knownHosts: '~/.ssh/known_hosts' } }), 'local')
    assert.deepEqual(server.logins, [])
  })

  test('a certificate beside a key is named when the login is refused', async () => {
    await using server = await startSftpServer()
    const key = join(dir, 'key')
    await writeFile(`${key}-cert.pub`, 'a certificate')
    const config = join(dir, 'ssh_config')
    await writeFile(config, `IdentityFile ${key}\n`)
    const options = loginTo(server, { password: undefined, sshConfig: config })
    const error = await failure(() => connect(server.url, options), 'login-refused')
    assert.match(error.message, /key-cert\.pub was not offered: certificates are not supported/)
  })
})

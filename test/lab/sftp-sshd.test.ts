import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { type ConnectOptions, connect, TransferError } from '../../src/index.js'
import { failure } from '../conformance/bytes.js'
import { type LabName, skipWithout, startLab } from './lab.js'
import { SFTP_SERVERS, sftpOptions, sftpUrl } from './sftp.js'

const run = promisify(execFile)

describe('sshd, set up otherwise', { skip: skipWithout('sshd') }, () => {
  test('with SHA-1 and ssh-rsa alone: both lists in the error, and legacy gets in', async () => {
    const extra = 'KexAlgorithms diffie-hellman-group14-sha1\nHostKeyAlgorithms ssh-rsa'
    await using server = await startLab('sshd', { extra })
    // Its RSA key is another one than the one whose fingerprint is known.
    const options = { ...(await sftpOptions(server)), hostKey: { accept: 'any' }, observe: () => {} } as const
    const error = await failure(() => connect(sftpUrl(server), options), 'not-supported')
    assert.match(
      error.message,
      /common key exchange: it offers diffie-hellman-group14-sha1; we offer curve25519-sha256,/,
    )
    assert.match(error.hint ?? '', /legacy/)
    await using remote = await connect(sftpUrl(server), { ...options, legacy: true })
    assert.equal((await remote.readFile('hello.txt')).toString(), 'hello, world\n')
    assert.equal(remote.security?.protocol, 'SSH-2.0')
    assert.ok(remote.security && 'keyExchange' in remote.security)
    assert.equal(remote.security.keyExchange, 'diffie-hellman-group14-sha1')
  })

  const CHAINS: readonly (readonly [methods: string, without: keyof ConnectOptions, wants: RegExp])[] = [
    [
      'publickey,keyboard-interactive',
      'password',
      /private key .*accepted, but not sufficient.*accepts: keyboard-interactive/,
    ],
    ['publickey,password', 'password', /private key .*accepted, but not sufficient.*accepts: password/],
    ['password,publickey', 'privateKey', /the password \(accepted, but not sufficient\).*accepts: publickey/],
    [
      'keyboard-interactive,publickey',
      'privateKey',
      /keyboard-interactive \(accepted, but not sufficient\).*accepts: publickey/,
    ],
  ]
  for (const [methods, without, wants] of CHAINS)
    test(`that wants ${methods}: both are given, and half of it is told from none`, async () => {
      const extra = `AuthenticationMethods ${methods}\nUsePAM yes\nKbdInteractiveAuthentication yes`
      await using server = await startLab('sshd', { extra })
      const both: ConnectOptions = { ...(await sftpOptions(server)), password: server.password }
      await using remote = await connect(sftpUrl(server), both)
      assert.equal(await remote.exists('hello.txt'), true)
      const half = await failure(() => connect(sftpUrl(server), { ...both, [without]: undefined }), 'login-refused')
      assert.match(half.message, wants)
    })

  test('that knows ChaCha20 alone: no warning, it has strict key exchange', async () => {
    await using server = await startLab('sshd', { extra: 'Ciphers chacha20-poly1305@openssh.com' })
    const warnings: string[] = []
    const observe: ConnectOptions['observe'] = (event) => event.type === 'warning' && warnings.push(event.code)
    await using remote = await connect(sftpUrl(server), { ...(await sftpOptions(server)), observe })
    assert.ok(remote.security && 'cipher' in remote.security)
    assert.equal(remote.security.cipher, 'chacha20-poly1305@openssh.com')
    assert.deepEqual(warnings, [])
  })

  test('that has no SFTP says so', async () => {
    await using server = await startLab('sshd', { extra: 'Match user *\n  ForceCommand /bin/false' })
    const error = await connect(sftpUrl(server), await sftpOptions(server)).catch((thrown: unknown) => thrown)
    assert(error instanceof TransferError)
    assert.ok(['not-supported', 'session-lost'].includes(error.code), error.message)
  })
})

describe('a disk of the server that is full', () => {
  for (const name of SFTP_SERVERS as readonly LabName[])
    test(`on ${name} is called that, and nothing has the name of the file`, { skip: skipWithout(name) }, async () => {
      const under = await mkdtemp(join(tmpdir(), 'sallyport-full-'))
      await run('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', under])
      try {
        await using server = await startLab(name, { under })
        await using remote = await connect(sftpUrl(server), await sftpOptions(server))
        const upload = remote.upload(Buffer.alloc(12 * 1024 * 1024, 'x'), 'up/file')
        const error = await failure(() => upload, 'disk-full')
        assert.match(error.message, /The disk of the server is full/)
        await assert.rejects(stat(join(server.home, 'up/file')), { code: 'ENOENT' })
        assert.equal(await remote.exists('hello.txt'), true, 'the session lives on')
      } finally {
        await run('umount', [under])
        await rm(under, { recursive: true, force: true })
      }
    })
})

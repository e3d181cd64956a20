import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { type ConnectOptions, connect, diagnose, type Remote, TransferError } from '../../src/index.js'
import { assertSame, bytesOf } from '../conformance/bytes.js'
import { account, type LabServer, skipWithout, startLab } from './lab.js'
import { fingerprintOf, keyOf, SFTP_SERVERS, sftpOptions, sftpUrl } from './sftp.js'

const run = promisify(execFile)
const MIB = 1024 * 1024

let local = ''
before(async () => {
  local = await mkdtemp(join(tmpdir(), 'sallyport-sftp-'))
})
after(() => rm(local, { recursive: true, force: true }))

async function remoteOf(server: LabServer, more: ConnectOptions = {}): Promise<Remote> {
  return await connect(sftpUrl(server), { ...(await sftpOptions(server)), ...more })
}

async function failureOf(promise: Promise<unknown>): Promise<TransferError> {
  const error: unknown = await promise.then(
    () => assert.fail('it did not fail'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof TransferError)
  return error
}

for (const name of SFTP_SERVERS)
  describe(`SFTP on ${name}`, { skip: skipWithout(name) }, () => {
    let server: LabServer
    before(async () => {
      server = await startLab(name)
    })
    after(() => server.stop())

    test('a large file goes up and comes down whole, verified, under its own name only', async () => {
      const bytes = bytesOf(9 * MIB + 11)
      await writeFile(join(local, 'big'), bytes)
      await using remote = await remoteOf(server)
      const up = await remote.upload(join(local, 'big'), 'up/big', { verify: true })
      assert.deepEqual([up.bytes, up.integrity, up.verifiedBy], [bytes.length, 'hashed', 'md5'])
      assertSame(await readFile(join(server.home, 'up/big')), bytes)
      const down = await remote.download('up/big', join(local, 'back'))
      assert.deepEqual([down.bytes, down.integrity], [bytes.length, 'sized'])
      assertSame(await readFile(join(local, 'back')), bytes)
      const names: string[] = []
      for await (const entry of remote.list('up')) names.push(entry.name)
      assert.deepEqual(names, ['big'])
    })

    test('a tree goes up over four sessions and comes down the same', async () => {
      const from = join(local, `${name}-tree`)
      for (let i = 0; i < 40; i++) {
        const dir = join(from, `dir ${i % 5}`)
        await mkdir(dir, { recursive: true })
        await writeFile(join(dir, `näme-${i}`), bytesOf(i * 997, i))
      }
      await using remote = await remoteOf(server, { pool: { max: 4 } })
      const up = await remote.upload(from, 'up/tree', { recursive: true })
      assert.deepEqual([up.files, up.directories], [40, 5])
      const to = join(local, `${name}-back`)
      const down = await remote.download('up/tree', to, { recursive: true })
      assert.deepEqual([down.files, down.bytes], [40, up.bytes])
      for (let i = 0; i < 40; i++)
        assertSame(await readFile(join(to, `dir ${i % 5}`, `näme-${i}`)), bytesOf(i * 997, i))
    })

    test('ranges, append, a resumed download, modes, times and calls that overlap', async () => {
      await using remote = await remoteOf(server)
      const bytes = bytesOf(3 * MIB)
      await remote.writeFile('up/file', bytes)
      const [middle, end, entry] = await Promise.all([
        remote.readFile('up/file', { from: 100, to: 2 * MIB + 7 }),
        remote.readFile('up/file', { from: 3 * MIB - 5 }),
        remote.stat('up/file'),
      ])
      assertSame(middle, bytes.subarray(100, 2 * MIB + 7))
      assertSame(end, bytes.subarray(-5))
      assert.equal(entry?.size, bytes.length)
      await remote.upload(Buffer.from('tail'), 'up/file', { append: true })
      assert.equal((await remote.stat('up/file'))?.size, bytes.length + 4)
      await remote.setMode('up/file', 0o640)
      await remote.setTimes('up/file', new Date('2020-02-03T04:05:06.700Z'))
      const changed = await remote.stat('up/file')
      assert.equal(changed?.mode, 0o640)
      assert.equal(changed?.modified?.toISOString(), '2020-02-03T04:05:06.000Z')
    })

    test('what is missing, is there already or is a directory says so', async () => {
      await using remote = await remoteOf(server)
      assert.equal((await failureOf(remote.readFile('missing'))).code, 'not-found')
      assert.equal((await failureOf(remote.readFile('pub'))).code, 'is-directory')
      assert.equal((await failureOf(remote.makeDir('pub'))).code, 'exists')
      assert.equal((await failureOf(remote.upload(Buffer.of(1), 'missing/file'))).code, 'not-found')
      assert.equal((await failureOf(remote.cwd('hello.txt'))).code, 'not-directory')
      assert.equal(await remote.exists('missing/deeper'), false)
    })

    test('a call that is cancelled ends at once, and the next one is right', async () => {
      await using remote = await remoteOf(server)
      await remote.writeFile('up/long', bytesOf(8 * MIB))
      for (const limit of [1, 2 * MIB, 5 * MIB]) {
        const stop = new AbortController()
        let seen = 0
        const target = new Writable({
          write(chunk: Buffer, _, done) {
            seen += chunk.length
            if (seen >= limit) stop.abort()
            done()
          },
        })
        const error = await failureOf(remote.download('up/long', target, { signal: stop.signal }))
        assert.equal(error.code, 'aborted')
        assert.ok(seen < 8 * MIB)
        assert.equal((await remote.readFile('hello.txt')).toString(), 'hello, world\n')
      }
    })
  })

describe('who an SFTP server is, and who we are to it', { skip: skipWithout('sshd') }, () => {
  let server: LabServer
  before(async () => {
    server = await startLab('sshd')
  })
  after(() => server.stop())

  test('a host that is not known, or another key than before: nothing of ours is sent', async () => {
    const file = join(local, 'known_hosts')
    await writeFile(file, '')
    const login = { privateKey: keyOf(server), sshConfig: false, proxy: false } as const
    const unknown = await failureOf(connect(sftpUrl(server), { ...login, hostKey: { knownHosts: file } }))
    assert.equal(unknown.code, 'host-key')
    assert.ok(unknown.message.includes(await fingerprintOf(server)))
    const { stdout } = await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(local, 'other')])
    assert.equal(stdout, '')
    const other = await readFile(join(local, 'other.pub'), 'utf8')
    await writeFile(file, `[${server.host}]:${server.port} ${other}`)
    for (const accept of ['known', 'new'] as const) {
      const changed = await failureOf(connect(sftpUrl(server), { ...login, hostKey: { knownHosts: file, accept } }))
      assert.equal(changed.code, 'host-key')
      assert.match(changed.message, /SHA256:.*SHA256:/s)
    }
    assert.doesNotMatch(await server.log(), /Accepted|Failed|invalid user/)
  })

  test("a new host is written down when that was asked for; 'any' is loud, and trustAny is not for SSH", async () => {
    const file = join(local, 'new', 'known_hosts')
    const warnings: string[] = []
    const login: ConnectOptions = {
      ...(await sftpOptions(server)),
      observe: (event) => event.type === 'warning' && warnings.push(event.code),
    }
    await using first = await connect(sftpUrl(server), { ...login, hostKey: { knownHosts: file, accept: 'new' } })
    assert.equal(first.security?.trusted, true)
    assert.match(await readFile(file, 'utf8'), /ssh-ed25519/)
    await using second = await connect(sftpUrl(server), { ...login, hostKey: { knownHosts: file } })
    assert.match(second.security?.reason ?? '', /known_hosts/)
    await using third = await connect(sftpUrl(server), { ...login, hostKey: { accept: 'any' } })
    assert.equal(third.security?.trusted, false)
    assert.deepEqual(warnings, ['host-key-new', 'host-key-unchecked'])
    const refused = await failureOf(connect(sftpUrl(server), { ...login, tls: { trustAny: true } }))
    assert.deepEqual([refused.code, /option tls/.test(refused.message)], ['bad-argument', true])
  })

  test('by password, fetched when it is wanted; a wrong one is not told to anybody', async () => {
    const base = { ...(await sftpOptions(server)), privateKey: undefined, agent: false } as const
    let asked = 0
    const password = async (): Promise<string> => {
      asked++
      return server.password
    }
    await using remote = await connect(sftpUrl(server), { ...base, password })
    assert.deepEqual([await remote.exists('hello.txt'), asked], [true, 1])
    const error = await failureOf(connect(sftpUrl(server), { ...base, password: 'not-the-password' }))
    assert.equal(error.code, 'login-refused')
    assert.match(error.message, /Tried: .*the password \(refused\)/)
    assert.ok(!JSON.stringify(error).includes('not-the-password') && !error.message.includes('not-the-password'))
  })

  test('logging in as somebody else opens another session; there is no logging out', async () => {
    await using remote = await remoteOf(server)
    const refused = await failureOf(remote.login({ user: 'nobody-here', password: 'x' }))
    assert.equal(refused.code, 'login-refused')
    assert.equal(await remote.exists('hello.txt'), true, 'the one before still works')
    for (const call of [remote.logout(), remote.session.command('NOOP'), remote.setChannelMode('data', 'clear')])
      assert.equal((await failureOf(call)).code, 'not-supported')
    assert.equal(remote.session.protocol, 'sftp')
  })

  test('a key with a passphrase, and the wrong one', async () => {
    const file = join(local, 'locked')
    await writeFile(file, await readFile(keyOf(server)), { mode: 0o600 })
    await run('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'open sesame', '-f', file])
    const base = await sftpOptions(server)
    await using remote = await connect(sftpUrl(server), { ...base, privateKey: file, passphrase: 'open sesame' })
    assert.equal(await remote.exists('hello.txt'), true)
    const error = await failureOf(connect(sftpUrl(server), { ...base, privateKey: file, passphrase: 'open barley' }))
    assert.match(error.message, /The passphrase does not open the private key/)
    assert.ok(!error.message.includes('barley'))
  })

  test('~/.ssh/config: another name, port, user, key and jump host', async () => {
    await using jump = await startLab('sshd')
    const known = join(local, 'config-known')
    const lines = await Promise.all(
      [server, jump].map(async (one) => {
        const [type, key] = (await readFile(join(dirname(one.home), 'host_key.pub'), 'utf8')).split(' ')
        return `[${one.host}]:${one.port} ${type} ${key}\n`
      }),
    )
    await writeFile(known, lines.join(''))
    const config = join(local, 'config')
    const section = (name: string, one: LabServer, more: string): string =>
      `Host ${name}\n  HostName ${one.host}\n  Port ${one.port}\n  User ${one.user}\n  IdentitiesOnly yes\n` +
      `  IdentityFile ${join(local, 'missing')}\n  IdentityFile ${keyOf(one)}\n  UserKnownHostsFile ${known}\n${more}\n`
    await writeFile(
      config,
      `Match exec "touch ${join(local, 'ran')}"\n  User nobody\n${section('inner', server, '  ProxyJump bastion')}${section('bastion', jump, '')}`,
    )
    const via: string[] = []
    await using remote = await connect('sftp://inner', {
      sshConfig: config,
      observe: (event) => event.type === 'connecting' && via.push(event.via),
    })
    assert.equal(await remote.exists('hello.txt'), true)
    assert.match(via.join(), new RegExp(`ssh://${account.user}@127.0.0.1:${jump.port}`))
    await assert.rejects(stat(join(local, 'ran')), { code: 'ENOENT' }, 'a command of the configuration was run')
  })

  test('through SOCKS, CONNECT and a chain with a jump', { skip: skipWithout('microsocks', 'tinyproxy') }, async () => {
    await using socks = await startLab('microsocks')
    await using http = await startLab('tinyproxy')
    await using jump = await startLab('sshd')
    const jumping = {
      dialect: 'ssh',
      host: jump.host,
      port: jump.port,
      user: jump.user,
      privateKey: keyOf(jump),
      hostKey: { fingerprint: await fingerprintOf(jump) },
    }
    const ways: ConnectOptions['proxy'][] = [
      `socks5h://${socks.host}:${socks.port}`,
      `http://${http.host}:${http.port}`,
      [`socks5h://${socks.host}:${socks.port}`, jumping],
    ]
    for (const proxy of ways) {
      await using remote = await remoteOf(server, { proxy })
      assert.equal((await remote.readFile('pub/1m.bin')).length, MIB)
    }
    const error = await failureOf(remoteOf(server, { proxy: 'ftp+user://127.0.0.1:1' }))
    assert.match(error.message, /An FTP proxy \(ftp\+user\) cannot carry SFTP/)
  })

  test('options of FTP, and names in other charsets, are refused before anything is dialled', async () => {
    const wrong: ConnectOptions[] = [
      { account: 'x' },
      { login: false },
      { dataMode: 'active' },
      { virtualHost: true },
      { encoding: 'latin1' },
    ]
    for (const options of wrong) {
      const error = await failureOf(connect('sftp://127.0.0.1:1', { ...options, sshConfig: false }))
      assert.equal(error.code, 'bad-argument')
      assert.match(error.message, /cannot be used with sftp:\/\//)
    }
    const error = await failureOf(connect('ftp://127.0.0.1:1', { hostKey: { accept: 'any' } }))
    assert.match(error.message, /The option hostKey cannot be used with ftp:\/\//)
  })

  test('the wrong scheme is told by what answers', { skip: skipWithout('vsftpd') }, async () => {
    const ssh = await failureOf(connect(`ftp://${server.host}:${server.port}`))
    assert.deepEqual([ssh.code, ssh.hint?.includes('sftp://')], ['wrong-protocol', true])
    await using ftp = await startLab('vsftpd')
    const plain = await failureOf(connect(`sftp://${ftp.host}:${ftp.port}`, { sshConfig: false }))
    assert.equal(plain.code, 'wrong-protocol')
    assert.match(plain.message, /FTP/)
  })

  test('links are shown, never followed out of a tree; one below the target stops what would go through it', async () => {
    await using remote = await remoteOf(server)
    await remote.makeDir('up/links')
    await remote.writeFile('up/links/file', 'inside')
    await remote.link('up/links/out', '/etc')
    await mkdir(join(local, 'links'))
    const result = await remote.download('up/links', join(local, 'links'), { recursive: true })
    assert.deepEqual([result.files, result.skipped.map(({ path }) => path.endsWith('/out'))], [1, [true]])
    await symlink('/etc', join(local, 'links', 'sub'))
    await remote.makeDir('up/links/sub')
    await remote.writeFile('up/links/sub/passwd-not', 'x')
    const error = await failureOf(remote.download('up/links', join(local, 'links'), { recursive: true }))
    assert.equal(error.code, 'incomplete')
    assert.equal(error.failures?.[0]?.error.code, 'unsafe-name')
    await assert.rejects(stat('/etc/passwd-not'), { code: 'ENOENT' })
  })

  test('room on the server is told; FTP cannot', { skip: skipWithout('vsftpd') }, async () => {
    await using remote = await remoteOf(server)
    const { total, free, available } = await remote.space('up')
    assert.ok(total >= free && free >= available && available > 0)
    await using ftp = await startLab('vsftpd')
    await using plain = await connect(`ftp://${ftp.user}:${ftp.password}@${ftp.host}:${ftp.port}`)
    assert.equal((await failureOf(plain.space())).code, 'not-supported')
  })

  test('a diagnosis goes as far as it can, and says what to change', async () => {
    const options = await sftpOptions(server)
    const good = await diagnose(sftpUrl(server), { ...options, write: true })
    assert.equal(good.usable, true)
    assert.deepEqual(
      good.steps.map(({ name, outcome }) => `${name} ${outcome}`),
      ['name ok', 'connect ok', 'host-key ok', 'login ok', 'data ok'],
    )
    const bad = await diagnose(sftpUrl(server), { ...options, hostKey: { knownHosts: join(local, 'none') } })
    assert.equal(bad.usable, false)
    assert.equal(bad.steps.find(({ outcome }) => outcome === 'fail')?.name, 'host-key')
    assert.match(bad.verdict, /hostKey\.fingerprint/)
  })
})

import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import * as S from '../../src/sockettools/index.js'
import { everyFunction, type Place } from '../sockettools/suite.js'
import { account, type LabName, type LabServer, proxyAccount, skipWithout, startLab } from './lab.js'
import { keyOf } from './sftp.js'

const running = new Map<LabName, Promise<LabServer>>()

function start(name: LabName): Promise<LabServer> {
  const known = running.get(name) ?? startLab(name)
  running.set(name, known)
  return known
}

/** ~/.ssh/known_hosts is where the host keys of the page's SFTP connections are looked up. */
let home: string
const homeBefore = process.env['HOME']

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-home-'))
  process.env['HOME'] = home
})

after(async () => {
  for (const server of running.values()) await (await server).stop()
  if (homeBefore === undefined) delete process.env['HOME']
  else process.env['HOME'] = homeBefore
  await rm(home, { recursive: true })
})

async function placeOn(name: LabName, more: Partial<Place> = {}): Promise<Place> {
  const { host, port, user, password, home: served } = await start(name)
  await mkdir(join(served, 'up/st'), { recursive: true })
  await chmod(join(served, 'up/st'), 0o777)
  return { host, port, user, password, dir: '/up/st', ...more }
}

everyFunction('vsftpd', () => placeOn('vsftpd', { without: ['checksum'] }), skipWithout('vsftpd'))
everyFunction('ProFTPD', () => placeOn('proftpd'), skipWithout('proftpd'))
everyFunction('pyftpdlib', () => placeOn('pyftpdlib', { without: ['checksum'] }), skipWithout('pyftpdlib'))

everyFunction(
  'OpenSSH (SFTP)',
  async () => {
    const server = await start('sshd')
    const [type, key] = (await readFile(join(dirname(server.home), 'host_key.pub'), 'utf8')).split(' ')
    await mkdir(join(home, '.ssh'), { mode: 0o700 })
    await writeFile(join(home, '.ssh/known_hosts'), `[${server.host}]:${server.port} ${type} ${key}\n`)
    return await placeOn('sshd', {
      dir: `${server.home}/up/st`,
      options: S.FTP_OPTION_SECURE_SHELL,
      without: ['checksum', 'commands'],
      scheme: 'sftp',
    })
  },
  skipWithout('sshd'),
)

describe('through proxies that are no emulation', () => {
  const programs = [
    ['USER', 'modproxy', S.FTP_PROXY_USER],
    ['USER', 'squid', S.FTP_PROXY_USER],
    ['USER', 'suse', S.FTP_PROXY_USER],
    ['LOGIN', 'modproxy-auth', S.FTP_PROXY_LOGIN],
  ] as const
  for (const [kind, name, type] of programs)
    test(`${kind}: ${name}`, { skip: skipWithout(name) || skipWithout('proftpd') }, async () => {
      const [proxy, server] = [await start(name), await start('proftpd')]
      assert.ok(await S.FtpInitialize(null, null))
      const client = await S.FtpProxyConnect(
        type,
        proxy.host,
        proxy.port,
        proxyAccount.user,
        proxyAccount.password,
        `${server.host}:${server.port}`,
        20,
        S.FTP_OPTION_PASSIVE,
        null,
      )
      assert.notEqual(client, S.INVALID_CLIENT, await whatFailed())
      assert.equal(await S.FtpLogin(client, account.user, account.password, null), 230, await whatFailed())
      assert.equal(await S.FtpPutData(client, '/up/through', Buffer.from(name), name.length), 226, await whatFailed())
      const content: Partial<S.Out<Uint8Array>> = {}
      assert.equal(await S.FtpGetData(client, '/up/through', content, { value: 0 }), 226, await whatFailed())
      assert.equal(Buffer.from(content.value ?? []).toString(), name)
      assert.equal(await S.FtpDisconnect(client), 221)
      await S.FtpUninitialize()
    })

  test('OTHER: the words of mod_proxy, said by hand', {
    skip: skipWithout('modproxy') || skipWithout('proftpd'),
  }, async () => {
    const [proxy, server] = [await start('modproxy'), await start('proftpd')]
    assert.ok(await S.FtpInitialize(null, null))
    const client = await S.FtpProxyConnect(
      S.FTP_PROXY_OTHER,
      proxy.host,
      proxy.port,
      null,
      null,
      server.host,
      20,
      S.FTP_OPTION_PASSIVE,
      null,
    )
    assert.notEqual(client, S.INVALID_CLIENT, await whatFailed())
    assert.equal(await S.FtpCommand(client, 'USER', `${account.user}@${server.host}:${server.port}`), 331)
    assert.equal(await S.FtpCommand(client, 'PASS', account.password), 230)
    assert.equal(await S.FtpPutData(client, '/up/by-hand', Buffer.from('x'), 1), 226, await whatFailed())
    assert.equal(await S.FtpDisconnect(client), 221)
    await S.FtpUninitialize()
  })
})

describe('options that need a real server', () => {
  async function upload(options: number): Promise<number> {
    const server = await start('vsftpd-tls')
    assert.ok(await S.FtpInitialize(null, null))
    const secure = S.FTP_OPTION_SECURE_EXPLICIT | S.FTP_OPTION_TRUSTEDSITE | S.FTP_OPTION_PASSIVE
    const client = await S.FtpConnect(
      server.host,
      server.port,
      account.user,
      account.password,
      20,
      secure | options,
      null,
    )
    assert.notEqual(client, S.INVALID_CLIENT, await whatFailed())
    try {
      return await S.FtpPutData(client, '/up/reuse', Buffer.from('x'), 1)
    } finally {
      await S.FtpUninitialize()
    }
  }

  test('TLS_REUSE: vsftpd wants it, and refuses without', { skip: skipWithout('vsftpd-tls') }, async () => {
    assert.equal(await upload(S.FTP_OPTION_TLS_REUSE), 226)
    assert.equal(await upload(0), S.FTP_ERROR)
    assert.match(await whatFailed(), /session reuse/i)
  })

  test('VIRTUALHOST: ProFTPD hears the name before USER, and knows no such host', {
    skip: skipWithout('proftpd-hosts'),
  }, async () => {
    const server = await start('proftpd-hosts')
    assert.ok(await S.FtpInitialize(null, null))
    await S.FtpEnableTrace(join(home, 'host.log'), S.TRACE_INFO)
    const options = S.FTP_OPTION_PASSIVE | S.FTP_OPTION_VIRTUALHOST
    const client = await S.FtpConnect('localhost', server.port, account.user, account.password, 20, options, null)
    assert.equal(client, S.INVALID_CLIENT)
    assert.equal(await S.FtpGetLastError(), S.ST_ERROR_COMMAND_REFUSED)
    await S.FtpUninitialize()
    const trace = await readFile(join(home, 'host.log'), 'utf8')
    assert.match(trace, /> HOST localhost\n.*< 504 /)
    assert.ok(!trace.includes('> USER'))
  })

  test('a private key instead of a password (SECURE_SHELL)', { skip: skipWithout('sshd') }, async () => {
    const server = await start('sshd')
    assert.ok(await S.FtpInitialize(null, null))
    const made: S.Out<S.SECURITYCREDENTIALS | null> = { value: null }
    const { CREDENTIAL_PROTOCOL_SSH: ssh } = S
    assert.ok(await S.FtpCreateSecurityCredentials(ssh, 0, 0, server.user, null, keyOf(server), null, null, made))
    const { FTP_OPTION_SECURE_SHELL: shell } = S
    const client = await S.FtpConnect(server.host, server.port, null, null, 20, shell, made.value)
    assert.notEqual(client, S.INVALID_CLIENT, await whatFailed())
    const info: Partial<S.SECURITYINFO> = {}
    assert.ok(await S.FtpGetSecurityInformation(client, info))
    assert.equal(info.dwProtocol, S.SECURITY_PROTOCOL_SSH2)
    assert.match(info.lpszFingerprint ?? '', /^SHA256:/)
    assert.equal(await S.FtpLogout(client), S.FTP_ERROR)
    assert.equal(await S.FtpGetLastError(), S.ST_ERROR_NOT_SUPPORTED)
    await S.FtpUninitialize()
    await rm(join(home, '.ssh/known_hosts'))
    assert.ok(await S.FtpInitialize(null, null))
    const trusted = shell | S.FTP_OPTION_TRUSTEDSITE
    assert.equal(await S.FtpConnect(server.host, server.port, null, null, 20, trusted, made.value), S.INVALID_CLIENT)
    assert.equal(await S.FtpGetLastError(), S.ST_ERROR_HOST_KEY, 'TRUSTEDSITE is about TLS only')
    await S.FtpUninitialize()
  })
})

async function whatFailed(): Promise<string> {
  const text = { value: '' }
  await S.FtpGetErrorString(await S.FtpGetLastError(), text, 2000)
  return text.value
}

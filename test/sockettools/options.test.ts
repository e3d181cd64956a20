import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { describe, mock } from 'node:test'
import { promisify } from 'node:util'
import * as S from '../../src/sockettools/index.js'
import type { TestServer } from '../../src/testing/index.js'
import { ca, fixture, good, pair } from '../tls/fixtures.js'
import { contentOf, sample, verbs } from '../wire/scene.js'
import { answers, failsWith, onGround, PASSWORD, whatFailed } from './ground.js'

const execute = promisify(execFile)
const FILES = { '/a.bin': sample(5000), '/a.txt': 'one\n', '/up/': '' }

async function get(client: number, name = '/a.bin'): Promise<number> {
  return await S.FtpGetData(client, name, {}, { value: 0 })
}

function open(server: TestServer, options: number, host = '127.0.0.1', seconds = 10): Promise<number> {
  return S.FtpConnect(host, server.port, 'demo', PASSWORD, seconds, options, null)
}

describe('how data connections are made', () => {
  onGround('without PASSIVE the server opens them, with it the client', async ({ server, connect }) => {
    const there = await server({ files: FILES })
    await answers(get(await connect(there, S.FTP_OPTION_DEFAULT)), 226)
    assert.deepEqual(modesOf(there), ['PORT'])
    await answers(get(await connect(there, S.FTP_OPTION_PASSIVE)), 226)
    assert.deepEqual(modesOf(there), ['PORT', 'EPSV'])
  })

  onGround(
    'PASSIVE dials the address that the reply names; FIREWALL the host, and is passive itself',
    async (ground) => {
      const there = await ground.server({ files: FILES, without: ['EPSV'], pasvAddress: '127.0.0.2' })
      await failsWith(get(await ground.connect(there, S.FTP_OPTION_PASSIVE)), S.ST_ERROR_DATA_CONNECTION)
      assert.match(await whatFailed(), /127\.0\.0\.2/)
      await answers(get(await ground.connect(there, S.FTP_OPTION_FIREWALL)), 226)
      await answers(get(await ground.connect(there, S.FTP_OPTION_TUNNEL)), 226)
      assert.ok(!modesOf(there).includes('PORT'))
    },
  )

  onGround('a reply that names a link-local address leads to the host all the same', async ({ server, connect }) => {
    const there = await server({ files: FILES, without: ['EPSV'], pasvAddress: '169.254.169.254' })
    await answers(get(await connect(there, S.FTP_OPTION_PASSIVE)), 226)
  })

  onGround('TUNNEL stays passive', async ({ server, connect }) => {
    const client = await connect(await server({ files: FILES }), S.FTP_OPTION_TUNNEL)
    await failsWith(S.FtpSetPassiveMode(client, false), S.ST_ERROR_INVALID_PARAMETER)
    await answers(get(client), 226)
  })
})

function modesOf(server: TestServer): string[] {
  return verbs(server).filter((verb) => ['PORT', 'EPRT', 'PASV', 'EPSV'].includes(verb))
}

describe('logging in', () => {
  onGround('NOAUTH sends no USER, and counts as logged in; FtpLogin still works', async ({ server }) => {
    const there = await server({ files: FILES })
    const client = await open(there, S.FTP_OPTION_NOAUTH | S.FTP_OPTION_PASSIVE)
    assert.notEqual(client, S.INVALID_CLIENT)
    assert.deepEqual(there.commands, [])
    await failsWith(get(client), S.ST_ERROR_LOGIN_REFUSED)
    await answers(S.FtpGetResultCode(client), 530)
    await answers(S.FtpLogin(client, 'demo', PASSWORD, null), 230)
    await answers(get(client), 226)
  })

  onGround('VIRTUALHOST says HOST before USER; a server that does not know it is no error', async (ground) => {
    const there = await ground.server({ files: FILES })
    await ground.connect(there, S.FTP_OPTION_VIRTUALHOST, { host: 'localhost' })
    assert.deepEqual(verbs(there).slice(0, 3), ['HOST', 'USER', 'PASS'])
    assert.equal(there.commands[0], 'HOST localhost')
    const old = await ground.server({ files: FILES, without: ['HOST'] })
    const client = await ground.connect(old, S.FTP_OPTION_VIRTUALHOST, { host: 'localhost' })
    assert.equal(Boolean((await S.FtpGetFeatures(client)) & S.FTP_FEATURE_HOST), false)
  })
})

describe('VERIFY', () => {
  for (const [without, method] of [
    [[], 'XMD5'],
    [['XMD5', 'HASH'], 'XCRC'],
    [['XMD5', 'HASH', 'XCRC', 'MLST'], 'SIZE'],
  ] as const)
    onGround(`asks for ${method} when the server knows no better`, async ({ server, connect, at }) => {
      const there = await server({ files: FILES, without })
      const client = await connect(there, S.FTP_OPTION_PASSIVE | S.FTP_OPTION_VERIFY)
      await answers(S.FtpGetFile(client, at('a.bin'), '/a.bin', 0, 0), 226)
      assert.ok(afterTransfer(there).includes(method), there.commands.join('\n'))
      const said = there.commands.length
      await answers(S.FtpPutFile(client, at('a.bin'), '/up/b.bin', 0, 0), 226)
      assert.ok(verbs(there, said).slice(verbs(there, said).indexOf('STOR')).includes(method))
      for (const better of ['XMD5', 'XCRC'].slice(0, ['XMD5', 'XCRC', 'SIZE'].indexOf(method)))
        assert.ok(verbs(there).filter((verb) => verb === better).length <= 1, `${better} is asked for once`)
    })

  onGround('never a text', async ({ server, connect, at }) => {
    const there = await server({ files: FILES })
    const client = await connect(there, S.FTP_OPTION_PASSIVE | S.FTP_OPTION_VERIFY)
    await answers(S.FtpSetFileType(client, S.FTP_FILETYPE_ASCII), 0)
    await answers(S.FtpGetFile(client, at('a.txt'), '/a.txt', 0, 0), 226)
    assert.deepEqual(afterTransfer(there), [])
  })

  onGround('a copy that differs fails, and is left nowhere', async ({ server, connect, at }) => {
    const there = await server({ files: FILES })
    const client = await connect(there, S.FTP_OPTION_PASSIVE | S.FTP_OPTION_VERIFY)
    there.addFault({ on: ['RETR', 'STOR'], times: 2, do: { flipByteAt: 7 } })
    await failsWith(S.FtpGetFile(client, at('a.bin'), '/a.bin', 0, 0), S.ST_ERROR_VERIFICATION_FAILED)
    await assert.rejects(readFile(at('a.bin')), { code: 'ENOENT' })
    await writeFile(at('up.bin'), sample(3000))
    await failsWith(S.FtpPutFile(client, at('up.bin'), '/up/c.bin', 0, 0), S.ST_ERROR_VERIFICATION_FAILED)
    assert.equal(await contentOf(there, '/up/c.bin'), undefined)
    await answers(S.FtpPutFile(client, at('up.bin'), '/up/c.bin', 0, 0), 226)
  })

  onGround('after a restart the whole file', async ({ server, connect, at }) => {
    const there = await server({ files: FILES })
    const client = await connect(there, S.FTP_OPTION_PASSIVE | S.FTP_OPTION_VERIFY)
    await writeFile(at('a.bin'), sample(5000).fill(0, 0, 1000))
    await failsWith(S.FtpGetFile(client, at('a.bin'), '/a.bin', 0, 1000), S.ST_ERROR_VERIFICATION_FAILED)
    await writeFile(at('a.bin'), sample(5000).subarray(0, 1000))
    await answers(S.FtpGetFile(client, at('a.bin'), '/a.bin', 0, 1000), 226)
    assert.equal(afterTransfer(there).filter((verb) => verb === 'XMD5').length, 2)
  })
})

function afterTransfer(server: TestServer): string[] {
  return verbs(server).slice(verbs(server).indexOf('RETR') + 1)
}

describe('TLS', () => {
  const SECURE = S.FTP_OPTION_SECURE_EXPLICIT | S.FTP_OPTION_PASSIVE
  const TRUSTED = SECURE | S.FTP_OPTION_TRUSTEDSITE

  onGround('TRUSTEDSITE: any certificate will do, and it says that it is not trusted', async ({ server, connect }) => {
    const there = await server({ files: FILES, tls: good })
    assert.equal(await open(there, SECURE), S.INVALID_CLIENT)
    assert.equal(await S.FtpGetLastError(), S.ST_ERROR_SECURITY_FAILED)
    assert.ok(!verbs(there).includes('USER'))
    const client = await connect(there, TRUSTED)
    const info: Partial<S.SECURITYINFO> = {}
    assert.ok(await S.FtpGetSecurityInformation(client, info))
    assert.equal(info.dwCertStatus, S.SECURITY_CERTIFICATE_UNTRUSTED)
    assert.equal(info.dwProtocol, S.SECURITY_PROTOCOL_TLS13)
    assert.match(info.lpszFingerprint ?? '', /^[0-9a-f]{64}$/)
    assert.ok(info.stCertExpires && info.stCertExpires.wYear > 2025)
    await answers(get(client), 226)
  })

  onGround('a certificate of an issuer that NODE_EXTRA_CA_CERTS adds is trusted', async ({ server, at }) => {
    const there = await server({ files: FILES, tls: good })
    await writeFile(at('ca.pem'), ca)
    const script = `
      import * as S from ${JSON.stringify(new URL('../../src/sockettools/index.js', import.meta.url).href)}
      await S.FtpInitialize(null, null)
      const client = await S.FtpConnect('127.0.0.1', ${there.port}, 'demo', '${PASSWORD}', 10, ${SECURE}, null)
      const info = {}
      await S.FtpGetSecurityInformation(client, info)
      console.log(info.dwCertStatus)
      await S.FtpUninitialize()`
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: at('ca.pem') }
    const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', script], { env })
    assert.equal(stdout.trim(), String(S.SECURITY_CERTIFICATE_VALID))
  })

  onGround('SECURE is TLS at once, the same as SECURE_IMPLICIT', async ({ server, connect }) => {
    const there = await server({ files: FILES, tls: { ...good, implicit: true } })
    const options = S.FTP_OPTION_SECURE | S.FTP_OPTION_TRUSTEDSITE | S.FTP_OPTION_PASSIVE
    const client = await connect(there, options)
    assert.deepEqual(verbs(there).slice(0, 2), ['USER', 'PASS'])
    await answers(get(client), 226)
    assert.ok(verbs(there).includes('PROT'))
    const plain = await server({ files: FILES })
    assert.equal(await open(plain, options), S.INVALID_CLIENT)
    assert.equal(await S.FtpGetLastError(), S.ST_ERROR_WRONG_PROTOCOL)
    assert.match(await whatFailed(), /ftpes:/)
  })

  onGround('SECURE_EXPLICIT: AUTH TLS, then AUTH SSL, then nothing at all', async ({ server, connect }) => {
    const there = await server({ files: FILES, tls: good })
    there.addFault({ on: 'AUTH', times: 1, do: { reply: '504 Not that one.' } })
    const client = await connect(there, TRUSTED)
    assert.deepEqual(there.commands.slice(0, 2), ['AUTH TLS', 'AUTH SSL'])
    await answers(S.FtpGetChannelMode(client, S.FTP_CHANNEL_DATA), S.FTP_CHANNEL_SECURE)
    const said = there.commands.length
    there.addFault({ on: 'AUTH', do: { reply: '504 None.' } })
    assert.equal(await open(there, TRUSTED), S.INVALID_CLIENT)
    assert.deepEqual(there.commands.slice(said), ['AUTH TLS', 'AUTH SSL', 'QUIT'])
  })

  onGround('FtpSetChannelMode: PROT C and back, CCC one way', async ({ server, connect }) => {
    const there = await server({ files: FILES, tls: good })
    const client = await connect(there, TRUSTED)
    const { FTP_CHANNEL_DATA: data, FTP_CHANNEL_COMMAND: command } = S
    await answers(S.FtpSetChannelMode(client, data, S.FTP_CHANNEL_CLEAR), 0)
    await answers(S.FtpGetChannelMode(client, data), S.FTP_CHANNEL_CLEAR)
    await answers(get(client), 226)
    await answers(S.FtpSetChannelMode(client, data, S.FTP_CHANNEL_SECURE), 0)
    await answers(S.FtpSetChannelMode(client, command, S.FTP_CHANNEL_CLEAR), 0)
    await answers(S.FtpGetChannelMode(client, command), S.FTP_CHANNEL_CLEAR)
    await answers(get(client), 226)
    await failsWith(S.FtpSetChannelMode(client, command, S.FTP_CHANNEL_SECURE), S.ST_ERROR_INVALID_PARAMETER)
    there.addFault({ on: 'PROT', do: { reply: '534 No.' } })
    assert.equal(await S.FtpSetChannelMode(client, data, S.FTP_CHANNEL_CLEAR), S.FTP_ERROR)
    await answers(S.FtpGetChannelMode(client, data), S.FTP_CHANNEL_SECURE)
  })

  onGround('SECURE_FALLBACK lets TLS 1.0 in, and nothing else does', async ({ server, connect }) => {
    const old = { ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    const there = await server({ files: FILES, tls: old })
    assert.equal(await open(there, TRUSTED), S.INVALID_CLIENT)
    assert.equal(await S.FtpGetLastError(), S.ST_ERROR_SECURITY_FAILED)
    const client = await connect(there, TRUSTED | S.FTP_OPTION_SECURE_FALLBACK)
    const info: Partial<S.SECURITYINFO> = {}
    await S.FtpGetSecurityInformation(client, info)
    assert.equal(info.dwProtocol, S.SECURITY_PROTOCOL_TLS10)
    await answers(get(client), 226)
  })

  onGround('TLS_REUSE: only with it are sessions resumed', async ({ server, connect }) => {
    const there = await server({ files: FILES, tls: { ...good, requireReuse: true } })
    const without = await connect(there, TRUSTED)
    assert.equal(await get(without), S.FTP_ERROR)
    await answers(get(await connect(there, TRUSTED | S.FTP_OPTION_TLS_REUSE)), 226)
  })

  onGround('a client certificate from a PEM file, picked by its name, or from a PFX file', async ({ server, at }) => {
    const there = await server({ files: FILES, tls: { ...good, clientCa: ca } })
    await writeFile(at('many.pem'), Buffer.concat([pair('other').cert, fixture('client.pem')]))
    await writeFile(
      at('locked.pem'),
      Buffer.concat([fixture('client-certificate.pem'), fixture('client-key-locked.pem')]),
    )
    await writeFile(at('store.pfx'), fixture('client.pfx'))
    const login = async (store: string | null, name: string | null, password: string | null): Promise<number> => {
      const made: S.Out<S.SECURITYCREDENTIALS | null> = { value: null }
      const { CREDENTIAL_PROTOCOL_TLS: protocol } = S
      assert.ok(await S.FtpCreateSecurityCredentials(protocol, 0, 0, null, password, store, name, null, made))
      return await S.FtpConnect('127.0.0.1', there.port, 'demo', null, 10, TRUSTED, made.value)
    }
    for (const [store, name, password] of [
      ['many.pem', 'demo', null],
      ['locked.pem', null, 'sesame'],
      ['store.pfx', null, 'sesame'],
    ] as const) {
      const client = await login(at(store), name, password)
      assert.notEqual(client, S.INVALID_CLIENT, `${store}: ${await whatFailed()}`)
      await answers(S.FtpGetResultCode(client), 232)
    }
    assert.equal(await login(at('many.pem'), 'nobody', null), S.INVALID_CLIENT)
    assert.equal(await S.FtpGetLastError(), S.ST_ERROR_INVALID_PARAMETER)
    assert.match(await whatFailed(), /'nobody'/)
    assert.equal(await login(at('absent.pem'), null, null), S.INVALID_CLIENT)
    assert.equal(await S.FtpGetLastError(), S.ST_ERROR_LOCAL_FILE)
    assert.equal(await login(null, null, null), S.INVALID_CLIENT, 'the server wants a certificate')
  })
})

describe('time', () => {
  onGround('HIRES_TIMER: milliseconds instead of seconds', async ({ server, connect }) => {
    const there = await server({ files: { ...FILES, '/empty': '' } })
    for (const options of [0, S.FTP_OPTION_HIRES_TIMER]) {
      const client = await connect(there, S.FTP_OPTION_PASSIVE | options)
      there.addFault({ on: 'RETR', times: 1, do: { delayMs: 1100 } })
      await answers(get(client), 226)
      const status: Partial<S.FTPTRANSFERSTATUS> = {}
      assert.ok(await S.FtpGetTransferStatus(client, status))
      const elapsed = status.dwTimeElapsed ?? -1
      if (options === 0) assert.ok(elapsed >= 1 && elapsed < 60, String(elapsed))
      else assert.ok(elapsed >= 1100 && elapsed < 60_000, String(elapsed))
      await answers(get(client, '/empty'), 226)
      assert.ok(await S.FtpGetTransferStatus(client, status))
      assert.deepEqual([status.dwBytesTotal, status.dwBytesCopied, status.dwTimeEstimated], [0, 0, 0])
    }
  })

  onGround('KEEPALIVE says NOOP when nothing was said for a while; refused once, never again', async (ground) => {
    const there = await ground.server({ files: FILES })
    const quiet = await ground.connect(there)
    mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
    try {
      await ground.connect(there, S.FTP_OPTION_PASSIVE | S.FTP_OPTION_KEEPALIVE, { seconds: 100 })
      const said = there.commands.length
      mock.timers.tick(31_000)
      await soon(() => there.commands.length > said)
      assert.deepEqual(there.commands.slice(said), ['NOOP'])
      there.addFault({ on: 'NOOP', do: { reply: '502 No.' } })
      await turns()
      mock.timers.tick(31_000)
      await soon(() => there.commands.length > said + 1)
      await turns()
      mock.timers.tick(31_000)
      await turns()
      assert.deepEqual(there.commands.slice(said), ['NOOP', 'NOOP'])
    } finally {
      mock.timers.reset()
    }
    await answers(S.FtpCommand(quiet, 'SYST', null), 215)
  })

  onGround('KEEPALIVE_DATA says it during a transfer too, and implies KEEPALIVE', async (ground) => {
    const there = await ground.server({ files: FILES })
    mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
    try {
      const options = S.FTP_OPTION_PASSIVE | S.FTP_OPTION_KEEPALIVE_DATA
      const client = await ground.connect(there, options, { seconds: 1000 })
      await answers(S.FtpOpenFile(client, '/up/slow', S.FTP_FILE_WRITE, 0), 150)
      const said = there.commands.length
      mock.timers.tick(31_000)
      await soon(() => there.commands.length > said)
      assert.deepEqual(there.commands.slice(said), ['NOOP'])
      await answers(S.FtpWrite(client, Buffer.from('x'), 1), 1)
      await answers(S.FtpCloseFile(client), 226)
    } finally {
      mock.timers.reset()
    }
  })
})

/** Turns of the event loop, without timers. */
async function turns(count = 50): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

async function soon(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2000 && !holds(); turn++) await turns(1)
  assert.ok(holds())
}

describe('sets of options', () => {
  onGround('unknown bits and contradictions are refused before anything is dialled', async ({ server }) => {
    const there = await server({ files: FILES })
    for (const options of [
      0x100,
      0x4000_0000,
      2 ** 31,
      2 ** 40,
      -1,
      1.5,
      S.FTP_OPTION_SECURE_IMPLICIT | S.FTP_OPTION_SECURE_EXPLICIT,
      S.FTP_OPTION_SECURE | S.FTP_OPTION_SECURE_SHELL,
      S.FTP_OPTION_SECURE_EXPLICIT | S.FTP_OPTION_SECURE_SHELL,
    ]) {
      assert.equal(await open(there, options), S.INVALID_CLIENT, String(options))
      assert.equal(await S.FtpGetLastError(), S.ST_ERROR_INVALID_PARAMETER)
    }
    assert.equal(there.sessions, 0)
  })

  onGround('a feature is switched off at the first "unrecognised command", for the session', async (ground) => {
    const there = await ground.server({ files: FILES, without: ['FEAT', 'MLST'] })
    there.addFault({ on: 'SIZE', do: { reply: '500 Unrecognised command.' } })
    const client = await ground.connect(there)
    assert.ok((await S.FtpGetFeatures(client)) & S.FTP_FEATURE_SIZE)
    for (let time = 0; time < 3; time++) await S.FtpGetFileSize(client, '/a.bin', {})
    assert.equal((await S.FtpGetFeatures(client)) & S.FTP_FEATURE_SIZE, 0)
    assert.ok((await S.FtpGetFeatures(client)) & S.FTP_FEATURE_XMD5)
    assert.equal(verbs(there).filter((verb) => verb === 'SIZE').length, 1)
  })

  onGround('an IPv6 host, with and without its port', async ({ server }) => {
    const there = await server({ host: '::1', files: FILES })
    const client = await S.FtpConnect('::1', there.port, 'demo', PASSWORD, 10, S.FTP_OPTION_PASSIVE, null)
    assert.notEqual(client, S.INVALID_CLIENT, await whatFailed())
    await answers(get(client), 226)
    const named = await S.FtpProxyConnect(0, null, 0, null, null, `[::1]:${there.port}`, 10, 0, null)
    await answers(S.FtpLogin(named, 'demo', PASSWORD, null), 230)
    await answers(get(named), 226)
    assert.ok(modesOf(there).includes('EPRT'))
  })
})

onGround('VERIFY reaches FtpGetData, and an open file at its close', async ({ server, connect }) => {
  const content = Buffer.alloc(50_000, 'x')
  const files = await server({ files: { '/f': content } })
  for (const on of ['RETR', 'STOR']) files.addFault({ on, do: { flipByteAt: 31_000 } })
  const client = await connect(files, S.FTP_OPTION_PASSIVE | S.FTP_OPTION_VERIFY)
  await failsWith(S.FtpGetData(client, '/f', {}, { value: 0 }), S.ST_ERROR_VERIFICATION_FAILED)
  assert.notEqual(await S.FtpOpenFile(client, '/f', S.FTP_FILE_READ), S.FTP_ERROR)
  assert.equal(await S.FtpRead(client, {}, content.length), content.length)
  assert.equal(await S.FtpRead(client, {}, 100), 0)
  await failsWith(S.FtpCloseFile(client), S.ST_ERROR_VERIFICATION_FAILED)
  assert.notEqual(await S.FtpOpenFile(client, '/g', S.FTP_FILE_WRITE), S.FTP_ERROR)
  assert.equal(await S.FtpWrite(client, content, content.length), content.length)
  await failsWith(S.FtpCloseFile(client), S.ST_ERROR_VERIFICATION_FAILED)
  files.clearFaults()
  await answers(S.FtpGetData(client, '/f', {}, { value: 0 }), 226)
})

import assert from 'node:assert/strict'
import { describe } from 'node:test'
import * as S from '../../src/sockettools/index.js'
import type { TestProxy, TestServer } from '../../src/testing/index.js'
import { freePorts } from '../ports.js'
import { good } from '../tls/fixtures.js'
import { answers, failsWith, onGround, PASSWORD, whatFailed } from './ground.js'

const FILES = { '/a.txt': 'hello', '/up/': '' }

interface Through {
  readonly proxy: TestProxy
  readonly server: TestServer
  readonly user?: string | null
  readonly password?: string | null
  readonly options?: number
}

function through(type: number, { proxy, server, user = 'jim', password = 'gate-word', options = 1 }: Through) {
  const host = `${server.host}:${server.port}`
  return S.FtpProxyConnect(type, proxy.host, proxy.port, user, password, host, 10, options, null)
}

async function usable(client: number): Promise<void> {
  assert.notEqual(client, S.INVALID_CLIENT, await whatFailed())
  await failsWith(S.FtpGetFileSize(client, '/a.txt', {}), S.ST_ERROR_NOT_AUTHENTICATED)
  await answers(S.FtpLogin(client, 'demo', PASSWORD, null), 230)
  const content: Partial<S.Out<Uint8Array>> = {}
  await answers(S.FtpGetData(client, '/a.txt', content, { value: 0 }), 226)
  assert.equal(Buffer.from(content.value ?? []).toString(), 'hello')
  await answers(S.FtpPutData(client, '/up/b', Buffer.from('b'), 1), 226)
  await answers(S.FtpDisconnect(client), 221)
}

describe('the proxy types', () => {
  for (const [name, type, dialect, words] of [
    ['USER', S.FTP_PROXY_USER, 'user', ['USER demo@HOST', 'PASS ****']],
    ['LOGIN', S.FTP_PROXY_LOGIN, 'login', ['USER jim', 'PASS ****', 'USER demo@HOST', 'PASS ****']],
    ['OPEN', S.FTP_PROXY_OPEN, 'open', ['OPEN HOST', 'USER demo', 'PASS ****']],
    ['SITE', S.FTP_PROXY_SITE, 'site', ['USER jim', 'PASS ****', 'SITE HOST', 'USER demo', 'PASS ****']],
  ] as const)
    onGround(`${name} says ${words.join(', ')}`, async (ground) => {
      const server = await ground.server({ files: FILES })
      const proxy = await ground.proxy({ dialect, user: 'jim', password: 'gate-word' })
      await usable(await through(type, { proxy, server }))
      const said = proxy.commands.map((line) => line.replace(`${server.host}:${server.port}`, 'HOST'))
      assert.deepEqual(said.slice(0, words.length), words)
      assert.deepEqual(proxy.dialled, [`${server.host}:${server.port}`])
    })

  onGround('OTHER says nothing; the program does, and FtpLogin goes on from there', async (ground) => {
    const server = await ground.server({ files: FILES })
    const proxy = await ground.proxy({ dialect: 'open' })
    const client = await through(S.FTP_PROXY_OTHER, { proxy, server, user: null, password: null })
    assert.deepEqual(proxy.commands, [])
    assert.equal(Math.floor((await S.FtpCommand(client, 'OPEN', `${server.host}:${server.port}`)) / 100), 2)
    await usable(client)
  })

  onGround('OTHER: what was said by hand is not said again, so a lost connection stays lost', async (ground) => {
    const server = await ground.server({ files: FILES })
    const proxy = await ground.proxy({ dialect: 'open' })
    const client = await through(S.FTP_PROXY_OTHER, { proxy, server })
    await S.FtpCommand(client, 'OPEN', `${server.host}:${server.port}`)
    await answers(S.FtpLogin(client, 'demo', PASSWORD, null), 230)
    proxy.addFault({ on: 'NOOP', do: { close: true } })
    assert.equal(await S.FtpCommand(client, 'NOOP', null), S.FTP_ERROR)
    assert.equal(await S.FtpIsConnected(client), false)
    await failsWith(S.FtpGetFileSize(client, '/a.txt', {}), S.ST_ERROR_NOT_CONNECTED)
  })

  onGround('NONE ignores what is said of a proxy', async ({ server }) => {
    const there = await server({ files: FILES })
    const nonsense = [{}, -5, 12, []] as never[]
    const [host, port, user, password] = nonsense as unknown as [string, number, string, string]
    const where = `${there.host}:${there.port}`
    await usable(await S.FtpProxyConnect(S.FTP_PROXY_NONE, host, port, user, password, where, 10, 1, null))
  })

  onGround('the environment names no proxy for these functions', async ({ server }) => {
    const there = await server({ files: FILES })
    process.env['ftp_proxy'] = 'ftp://127.0.0.1:9'
    try {
      const where = `${there.host}:${there.port}`
      await usable(await S.FtpProxyConnect(S.FTP_PROXY_NONE, null, 0, null, null, where, 10, 1, null))
    } finally {
      delete process.env['ftp_proxy']
    }
  })
})

describe('refusals on the way', () => {
  onGround('the proxy’s and the server’s have numbers of their own', async (ground) => {
    const server = await ground.server({ files: FILES })
    const proxy = await ground.proxy({ dialect: 'login', user: 'jim', password: 'gate-word' })
    assert.equal(await through(S.FTP_PROXY_LOGIN, { proxy, server, password: 'wrong' }), S.INVALID_CLIENT)
    assert.equal(await S.FtpGetLastError(), S.ST_ERROR_PROXY_REFUSED)
    assert.ok(!(await whatFailed()).includes('wrong'))
    const client = await through(S.FTP_PROXY_LOGIN, { proxy, server })
    await failsWith(S.FtpLogin(client, 'demo', 'not this', null), S.ST_ERROR_LOGIN_REFUSED)
    await answers(S.FtpGetResultCode(client), 530)
  })

  onGround('a proxy that is not there; a port out of range; a proxy without a name', async (ground) => {
    const server = await ground.server({ files: FILES })
    const proxy = await ground.proxy({ dialect: 'user' })
    await proxy.close()
    assert.equal(await through(S.FTP_PROXY_USER, { proxy, server }), S.INVALID_CLIENT)
    assert.equal(await S.FtpGetLastError(), S.ST_ERROR_HOST_UNREACHABLE)
    for (const [host, port] of [
      ['gate', 70_000],
      ['gate', -1],
      ['', 0],
      [null, 0],
    ] as const) {
      assert.equal(await S.FtpProxyConnect(1, host, port, null, null, 'ftp.example', 10, 0, null), S.INVALID_CLIENT)
      assert.equal(await S.FtpGetLastError(), S.ST_ERROR_INVALID_PARAMETER)
    }
  })

  onGround('NOAUTH: the session counts as logged in, the proxy is passed all the same', async (ground) => {
    const server = await ground.server({ files: FILES })
    const proxy = await ground.proxy({ dialect: 'site', user: 'jim', password: 'gate-word' })
    const client = await through(S.FTP_PROXY_SITE, {
      proxy,
      server,
      options: S.FTP_OPTION_NOAUTH | S.FTP_OPTION_PASSIVE,
    })
    assert.notEqual(client, S.INVALID_CLIENT, await whatFailed())
    assert.equal(proxy.commands.length, 3)
    await failsWith(S.FtpGetFileSize(client, '/a.txt', {}), S.ST_ERROR_LOGIN_REFUSED)
  })

  onGround('SECURE_EXPLICIT through OPEN is TLS with the server', async (ground) => {
    const first = await freePorts(20)
    const passivePorts = [first, first + 19] as const
    const server = await ground.server({ files: FILES, tls: good, passivePorts })
    const proxy = await ground.proxy({ dialect: 'open', dataPorts: passivePorts, host: '127.0.0.3' })
    const options = S.FTP_OPTION_SECURE_EXPLICIT | S.FTP_OPTION_TRUSTEDSITE | S.FTP_OPTION_FIREWALL
    const client = await through(S.FTP_PROXY_OPEN, { proxy, server, options })
    assert.notEqual(client, S.INVALID_CLIENT, await whatFailed())
    await answers(S.FtpGetChannelMode(client, S.FTP_CHANNEL_COMMAND), S.FTP_CHANNEL_SECURE)
    assert.ok(server.commands.includes('AUTH TLS'))
    await answers(S.FtpLogin(client, 'demo', PASSWORD, null), 230)
    assert.ok(!proxy.commands.some((line) => line.startsWith('USER')))
  })
})

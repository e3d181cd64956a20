import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { httpConnect } from '../../../src/transport/http/http-connect.js'
import { directRoute, type Route } from '../../../src/transport/route.js'
import { socks } from '../../../src/transport/socks/socks.js'
import { type LabName, type LabServer, proxyAccount, skipWithout, startLab } from '../../lab/lab.js'
import { retrievePassively, withLogin, withRoute } from './ftp-dialogue.js'
import { failureOf } from './scripted.js'

const direct = directRoute()

const HELLO = 'hello, world\n'
const wrong = { user: proxyAccount.user, password: 'wrong' }

/** Squid: the HTTP port with or without a login; tinyproxy: the only one. */
const through =
  (login: { user?: string; password?: string } = {}, port: 'httpPort' | 'httpLoginPort' = 'httpPort') =>
  (proxy: LabServer): Route =>
    httpConnect({
      proxy: { host: proxy.host, port: proxy[port] ?? proxy.port },
      secure: false,
      through: direct,
      ...login,
    })

describe('FTP through real HTTP proxies', () => {
  const cells: [name: LabName, what: string, routeOf: (proxy: LabServer) => Route][] = [
    ['squid', 'open', through()],
    ['squid', 'Basic', through(proxyAccount, 'httpLoginPort')],
    ['tinyproxy', 'open', through()],
    ['tinyproxy', 'open, credentials that it does not want', through(proxyAccount)],
    ['tinyproxy-login', 'Basic', through(proxyAccount)],
  ]
  for (const [name, what, routeOf] of cells) {
    test(`${name}, ${what}`, { skip: skipWithout('vsftpd', name) }, () =>
      withLogin(name, routeOf, async (dialogue, route) => {
        assert.equal(await retrievePassively(dialogue, route), HELLO)
        assert.equal(await retrievePassively(dialogue, route), HELLO)
      }),
    )
  }

  const refusals: [name: LabName, what: string, routeOf: (proxy: LabServer) => Route, message: RegExp][] = [
    ['squid', 'no credentials', through({}, 'httpLoginPort'), /requires a user name and a password/],
    ['squid', 'wrong credentials', through(wrong, 'httpLoginPort'), /refused the user name or the password: 407/],
    ['squid', 'nothing listens at the server', through(), /127\.0\.0\.1:9: 503/],
    ['tinyproxy-login', 'no credentials', through(), /requires a user name and a password/],
    ['tinyproxy-login', 'wrong credentials', through(wrong), /refused the user name or the password: 401/],
    ['tinyproxy', 'nothing listens at the server', through(), /127\.0\.0\.1:9: 5\d\d/],
  ]
  for (const [name, what, routeOf, message] of refusals) {
    test(`${name}: ${what}`, { skip: skipWithout(name) }, async () => {
      await using gate = await startLab(name)
      const error = await failureOf(routeOf(gate).dial({ host: '127.0.0.1', port: 9 }))
      assert.equal(error.code, 'proxy-refused')
      assert.match(error.message, message)
    })
  }

  test('tinyproxy with ConnectPort: the hint says what to ask for', { skip: skipWithout('tinyproxy') }, async () => {
    await using gate = await startLab('tinyproxy', { extra: 'ConnectPort 443' })
    const error = await failureOf(through()(gate).dial({ host: '127.0.0.1', port: 21 }))
    assert.match(error.message, /127\.0\.0\.1:21: 403/)
    assert.match(error.hint ?? '', /only to some hosts or ports/)
  })

  test('squid, Digest before Basic', { skip: skipWithout('vsftpd', 'squid') }, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sallyport-digest-'))
    try {
      const { user, password } = proxyAccount
      const secret = createHash('md5').update(`${user}:digest realm:${password}`).digest('hex')
      await writeFile(join(dir, 'users'), `${user}:digest realm:${secret}\n`)
      await chmod(dir, 0o755)
      const program = `auth_param digest program /usr/lib/squid/digest_file_auth -c ${join(dir, 'users')}`
      await using server = await startLab('vsftpd')
      await using squid = await startLab('squid', { extra: `${program}\nauth_param digest realm digest realm` })
      const route = through(proxyAccount, 'httpLoginPort')(squid)
      await withRoute(server, route, async (dialogue) => {
        assert.equal(await retrievePassively(dialogue, route), HELLO)
        assert.equal(await retrievePassively(dialogue, route), HELLO)
      })
      const error = await failureOf(through(wrong, 'httpLoginPort')(squid).dial({ host: '127.0.0.1', port: 9 }))
      assert.match(error.message, /refused the user name or the password: 407/)
    } finally {
      await rm(dir, { recursive: true })
    }
  })

  test('SOCKS through CONNECT and CONNECT through SOCKS', {
    skip: skipWithout('vsftpd', 'dante', 'squid'),
  }, async () => {
    await using server = await startLab('vsftpd')
    await using dante = await startLab('dante')
    await using squid = await startLab('squid')
    const http = { host: squid.host, port: squid.httpLoginPort ?? 0 }
    const chains = [
      socks({ version: '5h', proxy: dante, through: through(proxyAccount, 'httpLoginPort')(squid) }),
      httpConnect({
        proxy: http,
        secure: false,
        ...proxyAccount,
        through: socks({ version: '5', proxy: dante, through: direct }),
      }),
    ]
    for (const route of chains) {
      await withRoute(server, route, async (dialogue) => {
        assert.equal(await retrievePassively(dialogue, route), HELLO, route.describe)
      })
    }
  })
})

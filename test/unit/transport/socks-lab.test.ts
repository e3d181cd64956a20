import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { directRoute, type Route } from '../../../src/transport/route.js'
import { type SocksOptions, socks } from '../../../src/transport/socks/socks.js'
import { type LabName, type LabServer, skipWithout, startLab } from '../../lab/lab.js'
import { retrieveActively, retrievePassively, withLogin, withRoute } from './ftp-dialogue.js'
import { failureOf } from './scripted.js'

const direct = directRoute()

const HELLO = 'hello, world\n'

const through =
  (version: SocksOptions['version'], login: { user?: string; password?: string } = {}) =>
  (proxy: LabServer): Route =>
    socks({ version, proxy, through: direct, ...login })

/** The same with the proxy's own account. */
const loggedIn =
  (version: SocksOptions['version']) =>
  (proxy: LabServer): Route =>
    through(version, proxy)(proxy)

describe('FTP through real SOCKS proxies', () => {
  const cells: [name: LabName, what: string, routeOf: (proxy: LabServer) => Route, bind: boolean][] = [
    ['dante', '4', through('4'), true],
    ['dante', '5', through('5'), true],
    ['dante', '5h', through('5h'), true],
    ['dante', '5 with credentials that it does not want', through('5', { user: 'a', password: 'b' }), true],
    ['dante-login', '5 with credentials', loggedIn('5'), true],
    ['dante-login', '5h with credentials', loggedIn('5h'), true],
    ['microsocks', '5', through('5'), false],
    ['microsocks', '5h', through('5h'), false],
    ['microsocks-login', '5h with credentials', loggedIn('5h'), false],
  ]
  for (const [name, what, routeOf, bind] of cells) {
    test(`${name}, SOCKS ${what}: passive, ${bind ? 'active' : 'no BIND'}`, { skip: skipWithout('vsftpd', name) }, () =>
      withLogin(name, routeOf, async (dialogue, route) => {
        assert.equal(await retrievePassively(dialogue, route), HELLO)
        if (bind) assert.equal(await retrieveActively(dialogue, route), HELLO)
        else await cannotBind(route, dialogue.control)
      }),
    )
  }

  async function cannotBind(route: Route, control: Parameters<NonNullable<Route['listen']>>[0]['control']) {
    const error = await failureOf(Promise.resolve(route.listen?.({ control })))
    assert.equal(error.code, 'not-supported')
  }

  test('a name that the proxy resolves', { skip: skipWithout('vsftpd', 'dante') }, async () => {
    await using server = await startLab('vsftpd')
    await using gate = await startLab('dante')
    // localhost is known to both; the data connection asks for the name again.
    await withRoute({ ...server, host: 'localhost' }, through('5h')(gate), async (dialogue, route) => {
      assert.equal(dialogue.control.dataHost, 'localhost')
      assert.equal(await retrievePassively(dialogue, route), HELLO)
    })
  })

  const refusals: [name: LabName, what: string, routeOf: (proxy: LabServer) => Route, message: RegExp][] = [
    ['dante-login', 'no credentials', through('5'), /requires a user name and a password/],
    ['dante-login', 'wrong credentials', through('5', { user: 'lab', password: 'wrong' }), /refused the user name/],
    ['microsocks-login', 'no credentials', through('5'), /requires a user name and a password/],
    ['microsocks-login', 'wrong credentials', through('5', { user: 'proxy', password: 'no' }), /refused the user name/],
    ['microsocks', 'SOCKS 4', through('4'), /is not a SOCKS 4 proxy: it uses SOCKS 5/],
  ]
  for (const [name, what, routeOf, message] of refusals) {
    test(`${name}: ${what}`, { skip: skipWithout(name) }, async () => {
      await using gate = await startLab(name)
      const route = routeOf(gate)
      const error = await failureOf(route.dial({ host: '127.0.0.1', port: 9 }, { signal: AbortSignal.timeout(10_000) }))
      assert.match(error.message, message)
      assert.equal(error.phase, 'proxy')
    })
  }

  for (const name of ['dante', 'microsocks'] as const) {
    test(`${name}: nothing listens at the server's port`, { skip: skipWithout(name) }, async () => {
      await using gate = await startLab(name)
      const error = await failureOf(through('5')(gate).dial({ host: '127.0.0.1', port: 9 }))
      assert.equal(error.code, 'proxy-refused')
      assert.match(error.message, /nothing listens there/)
    })
  }

  const ssh = '/usr/bin/ssh'
  const skip = skipWithout('vsftpd', 'sshd') || (!existsSync(ssh) && 'no ssh')
  test('ssh -D: 4, 4a, 5, 5h, and one through another', { skip }, async () => {
    await using server = await startLab('vsftpd')
    await using sshd = await startLab('sshd')
    await using forward = await sshForward(sshd)
    const proxy = { host: '127.0.0.1', port: forward.port }
    for (const version of ['4', '4a', '5', '5h'] as const) {
      const route = socks({ version, proxy, through: direct })
      const name = version === '4a' || version === '5h' ? 'localhost' : server.host
      await withRoute({ ...server, host: name }, route, async (dialogue) => {
        assert.equal(await retrievePassively(dialogue, route), HELLO, version)
      })
      const chain = socks({ version: '4a', proxy, through: route })
      await withRoute(server, chain, async (dialogue) => {
        assert.equal(await retrievePassively(dialogue, chain), HELLO, chain.describe)
      })
    }
  })

  async function sshForward(sshd: LabServer) {
    const port = sshd.port + 1
    const options = ['BatchMode=yes', 'StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR']
    const key = join(dirname(sshd.home), 'id')
    const args = [
      '-N',
      '-D',
      `127.0.0.1:${port}`,
      '-i',
      key,
      '-p',
      `${sshd.port}`,
      ...options.flatMap((o) => ['-o', o]),
    ]
    const child = spawn(ssh, [...args, `${sshd.user}@${sshd.host}`], { stdio: 'ignore' })
    const exit = once(child, 'exit')
    for (let i = 0; i < 200 && !(await answers(port)); i++) await delay(25)
    return {
      port,
      [Symbol.asyncDispose]: async () => {
        child.kill()
        await exit
      },
    }
  }

  async function answers(port: number): Promise<boolean> {
    try {
      ;(await direct.dial({ host: '127.0.0.1', port })).destroy()
      return true
    } catch {
      return false
    }
  }
})

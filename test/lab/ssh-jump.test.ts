import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { type SshJumpOptions, sshJump } from '../../src/ssh/ssh-jump.js'
import { directRoute, type Route } from '../../src/transport/route.js'
import { failureOf } from '../unit/ssh/server.js'
import { retrievePassively, withRoute } from '../unit/transport/ftp-dialogue.js'
import { type LabServer, skipWithout, startLab } from './lab.js'

const direct = directRoute()

const run = promisify(execFile)
const skip = skipWithout('vsftpd', 'sshd')

const keyOf = (sshd: LabServer): string => join(dirname(sshd.home), 'id')

/** A jump host that we log in to with its key and know by the line that ssh-keygen made for it. */
async function jumpOver(sshd: LabServer, more: Partial<SshJumpOptions> = {}): Promise<Route> {
  return sshJump({
    proxy: { host: sshd.host, port: sshd.port },
    user: sshd.user,
    auth: { privateKey: keyOf(sshd) },
    hostKey: { knownHosts: await knownHosts(sshd) },
    through: direct,
    limits: { connect: 10_000 },
    ...more,
  })
}

/** In the folder of the server, which is removed with it. */
async function knownHosts(sshd: LabServer, of: LabServer = sshd): Promise<string> {
  const folder = dirname(sshd.home)
  const file = join(await mkdtemp(join(folder, 'known-')), 'known_hosts')
  const [type, key] = (await readFile(join(dirname(of.home), 'host_key.pub'), 'utf8')).split(' ')
  await writeFile(file, `[${sshd.host}]:${sshd.port} ${type} ${key}\n`)
  return file
}

describe('FTP through a real jump host', { skip }, () => {
  test('control and data go the same way, and 1 MiB arrives whole', async () => {
    await using server = await startLab('vsftpd')
    await using sshd = await startLab('sshd')
    const route = await jumpOver(sshd)
    await withRoute(server, route, async ({ control, say }) => {
      assert.equal(await retrievePassively({ control, say }, route), 'hello, world\n')
      const port = Number(/\|\|\|(\d+)\|/.exec(await say('EPSV'))?.[1])
      const data = await route.dial({ host: control.dataHost, port }, { bulk: true })
      assert.match(await say('RETR pub/1m.bin'), /^150 /)
      const got: Uint8Array[] = []
      for (let chunk = await data.read(); chunk; chunk = await data.read()) got.push(chunk)
      assert.ok(Buffer.concat(got).equals(await readFile(join(server.home, 'pub', '1m.bin'))))
      assert.match(await say(), /^226 /)
    })
  })

  test('an upload that is ended at once arrives whole', async () => {
    await using server = await startLab('vsftpd')
    await using sshd = await startLab('sshd')
    const route = await jumpOver(sshd)
    const sent = Buffer.alloc(3_000_000, 'sallyport')
    await withRoute(server, route, async ({ control, say }) => {
      const port = Number(/\|\|\|(\d+)\|/.exec(await say('EPSV'))?.[1])
      const data = await route.dial({ host: control.dataHost, port })
      assert.match(await say('STOR up/sent.bin'), /^150 /)
      data.write(sent)
      data.end()
      assert.equal(await data.read(), undefined)
      assert.match(await say(), /^226 /)
    })
    assert.ok((await readFile(join(server.home, 'up', 'sent.bin'))).equals(sent))
  })

  test('by password, and with what the server wants in two steps', async () => {
    await using server = await startLab('vsftpd')
    const { user: _, ...target } = server
    for (const [extra, withKey, withPassword] of [
      ['', false, true],
      ['AuthenticationMethods publickey,password', true, true],
      ['AuthenticationMethods password,publickey', true, true],
    ] as const) {
      await using sshd = await startLab('sshd', { extra })
      const auth = {
        privateKey: withKey ? keyOf(sshd) : undefined,
        password: withPassword ? sshd.password : undefined,
      }
      const wire = await (await jumpOver(sshd, { auth })).dial(target)
      assert.match(Buffer.from((await wire.read()) ?? []).toString(), /^220/)
      wire.destroy()
    }
  })

  test('two in a row, the second reached through the first', async () => {
    await using server = await startLab('vsftpd')
    await using first = await startLab('sshd')
    await using second = await startLab('sshd')
    const route = await jumpOver(second, { through: await jumpOver(first) })
    await withRoute(server, route, async (dialogue) => {
      assert.equal(await retrievePassively(dialogue, route), 'hello, world\n')
    })
  })

  test("the second one's key is checked too: nobody logs in to it when that is wrong", async () => {
    await using first = await startLab('sshd')
    await using second = await startLab('sshd')
    const hostKey = { knownHosts: await knownHosts(second, first) }
    const route = await jumpOver(second, { through: await jumpOver(first), hostKey })
    const error = await failureOf(route.dial({ host: '127.0.0.1', port: 9 }))
    assert.equal(error.code, 'host-key')
    assert.match(error.message, new RegExp(`:${second.port} has changed`))
    assert.doesNotMatch(await second.log(), /Accepted|Failed|invalid user/)
    assert.match(await first.log(), /Accepted publickey/)
  })

  test('names hashed by ssh-keygen are found', async () => {
    await using server = await startLab('vsftpd')
    await using sshd = await startLab('sshd')
    const file = await knownHosts(sshd)
    await run('ssh-keygen', ['-q', '-H', '-f', file])
    assert.match(await readFile(file, 'utf8'), /^\|1\|/)
    const wire = await (await jumpOver(sshd, { hostKey: { knownHosts: file } })).dial(server)
    wire.destroy()
  })

  test('a line that we wrote is one that ssh takes', { skip: !existsSync('/usr/bin/ssh') && 'no ssh' }, async () => {
    await using server = await startLab('vsftpd')
    await using sshd = await startLab('sshd')
    const file = join(dirname(sshd.home), 'written', 'known_hosts')
    const observe = (): void => {}
    const route = await jumpOver(sshd, { hostKey: { knownHosts: file, accept: 'new' }, observe })
    ;(await route.dial(server)).destroy()
    const options = ['BatchMode=yes', 'StrictHostKeyChecking=yes', `UserKnownHostsFile=${file}`]
    const login = ['-i', keyOf(sshd), '-p', `${sshd.port}`, `${sshd.user}@${sshd.host}`]
    const { stdout } = await run('ssh', [...options.flatMap((option) => ['-o', option]), ...login, 'echo', 'in'])
    assert.equal(stdout, 'in\n')
  })
})

describe('a real jump host', { skip }, () => {
  test('that forbids forwarding says so', async () => {
    await using sshd = await startLab('sshd', { extra: 'PermitOpen 127.0.0.1:1' })
    const error = await failureOf((await jumpOver(sshd)).dial({ host: '127.0.0.1', port: 9 }))
    assert.equal(error.code, 'proxy-refused')
    assert.match(error.message, /it does not allow it/)
    assert.match(error.hint ?? '', /PermitOpen/)
  })

  test('that cannot reach the server says so', async () => {
    await using sshd = await startLab('sshd')
    const error = await failureOf((await jumpOver(sshd)).dial({ host: '127.0.0.1', port: 9 }))
    assert.equal(error.code, 'proxy-refused')
    assert.match(error.message, /could not connect there \(Connection refused\)/)
  })

  test('that counted too many tries refused the login, and is shown with what was tried', async () => {
    await using sshd = await startLab('sshd', { extra: 'MaxAuthTries 1' })
    const auth = { password: 'wrong' }
    const error = await failureOf((await jumpOver(sshd, { auth })).dial({ host: '127.0.0.1', port: 9 }))
    assert.equal(error.code, 'proxy-refused')
    assert.match(error.message, /refused the login of .*Tried: no credentials/)
    assert.ok(!error.message.includes('wrong'))
  })

  test('takes a key from an agent', { skip: !existsSync('/usr/bin/ssh-agent') && 'no ssh-agent' }, async () => {
    await using server = await startLab('vsftpd')
    await using sshd = await startLab('sshd', { extra: 'AuthenticationMethods publickey,password' })
    await using agent = await startAgent(keyOf(sshd))
    const auth = { agent: agent.socket, password: sshd.password }
    const wire = await (await jumpOver(sshd, { auth })).dial(server)
    assert.match(Buffer.from((await wire.read()) ?? []).toString(), /^220/)
    wire.destroy()
  })
})

async function startAgent(key: string): Promise<{ readonly socket: string } & AsyncDisposable> {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-agent-'))
  const socket = join(dir, 'agent')
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(agent, 'exit')
  await once(agent.stdout, 'data') // it prints where it listens
  await run('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: socket } })
  return {
    socket,
    [Symbol.asyncDispose]: async () => {
      agent.kill()
      await exit
      await rm(dir, { recursive: true, force: true })
    },
  }
}

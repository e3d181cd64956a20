import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { OTHER } from '../wire/other-host.js'
import {
  account,
  awkwardAccount,
  type LabName,
  type LabServer,
  labPresent,
  labRequired,
  proxyAccount,
  skipWithout,
  startLab,
} from './lab.js'

/** Plays lines against a server by hand; answers the last line of each reply, the greeting first. */
async function dialogue(socket: Socket, ...commands: string[]): Promise<string[]> {
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  const replies: string[] = []
  for (const command of [undefined, ...commands]) {
    if (command !== undefined) socket.write(`${command}\r\n`)
    replies.push(await lastLine(lines))
  }
  socket.destroy()
  return replies
}

async function lastLine(lines: AsyncIterator<string>): Promise<string> {
  for (;;) {
    const { value, done } = await lines.next()
    if (done) return 'closed'
    if (/^\d{3} /.test(value)) return value
  }
}

const codes = (replies: string[]) => replies.map((reply) => reply.slice(0, 3))

async function play(server: LabServer, ...commands: string[]): Promise<string[]> {
  return codes(await dialogue(connect(server.port, server.host), ...commands))
}

/** The processes that a server of the lab consists of: all of the PID namespace that its launcher began. */
async function namespaceOf(dir: string): Promise<string> {
  for (const pid of await processes()) {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
    const command = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')
    if (environment.includes(`DIR=${dir}\0`) && command.startsWith('bash')) return pidNamespace(pid)
  }
  throw new Error(`no launcher for ${dir}`)
}

async function membersOf(namespace: string): Promise<string[]> {
  const all = await Promise.all((await processes()).map(async (pid) => ({ pid, of: await pidNamespace(pid) })))
  return all.filter(({ of }) => of === namespace).map(({ pid }) => pid)
}

const processes = async () => (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
const pidNamespace = (pid: string) => readlink(`/proc/${pid}/ns/pid`).catch(() => '')

/** Starts `name`, hands it over, and checks that its end leaves neither a process nor a file. */
async function withLab(name: LabName, use: (server: LabServer) => Promise<void>): Promise<void> {
  const server = await startLab(name)
  const dir = dirname(server.home)
  const namespace = await namespaceOf(dir)
  try {
    assert.notDeepEqual(await membersOf(namespace), [])
    await use(server)
  } finally {
    await server.stop()
  }
  assert.deepEqual(await membersOf(namespace), [])
  assert.equal(existsSync(dir), false)
}

if (labRequired)
  test('every program of the lab is there', () => {
    assert.deepEqual(labPresent().missing, [])
  })

describe('a server of the lab greets, lets both accounts in and ends without a trace', () => {
  for (const name of ['vsftpd', 'proftpd', 'pure-ftpd', 'pyftpdlib'] as const)
    test(name, { skip: skipWithout(name) }, () =>
      withLab(name, async (server) => {
        for (const { user, password } of [account, awkwardAccount])
          assert.deepEqual(await play(server, `USER ${user}`, `PASS ${password}`), ['220', '331', '230'])
        // Pure-FTPd keeps its commands for syslog
        if (name !== 'pure-ftpd') assert.match(await server.log(), /USER joe@corp/)
        assert.equal(await readFile(`${server.home}/hello.txt`, 'utf8'), 'hello, world\n')
      }),
    )
})

describe('a TLS server of the lab refuses a login in the clear and takes AUTH TLS', () => {
  for (const name of ['vsftpd-tls', 'proftpd-tls', 'pure-ftpd-tls', 'pyftpdlib-tls'] as const)
    test(name, { skip: skipWithout(name) }, () =>
      withLab(name, async (server) => {
        const [greeting, refusal] = await play(server, 'USER lab', 'PASS lab-pass')
        assert.equal(greeting, '220')
        assert.notEqual(refusal, '230')
        assert.deepEqual(await play(server, 'AUTH TLS'), ['220', '234'])
        assert.match(await readFile(server.ca, 'latin1'), /BEGIN CERTIFICATE/)
      }),
    )
})

describe('an FTP proxy of the lab leads to the server that the login names', () => {
  const { user, password } = proxyAccount
  const dialects = {
    modproxy: (at: string) => [`USER lab@${at}`, 'PASS lab-pass'],
    'modproxy-auth': (at: string) => [`USER ${user}`, `PASS ${password}`, `USER lab@${at}`, 'PASS lab-pass'],
    'modproxy-authhost': (at: string) => [`USER ${user}@${at}`, `PASS ${password}`, 'USER lab', 'PASS lab-pass'],
    squid: (at: string) => [`USER lab@${at}`, 'PASS lab-pass'],
    suse: (at: string) => [`USER lab@${at}`, 'PASS lab-pass'],
  }
  for (const name of Object.keys(dialects) as (keyof typeof dialects)[])
    test(name, { skip: skipWithout(name, 'vsftpd') }, () =>
      withLab('vsftpd', (target) =>
        withLab(name, async (proxy) => {
          const login = dialects[name](`${target.host}:${target.port}`)
          const replies = await play(proxy, ...login, 'SIZE hello.txt')
          assert.deepEqual(replies.slice(-3), ['331', '230', '213'])
        }),
      ),
    )
})

describe('the other proxies of the lab take connections', () => {
  const names = [
    'dante',
    'dante-login',
    'tinyproxy',
    'tinyproxy-login',
    'microsocks',
    'microsocks-login',
    'stunnel',
  ] as const
  for (const name of [...names, 'socat'] as const)
    test(name, { skip: skipWithout(name) }, () =>
      withLab(name, async (server) => {
        const socket = connect(server.port, name === 'socat' ? OTHER : server.host)
        await once(socket, 'connect')
        socket.destroy()
      }),
    )
})

test('sshd of the lab speaks SSH', { skip: skipWithout('sshd') }, () =>
  withLab('sshd', async (server) => {
    const socket = connect(server.port, server.host)
    const [greeting] = await once(socket, 'data')
    assert.match(String(greeting), /^SSH-2\.0-/)
    socket.destroy()
  }),
)

test('servers started at the same time do not share ports', { skip: skipWithout('pyftpdlib') }, async () => {
  const servers = await Promise.all(Array.from({ length: 3 }, () => startLab('pyftpdlib')))
  assert.equal(new Set(servers.map(({ port }) => port)).size, 3)
  await Promise.all(servers.map((server) => server.stop()))
})

test('a server that does not start says what its program said', { skip: skipWithout('vsftpd') }, async () => {
  const start = startLab('vsftpd', { extra: 'no_such_option=YES' })
  await assert.rejects(start, /vsftpd did not start:.*unrecognised variable/s)
})

test('a server ends with the test process that started it, even when that is killed', {
  skip: skipWithout('vsftpd'),
  timeout: 20_000,
}, async () => {
  const lab = new URL('./lab.js', import.meta.url).href
  const script = `const { startLab } = await import(${JSON.stringify(lab)})
    console.log((await startLab('vsftpd')).home)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [home] = await once(child.stdout.setEncoding('utf8'), 'data')
  const dir = dirname(home.trim())
  const namespace = await namespaceOf(dir)
  child.kill('SIGKILL')
  // nobody is left who could tell us: look until the test's own limit
  while ((await membersOf(namespace)).length > 0 || existsSync(dir)) await delay(10)
})

test('a server that nobody stopped does not keep its test process alive', {
  skip: skipWithout('vsftpd'),
  timeout: 20_000,
}, async () => {
  const lab = fileURLToPath(new URL('./lab.js', import.meta.url))
  const script = `(await import(${JSON.stringify(lab)})).startLab('vsftpd')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' })
  assert.deepEqual(await once(child, 'exit'), [0, null])
})

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { connect, TransferError, type TransferEvent } from '../../src/index.js'
import { startServer } from '../../src/testing/index.js'
import { bytesOf } from '../conformance/bytes.js'
import { freePort } from '../ports.js'
import { OTHER, trapAt } from '../wire/other-host.js'
import { dialled } from './dialled.js'
import { account, type LabName, proxyAccount, skipWithout } from './lab.js'
import { sharedLab } from './shared.js'
import { type Hop, proxyFor, TUNNELS } from './ways.js'

const start = sharedLab()

/** The ports that are dialled while `work` runs. */
async function portsDialled(work: () => Promise<void>): Promise<Set<number>> {
  return new Set((await dialled(work)).map((end) => Number(end.split(':').at(-1))))
}

/** Those that read PASV themselves and name their own address instead. */
const FTP_PROXIES: readonly { program: LabName; dialect: string; login?: typeof proxyAccount }[] = [
  { program: 'modproxy', dialect: 'user' },
  { program: 'modproxy-auth', dialect: 'login', login: proxyAccount },
  { program: 'modproxy-authhost', dialect: 'proxyuser', login: proxyAccount },
  { program: 'squid', dialect: 'user' },
  { program: 'suse', dialect: 'user' },
]

describe('FTPS through tunnels, data and all', () => {
  for (const [title, hops] of Object.entries<readonly Hop[]>(TUNNELS)) {
    const names = hops.map(({ program }) => program)
    it(title, { skip: skipWithout('vsftpd-tls', ...names), timeout: 60_000 }, async (test) => {
      const server = await start('vsftpd-tls')
      const proxy = await Promise.all(hops.map((hop) => proxyFor(start, hop)))
      const bytes = bytesOf(300_000)
      const reused: (boolean | undefined)[] = []
      const ports = await portsDialled(async () => {
        await using remote = await connect(
          `ftpes://${account.user}:${account.password}@${server.host}:${server.port}`,
          {
            proxy,
            tls: { ca: await readFile(server.ca) },
          },
        )
        const name = `up/${title.replace(/\W+/g, '-')}.bin`
        for await (const _ of remote.list('up'));
        reused.push((await remote.upload(bytes, name, { verify: true })).sessionReused)
        assert.deepEqual(await remote.readFile(name), bytes)
        reused.push((await remote.upload(Buffer.alloc(0), `${name}.empty`)).sessionReused)
        assert.equal((await remote.readFile(`${name}.empty`)).length, 0)
      })
      assert.deepEqual([...ports], [proxy[0]?.port], 'something else than the nearest proxy was dialled')
      assert.deepEqual(reused, [true, true])
      test.diagnostic(`${title}: only port ${[...ports]} was dialled, every data connection resumed`)
    })
  }
})

describe('a 227 that names another host, through each kind of tunnel', () => {
  for (const title of ['SOCKS 5 (Dante)', 'CONNECT (Squid)', 'an SSH jump (sshd)'] as const)
    for (const [passiveAddress, elsewhere] of [
      ['control', false],
      ['auto', true],
      ['reply', true],
    ] as const) {
      const [hop] = TUNNELS[title]
      it(`${title}, passiveAddress '${passiveAddress}': ${elsewhere ? 'it' : 'the server'} is dialled`, {
        skip: skipWithout(hop.program),
        timeout: 60_000,
      }, async () => {
        const port = await freePort()
        const trap = await trapAt(OTHER, port, 'trap')
        const server = await startServer({
          files: { '/a.txt': 'alpha' },
          without: ['EPSV'],
          passivePorts: [port, port],
          pasvAddress: OTHER,
          dataTimeoutMs: 200,
        })
        const proxy = await proxyFor(start, hop)
        try {
          const ports = await portsDialled(async () => {
            await using remote = await connect(server.url, { proxy, passiveAddress })
            const read = remote.readFile('/a.txt')
            if (elsewhere) await assert.rejects(read, TransferError)
            else assert.equal(String(await read), 'alpha')
          })
          assert.equal(trap.visits, elsewhere ? 1 : 0)
          assert.deepEqual([...ports], [proxy.port], 'something else than the proxy was dialled')
        } finally {
          await server.close()
          await trap.close()
        }
      })
    }
})

describe('a 227 that names another host, behind each real FTP proxy', () => {
  for (const { program, dialect, login } of FTP_PROXIES)
    for (const passiveAddress of ['control', 'auto', 'reply'] as const)
      it(`${program}, passiveAddress '${passiveAddress}': we dial the proxy and nothing else`, {
        skip: skipWithout(program),
        timeout: 60_000,
      }, async (t) => {
        const gate = await start(program)
        const proxy = { dialect, host: gate.host, port: gate.port, ...login }
        const files = { '/a.txt': 'alpha' }
        await using honest = await startServer({ files })
        await using lying = await startServer({ files, pasvAddress: OTHER })
        const opened: string[] = []
        const observe = (event: TransferEvent): void => {
          if (event.type === 'data-open') opened.push(event.address.split(':')[0] ?? '')
        }
        const ends = await dialled(async () => {
          for (const server of [honest, lying]) {
            await using remote = await connect(server.url, { proxy, passiveAddress, observe })
            const read = remote.readFile('/a.txt')
            if (server === honest) assert.equal(String(await read), 'alpha')
            // Which proxies go to the address themselves, and what comes of it, is their business.
            else await read.catch((error) => t.diagnostic(String(error)))
          }
        })
        assert.ok(opened.length > 0 && opened.every((address) => address === gate.host), opened.join())
        // The embedded servers do not dial in passive mode, so every socket of this process is the client's.
        assert.ok(ends.includes(`${gate.host}:${gate.port}`) && ends.every((end) => end.startsWith(`${gate.host}:`)))
      })
})

describe('active mode through SOCKS', () => {
  for (const dialect of ['socks4', 'socks5']) {
    it(`${dialect} BIND (Dante): the server connects to the proxy`, {
      skip: skipWithout('proftpd', 'dante'),
    }, async () => {
      const [server, gate] = [await start('proftpd'), await start('dante')]
      await using remote = await connect(`ftp://${account.user}:${account.password}@${server.host}:${server.port}`, {
        proxy: { dialect, host: gate.host, port: gate.port },
        dataMode: 'active',
      })
      assert.equal(String(await remote.readFile('hello.txt')), 'hello, world\n')
      await remote.upload(Buffer.from('by BIND'), 'up/bind.txt')
      assert.equal(String(await remote.readFile('up/bind.txt')), 'by BIND')
    })
  }

  it('a proxy without BIND says so before PORT is sent', { skip: skipWithout('proftpd', 'microsocks') }, async () => {
    const [server, gate] = [await start('proftpd'), await start('microsocks')]
    const sent: string[] = []
    await using remote = await connect(`ftp://${account.user}:${account.password}@${server.host}:${server.port}`, {
      proxy: { dialect: 'socks5', host: gate.host, port: gate.port },
      dataMode: 'active',
      observe: (event) => event.type === 'command' && sent.push(event.text),
    })
    await assert.rejects(remote.readFile('hello.txt'), { code: 'not-supported' })
    assert.equal(
      sent.some((line) => line.startsWith('PORT')),
      false,
    )
  })
})

describe('the environment', () => {
  it('ftp_proxy is honoured, no_proxy and proxy: false opt out', {
    skip: skipWithout('proftpd', 'microsocks'),
  }, async (test) => {
    const [server, gate] = [await start('proftpd'), await start('microsocks')]
    const before = { ...process.env }
    test.after(() => {
      process.env = before
    })
    process.env.ftp_proxy = `socks5h://${gate.host}:${gate.port}`
    const url = `ftp://${account.user}:${account.password}@${server.host}:${server.port}`
    const portsOf = (proxy?: false): Promise<Set<number>> =>
      portsDialled(async () => {
        await using remote = await connect(url, { proxy })
        await remote.readFile('hello.txt')
      })
    assert.deepEqual([...(await portsOf())], [gate.port])
    assert.equal((await portsOf(false)).has(gate.port), false)
    process.env.no_proxy = server.host
    assert.equal((await portsOf()).has(gate.port), false)
  })
})

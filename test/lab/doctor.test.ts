import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type DiagnoseOptions, type Diagnosis, diagnose } from '../../src/index.js'
import { account, type LabName, type LabServer, proxyAccount, skipWithout } from './lab.js'
import { sharedLab } from './shared.js'
import { proxyFor, TUNNELS } from './ways.js'

const start = sharedLab()

async function examine(server: LabServer, options: DiagnoseOptions = {}, scheme = 'ftp'): Promise<Diagnosis> {
  const tls = scheme === 'ftp' ? undefined : { ca: await readFile(server.ca) }
  const url = `${scheme}://${server.host}:${server.port}/up`
  return await diagnose(url, { ...account, proxy: false, write: true, ...(tls && { tls }), ...options })
}

function outcome({ steps }: Diagnosis, name: string): string | undefined {
  return steps.find((step) => step.name === name)?.outcome
}

describe('doctor at real servers', () => {
  const SERVERS: readonly (readonly [LabName, 'ftp' | 'ftpes' | 'ftps'])[] = [
    ['vsftpd', 'ftp'],
    ['proftpd', 'ftp'],
    ['pure-ftpd', 'ftp'],
    ['pyftpdlib', 'ftp'],
    ['vsftpd-tls', 'ftpes'],
    ['vsftpd-implicit', 'ftps'],
    ['proftpd-tls', 'ftpes'],
    ['pure-ftpd-tls', 'ftpes'],
    ['pyftpdlib-tls', 'ftpes'],
  ]
  for (const [name, scheme] of SERVERS)
    it(`${name}: usable, 1 KiB each way in passive and active mode, nothing left`, {
      skip: skipWithout(name),
    }, async (t) => {
      const server = await start(name)
      const diagnosis = await examine(server, {}, scheme)
      t.diagnostic(`${name}: ${diagnosis.verdict}`)
      assert.equal(diagnosis.usable, true, diagnosis.verdict)
      for (const step of ['epsv', 'pasv', 'active', 'data', 'keep-alive', 'verification'])
        assert.equal(outcome(diagnosis, step), 'ok', `${step}: ${JSON.stringify(diagnosis.steps, undefined, 1)}`)
      assert.equal(diagnosis.security?.trusted, scheme === 'ftp' ? undefined : true)
      if (scheme !== 'ftp') assert.equal(diagnosis.sessionReused, name !== 'pure-ftpd-tls')
      assert.doesNotMatch((await readdir(join(server.home, 'up'))).join(), /sallyport-doctor/)
    })

  it('a server whose certificate nobody vouches for hears no password', {
    skip: skipWithout('proftpd-tls'),
  }, async () => {
    const server = await start('proftpd-tls')
    const before = (await server.log()).length
    const diagnosis = await examine(server, { tls: {} }, 'ftpes')
    assert.equal(diagnosis.usable, false)
    assert.match(diagnosis.verdict, /tls\.(ca|pin)|--tls-(ca|pin)/)
    assert.doesNotMatch((await server.log()).slice(before), /USER|PASS/)
  })
})

describe('doctor through real proxies', () => {
  for (const title of ['SOCKS 5 (Dante)', 'CONNECT (Squid)', 'an SSH jump (sshd)'] as const)
    it(title, { skip: skipWithout('vsftpd-tls', ...TUNNELS[title].map(({ program }) => program)) }, async (t) => {
      const server = await start('vsftpd-tls')
      const proxy = await Promise.all(TUNNELS[title].map((hop) => proxyFor(start, hop)))
      const diagnosis = await examine(server, { proxy }, 'ftpes')
      t.diagnostic(`${title}: ${diagnosis.verdict}`)
      assert.equal(diagnosis.usable, true, diagnosis.verdict)
      assert.equal(outcome(diagnosis, 'data'), 'ok')
      // Only SOCKS can listen for the server.
      assert.equal(outcome(diagnosis, 'active') === 'ok', title === 'SOCKS 5 (Dante)')
    })

  const GATES: readonly (readonly [LabName, string])[] = [
    ['modproxy', 'user'],
    ['modproxy-auth', 'login'],
    ['squid', 'user'],
    ['suse', 'user'],
  ]
  for (const [program, dialect] of GATES) {
    it(`${program}: through it as ftp+${dialect}`, { skip: skipWithout('proftpd', program) }, async (t) => {
      const [server, gate] = [await start('proftpd'), await start(program)]
      const proxy = { dialect, host: gate.host, port: gate.port, ...(dialect === 'login' && proxyAccount) }
      const diagnosis = await examine(server, { proxy })
      t.diagnostic(`${program}: ${diagnosis.verdict}`)
      assert.equal(diagnosis.usable, true, diagnosis.verdict)
    })

    it(`${program}: a dialect that it does not speak, and the probe says neither who we are`, {
      skip: skipWithout('proftpd', program),
    }, async (t) => {
      const [server, gate] = [await start('proftpd'), await start(program)]
      const proxy = { dialect: 'open', host: gate.host, port: gate.port }
      const logged = (await gate.log()).length
      const diagnosis = await examine(server, { proxy, probeProxy: true, password: 'sesame-7' })
      t.diagnostic(`${program}: ${diagnosis.verdict}`)
      assert.equal(diagnosis.usable, false)
      assert.match(diagnosis.verdict, /ftp\+(user|login)/)
      assert.doesNotMatch((await gate.log()).slice(logged), /sesame-7|USER lab\b/)
    })
  }
})

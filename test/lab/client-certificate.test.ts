import assert from 'node:assert/strict'
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { TransferError, type TransferEvent } from '../../src/index.js'
import { ca as clientCa, fixture } from '../tls/fixtures.js'
import { type LabServer, skipWithout, startLab } from './lab.js'
import { connectTls, VERSIONS } from './tls-versions.js'

const skip = skipWithout('proftpd-tls')
const own = { cert: fixture('client-certificate.pem'), key: fixture('client.pem') }

/** ProFTPD that requests client certificates, and accepts those in the home directory. */
async function proftpd(verify: 'on' | 'optional', use: (server: LabServer) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-issuer-'))
  try {
    await writeFile(join(dir, 'ca.pem'), clientCa)
    const lines = [`TLSVerifyClient ${verify}`, `TLSCACertificateFile ${dir}/ca.pem`, 'TLSOptions AllowDotLogin']
    await using server = await startLab('proftpd-tls', { extra: lines.join('\n') })
    await use(server)
  } finally {
    await rm(dir, { recursive: true })
  }
}

describe('client certificates with ProFTPD', { skip }, () => {
  for (const version of VERSIONS) {
    it(`${version}: USER is answered 232, no password goes out, data connections resume`, () =>
      proftpd('optional', async (server) => {
        await writeFile(join(server.home, '.tlslogin'), own.cert)
        const events: TransferEvent[] = []
        const observe = (event: TransferEvent): void => void events.push(event)
        await using remote = await connectTls(server, { version, tls: own, observe })
        assert.equal(String(await remote.readFile('/hello.txt')), 'hello, world\n')
        const replies = events.flatMap((event) => (event.type === 'reply' ? [event.code] : []))
        const said = events.flatMap((event) => (event.type === 'command' ? [event.text.split(' ')[0]] : []))
        assert.ok(replies.includes(232), replies.join())
        assert.ok(!said.includes('PASS'))
        const data = events.filter((event) => event.type === 'secured' && event.channel === 'data')
        assert.ok(data.length > 0 && data.every((event) => event.type === 'secured' && event.reused))
      }))

    it(`${version}: a certificate that opens no account: the password is asked for`, () =>
      proftpd('optional', async (server) => {
        await copyFile(server.ca, join(server.home, '.tlslogin'))
        const said: string[] = []
        await using remote = await connectTls(server, {
          version,
          tls: own,
          observe: (event) => event.type === 'command' && said.push(event.text),
        })
        assert.equal(await remote.exists('/hello.txt'), true)
        assert.ok(said.includes('PASS ****'))
      }))

    it(`${version}: none where one is demanded: the error names the option, and no user goes out`, () =>
      proftpd('on', async (server) => {
        await assert.rejects(connectTls(server, { version }), (error) => {
          assert.ok(error instanceof TransferError)
          // Under TLS 1.3 the alert is lost in the reset that ProFTPD sends after it.
          assert.match(`${error.code}: ${error.hint}`, /^(tls|session-lost): .*tls\.cert/)
          return true
        })
        assert.doesNotMatch(await server.log(), /USER/)
        await using remote = await connectTls(server, { version, tls: own })
        assert.equal(await remote.exists('/hello.txt'), true)
      }))
  }
})

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, connect as dial } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import ssh2 from 'ssh2'
import { type ConnectOptions, connect } from '../../src/index.js'
import { startSftpServer, type TestSftpServer } from '../../src/testing/index.js'
import { failure } from '../conformance/bytes.js'
import { loginTo } from './scene.js'

/** Listens to what a client sends to a server, byte by byte. */
async function tapOn(server: TestSftpServer) {
  const heard: Buffer[] = []
  const gone: Promise<unknown>[] = []
  const tap = createServer((near) => {
    const far = dial(server.port, server.host)
    near.on('data', (chunk: Buffer) => heard.push(chunk))
    near.on('error', () => {}).on('close', () => far.destroy())
    far.on('error', () => {}).on('close', () => near.destroy())
    gone.push(once(near, 'close'))
    near.pipe(far).pipe(near)
  })
  tap.listen(0, '127.0.0.1')
  await once(tap, 'listening')
  const address = tap.address()
  assert(typeof address === 'object' && address)
  return {
    port: address.port,
    said: async (): Promise<Buffer> => {
      await Promise.all(gone)
      return Buffer.concat(heard)
    },
    [Symbol.asyncDispose]: async () => {
      tap.close()
      await once(tap, 'close')
    },
  }
}

const KEXINIT = 20
const NEWKEYS = 21

/** The numbers of the messages that a client sent unencrypted, up to NEWKEYS; `left`: bytes after that, all of them encrypted. */
function spoken(said: Buffer): { messages: number[]; payloads: Buffer[]; left: number } {
  let at = said.indexOf('\n') + 1
  const payloads: Buffer[] = []
  while (at + 6 <= said.length) {
    const end = at + 4 + said.readUInt32BE(at)
    const payload = said.subarray(at + 5, end - (said[at + 4] ?? 0))
    payloads.push(payload)
    at = end
    if (payload[0] === NEWKEYS) break
  }
  return { messages: payloads.map(([number]) => number ?? 0), payloads, left: said.length - at }
}

describe('a host key that is not trusted', () => {
  const other = ssh2.utils.generateKeyPairSync('ed25519').public.split(' ').slice(0, 2).join(' ')
  const kinds: [what: string, known: (port: number) => string, hostKey: ConnectOptions['hostKey']][] = [
    ['is not known', () => '', {}],
    ['has changed', (port) => `[127.0.0.1]:${port} ${other}\n`, {}],
    ['has changed, new ones being accepted', (port) => `[127.0.0.1]:${port} ${other}\n`, { accept: 'new' }],
    ['is not the one given', () => '', { fingerprint: `SHA256:${'A'.repeat(43)}` }],
  ]
  for (const [what, known, hostKey] of kinds)
    test(`and ${what}: not a byte of a login on the wire, not one that is encrypted`, async () => {
      await using server = await startSftpServer()
      await using tap = await tapOn(server)
      const dir = await mkdtemp(join(tmpdir(), 'sallyport-known-'))
      const knownHosts = join(dir, 'known_hosts')
      try {
        await writeFile(knownHosts, known(tap.port))
        const options = loginTo(server, { hostKey: { knownHosts, ...hostKey } })
        const error = await failure(() => connect(`sftp://127.0.0.1:${tap.port}`, options), 'host-key')
        assert.ok(error.message.includes(server.fingerprint), error.message)
        const { messages, left } = spoken(await tap.said())
        assert.equal(messages[0], KEXINIT)
        assert.ok(!messages.includes(NEWKEYS), `it went on to encryption: ${messages}`)
        // SERVICE_REQUEST is 5, authentication 50 and above.
        assert.ok(
          messages.every((number) => number === 1 || (number >= 20 && number < 50)),
          String(messages),
        )
        assert.equal(left, 0)
        assert.deepEqual(server.logins, [])
      } finally {
        await rm(dir, { recursive: true, force: true })
      }
    })
})

test('strict key exchange is offered, and NEWKEYS starts the encryption at once', async () => {
  await using server = await startSftpServer()
  await using tap = await tapOn(server)
  const remote = await connect(`sftp://127.0.0.1:${tap.port}`, loginTo(server))
  await remote.close()
  const { messages, payloads, left } = spoken(await tap.said())
  assert.deepEqual(messages, [KEXINIT, 30, NEWKEYS])
  assert.match(payloads[0]?.toString('latin1') ?? '', /kex-strict-c-v00@openssh\.com/)
  assert.ok(left > 0)
})

import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import ssh2 from 'ssh2'
import { findIdentities } from '../../../../src/ssh/keys/identity.js'
import { failureOf, userKey } from '../server.js'

let dir = ''
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sallyport-hostile-keys-'))
})
after(() => rm(dir, { recursive: true, force: true }))

/** What comes of a key that is to be opened with a passphrase. */
async function reasonFor(privateKey: string): Promise<string> {
  const { message } = await failureOf(
    (async () => {
      const { keys } = await findIdentities({ privateKey, passphrase: 'open sesame' })
      await keys[0]?.open()
    })(),
  )
  return message
}

const ppk = (lines: readonly string[]): string =>
  ['PuTTY-User-Key-File-3: ssh-ed25519', 'Encryption: none', 'Comment: c', ...lines].join('\n')

describe('numbers in a PPK file', () => {
  for (const count of ['-1', '1e9', '4294967296', '1.5', 'NaN', ''])
    test(`Public-Lines: ${count} ends at once`, async () => {
      assert.match(await reasonFor(ppk([`Public-Lines: ${count}`, 'AAAA'])), /Public-Lines is/)
    })

  test('Private-Lines too', async () => {
    assert.match(await reasonFor(ppk(['Public-Lines: 1', 'AAAA', 'Private-Lines: -3'])), /Private-Lines is -3/)
  })

  test('Argon2 is not run for hours', async () => {
    const text = ppk([
      'Public-Lines: 1',
      'AAAA',
      'Key-Derivation: Argon2id',
      'Argon2-Memory: 1048576',
      'Argon2-Passes: 1000',
      'Argon2-Parallelism: 1',
      'Argon2-Salt: 00',
      'Private-Lines: 1',
      'AAAA',
      'Private-MAC: 00',
    ]).replace('Encryption: none', 'Encryption: aes256-cbc')
    assert.match(await reasonFor(text), /1000 passes over 1048576 KiB/)
  })
})

describe('what the passphrase goes through', () => {
  test('rounds of bcrypt are bounded', async () => {
    const { private: text } = ssh2.utils.generateKeyPairSync('ed25519', {
      cipher: 'aes256-ctr',
      passphrase: 'open sesame',
      rounds: 1,
    })
    const body = text.replace(/-----[^-]+-----|\s/g, '')
    const data = Buffer.from(body, 'base64')
    // The rounds stand behind the salt of 16 bytes, which stands behind two names and two lengths.
    const at = data.indexOf('bcrypt') + 'bcrypt'.length + 4 + 4 + 16
    assert.equal(data.readUInt32BE(at), 1)
    data.writeUInt32BE(0xffffffff, at)
    const changed = `-----BEGIN OPENSSH PRIVATE KEY-----\n${data.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`
    assert.match(await reasonFor(changed), /4294967295 rounds of bcrypt/)
  })

  test('iterations of PBKDF2 are bounded', async () => {
    const pem = generateKeyPairSync('ed25519')
      .privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' })
      .toString()
    const data = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
    const at = data.indexOf(Buffer.from('02020800', 'hex'))
    assert.ok(at > 0)
    const changed = Buffer.from(data)
    changed.set([0x02, 0x02, 0x7f, 0xff], at)
    const text = (bytes: Buffer): string =>
      `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${bytes.toString('base64')}\n-----END ENCRYPTED PRIVATE KEY-----\n`
    assert.match(await reasonFor(text(changed)), /passphrase does not open/, 'a number that may be is tried')
    const longer = Buffer.concat([data.subarray(0, at), Buffer.from('02047fffffff', 'hex'), data.subarray(at + 4)])
    for (const offset of [1, 2]) if (longer[offset] === 0x81) longer[offset + 1] = (longer[offset + 1] ?? 0) + 2
    for (const [tag, length] of lengthsAround(longer, at)) longer[tag] = length + 2
    assert.match(await reasonFor(text(longer)), /2147483647 iterations/)
  })
})

/** The places of the one-byte lengths of the sequences that hold the byte `at`. */
function lengthsAround(data: Buffer, at: number): [place: number, length: number][] {
  const found: [number, number][] = []
  for (let place = 3; place < at; place++) {
    const length = data[place + 1] ?? 0
    if (data[place] === 0x30 && length < 0x80 && place + 2 + length >= at + 4) found.push([place + 1, length])
  }
  return found
}

describe('a key file', () => {
  test('that never ends is read up to a bound', async () => {
    const error = await failureOf(findIdentities({ privateKey: '/dev/zero' }))
    assert.equal(error.code, 'bad-argument')
    assert.match(error.message, /EFBIG/)
  })

  test("whose lines are joined by the two characters '\\n' says so", async () => {
    const joined = userKey.private.trim().replaceAll('\n', '\\n')
    const error = await failureOf(findIdentities({ privateKey: joined }))
    assert.match(error.message, /a backslash and an n/)
    assert.ok(!error.message.includes(userKey.private.slice(60, 90)))
  })

  test('that is encrypted with ChaCha20 is not called a wrong passphrase', async () => {
    const fields = ['chacha20-poly1305@openssh.com', 'bcrypt', ''].map((text) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(text.length)
      return Buffer.concat([length, Buffer.from(text)])
    })
    const data = Buffer.concat([Buffer.from('openssh-key-v1\0'), ...fields, Buffer.of(0, 0, 0, 1, 0, 0, 0, 1, 65)])
    const text = `-----BEGIN OPENSSH PRIVATE KEY-----\n${data.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`
    assert.match(await reasonFor(text), /chacha20-poly1305@openssh.com, which cannot be decrypted/)
  })

  test('that holds a certificate says that it is not supported', async () => {
    const path = join(dir, 'id-cert.pub')
    await writeFile(path, `ssh-ed25519-cert-v01@openssh.com ${Buffer.from('x').toString('base64')} me`)
    const error = await failureOf(findIdentities({ privateKey: path }))
    assert.match(error.message, /OpenSSH certificate.*not supported/)
  })
})

describe('a public key in place of a private one', () => {
  const before = process.env['SSH_AUTH_SOCK']
  after(() => {
    if (before === undefined) delete process.env['SSH_AUTH_SOCK']
    else process.env['SSH_AUTH_SOCK'] = before
  })

  test('picks its private half out of the agent', async () => {
    process.env['SSH_AUTH_SOCK'] = '/run/agent'
    const path = join(dir, 'id.pub')
    await writeFile(path, userKey.public)
    for (const privateKey of [path, userKey.public]) {
      const { keys, agent } = await findIdentities({ privateKey })
      assert.deepEqual([keys.length, agent?.socket, agent?.only, agent?.first.length], [0, '/run/agent', true, 1])
    }
    const listed = await findIdentities({ identityFiles: [path], identitiesOnly: true })
    assert.deepEqual([listed.keys.length, listed.agent?.only, listed.agent?.first.length], [0, true, 1])
  })

  test('needs an agent', async () => {
    delete process.env['SSH_AUTH_SOCK']
    const error = await failureOf(findIdentities({ privateKey: userKey.public }))
    assert.match(error.message, /no agent is running/)
  })

  test('limits the agent to the keys of IdentityFile, also where their private halves are not there', async () => {
    process.env['SSH_AUTH_SOCK'] = '/run/agent'
    const path = join(dir, 'only-public')
    await writeFile(`${path}.pub`, userKey.public)
    const { agent } = await findIdentities({ identityFiles: [path], identitiesOnly: true })
    assert.deepEqual([agent?.only, agent?.first.length], [true, 1])
    const none = await findIdentities({ identityFiles: [join(dir, 'missing')], identitiesOnly: true })
    assert.equal(none.agent, undefined)
    const other = await findIdentities({ identityFiles: [path], identityAgent: '/other' })
    assert.deepEqual([other.agent?.socket, other.agent?.only], ['/other', false])
    assert.equal((await findIdentities({ identityFiles: [path], identityAgent: false })).agent, undefined)
  })
})

import assert from 'node:assert/strict'
import { createCipheriv, createHash, createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import ssh2 from 'ssh2'
import { findIdentities } from '../../../../src/ssh/keys/identity.js'
import type { SshAuth } from '../../../../src/ssh/keys/options.js'
import { failureOf, userKey } from '../server.js'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const ed25519 = generateKeyPairSync('ed25519').privateKey
const encrypted = { cipher: 'aes-256-cbc', passphrase: 'open sesame' } as const
const locked = ssh2.utils.generateKeyPairSync('ed25519', { cipher: 'aes256-ctr', passphrase: 'open sesame', rounds: 4 })

async function opened(auth: SshAuth) {
  const { keys } = await findIdentities(auth)
  return await Promise.all(keys.map(({ open }) => open()))
}

/** The key must be able to sign, or it is worth nothing. */
async function assertSigns(auth: SshAuth, type: string): Promise<void> {
  const [key] = await opened(auth)
  assert(key)
  assert.equal(key.type, type)
  const signature = key.sign('a text')
  assert.ok(Buffer.isBuffer(signature), String(signature))
  assert.ok(key.verify('a text', signature))
}

describe('a private key', () => {
  const forms: [what: string, text: string, type: string][] = [
    ['OpenSSH', userKey.private, 'ssh-ed25519'],
    ['PEM, RSA', rsa.export({ type: 'pkcs1', format: 'pem' }).toString(), 'ssh-rsa'],
    ['PEM, EC', ec.export({ type: 'sec1', format: 'pem' }).toString(), 'ecdsa-sha2-nistp256'],
    ['PKCS#8, RSA', rsa.export({ type: 'pkcs8', format: 'pem' }).toString(), 'ssh-rsa'],
    ['PKCS#8, EC', ec.export({ type: 'pkcs8', format: 'pem' }).toString(), 'ecdsa-sha2-nistp256'],
    ['PKCS#8, Ed25519', ed25519.export({ type: 'pkcs8', format: 'pem' }).toString(), 'ssh-ed25519'],
    ['PPK version 2, RSA', ppk(rsa), 'ssh-rsa'],
  ]
  for (const [what, text, type] of forms) {
    test(`${what}, as text`, () => assertSigns({ privateKey: text }, type))
    test(`${what}, as bytes`, () => assertSigns({ privateKey: Buffer.from(text) }, type))
  }

  const lockedForms: [what: string, text: string, type: string][] = [
    ['OpenSSH', locked.private, 'ssh-ed25519'],
    ['PEM, RSA', rsa.export({ type: 'pkcs1', format: 'pem', ...encrypted }).toString(), 'ssh-rsa'],
    ['PKCS#8, Ed25519', ed25519.export({ type: 'pkcs8', format: 'pem', ...encrypted }).toString(), 'ssh-ed25519'],
    ['PKCS#8, RSA', rsa.export({ type: 'pkcs8', format: 'pem', ...encrypted }).toString(), 'ssh-rsa'],
    ['PPK version 2, RSA', ppk(rsa, 'open sesame'), 'ssh-rsa'],
  ]
  for (const [what, text, type] of lockedForms) {
    test(`${what}, encrypted: opened with the passphrase`, () =>
      assertSigns({ privateKey: text, passphrase: 'open sesame' }, type))

    test(`${what}, encrypted: a wrong passphrase is named as such`, async () => {
      const error = await failureOf(opened({ privateKey: text, passphrase: 'close sesame' }))
      assert.equal(error.code, 'bad-argument')
      assert.match(error.message, /passphrase does not open/)
      assert.ok(!`${error.message}${error.hint}`.includes('close sesame'))
    })

    test(`${what}, encrypted, without a passphrase: refused before anything is dialled`, async () => {
      const error = await failureOf(findIdentities({ privateKey: text }))
      assert.match(error.message, /is encrypted and there is no passphrase/)
    })
  }

  test('asks for its passphrase only when it is encrypted, once, and not before it is needed', async () => {
    const asked: string[] = []
    const passphrase = async (name: string): Promise<string> => {
      asked.push(name)
      return 'open sesame'
    }
    const { keys } = await findIdentities({ privateKey: [userKey.private, locked.private], passphrase })
    assert.deepEqual(asked, [])
    for (const { open } of [...keys, ...keys]) await open()
    assert.deepEqual(asked, ['private key that was given'])
  })

  const unusable: [what: string, source: string | Uint8Array, message: RegExp][] = [
    ['a public key', Buffer.from(userKey.public), /public key/],
    ['a broken key', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----', /cannot be used/],
    ['bytes that are no key', Buffer.from('hello'), /cannot be used/],
    ['a path without a file', '/nowhere/id_none', /\/nowhere\/id_none cannot be read: ENOENT/],
    ['PPK version 4', ppk(rsa).replace('File-2', 'File-4'), /version 4 of PuTTY's format is not known/],
    ['PPK whose bytes were changed', ppk(rsa).replace('a comment', 'another'), /its check sum does not fit/],
  ]
  for (const [what, privateKey, message] of unusable)
    test(`that is ${what} is refused, and says why`, async () => {
      const error = await failureOf(findIdentities({ privateKey }))
      assert.equal(error.code, 'bad-argument')
      assert.match(error.message, message)
    })

  test('whose text was taken for a path does not stand in the error', async () => {
    const body = userKey.private.split('\n').slice(1, 4).join('\n')
    const error = await failureOf(findIdentities({ privateKey: body }))
    assert.ok(!error.message.includes(body.slice(0, 20)))
  })
})

describe('without any credentials', () => {
  const before_ = { HOME: process.env['HOME'], SSH_AUTH_SOCK: process.env['SSH_AUTH_SOCK'] }
  let home = ''
  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'sallyport-home-'))
    await mkdir(join(home, '.ssh'))
    await writeFile(join(home, '.ssh', 'id_rsa'), rsa.export({ type: 'pkcs1', format: 'pem' }))
    await writeFile(join(home, '.ssh', 'id_ed25519'), locked.private)
    process.env['HOME'] = home
  })
  after(async () => {
    for (const [name, value] of Object.entries(before_))
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    await rm(home, { recursive: true, force: true })
  })

  test('the usual keys and the running agent are tried', async () => {
    process.env['SSH_AUTH_SOCK'] = '/run/agent'
    const { keys, agent } = await findIdentities({})
    assert.deepEqual(
      keys.map(({ name }) => name),
      ['id_ed25519', 'id_rsa'].map((name) => `private key ${join(home, '.ssh', name)}`),
    )
    assert.deepEqual([agent?.socket, agent?.only], ['/run/agent', false])
    await assert.rejects(async () => await keys[0]?.open(), /no passphrase/)
    assert.equal((await keys[1]?.open())?.type, 'ssh-rsa')
  })

  test('nothing is tried that was not given once something was', async () => {
    process.env['SSH_AUTH_SOCK'] = '/run/agent'
    assert.deepEqual(await findIdentities({ password: 'x' }), { keys: [], skipped: [], certificates: [] })
    assert.equal((await findIdentities({ privateKey: '~/.ssh/id_rsa' })).keys.length, 1)
    assert.equal((await findIdentities({ agent: true })).agent?.socket, '/run/agent')
    assert.equal((await findIdentities({ agent: '/other' })).agent?.socket, '/other')
  })

  test('an agent that is wanted and not there is an error', async () => {
    delete process.env['SSH_AUTH_SOCK']
    const error = await failureOf(findIdentities({ agent: true }))
    assert.equal(error.code, 'bad-argument')
    assert.match(error.message, /SSH_AUTH_SOCK is not set/)
  })
})

/** An RSA key as PuTTY writes it in version 2 of its format. */
function ppk(key: KeyObject, passphrase = ''): string {
  const jwk = key.export({ format: 'jwk' })
  const number = (text = ''): Buffer => {
    const bytes = Buffer.from(text, 'base64url')
    return field((bytes[0] ?? 0) >= 128 ? Buffer.concat([Buffer.of(0), bytes]) : bytes)
  }
  const open = Buffer.concat([field('ssh-rsa'), number(jwk.e), number(jwk.n)])
  const bare = Buffer.concat([number(jwk.d), number(jwk.p), number(jwk.q), number(jwk.qi)])
  const encryption = passphrase ? 'aes256-cbc' : 'none'
  const hidden = passphrase ? Buffer.concat([bare, Buffer.alloc((16 - (bare.length % 16)) % 16)]) : bare
  const sha1 = (...parts: (string | Buffer)[]): Buffer =>
    parts.reduce((hash, part) => hash.update(part), createHash('sha1')).digest()
  const mac = createHmac('sha1', sha1('putty-private-key-file-mac-key', passphrase))
    .update(Buffer.concat(['ssh-rsa', encryption, 'a comment', open, hidden].map(field)))
    .digest('hex')
  const cipherKey = Buffer.concat([sha1(Buffer.of(0, 0, 0, 0), passphrase), sha1(Buffer.of(0, 0, 0, 1), passphrase)])
  const cipher = createCipheriv('aes-256-cbc', cipherKey.subarray(0, 32), Buffer.alloc(16)).setAutoPadding(false)
  const written = passphrase ? Buffer.concat([cipher.update(hidden), cipher.final()]) : hidden
  const lines = (bytes: Buffer): string[] => bytes.toString('base64').match(/.{1,64}/g) ?? []
  return [
    'PuTTY-User-Key-File-2: ssh-rsa',
    `Encryption: ${encryption}`,
    'Comment: a comment',
    `Public-Lines: ${lines(open).length}`,
    ...lines(open),
    `Private-Lines: ${lines(written).length}`,
    ...lines(written),
    `Private-MAC: ${mac}`,
    '',
  ].join('\n')
}

function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

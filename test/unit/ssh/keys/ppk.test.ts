import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { findIdentities } from '../../../../src/ssh/keys/identity.js'
import { fromPpk } from '../../../../src/ssh/keys/ppk.js'
import { failureOf } from '../server.js'

/** Made by PuTTY's own puttygen 0.78; those that are locked open with this. */
const PASSPHRASE = 'open sesame'
const dir = join(dirname(fileURLToPath(import.meta.url)), '../../../../../test/unit/ssh/keys/ppk')
const files = readdirSync(dir).filter((name) => name.endsWith('.ppk'))

describe("a key of PuTTY's", () => {
  for (const file of files) {
    const text = readFileSync(join(dir, file), 'utf8')
    const wanted = readFileSync(join(dir, file.replace('.ppk', '.pub')), 'utf8').split(' ')[1]
    const isLocked = file.startsWith('locked')
    test(`${file}: is the key that puttygen says it is, and signs`, async () => {
      const { keys } = await findIdentities({ privateKey: text, passphrase: isLocked ? PASSPHRASE : undefined })
      const key = await keys[0]?.open()
      assert(key)
      assert.equal(key.getPublicSSH().toString('base64'), wanted)
      const signature = key.sign('a text')
      assert.ok(Buffer.isBuffer(signature) && key.verify('a text', signature))
    })

    if (isLocked)
      test(`${file}: a wrong passphrase is named as such, none is refused at once`, async () => {
        const { keys } = await findIdentities({ privateKey: text, passphrase: 'close sesame' })
        const wrong = await failureOf(keys[0]?.open() ?? Promise.resolve())
        assert.match(wrong.message, /passphrase does not open/)
        const none = await failureOf(findIdentities({ privateKey: text }))
        assert.match(none.message, /is encrypted and there is no passphrase/)
      })
  }

  test('there are some of every kind', () => {
    for (const kind of ['rsa', 'ed25519', 'ecdsa'])
      for (const version of ['v2', 'v3'])
        for (const lock of ['plain', 'locked'])
          assert.ok(files.some((file) => file.includes(kind) && file.includes(version) && file.startsWith(lock)))
  })

  test('that asks for too much of Argon2, has an unknown one or is cut short is refused with the reason', async () => {
    const text = readFileSync(join(dir, 'locked-ed25519-v3.ppk'), 'utf8')
    const spoilt: [from: RegExp, to: string, says: RegExp][] = [
      [/Argon2-Memory: \d+/, 'Argon2-Memory: 99999999', /Argon2-Memory is 99999999/],
      [/Argon2-Passes: \d+/, 'Argon2-Passes: 0', /Argon2-Passes is 0/],
      [/Argon2id/, 'Argon3', /key derivation Argon3 is not known/],
      [/aes256-cbc/, 'rot13', /encryption rot13 is not known/],
    ]
    for (const [from, to, says] of spoilt)
      await assert.rejects(fromPpk(text.replace(from, to), PASSPHRASE), { message: says })
  })
})

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isVulnerableToTerrapin, legacyHas, offerOf } from '../../../src/ssh/algorithms.js'
import { parseOffer } from '../../../src/ssh/server-offer.js'

describe('what we offer', () => {
  test('begins with AES-GCM, and has nothing that is broken unless it is asked for', () => {
    const { cipher, kex, serverHostKey, hmac } = offerOf()
    assert.deepEqual(cipher.slice(0, 2), ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'])
    assert.doesNotMatch(
      [cipher, kex, serverHostKey, hmac].flat().join(),
      /sha1|cbc|ssh-rsa|ssh-dss|arcfour|md5|group1-/,
    )
  })

  test("with 'legacy' has what old servers need behind all that", () => {
    const [modern, legacy] = [offerOf(), offerOf('legacy')]
    for (const list of ['kex', 'cipher', 'hmac', 'serverHostKey'] as const)
      assert.deepEqual(legacy[list].slice(0, modern[list].length), modern[list])
    for (const name of ['diffie-hellman-group14-sha1', 'ssh-rsa', 'aes128-cbc', 'hmac-sha1'])
      assert.ok(legacyHas([name]) && Object.values(legacy).flat().includes(name), name)
  })

  test('is open to Terrapin with ChaCha20 and with CBC under encrypt-then-MAC alone', () => {
    const cases: [cipher: string, mac: string, open: boolean][] = [
      ['chacha20-poly1305@openssh.com', 'in the cipher', true],
      ['aes128-cbc', 'hmac-sha2-256-etm@openssh.com', true],
      ['aes128-cbc', 'hmac-sha2-256', false],
      ['aes128-ctr', 'hmac-sha2-256-etm@openssh.com', false],
      ['aes128-gcm@openssh.com', 'in the cipher', false],
    ]
    for (const [cipher, mac, open] of cases) assert.equal(isVulnerableToTerrapin(cipher, mac), open, cipher)
  })
})

/** A server's first bytes: its identification and a KEXINIT with these key exchanges. */
function overture(kex: string): Buffer {
  const lists = [kex, 'ssh-ed25519', 'aes128-ctr', 'aes128-ctr', 'hmac-sha1', 'hmac-sha1', 'none', 'none', '', '']
  const fields = lists.map((list) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(list.length)
    return Buffer.concat([length, Buffer.from(list)])
  })
  const payload = Buffer.concat([Buffer.of(20), Buffer.alloc(16), ...fields, Buffer.alloc(5)])
  const head = Buffer.alloc(5)
  head.writeUInt32BE(payload.length + 1 + 4)
  head[4] = 4
  return Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), head, payload, Buffer.alloc(4)])
}

describe('what a server offers', () => {
  test('is read with whether it has strict key exchange, which is no algorithm', () => {
    const strict = parseOffer(overture('curve25519-sha256,ext-info-s,kex-strict-s-v00@openssh.com'))
    assert.deepEqual([strict?.kex, strict?.strict], [['curve25519-sha256'], true])
    const old = parseOffer(overture('curve25519-sha256'))
    assert.deepEqual([old?.kex, old?.strict, old?.hmac], [['curve25519-sha256'], false, ['hmac-sha1']])
  })

  test('is not there until all of it is', () => {
    const whole = overture('curve25519-sha256')
    for (let length = 0; length < whole.length - 17; length++)
      assert.equal(parseOffer(whole.subarray(0, length)), undefined)
  })
})

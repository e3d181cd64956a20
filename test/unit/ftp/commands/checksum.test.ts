import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findHash } from '../../../../src/ftp/commands/checksum.js'
import type { HashName } from '../../../../src/store.js'

const MD5 = '0123456789abcdef0123456789abcdef'
const SHA1 = `${MD5}01234567`
const SHA256 = MD5.repeat(2)
const SHA512 = SHA256.repeat(2)
const PATH = '/in/a file.bin'

/** Replies of servers to HASH, XMD5, MD5, XCRC, XSHA1, XSHA256 and XSHA512, and the hash in each. */
const SHAPES: readonly (readonly [what: string, algorithm: HashName, text: string, hash: string, path?: string])[] = [
  ['alone', 'md5', MD5, MD5],
  ['in upper case', 'md5', MD5.toUpperCase(), MD5],
  ['before the name', 'md5', `${MD5} ${PATH}`, MD5],
  ['behind the quoted name', 'md5', `"${PATH}" ${MD5.toUpperCase()}`, MD5],
  ['behind an equals sign', 'md5', `MD5 (${PATH}) = ${MD5}`, MD5],
  ['in a sentence with a full stop', 'md5', `The MD5 digest of the file is ${MD5}.`, MD5],
  ['over two lines', 'md5', `Computing MD5 digest\n${MD5}`, MD5],
  ['of HASH (draft-bryan-ftp-hash)', 'sha256', `SHA-256 0-49 ${SHA256} ${PATH}`, SHA256],
  ['of HASH, MD5', 'md5', `MD5 0-49 ${MD5} ${PATH}`, MD5],
  ['of HASH, CRC32', 'crc32', `CRC32 0-12345678 DEADBEEF ${PATH}`, 'deadbeef'],
  ['SHA-1', 'sha1', `${SHA1}`, SHA1],
  ['SHA-512', 'sha512', `SHA-512 ${SHA512}`, SHA512],
  ['a CRC in full', 'crc32', 'DEADBEEF', 'deadbeef'],
  ['a CRC without its leading zeros', 'crc32', 'BEEF', '0000beef'],
  ['a CRC of nothing', 'crc32', '0', '00000000'],
  ['a CRC with 0x', 'crc32', '0xBEEF', '0000beef'],
  [
    'beside a name that is a hash itself',
    'md5',
    `${MD5} ${SHA1.slice(0, 32).replaceAll('0', 'f')}`,
    MD5,
    `${SHA1.slice(0, 32).replaceAll('0', 'f')}`,
  ],
  ['a CRC beside a name that could be one', 'crc32', 'beef 1234abcd', '1234abcd', 'beef'],
]

describe('the hash in a reply', () => {
  for (const [what, algorithm, text, hash, path = PATH] of SHAPES)
    it(`${algorithm}: ${what}`, () => assert.equal(findHash(text, algorithm, path), hash))

  const none: readonly (readonly [HashName, string])[] = [
    ['md5', 'done'],
    ['md5', ''],
    ['md5', MD5.slice(1)],
    ['md5', `${MD5}0`],
    ['md5', MD5.replace('a', 'g')],
    ['sha256', MD5],
    ['crc32', 'done'],
    ['crc32', '123456789'],
  ]
  for (const [algorithm, text] of none)
    it(`${algorithm}: none in '${text}'`, () => assert.equal(findHash(text, algorithm, PATH), undefined))

  it('is found in time that grows with the text', () => {
    assert.equal(findHash(`${'a '.repeat(30_000)}${MD5}`, 'md5', PATH), MD5)
  })
})

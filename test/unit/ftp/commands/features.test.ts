import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Features, parseFeat, without, withQuirks } from '../../../../src/ftp/commands/features.js'
import { quirksOf } from '../../../../src/ftp/commands/quirks.js'
import type { Reply } from '../../../../src/ftp/control/command-channel.js'

function feat(list: string, code = 211): Features {
  const lines = ['Features:', ...list.split(' | ').map((line) => ` ${line}`), 'End']
  return parseFeat({ code, lines, text: lines.join('\n') })
}

const refusal: Reply = { code: 502, lines: ['no'], text: 'no' }

const VSFTPD = 'EPRT | EPSV | MDTM | PASV | REST STREAM | SIZE | TVFS | UTF8'
const PROFTPD =
  'CLNT | CSID | EPRT | EPSV | HASH CRC32;MD5;SHA-1*;SHA-256;SHA-512; | HOST | LANG C.UTF-8* | MD5 | MDTM | MFF modify;UNIX.group;UNIX.mode; | MFMT | MLST modify*;perm*;size*;type*;unique*;UNIX.group*;UNIX.mode; | MODE Z | RANG STREAM | REST STREAM | SITE COPY | SITE MKDIR | SIZE | TVFS | UTF8 | XCRC | XMD5 | XSHA | XSHA1 | XSHA256 | XSHA512'
const PURE =
  'UTF8 | EPRT | IDLE | MDTM | SIZE | MFMT | REST STREAM | MLST type*;size*;sizd*;modify*; | MLSD | PRET | AUTH TLS | PBSZ | PROT | TVFS | ESTA | PASV | EPSV | ESTP'
const PYFTPDLIB =
  'EPRT | EPSV | MDTM | MFMT | MLST type*;perm*;size*;modify*;unique*;unix.mode;unix.uid;unix.gid; | REST STREAM | SIZE | TVFS | UTF8'

test('what a server lists may be used, what it leaves out may not', () => {
  const vsftpd = feat(VSFTPD)
  assert.equal(vsftpd.known, true)
  for (const verb of ['SIZE', 'MDTM', 'EPSV', 'TVFS', 'UTF8', 'size']) assert.ok(vsftpd.has(verb), verb)
  for (const verb of ['MLSD', 'MLST', 'MFMT', 'HASH', 'XMD5', 'HOST', 'PRET']) assert.ok(!vsftpd.has(verb), verb)
  assert.equal(vsftpd.utf8, true)
  assert.deepEqual(vsftpd.checksums, [])
})

test('commands of RFC 959 are never listed and always there; SIZE and EPSV are tried even when not listed', () => {
  const bare = feat('UTF8')
  for (const verb of ['RETR', 'REIN', 'REST', 'SITE CHMOD', 'SIZE', 'MDTM', 'EPSV', 'EPRT'])
    assert.ok(bare.has(verb), verb)
  assert.ok(!bare.lists('SIZE'))
})

test('MLST in the list means MLSD too', () => {
  assert.ok(feat(PYFTPDLIB).has('MLSD'))
  assert.ok(feat(PURE).has('MLST'))
  assert.ok(feat(PURE).has('PRET'))
})

test('ways to hash come best first, with the names HASH wants', () => {
  const { checksums } = feat(PROFTPD)
  assert.deepEqual(
    checksums.map(({ verb, algorithm, name }) => [verb, algorithm, name]),
    [
      ['HASH', 'crc32', 'CRC32'],
      ['HASH', 'md5', 'MD5'],
      ['HASH', 'sha1', 'SHA-1'],
      ['HASH', 'sha256', 'SHA-256'],
      ['HASH', 'sha512', 'SHA-512'],
      ['XSHA512', 'sha512', undefined],
      ['XSHA256', 'sha256', undefined],
      ['XSHA1', 'sha1', undefined],
      ['XSHA', 'sha1', undefined],
      ['XMD5', 'md5', undefined],
      ['MD5', 'md5', undefined],
      ['XCRC', 'crc32', undefined],
    ],
  )
  assert.deepEqual(feat('HASH constructor;__proto__*;WHIRLPOOL').checksums, [])
})

test('without FEAT everything may be tried once, and refusal is learned', () => {
  for (const none of [undefined, refusal, { ...refusal, code: 530 }]) {
    const unknown = parseFeat(none)
    assert.equal(unknown.known, false)
    for (const verb of ['MLSD', 'MFMT', 'XMD5', 'HOST']) assert.ok(unknown.has(verb), verb)
    assert.ok(unknown.checksums.some(({ verb }) => verb === 'XMD5'))
    const wiser = without(unknown, 'xmd5')
    assert.ok(!wiser.has('XMD5'))
    assert.ok(!wiser.checksums.some(({ verb }) => verb === 'XMD5'))
    assert.ok(wiser.has('MLSD'))
    assert.ok(unknown.has('XMD5'))
  }
})

test('what was refused stays refused, listed or not, of RFC 959 or not', () => {
  let features = feat(PROFTPD)
  for (const verb of ['MLSD', 'HASH', 'REIN', 'SITE CHMOD']) features = without(features, verb)
  for (const verb of ['MLSD', 'HASH', 'REIN', 'SITE CHMOD']) assert.ok(!features.has(verb), verb)
  assert.ok(features.has('MLST'))
  assert.equal(features.checksums[0]?.verb, 'XSHA512')
})

test('an empty or strange FEAT reply is survived', () => {
  assert.equal(parseFeat({ code: 211, lines: ['No features'], text: 'No features' }).known, false)
  assert.equal(feat('').known, false)
  const long = feat(Array.from({ length: 5000 }, (_, i) => `X${i} ${'y'.repeat(10)}`).join(' | '))
  assert.ok(long.has('X1'))
  assert.ok(!long.has('X4999'))
  assert.ok(!feat('constructor | __proto__').has('TOSTRING'))
})

test('programs are told apart by their greeting or by what only they list', () => {
  for (const [greeting, list, program] of [
    ['(vsFTPd 3.0.3)', VSFTPD, 'vsftpd'],
    ['ftp.example.test', VSFTPD, 'vsftpd'],
    ['ProFTPD 1.3.8 Server', PROFTPD, 'proftpd'],
    ['lab proftpd', PROFTPD, 'proftpd'],
    ['ftp.example.test', PROFTPD, 'proftpd'],
    ['---------- Welcome to Pure-FTPd [privsep] [TLS] ----------', PURE, 'pure-ftpd'],
    ['ftp.example.test', PURE, 'pure-ftpd'],
    ['pyftpdlib 1.5.7 ready.', PYFTPDLIB, 'pyftpdlib'],
    ['FileZilla Server 1.7.3', '', 'filezilla'],
    ['FileZilla Server 1.7.3', VSFTPD, 'filezilla'],
    ['Microsoft FTP Service', '', 'iis'],
    ['Serv-U FTP Server v15.1 ready...', '', 'serv-u'],
    ['vm FTP server (GNU inetutils 2.4) ready.', '', 'inetutils'],
    ['proxy.example.test FTP/Squid', '', 'squid'],
    ['welcome', '', 'unknown'],
  ] as const)
    assert.equal(quirksOf(greeting, feat(list).lists).program, program, greeting)
  const vsftpd = withQuirks(feat(VSFTPD), quirksOf('(vsFTPd 3.0.3)'))
  assert.equal(vsftpd.quirks.setsTimesByMdtm, true)
  assert.equal(without(vsftpd, 'SIZE').quirks, vsftpd.quirks)
  assert.ok(!withQuirks(without(feat(VSFTPD), 'SIZE'), vsftpd.quirks).has('SIZE'))
})

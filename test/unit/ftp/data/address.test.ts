import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatEprt, formatPort, parseEpsv, parsePasv, pickDataHost } from '../../../../src/ftp/data/address.js'

test('a 227 is read whatever stands around its six numbers', () => {
  for (const text of [
    'Entering Passive Mode (10,1,2,3,4,5)',
    'Entering Passive Mode (10,1,2,3,4,5).',
    'Entering passive mode. 10,1,2,3,4,5',
    '=10,1,2,3,4,5',
    '10, 1, 2, 3, 4, 5',
    'Passive (10 ,1 ,2 ,3 ,4 ,5)',
    'Entering Passive Mode (010,001,002,003,004,005)',
    'Server 1,2,3,4,5,6 says:\nEntering Passive Mode (10,1,2,3,4,5)',
    'Modus 2 passivus [10,1,2,3,4,5] nunc',
  ])
    assert.deepEqual(parsePasv(text), { host: '10.1.2.3', port: 1029 }, text)
  assert.deepEqual(parsePasv('(255,255,255,255,255,255)'), { host: '255.255.255.255', port: 65_535 })
})

test('a 227 that names no usable address is an error with the text', () => {
  for (const text of [
    '(256,1,2,3,4,5)',
    '(1,2,3,4,256,5)',
    '(1,2,3,4,0,0)',
    '(1,2,3,4,5)',
    '(1,2,3,4,5,-6)',
    '(1;2;3;4;5;6)',
    'Entering Extended Passive Mode (|||1234|)',
    '',
    '9'.repeat(100_000),
    `${'1 ,  '.repeat(5)}${'-'.repeat(100_000)}`,
  ])
    assert.throws(() => parsePasv(text), { code: 'protocol', phase: 'data' }, text.slice(0, 50))
  assert.throws(() => parsePasv('no \x1b[2J address'), /"no \\x1B\[2J address"/)
})

test('a 229 is read with any delimiter', () => {
  for (const text of [
    'Entering Extended Passive Mode (|||1234|)',
    'Entering Extended Passive Mode (|||1234|).',
    'ok (!!!1234!)',
    'ok ($$$1234$)',
    'ok (---1234-)',
    'ok (\\\\\\1234\\)',
    'ok (|1|10.0.0.1|1234|)',
    'ok (|2|fe80::1|1234|)',
    'proxy (v1) says (|||1234|)',
    'without brackets |||1234|',
  ])
    assert.equal(parseEpsv(text), 1234, text)
})

test('a 229 without a usable port is an error', () => {
  for (const text of [
    '(|||0|)',
    '(|||65536|)',
    '(|||123456|)',
    '(||||)',
    '(|||12 34|)',
    '(11112341)',
    '(|!|1234|)',
    '',
    '('.repeat(50_000),
  ])
    assert.throws(() => parseEpsv(text), { code: 'protocol', phase: 'data' }, text.slice(0, 50))
})

test('PORT and EPRT carry the address of the family that is theirs', () => {
  assert.equal(formatPort({ host: '10.1.2.3', port: 1029 }), 'PORT 10,1,2,3,4,5')
  assert.equal(formatPort({ host: '::ffff:10.1.2.3', port: 65_535 }), 'PORT 10,1,2,3,255,255')
  assert.equal(formatEprt({ host: '10.1.2.3', port: 1029 }), 'EPRT |1|10.1.2.3|1029|')
  assert.equal(formatEprt({ host: 'fe80::1%eth0', port: 1 }), 'EPRT |2|fe80::1|1|')
  for (const host of ['::1', 'example.test', '', '1.2.3', '1.2.3.4\r\nDELE x'])
    assert.throws(() => formatPort({ host, port: 1 }), { code: 'bad-argument' })
  for (const host of ['example.test', '1.2.3.4|5|', '::1\r\nDELE x'])
    assert.throws(() => formatEprt({ host, port: 1 }), { code: 'bad-argument' })
  for (const port of [0, -1, 65_536, 1.5, Number.NaN]) {
    assert.throws(() => formatPort({ host: '1.2.3.4', port }), { code: 'bad-argument' })
    assert.throws(() => formatEprt({ host: '::1', port }), { code: 'bad-argument' })
  }
})

test('by default policy data goes to the peer, whatever the reply names', () => {
  assert.equal(pickDataHost('control', '192.0.2.9', '198.51.100.1'), '198.51.100.1')
})

test("'reply' follows the reply, but never to an unspecified address", () => {
  assert.equal(pickDataHost('reply', '192.0.2.9', '198.51.100.1'), '192.0.2.9')
  assert.equal(pickDataHost('reply', '10.0.0.9', '198.51.100.1'), '10.0.0.9')
  for (const named of ['0.0.0.0', '0.1.2.3', '::', undefined])
    assert.equal(pickDataHost('reply', named, '198.51.100.1'), '198.51.100.1')
})

test("'reply' does not lead to an address of our own, unless that is where the server is", () => {
  for (const named of ['127.0.0.1', '127.9.9.9', '169.254.169.254'])
    for (const peer of ['198.51.100.1', '10.0.0.1', 'ftp.example.test'])
      assert.equal(pickDataHost('reply', named, peer), peer, named)
  assert.equal(pickDataHost('reply', '169.254.169.254', '127.0.0.1'), '127.0.0.1')
  assert.equal(pickDataHost('reply', '127.0.0.2', '127.0.0.1'), '127.0.0.2')
  assert.equal(pickDataHost('reply', '127.0.0.2', '::ffff:127.0.0.1'), '127.0.0.2')
  assert.equal(pickDataHost('reply', '169.254.1.2', '169.254.1.1'), '169.254.1.2')
})

test("'auto' does not follow a public server to an inner address", () => {
  const peer = '198.51.100.1'
  for (const named of [
    '10.0.0.9',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '127.0.0.1',
    '169.254.1.1',
    '100.64.0.1',
    '0.0.0.0',
    'fe80::1',
    'fd00::1',
    '::1',
  ])
    assert.equal(pickDataHost('auto', named, peer), peer, named)
  for (const named of ['192.0.2.9', '172.32.0.1', '11.0.0.1', '2001:db8::1'])
    assert.equal(pickDataHost('auto', named, peer), named)
  assert.equal(pickDataHost('auto', '10.0.0.9', '10.0.0.1'), '10.0.0.9')
  assert.equal(pickDataHost('auto', '10.0.0.9', '::ffff:10.0.0.1'), '10.0.0.9')
  assert.equal(pickDataHost('auto', '10.0.0.9', 'ftp.example.test'), 'ftp.example.test')
})

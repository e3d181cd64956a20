import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostAndPort, parseOptions, proxyOf, urlOf } from '../../../../src/sockettools/client/options.js'
import * as C from '../../../../src/sockettools/constants/constants.js'
import { Failure } from '../../../../src/sockettools/constants/errors.js'

const NOBODY = { lpszProxyHost: 'gate', nProxyPort: 0, lpszProxyUser: null, lpszProxyPassword: null }

test('without a bit the page’s defaults hold', () => {
  assert.deepEqual(parseOptions(0), {
    scheme: 'ftp',
    freeThread: false,
    hires: false,
    noAuth: false,
    connection: {
      preferIPv6: false,
      verify: false,
      keepAlive: false,
      tunnel: false,
      dataMode: 'active',
      passiveAddress: 'reply',
      virtualHost: false,
    },
  })
  assert.equal(parseOptions(C.FTP_OPTION_SECURE_EXPLICIT).connection.tls?.reuse, 'never')
})

test('each bit asks for its own', () => {
  const asked = (bits: number) => parseOptions(bits).connection
  assert.equal(asked(C.FTP_OPTION_PREFER_IPV6).preferIPv6, true)
  assert.deepEqual(asked(C.FTP_OPTION_KEEPALIVE).keepAlive, {})
  assert.deepEqual(asked(C.FTP_OPTION_KEEPALIVE_DATA).keepAlive, { duringTransfer: true })
  assert.deepEqual(asked(C.FTP_OPTION_KEEPALIVE | C.FTP_OPTION_NOAUTH).keepAlive, { beforeLogin: true })
  assert.deepEqual([asked(C.FTP_OPTION_TUNNEL).tunnel, asked(C.FTP_OPTION_TUNNEL).dataMode], [true, 'passive'])
  assert.deepEqual(asked(C.FTP_OPTION_SECURE | C.FTP_OPTION_TRUSTEDSITE | C.FTP_OPTION_SECURE_FALLBACK).tls, {
    trustAny: true,
    legacy: true,
    reuse: 'never',
  })
  assert.equal(parseOptions(C.FTP_OPTION_FREETHREAD).freeThread, true)
  const shell = asked(C.FTP_OPTION_SECURE_SHELL | C.FTP_OPTION_TRUSTEDSITE | C.FTP_OPTION_VIRTUALHOST)
  assert.deepEqual(
    [shell.tls, shell.virtualHost, shell.dataMode, shell.hostKey],
    [undefined, undefined, undefined, undefined],
  )
})

test('every bit that is no option is refused', () => {
  const all = Object.entries(C).filter(([name]) => name.startsWith('FTP_OPTION_'))
  const known = all.reduce((bits, [, bit]) => bits | Number(bit), 0)
  for (let bit = 1; bit < 2 ** 31; bit *= 2) {
    if (bit & known) assert.doesNotThrow(() => parseOptions(bit))
    else assert.throws(() => parseOptions(bit), Failure)
  }
})

test('a host with or without its port', () => {
  assert.deepEqual(hostAndPort('ftp.example.com'), { host: 'ftp.example.com', port: 0 })
  assert.deepEqual(hostAndPort('ftp.example.com:2121'), { host: 'ftp.example.com', port: 2121 })
  assert.deepEqual(hostAndPort('::1'), { host: '::1', port: 0 })
  assert.deepEqual(hostAndPort('[::1]'), { host: '::1', port: 0 })
  assert.deepEqual(hostAndPort('[::1]:21'), { host: '::1', port: 21 })
  for (const text of ['', ':21', 'host:', 'host:x', 'host:70000', '[::1', '[::1]x'])
    assert.throws(() => hostAndPort(text), Failure, text)
  assert.equal(urlOf('ftps', '::1', 0), 'ftps://[::1]')
  assert.equal(urlOf('ftp', 'a b/c@d', 21), 'ftp://a%20b%2Fc%40d:21')
})

test('each proxy type is a dialect; NONE is none, whatever is said of it', () => {
  const dialects = [1, 2, 3, 4, 5].map((nProxyType) => proxyOf({ ...NOBODY, nProxyType }, 'ftp')?.proxy.dialect)
  assert.deepEqual(dialects, ['user', 'login', 'open', 'site', 'other'])
  assert.equal(proxyOf({ ...NOBODY, nProxyType: 0, lpszProxyHost: null }, 'ftp'), undefined)
  for (const nProxyType of [6, -1]) assert.throws(() => proxyOf({ ...NOBODY, nProxyType }, 'ftp'), Failure)
  assert.throws(() => proxyOf({ ...NOBODY, nProxyType: 1 }, 'sftp'), /SFTP/)
  assert.throws(() => proxyOf({ ...NOBODY, nProxyType: 1, lpszProxyHost: null }, 'ftp'), /lpszProxyHost/)
})

test('TLS at once is with the proxy; AUTH with the server where that is reached before the login', () => {
  const scope = (nProxyType: number, scheme: 'ftps' | 'ftpes') => proxyOf({ ...NOBODY, nProxyType }, scheme)?.scope
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((type) => scope(type, 'ftps')),
    Array(5).fill('proxy'),
  )
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((type) => scope(type, 'ftpes')),
    ['proxy', 'proxy', 'server', 'server', 'proxy'],
  )
})

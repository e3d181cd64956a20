import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { proxyFromEnvironment } from '../../../../src/client/target/proxy-environment.js'
import { TransferError } from '../../../../src/errors.js'

const server = { scheme: 'ftp', host: 'ftp.example.com', port: 21 }
const gate = 'socks5h://gate:1080'

describe('the proxy that the environment names', () => {
  test('nothing set: none', () => {
    assert.equal(proxyFromEnvironment(server, {}), undefined)
    assert.equal(proxyFromEnvironment(server, { ftp_proxy: '', ALL_PROXY: ' ' }), undefined)
    assert.equal(proxyFromEnvironment(server, { http_proxy: gate, https_proxy: gate }), undefined)
  })

  const chosen: [what: string, env: Record<string, string>, proxy: string][] = [
    ['ftp_proxy', { ftp_proxy: gate }, gate],
    ['FTP_PROXY', { FTP_PROXY: gate }, gate],
    ['all_proxy', { all_proxy: gate }, gate],
    ['ALL_PROXY', { ALL_PROXY: gate }, gate],
    ['the small one before the capitals', { ftp_proxy: gate, FTP_PROXY: 'http://other' }, gate],
    ['capitals when the small one is empty', { ftp_proxy: '', FTP_PROXY: gate }, gate],
    ['ftp_proxy before all_proxy, also in capitals', { FTP_PROXY: gate, all_proxy: 'http://other' }, gate],
    ['an HTTP proxy when there is no scheme', { ftp_proxy: 'gate.example:3128' }, 'http://gate.example:3128'],
    ['the same with a login', { ftp_proxy: 'me:p%40ss@gate:3128' }, 'http://me:p%40ss@gate:3128'],
    ['the same with an IPv6 address', { ftp_proxy: '[::1]:3128' }, 'http://[::1]:3128'],
    ['http://, which means CONNECT', { ftp_proxy: 'http://gate:3128/' }, 'http://gate:3128/'],
    ['a dialect of FTP proxies', { ftp_proxy: 'ftp+user://gate:2121' }, 'ftp+user://gate:2121'],
    ['blanks around it are no part of it', { ftp_proxy: ` ${gate} ` }, gate],
  ]
  for (const [what, env, proxy] of chosen) {
    test(`is taken from: ${what}`, () => assert.equal(proxyFromEnvironment(server, env), proxy))
  }

  test('ftp_proxy is for ftp, ftps and ftpes; sftp has only all_proxy', () => {
    const env = { ftp_proxy: 'http://ftp-only', all_proxy: gate }
    assert.equal(proxyFromEnvironment({ ...server, scheme: 'ftps' }, env), 'http://ftp-only')
    assert.equal(proxyFromEnvironment({ ...server, scheme: 'ftpes' }, env), 'http://ftp-only')
    assert.equal(proxyFromEnvironment({ ...server, scheme: 'sftp' }, env), gate)
    assert.equal(proxyFromEnvironment({ ...server, scheme: 'sftp' }, { ftp_proxy: gate }), undefined)
  })

  for (const value of [
    'gate:99999',
    'gate:0',
    'http://',
    'http://me:%zz@gate',
    'http://gate one',
    'gopher://gate',
    'socks://gate:1080',
    'ftp://gate',
    'http://gate\r\nX: y',
  ]) {
    test(`cannot be ${JSON.stringify(value)}: the error names the variable, not the value`, () => {
      assert.throws(
        () => proxyFromEnvironment(server, { FTP_PROXY: value }),
        (error: unknown) =>
          error instanceof TransferError &&
          error.code === 'bad-argument' &&
          error.message.includes('FTP_PROXY') &&
          !error.message.includes('gate'),
      )
    })
  }
})

describe('no_proxy', () => {
  const excepts: [list: string, host: string, port?: number][] = [
    ['*', 'ftp.example.com'],
    ['a.test,*', 'ftp.example.com'],
    ['ftp.example.com', 'ftp.example.com'],
    ['FTP.Example.COM', 'ftp.example.com'],
    ['ftp.example.com', 'FTP.EXAMPLE.COM.'],
    ['example.com', 'ftp.example.com'],
    ['.example.com', 'ftp.example.com'],
    ['.example.com', 'example.com'],
    ['*.example.com', 'ftp.example.com'],
    ['a.test, example.com ,b.test', 'ftp.example.com'],
    ['a.test example.com', 'ftp.example.com'],
    ['example.com:21', 'ftp.example.com'],
    ['example.com:2121', 'ftp.example.com', 2121],
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.3:21', '10.1.2.3'],
    ['10.0.0.0/8', '10.1.2.3'],
    ['10.0.0.0/8', '::ffff:10.1.2.3'],
    ['::1', '::1'],
    ['0:0:0:0:0:0:0:1', '[::1]'],
    ['[::1]', '::1'],
    ['[::1]:21', '::1'],
    ['fd00::/8', 'fd12::1'],
    ['0.0.0.0/0', '192.0.2.1'],
  ]
  for (const [list, host, port = 21] of excepts) {
    test(`'${list}' excepts ${host}:${port}`, () => {
      const env = { ftp_proxy: gate, no_proxy: list }
      assert.equal(proxyFromEnvironment({ scheme: 'ftp', host, port }, env), undefined)
    })
  }

  const keeps: [list: string, host: string, port?: number][] = [
    ['', 'ftp.example.com'],
    [',,', 'ftp.example.com'],
    ['.', 'ftp.example.com'],
    ['com.example', 'ftp.example.com'],
    ['ample.com', 'ftp.example.com'],
    ['ftp.example.com.evil', 'ftp.example.com'],
    ['example.com:2121', 'ftp.example.com'],
    ['10.1.2.3', '10.1.2.30'],
    ['10.0.0.0/8', '11.0.0.1'],
    ['10.0.0.0/8', 'ten.example'],
    ['10.0.0.0/99', '10.0.0.1'],
    ['10.0.0.0/x', '10.0.0.1'],
    ['10.0.0.0/', '10.0.0.1'],
    ['10.0.0.0/-1', '10.0.0.1'],
    ['2.3', '10.1.2.3'],
    ['::1', '::2'],
    ['[::1]:2121', '::1'],
    ['fd00::/8', '10.0.0.1'],
    ['<local>', 'intranet'],
  ]
  for (const [list, host, port = 21] of keeps) {
    test(`'${list}' does not except ${host}:${port}`, () => {
      const env = { ftp_proxy: gate, no_proxy: list }
      assert.equal(proxyFromEnvironment({ scheme: 'ftp', host, port }, env), gate)
    })
  }

  test('NO_PROXY counts when there is no small one', () => {
    assert.equal(proxyFromEnvironment(server, { ftp_proxy: gate, NO_PROXY: '*' }), undefined)
    assert.equal(proxyFromEnvironment(server, { ftp_proxy: gate, no_proxy: 'a.test', NO_PROXY: '*' }), gate)
  })

  test('a proxy that is not used need not be one', () => {
    assert.equal(proxyFromEnvironment(server, { ftp_proxy: '???', no_proxy: '*' }), undefined)
  })
})

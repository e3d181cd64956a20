import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { describeTarget, parseUrl } from '../../../../src/client/target/url.js'
import { TransferError } from '../../../../src/errors.js'

function refusal(url: string): TransferError {
  try {
    parseUrl(url)
  } catch (error) {
    assert.ok(error instanceof TransferError)
    assert.equal(error.code, 'bad-argument')
    return error
  }
  assert.fail(`${url} was taken`)
}

describe('a URL', () => {
  const taken: readonly [string, Partial<ReturnType<typeof parseUrl>>][] = [
    ['ftp://host', { scheme: 'ftp', server: { host: 'host', port: 21 } }],
    ['ftps://host', { scheme: 'ftps', server: { host: 'host', port: 990 } }],
    ['ftpes://host', { scheme: 'ftpes', server: { host: 'host', port: 21 } }],
    ['ftps://host:21', { server: { host: 'host', port: 21 } }],
    ['FTP://host:2121/in', { scheme: 'ftp', server: { host: 'host', port: 2121 }, path: 'in' }],
    ['ftp://me:secret@host', { user: 'me', password: 'secret' }],
    ['ftp://joe@corp:p%40ss%3Aw%2Frd@host', { user: 'joe@corp', password: 'p@ss:w/rd' }],
    ['ftp://[::1]:2121/', { server: { host: '::1', port: 2121 }, path: undefined }],
    ['ftp://host/a%20b/%C3%BC', { path: 'a b/ü' }],
    ['ftp://host//etc', { path: '/etc' }],
    ['ftp://host/%2Fetc', { path: '/etc' }],
    ['ftp://host/a#b?c', { path: 'a#b?c' }],
    ['ftp://host/a;type=a', { path: 'a', type: 'ascii' }],
    ['ftp://host/a;type=i', { path: 'a', type: 'binary' }],
  ]
  for (const [url, expected] of taken) {
    it(`${url} is read`, () => {
      const found = parseUrl(url)
      assert.deepEqual({ ...found, ...expected }, found)
    })
  }

  it('without a scheme says so', () => {
    assert.match(refusal('ftp.example.com').message, /no scheme/)
  })

  it('with a mistyped scheme suggests the right one', () => {
    assert.match(refusal('fpt://host').hint ?? '', /'ftp'/)
  })

  it('with a port that is none, without a host, or with a stray percent sign is refused', () => {
    for (const url of ['ftp://host:99999', 'ftp://host:0', 'ftp:///path', 'ftp://me:100%@host', 'ftp://ho st/'])
      refusal(url)
  })

  it('with a line break is refused, encoded or not', () => {
    for (const url of ['ftp://host/a\r\nDELE b', 'ftp://host/a%0d%0aDELE%20b', 'ftp://a%0ab@host', 'ftp://a:b%00@host'])
      refusal(url)
  })

  it('never shows its password in an error', () => {
    for (const url of [
      'ftp://me:hunter2@host:99999',
      'fpt://me:hunter2@host',
      'ftp://me:hunter2%@host',
      'me:hunter2@host',
    ]) {
      const { message, hint } = refusal(url)
      assert.doesNotMatch(`${message} ${hint}`, /hunter2/)
    }
  })

  it('is described without its password and without a default port', () => {
    assert.equal(describeTarget(parseUrl('ftp://me:secret@host:21/in')), 'ftp://me@host')
    assert.equal(describeTarget(parseUrl('ftps://[::1]:2121')), 'ftps://[::1]:2121')
  })
})

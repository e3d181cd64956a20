import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FtpPlan } from '../../../../src/client/target/ftp-plan.js'
import { type Plan, resolve } from '../../../../src/client/target/plan.js'
import type { SftpPlan } from '../../../../src/client/target/sftp-plan.js'
import { type ConnectOptions, TransferError } from '../../../../src/index.js'

const PEM = '-----BEGIN CERTIFICATE-----'
const gate = { dialect: 'socks5', host: 'gate', port: 1080 }

function planOf(url: string, options?: unknown, env: Readonly<Record<string, string>> = {}): Plan {
  return resolve(url, options as ConnectOptions, env)
}

function ftp(url: string, options?: unknown, env?: Readonly<Record<string, string>>): FtpPlan {
  const plan = planOf(url, options, env)
  assert.ok(plan.protocol === 'ftp')
  return plan
}

function sftp(url: string, options?: unknown, env?: Readonly<Record<string, string>>): SftpPlan {
  const plan = planOf(url, options, env)
  assert.ok(plan.protocol === 'sftp')
  return plan
}

/** A URL, options (and an environment) that are refused, and what the sentence says. */
const REFUSED: Readonly<Record<string, readonly [string, unknown, RegExp, Readonly<Record<string, string>>?]>> = {
  'a URL without a scheme': ['host', {}, /is not a URL/],
  'a scheme that there is not': ['gopher://h', {}, /'gopher' is not a scheme/],
  'a URL without a host': ['ftp://', {}, /cannot be read|no host/],
  'port 0': ['ftp://h:0', {}, /port .* is 0/],
  'a line break in the URL': ['ftp://h/a%0Ab', {}, /line feed/],
  'a line break in the user name': ['ftp://h', { user: 'a\nb' }, /user/],
  'a line break in the password': ['ftp://h', { password: 'a\nb' }, /password/],
  'a line break in the account': ['ftp://h', { account: 'a\rb' }, /account/],
  'an option that there is not': ['ftp://h', { keepalive: true }, /no option named 'keepalive'/],
  'options that are none': ['ftp://h', null, /options argument is null/],
  'tls with ftp:': ['ftp://h', { tls: {} }, /ftp:\/\/ has no TLS/],
  'an option of SSH with ftp:': ['ftp://h', { hostKey: {} }, /hostKey cannot be used with ftp:/],
  'keys with ftps:': ['ftps://h', { privateKey: 'k' }, /privateKey cannot be used with ftps:/],
  'an option of FTP with sftp:': ['sftp://h', { dataMode: 'passive' }, /dataMode cannot be used with sftp:/],
  'an account with sftp:': ['sftp://h', { account: 'a' }, /account cannot be used/],
  'a charset with sftp:': ['sftp://h', { encoding: 'latin1' }, /latin1 cannot be used with sftp:/],
  'an FTP proxy with sftp:': ['sftp://h', { proxy: 'ftp+user://gate' }, /cannot carry SFTP/],
  "the environment's FTP proxy with sftp:": [
    'sftp://h',
    { sshConfig: false },
    /cannot carry SFTP/,
    { all_proxy: 'ftp+user://gate' },
  ],
  'a certificate without its key': ['ftpes://h', { tls: { cert: PEM } }, /belong together/],
  'a key without its certificate': ['ftpes://h', { tls: { key: PEM } }, /belong together/],
  'two client certificates': [
    'ftpes://h',
    { tls: { cert: PEM, key: PEM, pfx: Buffer.from('x') } },
    /pfx and tls\.cert/,
  ],
  'a passphrase for nothing': ['ftpes://h', { tls: { passphrase: 'x' } }, /nothing that it would open/],
  'a pin, and any certificate': ['ftpes://h', { tls: { pin: 'x', trustAny: true } }, /pin and tls\.trustAny/],
  'legacy, and a lowest version': ['ftpes://h', { tls: { legacy: true, minVersion: 'TLSv1.2' } }, /legacy and tls/],
  'a lowest version above the highest': [
    'ftpes://h',
    { tls: { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' } },
    /minVersion is higher/,
  ],
  'plaintext data that must resume': [
    'ftpes://h',
    { tls: { data: 'clear', reuse: 'require' } },
    /'clear' and tls\.reuse/,
  ],
  "tls.scope 'proxy' without an FTP proxy": ['ftpes://h', { tls: { scope: 'proxy' } }, /there is no FTP proxy/],
  "tls.scope 'both'": ['ftpes://h', { tls: { scope: 'both' }, proxy: 'ftp+open://gate' }, /TLS within TLS/],
  'implicit TLS behind an FTP proxy': ['ftps://h', { proxy: 'ftp+open://gate' }, /Implicit TLS/],
  'TLS with a server that only USER reaches': ['ftpes://h', { proxy: 'ftp+user://gate' }, /impossible through/],
  'a dialect with TLS of its own, and ftp:': ['ftp://h', { proxy: 'ftp+sni://gate' }, /begins TLS with the proxy/],
  'a dialect with TLS of its own, and ftps:': ['ftps://h', { proxy: 'ftp+sni://gate' }, /begins TLS with the proxy/],
  'a tunnel, and active mode': ['ftp://h', { tunnel: true, dataMode: 'active' }, /tunnel and dataMode/],
  'a tunnel, and either mode': ['ftp://h', { tunnel: true, dataMode: 'auto' }, /tunnel and dataMode/],
  "a tunnel, and the server's own address": [
    'ftp://h',
    { tunnel: true, passiveAddress: 'reply' },
    /tunnel and passive/,
  ],
  'active mode through CONNECT': ['ftp://h', { dataMode: 'active', proxy: 'http://gate:9' }, /through http:\/\/gate:9/],
  'active mode through a jump host': ['ftp://h', { dataMode: 'active', proxy: 'ssh://me@gate' }, /ssh:\/\/me@gate:22/],
  'active mode through two tunnels': [
    'ftp://h',
    { dataMode: 'active', proxy: ['socks5://a:1', 'http://b:2'] },
    /http:\/\/b:2 via socks5:\/\/a:1/,
  ],
  'ports that are no range': ['ftp://h', { activePorts: [20, 10] }, /range of ports/],
  'an address to advertise that is a name': ['ftp://h', { activeAddress: 'me' }, /IP address/],
  'an FTP proxy before a tunnel': ['ftp://h', { proxy: ['ftp+open://a', 'socks5://b'] }, /Only the last proxy/],
  'two FTP proxies': ['ftp://h', { proxy: ['ftp+open://a', 'ftp+open://b'] }, /Only the last proxy/],
  'a proxy without a scheme': ['ftp://h', { proxy: 'gate:21' }, /not a URL|no kind of proxy/],
  'a proxy of a kind that there is not': ['ftp://h', { proxy: 'gopher://gate' }, /no kind of proxy/],
  'a proxy URL with a path': ['ftp://h', { proxy: 'http://gate/x' }, /goes on behind the host/],
  'a proxy without a host': ['ftp://h', { proxy: { dialect: 'user' } }, /no host/],
  'a dialect that there is not': ['ftp://h', { proxy: { dialect: 'usr', host: 'gate' } }, /no proxy dialect "usr"/],
  'a custom dialect without steps': ['ftp://h', { proxy: { dialect: 'custom', host: 'gate' } }, /needs steps/],
  'a step with nothing to send': ['ftp://h', { proxy: { dialect: 'custom', host: 'g', steps: [{}] } }, /steps|send/],
  'TLS settings of a proxy without TLS': ['ftp://h', { proxy: { ...gate, tls: {} } }, /'socks5' proxy shows no/],
  'a pin of an https proxy, and any certificate': [
    'ftp://h',
    { proxy: { ...gate, dialect: 'https', tls: { pin: 'x', trustAny: true } } },
    /proxy\.tls\.pin and/,
  ],
  "the environment's proxy of an unknown kind": [
    'ftp://h',
    {},
    /ftp_proxy names a proxy of/,
    { ftp_proxy: 'x://gate' },
  ],
  "the environment's proxy that is no URL": ['ftp://h', {}, /ftp_proxy is not a proxy URL/, { ftp_proxy: 'http://' }],
}

describe('a plan', () => {
  for (const [what, [url, options, message, env]] of Object.entries(REFUSED))
    it(`is refused for ${what}`, () => {
      assert.throws(
        () => planOf(url, options, env),
        (error) => {
          assert.ok(error instanceof TransferError, String(error))
          assert.equal(error.code, 'bad-argument')
          assert.equal(error.phase, 'arguments')
          assert.match(error.message, message)
          return true
        },
      )
    })

  it('says in full what a plain URL means', () => {
    const { observe, ...plan } = ftp('ftp://me:secret@h:2121/in;type=a')
    assert.equal(typeof observe, 'function')
    assert.deepEqual(JSON.parse(JSON.stringify(plan)), {
      target: {
        scheme: 'ftp',
        server: { host: 'h', port: 2121 },
        portGiven: true,
        user: 'me',
        password: 'secret',
        path: 'in',
        type: 'ascii',
      },
      limits: { connect: 15_000, reply: 30_000, idle: 30_000, confirm: 300_000 },
      preferIPv6: false,
      scheme: 'ftp',
      protocol: 'ftp',
      chain: { tunnels: [] },
      credentials: { user: 'me', password: 'secret' },
      login: true,
      data: { mode: 'passive', passiveAddress: 'control' },
      encoding: 'auto',
    })
  })

  it('takes what options say before what the URL says', () => {
    const plan = ftp('ftp://me:secret@h', { user: 'you', password: 'other', timeouts: { reply: 5 }, pool: { max: 3 } })
    assert.deepEqual(plan.credentials, { user: 'you', password: 'other', account: undefined })
    assert.deepEqual(plan.limits, { connect: 15_000, reply: 5, idle: 30_000, confirm: 300_000 })
    assert.equal(plan.poolMax, 3)
  })

  it('calls no function of the caller, and reads no key', () => {
    const never = (): never => assert.fail('it was called')
    ftp('ftpes://h', {
      password: never,
      account: never,
      onConnect: never,
      tls: { cert: 'x', key: 'x', passphrase: never },
    })
    sftp('sftp://h', { password: never, passphrase: never, privateKey: '/nowhere', sshConfig: '/nowhere' })
  })

  it('names the peer, the name and the beginning of TLS', () => {
    const explicit = ftp('ftpes://h', { virtualHost: 'v', tls: { data: 'clear' } }).tls
    assert.deepEqual(explicit?.peer, { host: 'h', port: 21 })
    assert.equal(explicit?.options.servername, 'v')
    assert.deepEqual([explicit?.begins, explicit?.scope, explicit?.data], ['explicit', 'server', 'clear'])
    assert.equal(ftp('ftps://h').tls?.begins, 'implicit')
    const gateway = ftp('ftpes://h', { tls: { scope: 'proxy' }, proxy: 'ftp+user://gate:2121' }).tls
    assert.deepEqual([gateway?.peer, gateway?.scope], [{ host: 'gate', port: 2121 }, 'proxy'])
    assert.equal(ftp('ftpes://h', { proxy: 'ftp+sni://gate' }).tls?.begins, 'dialect')
  })

  it('lists the tunnels, nearest first, with their ports, and the FTP proxy behind them', () => {
    const { chain } = ftp('ftp://h', { proxy: ['socks5h://a', { dialect: 'http', host: '[::1]' }, 'ftp+open://c'] })
    const tunnels = chain.tunnels.map(({ dialect, host, port }) => `${dialect} ${host} ${port}`)
    assert.deepEqual(tunnels, ['socks5h a 1080', 'http ::1 3128'])
    assert.deepEqual([chain.ftp?.name, chain.ftp?.endpoint], ['open', { host: 'c', port: 21 }])
  })

  it('asks the environment that it is given, unless proxy is false', () => {
    const env = { ftp_proxy: 'socks5://gate', no_proxy: 'direct' }
    assert.equal(ftp('ftp://h', {}, env).chain.tunnels.length, 1)
    assert.equal(ftp('ftp://direct', {}, env).chain.tunnels.length, 0)
    assert.equal(ftp('ftp://h', { proxy: false }, env).chain.tunnels.length, 0)
  })

  it('leaves what ~/.ssh/config may say open until that has been read', () => {
    const plan = sftp('sftp://alias', { hostKey: { accept: 'new' } }, { all_proxy: 'socks5://gate' })
    const said = { host: 'real', port: 2222, user: 'me', identitiesOnly: true, jumps: [{ host: 'jump', port: 22 }] }
    const { server, user, auth, chain, hostKey } = plan.settled(said)
    assert.deepEqual([server, user, auth.identitiesOnly], [{ host: 'real', port: 2222 }, 'me', true])
    assert.deepEqual([chain.tunnels[0]?.host, hostKey.accept], ['jump', 'new'])
    assert.equal(plan.settled({}).chain.tunnels[0]?.host, 'gate')
    assert.equal(sftp('sftp://alias:22').settled(said).server.port, 22)
    assert.equal(sftp('sftp://alias', { proxy: false }).settled(said).chain.tunnels.length, 0)
  })
})

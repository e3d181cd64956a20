import assert from 'node:assert/strict'
import { describe } from 'node:test'
import type { ConnectOptions } from '../../src/index.js'
import { ca, fingerprint, fixture } from '../tls/fixtures.js'
import { rawServer } from './raw-server.js'
import { fails, scene } from './scene.js'

const pin = fingerprint('good')
const own = { cert: fixture('client-certificate.pem'), key: fixture('client.pem') }
const gate = { dialect: 'socks5', host: '127.0.0.1', port: 9 }

interface Row {
  readonly options: unknown
  readonly message: RegExp
  readonly scheme?: string
}

const ROWS: Readonly<Record<string, Row>> = {
  'tls with ftp:': { options: { tls: { ca } }, scheme: 'ftp', message: /ftp:\/\/ has no TLS/ },
  'a pin, and any certificate': {
    options: { tls: { pin, trustAny: true } },
    message: /pin and tls\.trustAny contradict/,
  },
  'a certificate without its key': { options: { tls: { cert: own.cert } }, message: /belong together/ },
  'a key without its certificate': { options: { tls: { key: own.key } }, message: /belong together/ },
  'two client certificates': { options: { tls: { ...own, pfx: fixture('client.pfx') } }, message: /pfx and tls\.cert/ },
  'a passphrase for nothing': { options: { tls: { passphrase: 'x' } }, message: /nothing that it would open/ },
  'legacy, and a lowest version': {
    options: { tls: { legacy: true, minVersion: 'TLSv1.2' } },
    message: /legacy and tls\.minVersion contradict/,
  },
  'a lowest version above the highest': {
    options: { tls: { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' } },
    message: /minVersion is higher/,
  },
  'data in the clear that must resume': {
    options: { tls: { data: 'clear', reuse: 'require' } },
    message: /data 'clear' and tls\.reuse 'require' contradict/,
  },
  'a version that there is not': {
    options: { tls: { minVersion: 'TLSv1.4' } },
    message: /tls\.minVersion.*'TLSv1\.3'/,
  },
  'a mistyped member of tls': { options: { tls: { trustany: true } }, message: /no option named 'tls\.trustany'/ },
  'a mistyped value in tls': { options: { tls: { data: 'secured' } }, message: /tls\.data.*'secure', 'clear'/ },
  'a member of tls that is null': { options: { tls: { pin: null } }, message: /tls\.pin/ },
  'a mistyped member of pool': { options: { pool: { maximum: 2 } }, message: /no option named 'pool\.maximum'/ },
  "tls.scope 'proxy' without an FTP proxy": { options: { tls: { scope: 'proxy' } }, message: /there is no FTP proxy/ },
  'a tunnel, and active mode': { options: { tunnel: true, dataMode: 'active' }, message: /tunnel and dataMode/ },
  'a tunnel, and either mode': { options: { tunnel: true, dataMode: 'auto' }, message: /tunnel and dataMode/ },
  "a tunnel, and the server's own address": {
    options: { tunnel: true, passiveAddress: 'reply' },
    message: /tunnel and passiveAddress/,
  },
  'active mode through CONNECT': {
    options: { dataMode: 'active', proxy: { ...gate, dialect: 'http' } },
    message: /'active' cannot work through http:\/\/127\.0\.0\.1:9/,
  },
  'active mode through a jump host': {
    options: { dataMode: 'active', proxy: { ...gate, dialect: 'ssh', user: 'me' } },
    message: /'active' cannot work through ssh:/,
  },
  'ports that are no range': {
    options: { dataMode: 'active', activePorts: [20, 10] },
    message: /range of ports/,
  },
  'ports that are no pair': { options: { dataMode: 'active', activePorts: {} }, message: /range of ports/ },
  'an address to advertise that is a name': { options: { activeAddress: 'me.test' }, message: /must be an IP address/ },
  'an FTP proxy before a tunnel': {
    options: { proxy: ['ftp+open://127.0.0.1:9', 'socks5://127.0.0.1:9'] },
    message: /Only the last proxy/,
  },
  'TLS settings of a proxy without TLS': {
    options: { proxy: { ...gate, tls: { ca } } },
    message: /'socks5' proxy shows no/,
  },
  'a pin of an https proxy, and any certificate': {
    options: { proxy: { ...gate, dialect: 'https', tls: { pin, trustAny: true } } },
    message: /proxy\.tls\.pin and proxy\.tls\.trustAny contradict/,
  },
  'a mistyped member of an https proxy': {
    options: { proxy: { ...gate, dialect: 'https', tls: { trustAll: true } } },
    message: /no option named 'proxy\.tls\.trustAll'/,
  },
  'an option of SSH': { options: { hostKey: { accept: 'any' } }, message: /hostKey cannot be used with ftpes/ },
  'an option of FTP with sftp:': {
    options: { virtualHost: true },
    scheme: 'sftp',
    message: /virtualHost cannot be used/,
  },
  'a name that nobody knows': { options: { keepalive: true }, message: /no option named 'keepalive'/ },
}

describe('options that contradict each other or mean nothing', () => {
  for (const [what, { options, message, scheme = 'ftpes' }] of Object.entries(ROWS))
    scene(`${what}: one sentence, before anything is dialled`, async (s) => {
      const raw = s.keep(await rawServer({}))
      const error = await fails(s.connect(`${scheme}://127.0.0.1:${raw.port}`, options as ConnectOptions), {
        code: 'bad-argument',
        phase: 'arguments',
        message,
      })
      assert.equal(raw.sessions, 0)
      assert.equal(error.message.split('. ').length, 1, error.message)
      assert.equal(error.retryable, false)
    })
})

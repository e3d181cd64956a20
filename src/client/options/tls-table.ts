import { bytes, either, flag, type OptionTable, oneOf, oneOrMore, secret, text, word } from '../../option-checks.js'
import type { ProxyOptions, TlsOptions } from './options.js'

const pem = either({ ...text, says: 'a string' }, bytes)
const version = oneOf('TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3')

/** Whom we trust: the server, or an https:// proxy. */
export const PROXY_TLS: OptionTable<NonNullable<ProxyOptions['tls']>> = {
  ca: {
    kind: oneOrMore(pem),
    default: "the system's",
    text: 'PEM of the issuers to trust, or a list',
  },
  pin: {
    kind: oneOrMore(word),
    default: 'none',
    text: 'SHA-256 of the certificate or of its public key, hex or base64, or a list: exactly these are trusted, whoever issued them',
  },
  servername: {
    kind: word,
    default: "`virtualHost`'s name, else the host",
    text: 'the name the certificate has to be for; also the SNI',
  },
  trustAny: {
    kind: flag,
    default: '`false`',
    text: 'trusts whatever certificate is shown, and warns. `pin` is the better way',
  },
}

export const TLS: OptionTable<TlsOptions> = {
  ...PROXY_TLS,
  cert: { kind: pem, default: 'none', text: 'a client certificate, PEM; with `key`' },
  key: { kind: pem, default: 'none', text: 'the private key of `cert`, PEM' },
  pfx: { kind: pem, default: 'none', text: 'a client certificate and its key, PKCS #12' },
  passphrase: { kind: secret, default: 'none', text: 'opens `key` or `pfx`' },
  minVersion: { kind: version, default: "Node's: `'TLSv1.2'`", text: 'the lowest version of TLS' },
  maxVersion: { kind: version, default: "Node's: `'TLSv1.3'`", text: 'the highest version of TLS' },
  legacy: {
    kind: flag,
    default: '`false`',
    text: "allows TLS 1.0 and 1.1, short keys and old signatures, for this connection; without `minVersion`. RC4 and MD5 are no longer in Node's OpenSSL",
  },
  data: {
    kind: oneOf('secure', 'clear'),
    default: "`'secure'`",
    text: "`'clear'`: data connections are plaintext, for servers without PROT P",
  },
  reuse: {
    kind: oneOf('auto', 'require', 'never'),
    default: "`'auto'`",
    text: "data connections resume the control connection's session, or show the same certificate; `'require'`: they must resume; `'never'`. A server that no longer accepts the session (522, 425, 450) is asked once more on a fresh one",
  },
  scope: {
    kind: oneOf('server', 'proxy', 'both'),
    default: "`'server'`",
    text: "`'proxy'`: TLS with the FTP proxy; what can work is in [PROXIES.md](PROXIES.md#tls-through-an-ftp-proxy)",
  },
}

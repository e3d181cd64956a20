import type { TlsOptions } from '../../index.js'
import { readBytes, readChoice } from './read-value.js'
import type { OptionSpec, Settings } from './spec.js'

const VERSIONS: Readonly<Record<string, TlsOptions['minVersion']>> = {
  '1.0': 'TLSv1',
  '1.1': 'TLSv1.1',
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3',
}

export const TLS: readonly OptionSpec[] = [
  {
    name: 'tls-ca',
    argument: 'FILE',
    repeat: true,
    group: 'tls',
    help: "Trust the issuers in this PEM file instead of the system's.",
    sets: (_, files) => tls({ ca: files.map((file) => readBytes(file, '--tls-ca')) }),
  },
  {
    name: 'tls-pin',
    argument: 'SHA256',
    repeat: true,
    group: 'tls',
    excludes: ['insecure'],
    help: 'Trust exactly the certificate with this fingerprint, or public key, in hex or base64, whatever its issuer.',
    sets: (_, pin) => tls({ pin }),
  },
  {
    name: 'tls-servername',
    argument: 'NAME',
    group: 'tls',
    help: "The name that the certificate is for, when it is not the URL's host.",
    sets: (servername) => tls({ servername }),
  },
  {
    name: 'insecure',
    group: 'tls',
    help: 'Accept any certificate. An attacker on the path can then read the password; --tls-pin is safer.',
    sets: () => tls({ trustAny: true }),
  },
  {
    name: 'tls-cert',
    argument: 'FILE',
    group: 'tls',
    excludes: ['tls-pfx'],
    help: 'Client certificate, PEM; --tls-key belongs to it.',
    sets: (file) => tls({ cert: readBytes(file, '--tls-cert') }),
  },
  {
    name: 'tls-key',
    argument: 'FILE',
    group: 'tls',
    excludes: ['tls-pfx'],
    help: 'The key of the client certificate, PEM.',
    sets: (file) => tls({ key: readBytes(file, '--tls-key') }),
  },
  {
    name: 'tls-pfx',
    argument: 'FILE',
    group: 'tls',
    help: 'Client certificate and key in one PKCS#12 file.',
    sets: (file) => tls({ pfx: readBytes(file, '--tls-pfx') }),
  },
  {
    name: 'tls-passphrase-env',
    argument: 'NAME',
    group: 'tls',
    help: 'Take the passphrase of --tls-key or --tls-pfx from this environment variable.',
    sets: (tlsPassphraseEnv) => ({ secrets: { tlsPassphraseEnv } }),
  },
  {
    name: 'tls-legacy',
    group: 'tls',
    excludes: ['tls-min'],
    help: 'Allow TLS 1.0 and 1.1, short keys and old signatures.',
    sets: () => tls({ legacy: true }),
  },
  {
    name: 'tls-min',
    argument: 'V',
    group: 'tls',
    help: 'Lowest version of TLS: 1.0, 1.1, 1.2 or 1.3. Default: 1.2.',
    sets: (text) => tls({ minVersion: version(text, '--tls-min') }),
  },
  {
    name: 'tls-max',
    argument: 'V',
    group: 'tls',
    help: 'Highest version of TLS: 1.0, 1.1, 1.2 or 1.3. Default: 1.3.',
    sets: (text) => tls({ maxVersion: version(text, '--tls-max') }),
  },
  {
    name: 'tls-scope',
    argument: 'WITH',
    group: 'tls',
    help: "The peer of TLS when there is an FTP proxy: 'server' (default) or 'proxy'.",
    sets: (text) => tls({ scope: readChoice(text, '--tls-scope', ['server', 'proxy'] as const) }),
  },
  {
    name: 'tls-data',
    argument: 'MODE',
    group: 'tls',
    help: "'clear' leaves the data unprotected, for servers that cannot protect it. Default: 'secure'.",
    sets: (text) => tls({ data: readChoice(text, '--tls-data', ['secure', 'clear'] as const) }),
  },
  {
    name: 'tls-reuse',
    argument: 'MODE',
    group: 'tls',
    help: "Whether data connections resume the control connection's TLS session: 'auto' (default), 'require' or 'never'.",
    sets: (text) => tls({ reuse: readChoice(text, '--tls-reuse', ['auto', 'require', 'never'] as const) }),
  },
]

function tls(options: TlsOptions): Partial<Settings> {
  return { connect: { tls: options } }
}

function version(text: string, flag: string): TlsOptions['minVersion'] {
  return VERSIONS[readChoice(text.replace(/^TLSv?/i, ''), flag, Object.keys(VERSIONS))]
}

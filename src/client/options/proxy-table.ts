import {
  callback,
  either,
  line,
  listOf,
  localPath,
  no,
  type OptionTable,
  object,
  oneOf,
  record,
  secret,
  text,
  whole,
  word,
} from '../../option-checks.js'
import type { ProxyOptions, Step } from './options.js'
import { agent, HOST_KEY, privateKey } from './ssh-table.js'
import { PROXY_TLS } from './tls-table.js'

const STEP: OptionTable<Step> = {
  send: { kind: word, required: true, text: 'the line; variables stand in it as in [PROXIES.md](PROXIES.md)' },
  expect: { kind: text, default: '2xx and 3xx', text: "replies that let the login go on: `'220'`, `'2xx|331'`" },
  when: { kind: oneOf('2xx', '3xx'), text: 'sent only after a reply of this class' },
  tls: {
    kind: object({
      sni: { kind: text, text: 'the name to send as SNI' },
      identity: { kind: oneOf('server', 'proxy'), required: true, text: 'whose certificate it has to be' },
    } satisfies OptionTable<NonNullable<Step['tls']>>),
    text: 'TLS begins after this step',
  },
}

export const PROXY: OptionTable<ProxyOptions> = {
  dialect: {
    kind: word,
    required: true,
    text: "the kind of FTP proxy (`'user'`, `'login'`, `'open'`, `'site'`, …, `'custom'`, `'other'`) or of tunnel (`'socks4'`, `'socks4a'`, `'socks5'`, `'socks5h'`, `'http'`, `'https'`, `'ssh'`)",
  },
  host: { kind: line, text: 'a name or an address' },
  port: { kind: whole(0, 65_535), default: 'the usual one', text: '0 is the usual port of the kind, too' },
  user: { kind: line, default: 'none', text: "the proxy's own user" },
  password: { kind: secret, default: 'none', text: "the proxy's own password" },
  steps: {
    kind: either(text, listOf(object(STEP), 'a list of steps')),
    text: "for `'custom'`: steps, or FileZilla's lines",
  },
  serverPort: {
    kind: oneOf('non-default', 'always', 'never'),
    default: "`'non-default'`",
    text: "when the server's port is written behind its name: `'always'`, `'never'`",
  },
  portSeparator: { kind: oneOf(':', ' '), default: "`':'`", text: "between the server and its port; or `' '`" },
  separator: { kind: line, default: "`'%'`", text: "for `'suse'`: between the users' names" },
  authId: { kind: line, text: "for `'authorize'`: the identity" },
  authResponse: { kind: secret, text: "for `'authorize'`: the response" },
  prompt: {
    kind: callback,
    default: 'none',
    text: '`async (text) => answer`: answers a challenge',
  },
  tls: {
    kind: object(PROXY_TLS),
    text: "for `'https'`: `ca`, `servername`, `pin`, `trustAny` for the proxy's own certificate",
  },
  headers: {
    kind: record(text, 'an object of strings'),
    text: "for `'http'` and `'https'`: further header fields",
  },
  privateKey: { kind: privateKey, text: "for `'ssh'`: as in `connect()`" },
  passphrase: { kind: secret, text: "for `'ssh'`: opens encrypted keys" },
  agent: { kind: agent, text: "for `'ssh'`: as in `connect()`" },
  identityFiles: {
    kind: listOf(localPath),
    text: "for `'ssh'`: paths of keys to try when nothing else is given; one that is missing is passed over",
  },
  hostKey: { kind: object(HOST_KEY), text: "for `'ssh'`: as in `connect()`" },
  algorithms: {
    kind: oneOf('modern', 'legacy'),
    default: "`'modern'`",
    text: "for `'ssh'`: `'legacy'` also offers what old servers need (SHA-1, CBC)",
  },
}

const one = either({ ...word, says: 'a proxy URL' }, object(PROXY, 'an object'))

export const PROXY_KIND = either(no, one, listOf(one, 'a list of proxies'))

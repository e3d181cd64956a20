import {
  bytesPerSecond,
  callback,
  either,
  flag,
  ipAddress,
  line,
  milliseconds,
  type OptionTable,
  object,
  oneOf,
  portRange,
  record,
  secret,
  signal,
  text,
  whole,
  word,
} from '../../option-checks.js'
import type { ConnectOptions, Timeouts } from './options.js'
import { PROXY_KIND } from './proxy-table.js'
import { agent, HOST_KEY, privateKey } from './ssh-table.js'
import { TLS } from './tls-table.js'
import { verify } from './transfer-table.js'

export const TIMEOUTS: OptionTable<Timeouts> = {
  connect: {
    kind: milliseconds,
    default: '15,000',
    text: "reaching an address, a tunnel's part of a dial, a TLS handshake, and the greeting",
  },
  reply: {
    kind: milliseconds,
    default: '30,000',
    text: 'the reply to a command; also how long a call waits for sessions that are all held by open streams',
  },
  idle: {
    kind: milliseconds,
    default: '30,000',
    text: 'no byte on a data connection, in either direction; waiting for your own source or sink does not count',
  },
  confirm: { kind: milliseconds, default: '300,000', text: 'the final reply of a transfer, a checksum' },
  total: {
    kind: milliseconds,
    default: 'none',
    text: 'one whole call that returns a promise, `connect()` and `copy()` too (not `open()`)',
  },
}

export const POOL: OptionTable<NonNullable<ConnectOptions['pool']>> = {
  max: {
    kind: whole(1),
    default: '1',
    text: 'sessions that may be open at a time',
  },
}

export const KEEP_ALIVE: OptionTable<Extract<ConnectOptions['keepAlive'], object>> = {
  idleMs: { kind: milliseconds, default: '30,000', text: 'milliseconds without a command after which NOOP is sent' },
  duringTransfer: { kind: flag, default: '`false`', text: 'sends NOOP also while data flows' },
  beforeLogin: {
    kind: flag,
    default: '`false`',
    text: 'with `login: false`: sends NOOP also before a login, for servers that want none',
  },
}

export const VIRTUAL_HOST: OptionTable<Extract<ConnectOptions['virtualHost'], object>> = {
  name: { kind: word, required: true, text: 'the name to send in HOST' },
  required: { kind: flag, default: '`false`', text: 'a server that does not support HOST is an error' },
}

export const CONNECT: OptionTable<ConnectOptions> = {
  user: { kind: line, default: "the URL's, else `anonymous`", text: 'the user name' },
  password: {
    kind: secret,
    default: "the URL's; `anonymous@` for anonymous",
    text: 'text, or `() => Promise<string>`, called once when connecting',
  },
  account: {
    kind: secret,
    only: 'ftp',
    default: 'none',
    text: 'sent when the server asks for one (332, 532); text or function',
  },
  login: {
    kind: flag,
    only: 'ftp',
    default: '`true`',
    text: '`false`: connects and passes the proxy, sends no USER; `login()` does it later',
  },
  proxy: {
    kind: PROXY_KIND,
    default: "the environment's",
    text: 'a URL, an object, or a list, the nearest first: [PROXIES.md](PROXIES.md). `false`: none, whatever `ftp_proxy` and `all_proxy` say',
  },
  proxyHeaders: {
    kind: record(text, 'an object of strings'),
    default: '`User-Agent: Sallyport`',
    text: "header fields for every HTTP proxy on the way, also one that the environment names; a proxy's own `headers` win",
  },
  tunnel: {
    kind: flag,
    default: '`false`',
    text: 'the server is a forwarded port: passive mode only, data at the host that is dialled',
  },
  preferIPv6: {
    kind: flag,
    default: '`false`',
    text: 'tries IPv6 addresses first where a name has both kinds',
  },
  tls: { kind: object(TLS), only: 'ftp', text: 'for `ftpes://` and `ftps://`: [TLS](#tls)' },
  virtualHost: {
    kind: either(flag, word, object(VIRTUAL_HOST, 'an object { name, required }')),
    only: 'ftp',
    default: '`false`',
    text: "sends HOST before the login (RFC 7151): `true` for the URL's host, a name, or [an object](#virtualhost)",
  },
  dataMode: {
    kind: oneOf('passive', 'active', 'auto'),
    only: 'ftp',
    default: "`'passive'`",
    text: "`'active'`: the server connects to us; `'auto'`: passive, and active when that fails",
  },
  activePorts: { kind: portRange, only: 'ftp', default: 'any', text: '`[low, high]`: our ports in active mode' },
  activeAddress: {
    kind: ipAddress,
    only: 'ftp',
    default: 'our end of the control connection',
    text: 'the address that PORT and EPRT name',
  },
  passiveAddress: {
    kind: oneOf('control', 'reply', 'auto'),
    only: 'ftp',
    default: "`'control'`",
    text: "the host that passive data connections go to. `'control'`: the one we are connected to, whatever the server says; `'reply'`: the one in the reply, except a loopback or link-local address while ours is none; `'auto'`: the one in the reply, unless it is private and ours is not",
  },
  keepAlive: {
    kind: either(flag, object(KEEP_ALIVE, 'an object { idleMs, duringTransfer }')),
    default: '`false`',
    text: '`true`: sends NOOP when nothing was sent for 30 s; or [an object](#keepalive)',
  },
  privateKey: {
    kind: privateKey,
    only: 'sftp',
    default: 'see [SFTP](#sftp)',
    text: "text (OpenSSH, PEM, PKCS#8, PuTTY's PPK of version 2 or 3), bytes or the path of a key, or a list",
  },
  passphrase: {
    kind: secret,
    only: 'sftp',
    default: 'none',
    text: "for encrypted keys: text, or a function that is called with the key's name",
  },
  agent: {
    kind: agent,
    only: 'sftp',
    default: 'see [SFTP](#sftp)',
    text: "an agent's socket; `true`: that of `SSH_AUTH_SOCK`; `false`: none",
  },
  hostKey: {
    kind: object(HOST_KEY),
    only: 'sftp',
    default: "`{ accept: 'known' }`",
    text: 'which host keys are trusted: [host keys](#host-keys)',
  },
  legacy: {
    kind: flag,
    only: 'sftp',
    default: '`false`',
    text: 'also offers what old servers need (SHA-1, CBC, ssh-rsa)',
  },
  sshConfig: {
    kind: either(flag, word),
    only: 'sftp',
    default: '`true`',
    text: 'reads `~/.ssh/config`; a path: that file; `false`: none',
  },
  timeouts: { kind: object(TIMEOUTS), text: '[milliseconds](#timeouts)' },
  onConnect: {
    kind: callback,
    default: 'none',
    text: '`async (session) => …`, called after every login, also of a pooled or replaced session: `session.command(line)`',
  },
  verify: {
    kind: verify,
    default: '`false`',
    text: 'default of the [transfer option](#transfer-options)',
  },
  pool: {
    kind: object(POOL),
    default: '`{ max: 1 }`',
    text: 'how many [sessions](#pool)',
  },
  rateLimit: {
    kind: bytesPerSecond,
    default: 'none',
    text: 'bytes per second for all transfers, streams and files of this remote together, both directions',
  },
  encoding: {
    kind: word,
    default: "`'auto'`: UTF-8",
    text: "charset of names on the server: `'latin1'`, `'windows-1252'`, `'gbk'`, `'shift_jis'`, …",
  },
  signal: {
    kind: signal,
    default: 'none',
    text: 'an AbortSignal for connecting and for all calls after it, beside the one that a call takes',
  },
  observe: { kind: callback, default: 'none', text: 'receives every [event](#events)' },
}

export const CREDENTIALS = {
  user: { kind: line, text: 'the user name' },
  password: { kind: secret, text: 'the password; a function is called once' },
  account: { kind: secret, text: 'the account, where the server asks for one' },
} satisfies OptionTable<{ user?: unknown; password?: unknown; account?: unknown }>

export const CONFIGURE = {
  dataMode: {
    kind: oneOf('passive', 'active', 'auto'),
    default: "`connect()`'s",
    text: 'how data connections are made',
  },
  timeouts: {
    kind: object(TIMEOUTS),
    default: "`connect()`'s",
    text: '[milliseconds](#timeouts); those that are left out stay',
  },
  type: { kind: oneOf('binary', 'ascii'), default: "`'binary'`", text: "`'ascii'` converts line ends" },
} satisfies OptionTable<{ dataMode?: unknown; timeouts?: unknown; type?: unknown }>

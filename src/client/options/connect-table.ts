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
  secret,
  signal,
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
    text: 'To reach an address, for a proxy to do its part, for a TLS handshake, and for the greeting.',
  },
  reply: {
    kind: milliseconds,
    default: '30,000',
    text: 'For the reply to a command. A call also waits this long for a session while all of them are held by open streams.',
  },
  idle: { kind: milliseconds, default: '30,000', text: 'Without a byte on a data connection.' },
  confirm: { kind: milliseconds, default: '300,000', text: 'For the final reply of a transfer, and for a checksum.' },
  total: {
    kind: milliseconds,
    default: 'none',
    text: 'For a whole call that returns a promise, `connect()` and `copy()` too, but not for the streams of `read()` and `write()` or the file of `open()`.',
  },
}

export const POOL: OptionTable<NonNullable<ConnectOptions['pool']>> = {
  max: {
    kind: whole(1),
    default: '1',
    text: 'Sessions that may be open at a time. A call with `segments` opens as many as it needs where `max` is absent.',
  },
}

export const KEEP_ALIVE: OptionTable<Extract<ConnectOptions['keepAlive'], object>> = {
  idleMs: { kind: milliseconds, default: '30,000', text: 'Milliseconds without a command after which NOOP is sent.' },
  duringTransfer: { kind: flag, default: '`false`', text: 'Sends NOOP also while data flows.' },
}

export const VIRTUAL_HOST: OptionTable<Extract<ConnectOptions['virtualHost'], object>> = {
  name: { kind: word, required: true, text: 'The name to send in HOST.' },
  required: { kind: flag, default: '`false`', text: 'A server that does not support HOST is an error.' },
}

export const CONNECT: OptionTable<ConnectOptions> = {
  user: { kind: line, default: "the URL's, else `anonymous`", text: 'The user name.' },
  password: {
    kind: secret,
    default: "the URL's; `anonymous@` for anonymous",
    text: 'The password; a function is called once, when connecting.',
  },
  account: {
    kind: secret,
    only: 'ftp',
    default: 'none',
    text: 'Sent when the server asks for an account (332, 532).',
  },
  login: {
    kind: flag,
    only: 'ftp',
    default: '`true`',
    text: '`false`: connects and passes the proxy, but sends no USER; `login()` does it later.',
  },
  proxy: {
    kind: PROXY_KIND,
    default: "the environment's",
    text: 'A URL, an object, or a list of them, the nearest first: [PROXIES.md](PROXIES.md). `false`: none, whatever `ftp_proxy` and `all_proxy` say.',
  },
  tunnel: {
    kind: flag,
    default: '`false`',
    text: 'FTP: the server is a forwarded port: passive mode only, data at the host that was dialled.',
  },
  preferIPv6: {
    kind: flag,
    default: '`false`',
    text: 'Tries IPv6 addresses first where a name has both kinds.',
  },
  tls: { kind: object(TLS), only: 'ftp', text: 'For `ftpes://` and `ftps://`: [TLS](#tls).' },
  virtualHost: {
    kind: either(flag, word, object(VIRTUAL_HOST, 'an object { name, required }')),
    only: 'ftp',
    default: '`false`',
    text: "Sends HOST before the login (RFC 7151): `true` for the URL's host, a name, or an object. A server that does not support HOST is no error unless `required`; one that does not know the name is `refused`.",
  },
  dataMode: {
    kind: oneOf('passive', 'active', 'auto'),
    only: 'ftp',
    default: "`'passive'`",
    text: "`'active'`: the server connects to us; `'auto'`: passive, and active where that fails.",
  },
  activePorts: { kind: portRange, only: 'ftp', default: 'any', text: 'Our ports in active mode.' },
  activeAddress: {
    kind: ipAddress,
    only: 'ftp',
    default: 'our end of the control connection',
    text: 'The address that PORT and EPRT name.',
  },
  passiveAddress: {
    kind: oneOf('control', 'reply', 'auto'),
    only: 'ftp',
    default: "`'control'`",
    text: "The host that passive data connections go to. `'control'`: the one we are connected to, whatever the server says; `'reply'`: the one in the reply, except a loopback or link-local address while ours is none; `'auto'`: the one in the reply, unless it is private and ours is not.",
  },
  keepAlive: {
    kind: either(flag, object(KEEP_ALIVE, 'an object { idleMs, duringTransfer }')),
    default: '`false`',
    text: '`true`: sends NOOP when no command was sent for 30 s; an object says when. A server that rejects NOOP is not sent another, and a `warning` says so; one that never replies to it also costs the session.',
  },
  privateKey: {
    kind: privateKey,
    only: 'sftp',
    default: 'see [SFTP](#sftp)',
    text: "Text (OpenSSH, PEM, PKCS#8, PuTTY's PPK of version 2 or 3), bytes or the path of a key, or a list of these.",
  },
  passphrase: {
    kind: secret,
    only: 'sftp',
    default: 'none',
    text: "For encrypted keys; a function is called with the key's name.",
  },
  agent: {
    kind: agent,
    only: 'sftp',
    default: 'see [SFTP](#sftp)',
    text: "The agent's socket; `true`: that of `SSH_AUTH_SOCK`; `false`: none.",
  },
  hostKey: {
    kind: object(HOST_KEY),
    only: 'sftp',
    default: "`{ accept: 'known' }`",
    text: 'Which host keys are trusted: [host keys](#host-keys).',
  },
  legacy: {
    kind: flag,
    only: 'sftp',
    default: '`false`',
    text: 'Also offers what old servers need (SHA-1, CBC, ssh-rsa).',
  },
  sshConfig: {
    kind: either(flag, word),
    only: 'sftp',
    default: '`true`',
    text: 'Reads `~/.ssh/config`; a path: that file; `false`: none. The URL and options win over it.',
  },
  timeouts: { kind: object(TIMEOUTS), text: 'Limits in milliseconds: [timeouts](#timeouts).' },
  onConnect: {
    kind: callback,
    default: 'none',
    text: '`async (session) => …`, called after every login, also of a further or replaced session: `session.command(line)`.',
  },
  verify: {
    kind: verify,
    default: '`false`',
    text: 'The default of the [transfer option](#transfer-options) `verify`.',
  },
  pool: {
    kind: object(POOL),
    default: '`{ max: 1 }`',
    text: 'Sessions that may be open at a time. They are opened when a call has to wait. A server that refuses one more lowers the number for a minute. Of those that are idle for a minute all but one are closed.',
  },
  rateLimit: {
    kind: bytesPerSecond,
    default: 'none',
    text: 'Bytes per second for all transfers, streams and files of this remote together, both ways; listings do not count. The [transfer option](#transfer-options) `rateLimit` holds beside it. `copy()` keeps to the limits of both remotes; within one it counts twice, down and up.',
  },
  encoding: {
    kind: word,
    default: "`'auto'`: UTF-8",
    text: "Charset of names on the server: `'latin1'`, `'windows-1252'`, `'gbk'`, `'shift_jis'`, …",
  },
  signal: {
    kind: signal,
    default: 'none',
    text: 'An AbortSignal for connecting and for all calls after it, beside the one that a call takes.',
  },
  observe: { kind: callback, default: 'none', text: 'Receives every [event](#events).' },
}

export const CREDENTIALS = {
  user: { kind: line, text: 'The user name.' },
  password: { kind: secret, text: 'The password; a function is called once.' },
  account: { kind: secret, text: 'The account, where the server asks for one.' },
} satisfies OptionTable<{ user?: unknown; password?: unknown; account?: unknown }>

export const CONFIGURE = {
  dataMode: { kind: oneOf('passive', 'active', 'auto'), text: 'As in `connect()`. FTP only.' },
  timeouts: { kind: object(TIMEOUTS), text: 'As in `connect()`; those that are absent stay as they are.' },
  type: { kind: oneOf('binary', 'ascii'), text: 'The default of the transfer option `type`.' },
} satisfies OptionTable<{ dataMode?: unknown; timeouts?: unknown; type?: unknown }>

import {
  bytes,
  callback,
  either,
  flag,
  type Kind,
  LONGEST_TIMER,
  line,
  listOf,
  object,
  oneOf,
  oneOrMore,
  path,
  portRange,
  record,
  text,
  whole,
  word,
} from '../../option-checks.js'

/** Checked by the files whose types these are. The texts are those of docs/TESTING.md. */

const forever: Kind = { ...whole(0), fits: (value) => value === Number.POSITIVE_INFINITY || whole(0).fits(value) }
const nothing: Kind = { says: 'null', fits: (value) => value === null }
const pem = either({ ...text, says: 'a string' }, bytes)
const pause = whole(0, LONGEST_TIMER)
const version = oneOf('TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3')

/** A string, bytes, an iterable of both, or a function that returns one. */
const lines: Kind = {
  says: 'a line, an iterable of lines, or a function that returns one',
  fits: (value) =>
    text.fits(value) ||
    callback.fits(value) ||
    (typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)),
}

const store: Kind = {
  says: 'a Store',
  fits: (value) => typeof value === 'object' && value !== null && 'list' in value && 'read' in value,
}

const listener = {
  host: { kind: word, default: "`'127.0.0.1'`", text: 'the address to listen on' },
  port: { kind: whole(0, 65_535), default: '0: any free one', text: 'the port to listen on' },
} as const

const greeting = { kind: oneOrMore(text), default: 'a line', text: 'the text of the 220: one line or a list' } as const

const content = {
  store: {
    kind: store,
    default: 'a `MemoryStore` of `files`',
    text: "what is served: `disk({ root: './shared' })` serves a directory. It stays yours",
  },
  files: {
    kind: record(either(text, bytes), 'an object of strings and bytes'),
    default: 'none',
    text: 'contents by absolute path; a key that ends in `/` is an empty directory',
  },
  home: { kind: path, default: "`'/'`", text: 'where a session begins' },
  readOnly: { kind: flag, default: '`false`', text: 'refuses everything that changes something' },
} as const

const without = {
  kind: listOf(word),
  default: 'none',
  text: 'commands that are not supported, and not in FEAT',
} as const

const ACTION = {
  delayMs: { kind: pause, text: 'waits before anything else' },
  silent: { kind: flag, text: 'the command is not run and never answered; later ones are' },
  reply: { kind: lines, text: 'sent in place of running the command' },
  drip: { kind: either(flag, pause), text: 'its replies are sent a byte at a time, with that many ms between' },
  close: { kind: flag, text: 'the control connection is closed' },
  reset: { kind: flag, text: 'the control connection is closed with a TCP reset' },
  finalReply: { kind: either(nothing, lines), text: 'sent in place of the last reply; `null`: no last reply' },
  firstReply: { kind: lines, text: 'sent in place of the 150' },
  finalReplyEarly: { kind: flag, text: 'the 226 is sent before the data' },
  cutDataAt: { kind: whole(0), text: 'only that many bytes are sent over the data connection; then `with`' },
  with: { kind: oneOf('end', 'reset', 'stall', 'fin'), default: "`'end'`", text: 'how the data is cut' },
  flipByteAt: { kind: whole(0), text: 'inverts that byte of what is served or stored' },
  listLines: { kind: lines, text: 'what LIST, NLST and MLSD send in place of the directory' },
  stallTls: { kind: flag, text: 'the TLS handshake is never answered' },
  noData: { kind: flag, text: 'the port that PASV or EPSV names refuses connections' },
} as const

const occasion = {
  on: { kind: oneOrMore(word), required: true, text: 'the command, several, or `*`' },
  times: { kind: forever, default: 'for ever', text: 'how often it fires' },
  skip: { kind: whole(0), default: '0', text: 'occasions that pass before it fires first' },
} as const

/** A fault of a server or a proxy. */
export const FAULT = { ...occasion, do: { kind: object(ACTION), required: true, text: 'what goes wrong' } } as const

const faults = {
  kind: listOf(object(FAULT), 'a list of faults'),
  default: 'none',
  text: 'faults from the start',
} as const

const KEY_PAIR = {
  key: { kind: pem, required: true, text: 'PEM' },
  cert: { kind: pem, required: true, text: 'PEM' },
} as const

/** TLS of a server. */
export const SERVER_TLS = {
  ...KEY_PAIR,
  implicit: { kind: flag, default: '`false`', text: 'TLS from the first byte' },
  required: { kind: flag, default: '`false`', text: 'USER without TLS is refused' },
  requireReuse: {
    kind: flag,
    default: '`false`',
    text: 'a data connection that does not resume a session is refused with 522',
  },
  tickets: { kind: flag, default: '`true`', text: '`false`: no session can be resumed' },
  dataCert: { kind: object(KEY_PAIR), default: 'none', text: 'another certificate on data connections' },
  clientCa: {
    kind: pem,
    default: 'none',
    text: 'asks for a client certificate; with one of this issuer USER is answered 232',
  },
  minVersion: { kind: version, default: "Node's", text: 'the lowest version of TLS' },
  maxVersion: { kind: version, default: "Node's", text: 'the highest version of TLS' },
  ciphers: { kind: text, default: "Node's", text: "OpenSSL's list of ciphers" },
  dhparam: { kind: pem, default: "Node's", text: 'Diffie-Hellman parameters, PEM' },
} as const

const ACCOUNT = {
  password: { kind: text, required: true, text: 'the password' },
  account: { kind: text, text: 'requested with 332 after the password' },
} as const

/** The options of startServer(). */
export const SERVER = {
  ...listener,
  ...content,
  users: {
    kind: record(either({ ...text, says: 'a password' }, object(ACCOUNT)), 'an object of passwords'),
    default: "`{ demo: 'demo' }`",
    text: 'passwords by user name; `{ password, account }` makes it ask for ACCT; an empty password lets USER alone in',
  },
  anonymous: { kind: flag, default: '`true`', text: 'lets `anonymous` and `ftp` in with any password' },
  root: { kind: path, default: "`'/'`", text: 'the directory of the store that is served' },
  greeting,
  passivePorts: { kind: portRange, default: 'any', text: 'ports of passive data connections' },
  pasvAddress: { kind: line, default: 'the address the client reached', text: 'the address that 227 names' },
  without,
  listStyle: { kind: oneOf('unix', 'dos'), default: "`'unix'`", text: 'the format of LIST' },
  maxSessions: { kind: forever, default: 'no limit', text: 'further ones are answered 421' },
  tls: { kind: object(SERVER_TLS), default: 'none', text: 'TLS' },
  dataTimeoutMs: { kind: pause, default: '10,000', text: 'how long it waits for a data connection before 425, in ms' },
  faults,
} as const

const ENDPOINT = {
  host: { kind: word, required: true, text: 'a name or an address' },
  port: { kind: whole(1, 65_535), required: true, text: 'its port' },
} as const

/** The options of startProxy(). */
export const PROXY = {
  ...listener,
  dialect: { kind: word, required: true, text: 'how a client names the server' },
  user: { kind: line, default: "`'proxy'`", text: "the proxy's own user" },
  password: { kind: line, default: "`'proxy-pass'`", text: "the proxy's own password" },
  greeting,
  target: { kind: object(ENDPOINT), text: 'the server that `transparent` leads to' },
  connectAt: { kind: oneOf('route', 'user'), default: "`'route'`", text: 'when it dials out' },
  allow: { kind: callback, default: 'loopback only', text: 'asked for each server a client names' },
  dataPorts: { kind: portRange, default: 'none', text: 'ports for data connections behind TLS with the server' },
  without,
  faults,
} as const

const SFTP_ACTION = {
  delayMs: { kind: pause, text: 'waits before anything else' },
  silent: { kind: flag, text: 'the request is not executed and gets no reply' },
  status: {
    kind: object({
      code: { kind: whole(0, 2 ** 32 - 1), required: true, text: 'a code of SSH_FXP_STATUS' },
      text: { kind: text, text: 'its text' },
    }),
    text: 'sent in place of executing the request',
  },
  attributes: { kind: oneOf('none', 'untyped'), text: 'what attributes carry' },
  bareNames: { kind: flag, text: 'READDIR sends the bare name as the long one' },
  size: { kind: whole(0), text: 'the size in attributes' },
  endless: { kind: oneOf('repeat', 'invent'), text: 'READDIR never ends' },
  short: { kind: whole(0), text: 'READ brings at most this many bytes, READDIR this many names' },
  close: { kind: flag, text: 'closes the connection in place of the reply' },
  reset: { kind: flag, text: 'closes it with a TCP reset' },
} as const

/** A fault of an SFTP server. */
export const SFTP_FAULT = {
  ...occasion,
  do: { kind: object(SFTP_ACTION), required: true, text: 'what goes wrong' },
} as const

/** The options of startSftpServer(). */
export const SFTP_SERVER = {
  ...listener,
  ...content,
  users: {
    kind: record(text, 'an object of passwords'),
    default: "`{ demo: 'demo' }`",
    text: 'passwords by user name',
  },
  keys: { kind: listOf(word), default: 'none', text: 'public keys, as lines of authorized_keys' },
  hostKey: { kind: text, default: 'an Ed25519 key made for it', text: 'the private key of the server' },
  maxSessions: { kind: forever, default: '64', text: 'connections at a time' },
  maxChannels: { kind: forever, default: '10', text: 'SFTP sessions on one connection' },
  maxHandles: { kind: forever, default: '128', text: 'open files and directories of one session' },
  extensions: { kind: listOf(word), default: 'all', text: 'the extensions that the server has' },
  longest: { kind: whole(1), default: '255 KiB', text: 'bytes of a READ or WRITE' },
  longestWrite: {
    kind: whole(1),
    default: '`longest`',
    text: 'longest WRITE that is accepted, where it is shorter than what limits@openssh.com announces',
  },
  shuffle: { kind: { says: 'a number', fits: Number.isFinite }, text: 'seed of a random order of replies' },
  oneAtATime: { kind: flag, default: '`false`', text: 'all but the first of concurrent READs or WRITEs fail' },
  faults: { kind: listOf(object(SFTP_FAULT), 'a list of faults'), default: 'none', text: 'faults from the start' },
} as const

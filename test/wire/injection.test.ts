import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { type ConnectOptions, connect, type Remote, TransferError } from '../../src/index.js'
import { entriesOf, FAST, PASSWORD, scene } from './scene.js'

const EVIL: readonly [string, string][] = [
  ['CR', '\r'],
  ['LF', '\n'],
  ['NUL', '\0'],
  ['CRLF and a command', '\r\nDELE /precious'],
]

async function refusal(call: () => unknown): Promise<TransferError> {
  try {
    await call()
  } catch (error) {
    assert.ok(error instanceof TransferError, String(error))
    assert.equal(error.code, 'bad-argument', error.message)
    assert.equal(error.phase, 'arguments')
    return error
  }
  return assert.fail('it was taken')
}

/** A stream reports by itself, so its error is awaited. */
async function ended(stream: NodeJS.EventEmitter): Promise<never> {
  return await new Promise((_, reject) => stream.once('error', reject))
}

type Call = (remote: Remote, text: string) => unknown

const METHODS: Readonly<Record<string, Call>> = {
  list: (remote, text) => entriesOf(remote.list(text)),
  stat: (remote, text) => remote.stat(text),
  exists: (remote, text) => remote.exists(text),
  download: (remote, text) => remote.download(text, '/nowhere/at/all'),
  'download, recursive': (remote, text) => remote.download(text, '/dev/null/x', { recursive: true }),
  upload: (remote, text) => remote.upload(Buffer.from('x'), text),
  'upload, recursive': (remote, text) => remote.upload('.', text, { recursive: true }),
  read: (remote, text) => ended(remote.read(text).resume()),
  write: (remote, text) => ended(remote.write(text).end('x')),
  readFile: (remote, text) => remote.readFile(text),
  writeFile: (remote, text) => remote.writeFile(text, 'x'),
  remove: (remote, text) => remote.remove(text),
  makeDir: (remote, text) => remote.makeDir(text),
  'makeDir, recursive': (remote, text) => remote.makeDir(text, { recursive: true }),
  removeDir: (remote, text) => remote.removeDir(text),
  'removeDir, recursive': (remote, text) => remote.removeDir(text, { recursive: true }),
  'rename from': (remote, text) => remote.rename(text, '/b'),
  'rename to': (remote, text) => remote.rename('/precious', text),
  setTimes: (remote, text) => remote.setTimes(text, new Date(0)),
  setMode: (remote, text) => remote.setMode(text, 0o644),
  checksum: (remote, text) => remote.checksum(text, 'md5'),
  'open to read': (remote, text) => remote.open(text, 'r'),
  'open to write': (remote, text) => remote.open(text, 'w'),
  cwd: (remote, text) => remote.cwd(text),
  'session.command': (remote, text) => remote.session.command(`STAT ${text}`),
  'login user': (remote, text) => remote.login({ user: `demo${text}`, password: PASSWORD }),
  'login password': (remote, text) => remote.login({ user: 'demo', password: `x${text}` }),
  'login account': (remote, text) => remote.login({ user: 'demo', password: PASSWORD, account: `x${text}` }),
}

describe('CR, LF and NUL in an argument of a call', () => {
  for (const [name, call] of Object.entries(METHODS))
    scene(`${name}: refused before a byte goes out, and the next call works`, async (s) => {
      const server = await s.server({ files: { '/precious': 'x' } })
      const remote = await s.connect(server)
      const before = [...server.commands]
      for (const [, evil] of EVIL) {
        const error = await refusal(() => call(remote, `/pre${evil}cious`))
        assert.doesNotMatch(error.message, /[\r\n\0]/)
      }
      assert.deepEqual(server.commands, before)
      assert.equal(await remote.exists('/precious'), true)
    })

  scene('a NUL in a local path', async (s) => {
    const server = await s.server({ files: { '/precious': 'x' } })
    const remote = await s.connect(server)
    const before = [...server.commands]
    await refusal(() => remote.download('/precious', s.at('a\0b')))
    await refusal(() => remote.download('/', s.at('a\0b'), { recursive: true }))
    await refusal(() => remote.upload(s.at('a\0b'), '/b'))
    await refusal(() => remote.upload(s.at('a\0b'), '/b', { recursive: true }))
    assert.deepEqual(server.commands, before)
  })

  scene('a relative path is refused before PWD is asked for', async (s) => {
    const server = await s.server()
    const remote = await s.connect(server)
    const before = [...server.commands]
    await refusal(() => remote.stat('a\nb'))
    assert.deepEqual(server.commands, before)
  })

  scene('a name that becomes a line break only in the charset of the server', async (s) => {
    for (const encoding of ['auto', 'latin1', 'shift_jis', 'gb18030', 'utf-16le']) {
      const server = await s.server({ files: { '/precious': 'x' } })
      const connected = await s.connect(server, { encoding }).catch((error: unknown) => {
        assert.ok(error instanceof TransferError, String(error))
      })
      for (const letter of ['\u010a', '\u010d', '\u0a0d', '\u0d0a', '\u2028', '\u560a'])
        await connected?.remove(`/pre${letter}DELE /precious`).catch(() => {})
      assert.ok(!server.commands.includes('DELE /precious'), encoding)
    }
  })
})

const OPTIONS: Readonly<Record<string, (text: string) => ConnectOptions>> = {
  user: (text) => ({ user: `demo${text}` }),
  password: (text) => ({ password: `x${text}` }),
  'a password that is fetched': (text) => ({ password: async () => `x${text}` }),
  account: (text) => ({ account: `x${text}` }),
  encoding: (text) => ({ encoding: `utf-8${text}` }),
  activeAddress: (text) => ({ activeAddress: `127.0.0.1${text}`, dataMode: 'active' }),
  virtualHost: (text) => ({ virtualHost: `a.example${text}` }),
  'proxy URL': (text) => ({ proxy: `ftp+user://127.0.0.1${text}:1` }),
  'proxy dialect': (text) => ({ proxy: { dialect: `user${text}`, host: '127.0.0.1', port: 1 } }),
  'proxy host': (text) => ({ proxy: { dialect: 'user', host: `127.0.0.1${text}`, port: 1 } }),
  'proxy user': (text) => ({
    proxy: { dialect: 'login', host: '127.0.0.1', port: 1, user: `p${text}`, password: 'q' },
  }),
  'proxy password': (text) => ({
    proxy: { dialect: 'login', host: '127.0.0.1', port: 1, user: 'p', password: `q${text}` },
  }),
  'proxy separator': (text) => ({
    proxy: { dialect: 'suse', host: '127.0.0.1', port: 1, user: 'p', password: 'q', separator: `%${text}` },
  }),
  'proxy authId': (text) => ({
    proxy: { dialect: 'authorize', host: '127.0.0.1', port: 1, authId: `a${text}`, authResponse: 'r' },
  }),
  'proxy authResponse': (text) => ({
    proxy: { dialect: 'authorize', host: '127.0.0.1', port: 1, authId: 'a', authResponse: `r${text}` },
  }),
  'proxy steps': (text) => ({
    proxy: { dialect: 'custom', host: '127.0.0.1', port: 1, steps: [{ send: `SITE a${text}` }] },
  }),
}

describe('CR, LF and NUL in an option of connect()', () => {
  for (const [name, options] of Object.entries(OPTIONS))
    scene(`${name}: refused before anything is dialled`, async (s) => {
      const server = await s.server()
      for (const [, evil] of EVIL) {
        const given = { user: 'demo', password: PASSWORD, timeouts: FAST, ...options(evil) }
        const error = await refusal(() => connect(server.url, given))
        assert.doesNotMatch(error.message, /[\r\n\0]/)
      }
      assert.equal(server.conversation.length, 0)
    })

  const urls: Readonly<Record<string, (text: string, authority: string) => string>> = {
    'as it is': (text, authority) => `ftp://${authority}/${text}`,
    'in the user': (text, authority) => `ftp://us${encodeURIComponent(text)}er@${authority}`,
    'in the password': (text, authority) => `ftp://user:p${encodeURIComponent(text)}@${authority}`,
    'in the path': (text, authority) => `ftp://${authority}/a${encodeURIComponent(text)}b`,
    'in the host': (text) => `ftp://127.0.0.1${encodeURIComponent(text)}/`,
    'in a proxy user': (text, authority) => `ftp://${authority}|ftp+login://u${encodeURIComponent(text)}:p@127.0.0.1:1`,
    'in a proxy password': (text, authority) =>
      `ftp://${authority}|ftp+login://u:p${encodeURIComponent(text)}@127.0.0.1:1`,
  }
  for (const [where, build] of Object.entries(urls))
    scene(`a URL with one ${where}`, async (s) => {
      const server = await s.server()
      for (const [, evil] of EVIL) {
        const [url = '', proxy] = build(evil, server.url.slice('ftp://'.length)).split('|')
        await refusal(() => connect(url, { timeouts: FAST, ...(proxy && { proxy }) }))
      }
      assert.equal(server.conversation.length, 0)
    })
})

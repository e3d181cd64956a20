import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { COPY } from '../../src/client/copy.js'
import { DIAGNOSE } from '../../src/client/doctor/diagnose-options.js'
import { CONNECT, KEEP_ALIVE, POOL, TIMEOUTS, VIRTUAL_HOST } from '../../src/client/options/connect-table.js'
import { PROXY } from '../../src/client/options/proxy-table.js'
import { HOST_KEY } from '../../src/client/options/ssh-table.js'
import { PROXY_TLS, TLS } from '../../src/client/options/tls-table.js'
import { CALLS, type Call } from '../../src/client/remote/calls.js'
import { OpenRemote } from '../../src/client/remote/open-remote.js'
import { type ConnectOptions, connect, copy, diagnose, type Remote, TransferError } from '../../src/index.js'
import type { Option } from '../../src/option-checks.js'
import { rawServer } from './raw-server.js'
import { fails, type Scene, scene } from './scene.js'

type Method = keyof typeof CALLS

/** Arguments that each method takes. */
const GOOD: Readonly<Record<Method, readonly unknown[]>> = {
  list: ['/'],
  stat: ['/a.txt'],
  exists: ['/a.txt'],
  download: ['/a.txt', '/nowhere/a.txt'],
  upload: [Buffer.from('x'), '/b.txt'],
  read: ['/a.txt'],
  write: ['/b.txt'],
  readFile: ['/a.txt'],
  writeFile: ['/b.txt', 'x'],
  remove: ['/a.txt'],
  makeDir: ['/d'],
  removeDir: ['/d'],
  rename: ['/a.txt', '/b.txt'],
  setTimes: ['/a.txt', new Date(0)],
  setMode: ['/a.txt', 0o644],
  link: ['/l', 'a.txt'],
  space: ['/'],
  checksum: ['/a.txt', 'md5'],
  open: ['/a.txt', 'r'],
  cwd: ['/'],
  login: [{ user: 'demo' }],
  logout: [],
  configure: [],
  setChannelMode: ['data', 'clear'],
  close: [],
}

/** What throws at once: it returns no promise. */
const SYNCHRONOUS: readonly string[] = ['read', 'write', 'configure']
/** Their path may be left out. */
const DEFAULTED: readonly string[] = ['list', 'space', 'cwd']
const LINES = ['a\rb', 'a\nb', 'a\0b']
/** No options: nothing to refuse. */
const METHODS = (Object.keys(CALLS) as Method[]).filter((name) => name !== 'close')

/** One of each kind, and what is easily taken for options. */
const ODD: readonly unknown[] = [
  0,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 31,
  5n,
  '',
  'text',
  true,
  false,
  null,
  Symbol('odd'),
  [],
  [null],
  {},
  { odd: null },
  () => undefined,
  new Date(),
  new Map(),
  new AbortController(),
  AbortSignal.abort(),
  /odd/,
  Buffer.from('odd'),
]
const NOT_OPTIONS = ODD.filter((value) => Object.prototype.toString.call(value) !== '[object Object]')

/** A call of a method by its name. A promise, whatever the method does. */
async function call(remote: Remote, method: Method, given: readonly unknown[]): Promise<unknown> {
  const run = Reflect.get(remote, method) as (...args: unknown[]) => unknown
  let result: unknown
  try {
    result = run.apply(remote, [...given])
  } catch (error) {
    assert.ok(SYNCHRONOUS.includes(method), `${method}() threw instead of rejecting: ${String(error)}`)
    throw error
  }
  if (method === 'list') return await (result as AsyncIterableIterator<unknown>).next()
  return await result
}

/** `bad-argument` in one clear sentence. */
async function refused(work: Promise<unknown>, message?: RegExp): Promise<void> {
  await fails(work, { code: 'bad-argument', phase: 'arguments', message })
}

function named(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(named)}]` : `${typeof value} ${String(value?.constructor?.name ?? value)}`
}

async function stage(s: Scene): Promise<{ remote: OpenRemote; said: () => number }> {
  const server = await s.server({ files: { '/a.txt': 'hello' } })
  const remote = await s.connect(server)
  assert.ok(remote instanceof OpenRemote)
  return { remote, said: () => server.commands.length }
}

describe('what a method of a remote is given', () => {
  for (const method of METHODS)
    scene(
      `${method}(): options that are none, unknown or of a wrong kind are refused before a command is sent`,
      async (s) => {
        const { remote, said } = await stage(s)
        const before = said()
        const good = GOOD[method]
        for (const odd of NOT_OPTIONS) await refused(call(remote, method, [...good, odd]), /options argument/)
        await refused(call(remote, method, [...good, { sginal: undefined }]), /no option named 'sginal'/)
        const { options }: Call = CALLS[method]
        for (const [name, row] of Object.entries<Option>(options as Readonly<Record<string, Option>>))
          for (const odd of ODD)
            await tryOption(remote, method, [...good, { signal: AbortSignal.abort(), [name]: odd }], row, odd)
        assert.equal(said(), before)
      },
    )

  for (const method of METHODS.filter((name) => Object.keys(CALLS[name].takes).length > 0))
    scene(
      `${method}(): arguments that are missing, empty or of a wrong kind are refused before a command is sent`,
      async (s) => {
        const { remote, said } = await stage(s)
        const before = said()
        const { takes }: Call = CALLS[method]
        for (const [at, [name, kind]] of Object.entries(takes).entries()) {
          const path = kind.says.startsWith('a path')
          const wrong = [...ODD, ...(path ? LINES : []), ...(DEFAULTED.includes(method) ? [] : [undefined])]
          for (const odd of wrong.filter((value) => !kind.fits(value) || /[\r\n\0]/.test(String(value)))) {
            const given = GOOD[method].map((good, place) => (place === at ? odd : good))
            await refused(call(remote, method, given), new RegExp(`argument '${name}'`))
          }
        }
        assert.equal(said(), before)
      },
    )

  scene('login(): credentials of a wrong kind are refused before a command is sent', async (s) => {
    const { remote, said } = await stage(s)
    const before = said()
    for (const odd of NOT_OPTIONS) await refused(call(remote, 'login', [odd]))
    for (const credentials of [{ usr: 'me' }, { user: 5 }, { user: 'a\nb' }, { password: 5 }, { account: {} }])
      await refused(call(remote, 'login', [credentials]))
    await refused(call(remote, 'login', [{ password: async () => 5 }]), /resolved to no string/)
    assert.equal(said(), before)
  })

  scene('session.command(): a line or options of a wrong kind are refused', async (s) => {
    const { remote, said } = await stage(s)
    const before = said()
    for (const odd of ODD.filter((value) => typeof value !== 'string' || value === ''))
      await refused(remote.session.command(odd as string))
    for (const odd of NOT_OPTIONS) await refused(remote.session.command('NOOP', odd as object))
    assert.equal(said(), before)
  })

  scene('two calls at once with a signal that is none are refused, and the process goes on', async (s) => {
    const { remote } = await stage(s)
    const wrong = { signal: new AbortController() } as unknown as { signal: AbortSignal }
    const calls = [
      remote.stat('/a.txt', wrong),
      remote.readFile('/a.txt', wrong),
      remote.list('/', wrong)[Symbol.asyncIterator]().next(),
    ]
    for (const one of calls) await refused(one, /'signal' is an object; it must be an AbortSignal/)
    assert.equal(String(await remote.readFile('/a.txt')), 'hello')
  })

  scene('a signal of another realm cancels', async (s) => {
    const { remote } = await stage(s)
    const own = new AbortController()
    const foreign = {
      get aborted() {
        return own.signal.aborted
      },
      get reason() {
        return own.signal.reason
      },
      addEventListener: own.signal.addEventListener.bind(own.signal),
      removeEventListener: own.signal.removeEventListener.bind(own.signal),
    } as unknown as AbortSignal
    assert.equal(String(await remote.readFile('/a.txt', { signal: foreign })), 'hello')
    own.abort()
    await fails(remote.readFile('/a.txt', { signal: foreign }), { code: 'aborted' })
  })

  scene('configure() with a value that cannot be used changes nothing', async (s) => {
    const { remote } = await stage(s)
    const settings = (): unknown => ({ ...remote.connection.protocol.limits, type: remote.connection.type })
    const before = settings()
    for (const reply of [0, -1, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY, '5', null])
      await refused(call(remote, 'configure', [{ type: 'ascii', timeouts: { idle: 5, reply } }]), /timeouts\.reply/)
    for (const changes of [
      { type: 'ascii', dataMode: 'pasive' },
      { timeouts: { idle: 5 }, type: 'text' },
      { type: 'ascii', x: 1 },
    ])
      await refused(call(remote, 'configure', [changes]))
    assert.deepEqual(settings(), before)
  })
})

/** Refused, or as documented: a call that is cancelled already then says so. */
async function tryOption(
  remote: Remote,
  method: Method,
  given: readonly unknown[],
  row: Option,
  odd: unknown,
): Promise<void> {
  if (row.kind.fits(odd) && method !== 'configure') {
    if (SYNCHRONOUS.includes(method)) return
    const error = await call(remote, method, given).catch((thrown: unknown) => thrown)
    assert.ok(error instanceof TransferError, `${method} ${named(odd)}: ${String(error)}`)
    assert.ok(['aborted', 'bad-argument'].includes(error.code), `${method} ${named(odd)}: ${error.message}`)
  } else if (!row.kind.fits(odd)) await refused(call(remote, method, given))
}

/** Where each table of options belongs, and the options around it that let it be. */
const PLACES: readonly (readonly [string, Readonly<Record<string, Option>>, (members: object) => object])[] = [
  ['', CONNECT, (members) => members],
  ['timeouts.', TIMEOUTS, (timeouts) => ({ timeouts })],
  ['pool.', POOL, (pool) => ({ pool })],
  ['keepAlive.', KEEP_ALIVE, (keepAlive) => ({ keepAlive })],
  ['virtualHost.', VIRTUAL_HOST, (members) => ({ virtualHost: { name: 'a', ...members } })],
  ['tls.', TLS, (tls) => ({ tls })],
  ['hostKey.', HOST_KEY, (hostKey) => ({ hostKey })],
  ['proxy.', PROXY, (members) => ({ proxy: { dialect: 'user', host: '127.0.0.1', port: 9, ...members } })],
  ['proxy.tls.', PROXY_TLS, (tls) => ({ proxy: { dialect: 'https', host: '127.0.0.1', port: 9, tls } })],
]

describe('what connect() is given', () => {
  for (const [prefix, table, around] of PLACES)
    scene(
      `${prefix || 'its '}options: each value is taken as documented or refused, before anything is dialled`,
      async (s) => {
        const raw = s.keep(await rawServer({}))
        for (const [name, row] of Object.entries(table)) {
          const ssh = row.only === 'sftp' || prefix === 'hostKey.'
          const url = `${ssh ? 'sftp' : 'ftpes'}://me@127.0.0.1:${raw.port}`
          const rest = { proxy: false, signal: AbortSignal.abort(), ...(ssh && { sshConfig: false }) }
          for (const odd of ODD) {
            const error = await connect(url, { ...rest, ...around({ [name]: odd }) } as ConnectOptions).catch(
              (e: unknown) => e,
            )
            const what = `${prefix}${name}: ${named(odd)}`
            assert.ok(error instanceof TransferError, `${what}: ${String(error)}`)
            if (row.kind.fits(odd))
              assert.ok(['aborted', 'bad-argument'].includes(error.code), `${what}: ${error.message}`)
            else assert.equal(error.code, 'bad-argument', what)
          }
        }
        assert.equal(raw.sessions, 0)
      },
    )

  for (const name of Object.keys(TIMEOUTS))
    it(`timeouts.${name}: 1 to 2147483647`, async () => {
      const signal = AbortSignal.abort()
      const open = (value: unknown) => connect('ftp://127.0.0.1:9', { signal, timeouts: { [name]: value } })
      for (const odd of [0, -1, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY, '5', null, 5n])
        await refused(open(odd), new RegExp(`timeouts\\.${name}`))
      for (const good of [1, 30_000, 2 ** 31 - 1, undefined]) await fails(open(good), { code: 'aborted' })
    })

  it('a URL or options that are none', async () => {
    for (const odd of ODD.filter((value) => typeof value !== 'string')) {
      await refused(connect(odd as string))
      await refused(diagnose(odd as string))
    }
    for (const odd of NOT_OPTIONS) {
      await refused(connect('ftp://127.0.0.1:9', odd as object), /options argument/)
      await refused(diagnose('ftp://127.0.0.1:9', odd as object), /options argument/)
    }
  })

  it('a secret is not in the error', async () => {
    for (const options of [{ password: 123456 }, { user: ['123456'] }, { passphrase: 123456 }, { proxy: 123456 }]) {
      const error = await connect('ftp://127.0.0.1:9', options as unknown as ConnectOptions).catch((e: unknown) => e)
      assert.ok(error instanceof TransferError && error.code === 'bad-argument')
      assert.doesNotMatch(`${error.message} ${error.hint}`, /123456/)
    }
  })
})

describe('what diagnose() and copy() are given', () => {
  it('diagnose(): options of its own', async () => {
    const signal = AbortSignal.abort()
    for (const name of Object.keys(DIAGNOSE).filter((one) => !(one in CONNECT)))
      for (const odd of ODD) {
        const error = await diagnose('ftp://127.0.0.1:9', { signal, [name]: odd }).catch((e: unknown) => e)
        assert.ok(error instanceof TransferError && /aborted|bad-argument/.test(error.code), `${name} ${named(odd)}`)
      }
  })

  scene('copy(): ends and options are refused before a command is sent', async (s) => {
    const { remote, said } = await stage(s)
    const before = said()
    const good = { remote, path: '/a.txt' }
    const odd = [
      ...ODD,
      { remote: {}, path: '/a' },
      { ...good, path: '' },
      { ...good, path: 'a\nb' },
      { ...good, path: 5 },
    ]
    for (const end of odd) {
      await refused(copy(end as typeof good, good))
      await refused(copy(good, end as typeof good))
    }
    for (const options of NOT_OPTIONS) await refused(copy(good, good, options as object), /options argument/)
    for (const [name, { kind }] of Object.entries(COPY))
      for (const value of ODD.filter((one) => !kind.fits(one))) await refused(copy(good, good, { [name]: value }))
    for (const name of ['type', 'recursive']) await refused(copy(good, good, { [name]: undefined }), /no option/)
    assert.equal(said(), before)
  })
})

import { describe } from 'node:test'
import type { ConnectOptions } from '../../src/index.js'
import { startSftpServer } from '../../src/testing/index.js'
import { fails, scene, until } from './scene.js'

/** Never settles. */
const silent = (): Promise<never> => new Promise(() => {})

/** Each function that connect() waits for. */
const FUNCTIONS: Readonly<Record<string, ConnectOptions>> = {
  password: { password: silent },
  account: { account: silent },
  onConnect: { onConnect: silent },
  'the password of a proxy': { proxy: { dialect: 'http', host: '127.0.0.1', port: 9, user: 'me', password: silent } },
}

describe("a function of the caller's that never settles", () => {
  for (const [what, options] of Object.entries(FUNCTIONS)) {
    scene(`${what}: the signal ends connect()`, async (s) => {
      const server = await s.server()
      const stop = new AbortController()
      const opening = s.connect(server, { ...options, signal: stop.signal })
      if (what === 'onConnect') await until(() => server.sessions === 1, 'it has logged in')
      setImmediate(() => stop.abort())
      await fails(opening, { code: 'aborted', within: 10_000 })
    })

    scene(`${what}: timeouts.total ends connect()`, async (s) => {
      const server = await s.server()
      await fails(s.connect(server, { ...options, timeouts: { total: 100 } }), { code: 'timeout', within: 10_000 })
    })
  }

  scene('the password of login(): the signal and timeouts.total end it', async (s) => {
    const server = await s.server()
    const remote = await s.connect(server, { timeouts: { total: 200 } })
    await fails(remote.login({ user: 'demo', password: silent }), { code: 'timeout', within: 10_000 })
    const signal = AbortSignal.timeout(1)
    await fails(remote.login({ user: 'demo', password: silent }, { signal }), { code: 'aborted', within: 10_000 })
    await remote.stat('/')
  })

  for (const what of ['password', 'onConnect'] as const)
    scene(`${what} over SFTP: the signal and timeouts.total end connect()`, async (s) => {
      const server = s.keep(await startSftpServer())
      const hostKey = { fingerprint: server.fingerprint }
      const options = { user: 'demo', password: 'demo', hostKey, sshConfig: false, [what]: silent }
      await fails(s.connect(server.url, { ...options, timeouts: { total: 500 } }), { code: 'timeout', within: 10_000 })
      await fails(s.connect(server.url, { ...options, signal: AbortSignal.timeout(300) }), {
        code: 'aborted',
        within: 10_000,
      })
      await until(() => server.sessions === 0, 'every connection has ended')
    })
})

describe("a function of the caller's that fails", () => {
  const failing: Readonly<Record<string, () => unknown>> = {
    throws: () => {
      throw new Error('the vault is locked')
    },
    rejects: () => Promise.reject(new Error('the vault is locked')),
  }
  for (const [how, fail] of Object.entries(failing))
    for (const what of ['password', 'account', 'onConnect'])
      scene(`${what} ${how}: 'local', with the reason`, async (s) => {
        const server = await s.server()
        const options = { [what]: fail } as ConnectOptions
        await fails(s.connect(server, options), { code: 'local', phase: 'login', message: /the vault is locked/ })
      })

  for (const what of ['password', 'account'])
    scene(`${what} that resolves to no string: bad-argument`, async (s) => {
      const server = await s.server()
      for (const value of [undefined, null, 5, {}]) {
        const options = { [what]: async () => value } as unknown as ConnectOptions
        await fails(s.connect(server, options), { code: 'bad-argument', message: /resolved to no string/ })
      }
    })
})

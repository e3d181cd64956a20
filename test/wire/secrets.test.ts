import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { inspect } from 'node:util'
import { type ConnectOptions, dialectNames, type TransferEvent } from '../../src/index.js'
import type { DialectName } from '../../src/testing/proxy/dialects.js'
import { rawServer } from './raw-server.js'
import { FAST, type Scene, scene, verbs } from './scene.js'

const SECRETS = ['pass-Qx71zw', 'acct-Qx72zw', 'proxy-Qx73zw', 'resp-Qx74zw', 'p@ss/w:rd%Qx75zw']
const [PASS = '', ACCT = '', PROXY = '', RESP = '', ODD = ''] = SECRETS

/** Everything that the package emits, as text. */
interface Trail {
  readonly seen: string[]
  readonly observe: (event: TransferEvent) => void
  note(thing: unknown): void
}

function trail(): Trail {
  const seen: string[] = []
  const note = (thing: unknown): void => {
    seen.push(inspect(thing, { depth: 10, maxStringLength: null, showHidden: true }))
    if (thing instanceof Error) seen.push(thing.stack ?? '', String(thing), JSON.stringify(thing))
  }
  return { seen, note, observe: note }
}

function clean({ seen }: Trail): void {
  assert.ok(seen.length > 0)
  for (const text of seen)
    for (const secret of SECRETS)
      for (const form of [secret, encodeURIComponent(secret)])
        assert.ok(!text.includes(form), `${form} stands in: ${text.slice(0, 500)}`)
}

async function attempt(s: Scene, url: string, options: ConnectOptions): Promise<Trail> {
  const found = trail()
  const warned = (warning: Error): void => found.note(warning)
  process.on('warning', warned)
  try {
    const remote = await s.connect(url, { observe: found.observe, ...options })
    found.note(remote)
    await remote.stat('/x').catch(found.note)
    await remote.readFile('/none').catch(found.note)
    await remote.login({ user: 'demo', password: `${PASS}wrong` }).catch(found.note)
    found.note(remote.lastReply)
    found.note(remote.capabilities)
    await remote.close()
  } catch (error) {
    found.note(error)
  }
  process.off('warning', warned)
  return found
}

/** A server or proxy that repeats every line it receives in each reply. */
function parrot(code: string): (argument: string) => string {
  return (argument) => `${code}-you said ${argument}\r\n${code} ${argument}\r\n`
}

describe('secrets stand in no event, error, warning or object', () => {
  scene('of a login that works, and of one that is refused', async (s) => {
    const server = await s.server({ users: { demo: { password: PASS, account: ACCT } } })
    clean(await attempt(s, server.url, { password: PASS, account: ACCT }))
    clean(await attempt(s, server.url, { password: `${PASS}no`, account: ACCT }))
    clean(await attempt(s, server.url, { password: PASS, account: `${ACCT}no` }))
    const secret = async (): Promise<string> => PASS
    clean(await attempt(s, server.url, { password: secret, account: async () => ACCT }))
  })

  scene('of a URL', async (s) => {
    const server = await s.server({ users: { demo: ODD } })
    const authority = server.url.slice('ftp://'.length)
    for (const password of [encodeURIComponent(ODD), `${encodeURIComponent(ODD)}no`, ODD, `${ODD}%zz`]) {
      const found = await attempt(s, `ftp://demo:${password}@${authority}`, { user: undefined, password: undefined })
      clean(found)
    }
    for (const url of [`ftpx://demo:${PASS}@h`, `//demo:${PASS}@h`, `ftp://demo:${PASS}@h:0`, `ftp://demo:${PASS}@[h`])
      clean(await attempt(s, url, {}))
    for (const proxy of [`ftp+usr://p:${PROXY}@h`, `ftp+user://p:${PROXY}@[h`, `p:${PROXY}@h`, `socks9://p:${PROXY}@h`])
      clean(await attempt(s, server.url, { proxy }))
  })

  for (const name of dialectNames.filter((one) => !['other', 'sni', 'transparent'].includes(one)))
    scene(`of the dialect ${name}, right and wrong`, async (s) => {
      const dialect = name as DialectName
      const server = await s.server({ users: { demo: PASS, proxy: PASS } })
      const proxy = await s.proxy({ dialect, password: PROXY })
      for (const [password, proxyPassword] of [
        [PASS, PROXY],
        [`${PASS}no`, PROXY],
        [PASS, `${PROXY}no`],
      ]) {
        const { host, port } = proxy
        const gate = {
          dialect,
          host,
          port,
          user: 'proxy',
          password: proxyPassword,
          authId: 'proxy',
          authResponse: RESP,
        }
        clean(await attempt(s, server.url, { proxy: gate, password, timeouts: FAST }))
      }
    })

  scene('that a server says back in its replies', async (s) => {
    const on = {
      USER: parrot('331'),
      PASS: parrot('332'),
      ACCT: parrot('230'),
      SIZE: parrot('550'),
      RETR: parrot('550'),
    }
    const raw = s.keep(await rawServer({ on }))
    clean(await attempt(s, raw.url, { password: PASS, account: ACCT }))
    const refusing = s.keep(await rawServer({ on: { ...on, PASS: parrot('530') } }))
    clean(await attempt(s, refusing.url, { password: PASS, account: ACCT }))
    const dropping = s.keep(await rawServer({ on: { ...on, PASS: parrot('421') } }))
    clean(await attempt(s, dropping.url, { password: PASS, account: ACCT }))
  })
})

describe('credentials go to nobody else', () => {
  scene('two remotes to one server as two users share no session', async (s) => {
    const server = await s.server({ users: { demo: PASS, other: ACCT } })
    const one = await s.connect(server, { password: PASS })
    const two = await s.connect(server, { user: 'other', password: ACCT })
    assert.equal(server.sessions, 2)
    await Promise.all([one.stat('/x'), two.stat('/x')])
    assert.equal(verbs(server).filter((verb) => verb === 'USER').length, 2)
  })

  scene("the server's password is not said to a proxy that refuses, nor the proxy's to the server", async (s) => {
    const server = await s.server({ users: { demo: PASS } })
    const raw = s.keep(await rawServer({ on: { USER: '530 go away\r\n' } }))
    await s.connect(server, { password: PASS, proxy: `ftp+login://p:${PROXY}@127.0.0.1:${raw.port}` }).then(
      () => assert.fail('it connected'),
      () => {},
    )
    assert.deepEqual(
      raw.lines.filter((line) => line !== 'QUIT'),
      ['USER p'],
    )
  })
})

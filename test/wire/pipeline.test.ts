import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe } from 'node:test'
import type { ConnectOptions, Remote, TransferEvent } from '../../src/index.js'
import type { Fault, ServerTls, TestServer } from '../../src/testing/index.js'
import { ca, good } from '../tls/fixtures.js'
import { contentOf, entriesOf, fails, type Scene, scene } from './scene.js'

/** As the product knows it: a server that takes flights. */
const KNOWN = '220 (vsFTPd 3.0.3)'
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f']
const files = Object.fromEntries(NAMES.map((name) => [`/tree/${name}`, name.repeat(3_000)]))

interface Talked {
  readonly server: TestServer
  readonly remote: Remote
  /** The lines on the wire, in order: commands as they are, replies as '<229'. */
  readonly said: string[]
}

async function talking(s: Scene, options: ConnectOptions = {}, greeting = KNOWN, tls?: ServerTls): Promise<Talked> {
  const server = await s.server({ files, greeting: greeting.slice(4), tls })
  const said: string[] = []
  const observe = (event: TransferEvent): void => {
    if (event.type === 'command') said.push(event.text)
    if (event.type === 'reply') said.push(`<${event.code}`)
  }
  return { server, remote: await s.connect(server, { observe, ...options }), said }
}

async function treeIsRight(s: Scene, remote: Remote, to = 'copy'): Promise<void> {
  const result = await remote.download('/tree', s.at(to), { recursive: true })
  assert.equal(result.files, NAMES.length)
  for (const name of NAMES) assert.equal(await readFile(s.at(`${to}/${name}`), 'utf8'), name.repeat(3_000))
}

/** Replies that came between the command for a data connection and each RETR. */
function between(said: readonly string[]): string[][] {
  const gaps: string[][] = []
  said.forEach((line, at) => {
    if (!line.startsWith('RETR')) return
    const opened = said.slice(0, at).findLastIndex((other) => /^(EPSV|PASV|EPRT|PORT)/.test(other))
    gaps.push(said.slice(opened + 1, at))
  })
  return gaps
}

const isFlight = (gap: readonly string[]): boolean => gap.length === 0

describe('downloads from a server that takes flights', () => {
  for (const dataMode of ['passive', 'active'] as const)
    scene(`${dataMode}: data connection and RETR go out together, the next pair on the present 150`, async (s) => {
      const { remote, said } = await talking(s, { dataMode })
      await treeIsRight(s, remote)
      assert.ok(between(said).every(isFlight))
      const retrs = said.flatMap((line, at) => (line.startsWith('RETR') ? [at] : []))
      for (const [order, at] of retrs.entries()) {
        const before = said.slice(0, at)
        const begun = before.filter((line, where) => line === '<150' && where > (retrs[0] ?? 0)).length
        assert.ok(begun >= order, `${order} downloads had begun before the next was sent`)
      }
      assert.ok(
        retrs.slice(1).some((at) => said.slice(0, at).filter((line) => line === '<226').length < retrs.indexOf(at) + 1),
        'none was sent ahead of a 226',
      )
    })

  for (const [what, greeting, secure] of [
    ['Pure-FTPd, which forgets what comes during a transfer', '220 Welcome to Pure-FTPd', false],
    ['ProFTPD over TLS, which refuses it', '220 ProFTPD Server (lab) [127.0.0.1]', true],
  ] as const)
    scene(`${what}: in one flight, but none while another runs`, async (s) => {
      const tls = secure ? { ca, servername: 'localhost' } : undefined
      const { remote, said } = await talking(s, { tls, pool: { max: 1 } }, greeting, secure ? good : undefined)
      await treeIsRight(s, remote)
      const first = said.findIndex((line) => line.startsWith('RETR'))
      const ends = said.slice(first).filter((line) => line.startsWith('RETR') || line === '<226')
      assert.deepEqual(
        ends.map((line) => line.slice(0, 4)),
        NAMES.flatMap(() => ['RETR', '<226']),
      )
    })

  scene('what is asked after the login goes out together', async (s) => {
    const { said } = await talking(s)
    const feat = said.indexOf('FEAT')
    assert.deepEqual(said.slice(feat, feat + 4), ['FEAT', 'OPTS UTF8 ON', 'TYPE I', 'PWD'])
  })

  scene('what protects the data goes along', async (s) => {
    const { said } = await talking(s, { tls: { ca, servername: 'localhost' } }, KNOWN, good)
    const pbsz = said.indexOf('PBSZ 0')
    const lines = ['PBSZ 0', 'PROT P', 'FEAT', 'OPTS UTF8 ON', 'TYPE I', 'PWD']
    assert.deepEqual(said.slice(pbsz, pbsz + lines.length), lines)
  })

  scene('protection that is refused then is an error, and nothing is transferred', async (s) => {
    const tls = { ca, servername: 'localhost' }
    const faults = [{ on: 'PROT', do: { reply: '536 no' } }]
    const server = await s.server({ files, greeting: KNOWN.slice(4), tls: good, faults })
    await fails(s.connect(server, { tls }), { code: 'tls', message: /PROT P: 536 no/ })
    assert.ok(!server.commands.some((line) => /^(EPSV|PASV|RETR|LIST|MLSD)/.test(line)))
  })

  scene("an upload's data command never goes out before the data connection stands", async (s) => {
    const { remote, said } = await talking(s)
    for (const name of ['x', 'y']) await remote.upload(Buffer.from(name), `/${name}`)
    for (const [at, line] of said.entries()) if (line.startsWith('STOR')) assert.equal(said[at - 1], '<229')
    for (const [at, line] of said.entries())
      if (line.startsWith('RNFR')) assert.match(said[at - 1] ?? '', /^SIZE/, 'its size and its rename go out together')
  })

  scene('a file that is refused is that file alone', async (s) => {
    const { remote, server } = await talking(s)
    server.addFault({ on: 'RETR', skip: 2, times: 1, do: { reply: '550 no' } })
    const error = await fails(remote.download('/tree', s.at('copy'), { recursive: true }), { code: 'incomplete' })
    const [failed, ...others] = error.failures ?? []
    assert.equal(others.length, 0)
    for (const name of NAMES)
      if (failed?.path.endsWith(`/${name}`) !== true)
        assert.equal(await readFile(s.at(`copy/${name}`), 'utf8'), name.repeat(3_000))
    assert.equal(server.commands.filter((line) => line.startsWith('USER')).length, 1)
  })

  for (const reply of ['425 not now', '500 OOPS: vsf_sysutil_bind', '502 no', '450 later'])
    scene(`EPSV refused in a flight with ${reply}: a fresh session, every file, and flights go on`, async (s) => {
      const { remote, server, said } = await talking(s)
      await remote.readFile('/tree/a')
      server.addFault({ on: 'EPSV', times: 1, do: { reply } })
      await treeIsRight(s, remote)
      const sent = server.commands.filter((line) => /^(USER|PASV)/.test(line))
      assert.deepEqual([sent.length, sent.includes('PASV')], [2, false])
      said.splice(0)
      await treeIsRight(s, remote, 'again')
      assert.ok(between(said).every(isFlight))
    })

  for (const [what, fault] of Object.entries<Fault>({
    'a data port that nobody answers': { on: 'EPSV', times: 1, do: { noData: true } },
  }))
    scene(`${what}: a fresh session, every file, and no flight any more`, async (s) => {
      const { remote, server, said } = await talking(s)
      await remote.readFile('/tree/a')
      server.addFault(fault)
      await treeIsRight(s, remote)
      const sessions = server.commands.filter((line) => line.startsWith('USER')).length
      assert.equal(sessions, 2)
      said.splice(0)
      await treeIsRight(s, remote, 'again')
      assert.equal(between(said).filter(isFlight).length, 0)
    })

  scene('REST goes along once it was taken; refused then, the session is replaced', async (s) => {
    const { remote, server, said } = await talking(s)
    const range = { from: 2_000 }
    for (let round = 0; round < 2; round++)
      assert.equal((await remote.readFile('/tree/a', range)).toString(), 'a'.repeat(1_000))
    const last = said.lastIndexOf('REST 2000')
    assert.deepEqual([said[last - 1], said[last + 1]], ['EPSV', 'RETR /tree/a'])
    server.addFault({ on: 'REST', times: 1, do: { reply: '502 no' } })
    await fails(remote.readFile('/tree/a', range), { code: 'session-lost' })
    assert.equal((await remote.readFile('/tree/a', range)).toString(), 'a'.repeat(1_000))
  })

  scene('cancelled with the next one under way: the next call is right', async (s) => {
    for (let after = 1; after <= NAMES.length; after++) {
      const { remote } = await talking(s)
      const stop = new AbortController()
      let seen = 0
      const options = {
        recursive: true,
        signal: stop.signal,
        onProgress: () => ++seen === after && stop.abort(),
      } as const
      await remote.download('/tree', s.at(`cancelled-${after}`), options).catch((error) => {
        assert.equal(error.code, 'aborted')
      })
      assert.equal((await entriesOf(remote.list('/tree'))).length, NAMES.length)
      await treeIsRight(s, remote, `whole-${after}`)
    }
  })
})

/** How often a port was asked for, and how often together with the question before it. */
function ports(said: readonly string[]): { asked: number; together: number } {
  const asked = said.flatMap((line, at) => (/^(EPSV|PASV)/.test(line) ? [at] : []))
  return { asked: asked.length, together: asked.filter((at) => !(said[at - 1] ?? '<').startsWith('<')).length }
}

describe('the port of a single file', () => {
  scene('is asked for with the look at the file, of the first one too', async (s) => {
    const { remote, said } = await talking(s, { pool: { max: 1 } })
    await remote.download('/tree/a', s.at('a'))
    assert.equal(await readFile(s.at('a'), 'utf8'), 'a'.repeat(3_000))
    assert.equal((await remote.readFile('/tree/b')).toString(), 'b'.repeat(3_000))
    await remote.upload(Buffer.from('new'), '/new')
    assert.equal((await remote.readFile('/new')).toString(), 'new')
    assert.deepEqual(ports(said), { asked: 4, together: 4 })
  })

  scene('serves what comes next when there is no such file', async (s) => {
    const { remote, said } = await talking(s, { pool: { max: 1 } })
    await fails(remote.download('/none', s.at('none')), { code: 'not-found' })
    assert.equal((await entriesOf(remote.list('/tree'))).length, NAMES.length)
    assert.deepEqual(ports(said), { asked: 1, together: 1 })
  })

  scene('is asked for again when the caller has said something meanwhile', async (s) => {
    const { remote, said } = await talking(s, { pool: { max: 1 } })
    await fails(remote.download('/none', s.at('none')), { code: 'not-found' })
    await remote.session.command('PASV')
    assert.equal((await entriesOf(remote.list('/tree'))).length, NAMES.length)
    assert.deepEqual(
      said.filter((line) => /^(EPSV|PASV)/.test(line)),
      ['EPSV', 'PASV', 'EPSV'],
    )
  })

  scene('of an upload that must not replace anything is asked for once', async (s) => {
    const { remote, said } = await talking(s, { pool: { max: 1 } })
    await remote.upload(Buffer.from('new'), '/new', { overwrite: 'never' })
    assert.deepEqual(ports(said), { asked: 1, together: 1 })
  })

  scene('of a tree that is sent is asked for with the rename of the file before', async (s) => {
    const { remote, server, said } = await talking(s, { pool: { max: 1 } })
    await treeIsRight(s, remote, 'tree')
    said.splice(0)
    await remote.upload(s.at('tree'), '/sent', { recursive: true })
    for (const name of NAMES) assert.equal((await contentOf(server, `/sent/${name}`))?.toString(), name.repeat(3_000))
    const behind = said.flatMap((line, at) => (line.startsWith('RNTO') ? [said[at + 1]] : []))
    assert.deepEqual(
      behind,
      NAMES.map((_, at) => (at === NAMES.length - 1 ? '<250' : 'EPSV')),
    )
    assert.equal(said.filter((line) => line === 'EPSV').length, NAMES.length, 'no port is asked for and not used')
  })

  scene('is found by PASV where EPSV is refused', async (s) => {
    const { remote, server, said } = await talking(s, { pool: { max: 1 } })
    server.addFault({ on: 'EPSV', do: { reply: '500 what?' } })
    for (const name of ['a', 'b']) assert.equal((await remote.readFile(`/tree/${name}`)).toString(), name.repeat(3_000))
    assert.deepEqual(
      said.filter((line) => /^(EPSV|PASV)/.test(line)),
      ['EPSV', 'PASV', 'PASV'],
    )
  })

  scene('that nobody can dial is not the end where another way is left', async (s) => {
    const { remote, server } = await talking(s, { pool: { max: 1 } })
    server.addFault({ on: 'EPSV', do: { noData: true } })
    assert.equal((await remote.readFile('/tree/a')).toString(), 'a'.repeat(3_000))
  })

  scene('whose call is cancelled meanwhile leaves the session in order', async (s) => {
    const { remote, server } = await talking(s, { pool: { max: 1 } })
    for (const on of ['MLST', 'EPSV']) {
      const stop = new AbortController()
      server.addFault({ on, times: 1, do: { delayMs: 50 } })
      const call = fails(remote.download('/tree/a', s.at('a'), { signal: stop.signal }), { code: 'aborted' })
      while (server.commands.at(-1) !== 'EPSV') await new Promise(setImmediate)
      stop.abort()
      await call
      assert.equal((await remote.readFile('/tree/a')).toString(), 'a'.repeat(3_000))
    }
    assert.equal(server.commands.filter((line) => line.startsWith('USER')).length, 1)
  })
})

describe('no command before the answer to the last', () => {
  const cases: Readonly<Record<string, [options: ConnectOptions, greeting: string]>> = {
    'a server nobody knows': [{}, '220 ready'],
    'pyftpdlib, which runs commands during a transfer': [{}, '220 pyftpdlib 1.5.9 ready.'],
    'NOOPs during transfers': [{ keepAlive: { idleMs: 60_000, duringTransfer: true } }, KNOWN],
  }
  for (const [what, [options, greeting]] of Object.entries(cases))
    scene(what, async (s) => {
      const { remote, said } = await talking(s, options, greeting)
      await treeIsRight(s, remote)
      assert.equal(between(said).length, NAMES.length)
      assert.equal(between(said).filter(isFlight).length, 0)
      await remote.download('/tree/a', s.at('single'))
      await remote.readFile('/tree/a')
      assert.equal(ports(said).together, 0)
    })

  scene('an FTP proxy', async (s) => {
    const proxy = await s.proxy({ dialect: 'user' })
    const { remote, said } = await talking(s, { proxy: proxy.url })
    await treeIsRight(s, remote)
    assert.equal(between(said).filter(isFlight).length, 0)
    await remote.download('/tree/a', s.at('single'))
    assert.equal(ports(said).together, 0)
  })
})

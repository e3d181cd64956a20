import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { listingCases } from '../unit/ftp/corpus/listing-cases.js'
import { type Answer, rawServer, sends } from './raw-server.js'
import { entriesOf, fails, namesIn, type Scene, scene } from './scene.js'

const feat = (...lines: string[]): string => `211-F\r\n${lines.map((line) => ` ${line}\r\n`).join('')}211 End\r\n`
const PLAIN = feat('EPSV', 'SIZE', 'MDTM')

/** A server that is asked for one directory and has the files `a` and `b c` in it. */
async function host(s: Scene, on: Readonly<Record<string, Answer>>, greeting = '220 ready\r\n') {
  const file: Answer = (path) => (/\/(?:a|b c)$/.test(path) ? '213 5\r\n' : '550 no plain file\r\n')
  const retr: Answer = (path, peer) =>
    (sends(`${path.slice(-3)}\r\n`.slice(0, 5)) as (a: string, p: typeof peer) => Promise<string>)(path, peer)
  return s.keep(
    await rawServer({
      greeting,
      on: { FEAT: PLAIN, SIZE: file, RETR: retr, MDTM: () => '213 20250102030405\r\n', ...on },
    }),
  )
}

const LINE = '-rw-r--r-- 1 edi staff 5 Oct  8  2022'

describe('listings over the wire', () => {
  for (const one of listingCases.filter(({ kind }) => kind !== 'mlsd'))
    scene(`${one.id}: names, types and sizes`, async (s) => {
      const remote = await s.connect((await host(s, { LIST: sends(one.text) })).url)
      const entries = await entriesOf(remote.list('/'))
      const wanted = one.expect.filter(({ skip }) => skip === undefined)
      assert.equal(entries.length, wanted.length)
      wanted.forEach(({ name, type, size, report }, index) => {
        const entry = entries[index]
        assert.equal(entry?.type, report === undefined ? type : 'unreadable')
        if (entry?.type === 'unreadable') return
        assert.ok([name].flat().includes(entry?.name))
        if (typeof size === 'number') assert.equal(entry?.size, size)
      })
    })

  for (const heading of ['Gesamt 43', '.:', '1 File(s) 5 bytes', 'итого 43'])
    scene(`"${heading}" is no failure of a download or a removal`, async (s) => {
      const text = `${heading}\r\n${LINE} a\r\n${LINE} b c\r\n`
      const server = await host(s, { LIST: sends(text), DELE: '250 gone\r\n', RMD: '250 gone\r\n' })
      const remote = await s.connect(server.url)
      const result = await remote.download('/pub', s.at('pub'), { recursive: true })
      assert.equal(result.files, 2)
      assert.deepEqual(await namesIn(s.at('pub')), ['a', 'b c'])
      await remote.removeDir('/pub', { recursive: true })
    })

  scene('a line about a refusal makes a download incomplete', async (s) => {
    const text = `${LINE} a\r\nls: private: Permission denied\r\n`
    const remote = await s.connect((await host(s, { LIST: sends(text) })).url)
    await fails(remote.download('/pub', s.at('pub'), { recursive: true }), { code: 'incomplete' })
  })

  scene('names printed as paths in the directory are downloaded', async (s) => {
    const text = `${LINE} /pub/a\r\n${LINE} /pub/b c\r\n`
    const server = await host(s, { LIST: sends(text) })
    const remote = await s.connect(server.url)
    assert.equal((await remote.download('/pub', s.at('pub'), { recursive: true })).files, 2)
    assert.ok(server.lines.includes('RETR /pub/b c'))
  })
})

describe('a server whose listing does not say what an entry is', () => {
  const without = 'size=5;modify=20250102030405; a\r\nsize=5; b c\r\n'

  scene('is asked for the type once, where it has it', async (s) => {
    const server = await host(s, {
      FEAT: feat('EPSV', 'SIZE', 'MLST type;size*;modify*;unix.mode;lang;'),
      MLSD: sends('type=file;size=5; a\r\ntype=file;size=5; b c\r\n'),
    })
    const remote = await s.connect(server.url, { pool: { max: 1 } })
    assert.equal((await entriesOf(remote.list('/pub'))).length, 2)
    assert.equal((await entriesOf(remote.list('/pub'))).length, 2)
    const asked = server.lines.filter((line) => line.startsWith('OPTS MLST'))
    assert.deepEqual(asked, ['OPTS MLST type;size;modify;unix.mode;'])
  })

  scene('and sends it unasked is not asked', async (s) => {
    const server = await host(s, { FEAT: feat('EPSV', 'MLST Type*;Size*;'), MLSD: sends('type=file;size=5; a\r\n') })
    await entriesOf((await s.connect(server.url)).list('/pub'))
    assert.ok(!server.lines.some((line) => line.startsWith('OPTS MLST')))
  })

  for (const [what, feature, reply] of [
    ['refuses to', 'MLST type;size*;modify*;', '501 no\r\n'],
    ['has no such fact', 'MLST size*;modify*;', '200 ok\r\n'],
  ] as const)
    scene(`and ${what}: a look at each tells`, async (s) => {
      let at = '/'
      const server = await host(s, {
        FEAT: feat('EPSV', 'SIZE', feature),
        OPTS: (line) => (line.startsWith('MLST') ? reply : '200 ok\r\n'),
        CWD: (path) => {
          if (path !== '/pub' && path !== '/pub/sub') return '550 not a directory\r\n'
          at = path
          return '250 ok\r\n'
        },
        MLSD: (path, peer) =>
          (
            sends(at.endsWith('sub') ? '' : `${without}modify=20250102030405; sub\r\n`) as (
              a: string,
              p: typeof peer,
            ) => Promise<string>
          )(path, peer),
      })
      const told: string[] = []
      const remote = await s.connect(server.url, {
        observe: (event) => event.type === 'unreadable-entry' && told.push(event.raw),
      })
      const entries = await entriesOf(remote.list('/pub'))
      assert.deepEqual(
        entries.map(({ name, type, size, problem }) => [name, type, size, problem]),
        [
          ['a', 'file', 5, undefined],
          ['b c', 'file', 5, undefined],
          ['sub', 'directory', undefined, undefined],
        ],
      )
      assert.deepEqual(told, [])
      assert.equal((await remote.download('/pub', s.at('pub'), { recursive: true })).files, 2)
    })

  scene('and of which no look tells: reported, never a success with nothing', async (s) => {
    const server = await host(s, {
      FEAT: feat('EPSV', 'SIZE', 'MLST size*;modify*;'),
      CWD: (path) => (path === '/pub' ? '250 ok\r\n' : '550 no\r\n'),
      SIZE: '550 no\r\n',
      MLSD: sends(without),
    })
    const told: string[] = []
    const remote = await s.connect(server.url, {
      observe: (event) => event.type === 'unreadable-entry' && told.push(event.problem),
    })
    const entries = await entriesOf(remote.list('/pub'))
    assert.deepEqual(
      entries.map(({ type, name }) => [type, name]),
      [
        ['unreadable', 'a'],
        ['unreadable', 'b c'],
      ],
    )
    assert.equal(told.length, 2)
    assert.match(told[0] ?? '', /does not say/)
    await fails(remote.download('/pub', s.at('pub'), { recursive: true }), { code: 'incomplete' })
  })
})

describe('a byte 0xFF in a name', () => {
  for (const [greeting, times] of [
    ['220 (vsFTPd 3.0.3)\r\n', 1],
    ['220 Welcome to Pure-FTPd\r\n', 1],
    ['220 ProFTPD Server ready\r\n', 2],
    ['220 host FTP server (GNU inetutils 2.4) ready.\r\n', 2],
    ['220 ready\r\n', 2],
  ] as const)
    scene(`is sent ${times === 2 ? 'twice' : 'once'} to "${greeting.trim()}", and read once in listings`, async (s) => {
      const iac = 'ÿ'.repeat(times)
      const server = await host(
        s,
        { LIST: sends(Buffer.from(`${LINE} ÿþ.txt\r\n`, 'latin1')), DELE: '250 gone\r\n', MKD: '257 made\r\n' },
        greeting,
      )
      const remote = await s.connect(server.url, { encoding: 'latin1' })
      assert.deepEqual(
        (await entriesOf(remote.list('/'))).map(({ name }) => name),
        ['ÿþ.txt'],
      )
      await remote.remove('/ÿþ.txt')
      await remote.makeDir('/aÿÿ')
      assert.ok(server.lines.includes(`DELE /${iac}þ.txt`))
      assert.ok(server.lines.includes(`MKD /a${iac}${iac}`))
      const cyrillic = await s.connect(server.url, { encoding: 'windows-1251' })
      await cyrillic.remove('/заявка.txt')
      assert.ok(
        server.lines.includes(
          `DELE /${Buffer.from('e7e0', 'hex').toString('latin1')}${iac}${Buffer.from('e2eae0', 'hex').toString('latin1')}.txt`,
        ),
      )
    })
})

describe('the zone of a time', () => {
  for (const [greeting, feature, zone] of [
    ['220 ready\r\n', 'MDTM', 'utc'],
    ['220 (vsFTPd 3.0.3)\r\n', 'MDTM', 'assumed'],
    ['220 ready\r\n', 'EPRT', 'assumed'],
  ] as const)
    scene(`of MDTM is ${zone} where "${greeting.trim()}" lists ${feature}`, async (s) => {
      const remote = await s.connect((await host(s, { FEAT: feat('EPSV', 'SIZE', feature) }, greeting)).url, {})
      const entry = await remote.stat('/a')
      assert.deepEqual([entry?.modified?.toISOString(), entry?.zone], ['2025-01-02T03:04:05.000Z', zone])
    })

  scene('a time of MDTM that means never is none', async (s) => {
    for (const time of ['00010101000000', '20251301000000', '20250101256199']) {
      const remote = await s.connect((await host(s, { MDTM: `213 ${time}\r\n` })).url)
      assert.equal((await remote.stat('/a'))?.modified, undefined)
    }
  })
})

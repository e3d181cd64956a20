import assert from 'node:assert/strict'
import { access, readFile, writeFile } from 'node:fs/promises'
import { describe } from 'node:test'
import { type Answer, type RawServer, rawServer, sends } from './raw-server.js'
import { fails, type Scene, scene } from './scene.js'

const NO: Readonly<Record<string, Answer>> = { FEAT: '500 what?\r\n', MLST: '500 what?\r\n', MLSD: '500 what?\r\n' }
const LISTING = '-rw-r--r-- 1 me us 5 Jan 01 2024 a.txt\r\ndrwxr-xr-x 2 me us 0 Jan 01 2024 sub\r\n'

async function server(s: Scene, on: Readonly<Record<string, Answer>>): Promise<RawServer> {
  return s.keep(await rawServer({ on: { ...NO, ...on } }))
}

describe('a file that the server does not tell of', () => {
  const refusals = [
    '550 Permission denied.',
    '550 Access is denied.',
    '550 Requested action not taken.',
    '550 no',
    '202 Superfluous.',
    '220 Ready.',
    '402 Not here.',
    '503 Bad sequence.',
    '530 Not for you.',
  ]
  for (const refusal of refusals) {
    const on = { SIZE: `${refusal}\r\n`, MDTM: `${refusal}\r\n`, CWD: '550 no\r\n', RETR: sends('hello') }
    scene(`is read all the same (SIZE: ${refusal})`, async (s) => {
      const raw = await server(s, { ...on, LIST: '550 Permission denied.\r\n' })
      const remote = await s.connect(raw.url)
      await remote.download('/a.txt', s.at('a.txt'))
      assert.equal(await readFile(s.at('a.txt'), 'utf8'), 'hello')
    })

    scene(`is looked for in the listing, which decides (SIZE: ${refusal})`, async (s) => {
      const CWD: Answer = (dir) => (dir === '/' ? '250 ok\r\n' : '550 no\r\n')
      const raw = await server(s, { ...on, CWD, LIST: sends(LISTING) })
      const remote = await s.connect(raw.url)
      assert.equal(await remote.exists('/a.txt'), true)
      assert.equal(await remote.exists('/b.txt'), false)
    })

    scene(`is never taken for free (SIZE: ${refusal})`, async (s) => {
      let stored = 0
      const STOR: Answer = () => {
        stored++
        return '550 no\r\n'
      }
      const raw = await server(s, { ...on, LIST: '550 Permission denied.\r\n', STOR })
      const remote = await s.connect(raw.url)
      await writeFile(s.at('new.txt'), 'new')
      await fails(remote.upload(s.at('new.txt'), '/a.txt', { overwrite: 'never' }), {
        code: ['permission-denied', 'refused', 'not-supported'],
      })
      await fails(remote.exists('/a.txt'), { code: ['permission-denied', 'refused', 'not-supported'] })
      assert.equal(stored, 0)
    })
  }

  scene('is not there when the server says so in words', async (s) => {
    for (const words of [
      '550 No such file or directory.',
      '550 a.txt: not found',
      '550 Die Datei wurde nicht gefunden.',
    ]) {
      const raw = await server(s, { SIZE: `${words}\r\n`, CWD: `${words}\r\n` })
      const remote = await s.connect(raw.url)
      assert.equal(await remote.exists('/a.txt'), false, words)
    }
  })

  scene('is not there when SIZE has told of another file before', async (s) => {
    const SIZE: Answer = (path) => (path === '/a.txt' ? '213 5\r\n' : '550 no\r\n')
    const raw = await server(s, { SIZE, MDTM: '213 20240101000000\r\n', CWD: '550 no\r\n' })
    const remote = await s.connect(raw.url)
    assert.equal((await remote.stat('/a.txt'))?.size, 5)
    assert.equal(await remote.exists('/b.txt'), false)
  })

  scene('450 to SIZE is busy, not missing, and worth another try', async (s) => {
    const raw = await server(s, { SIZE: '450 Try again.\r\n' })
    const remote = await s.connect(raw.url)
    await fails(remote.stat('/a.txt'), { code: 'busy' })
  })
})

describe('a listing that is refused', () => {
  for (const refusal of [
    '550 Permission denied.',
    '550 Access is denied.',
    '550 Too many open files.',
    '450 The directory is busy.',
    '550 Cannot open directory: Operation not permitted.',
  ])
    scene(`is no empty directory: ${refusal}`, async (s) => {
      const raw = await server(s, { LIST: `${refusal}\r\n` })
      const remote = await s.connect(raw.url)
      await fails(listed(remote.list('/sub')), { code: ['permission-denied', 'busy', 'refused', 'too-many-sessions'] })
      await fails(remote.download('/sub', s.at('copy'), { recursive: true }), {
        code: ['permission-denied', 'busy', 'refused', 'incomplete', 'too-many-sessions'],
      })
    })

  for (const last of [
    '226 Transfer done (but failed to open directory).',
    '226 Done, but could not open the directory.',
  ])
    scene(`at its end is none either: ${last}`, async (s) => {
      const raw = await server(s, { LIST: sends('', `${last}\r\n`) })
      const remote = await s.connect(raw.url)
      await fails(listed(remote.list('/sub')), { code: 'permission-denied' })
    })

  for (const refusal of [
    '550 No files found.',
    '450 No such file or directory',
    '550 ',
    '450 Requested file action not taken.',
  ])
    scene(`is an empty one where it says so, or nothing: ${refusal}`, async (s) => {
      const raw = await server(s, { LIST: `${refusal}\r\n` })
      const remote = await s.connect(raw.url)
      assert.deepEqual(await listed(remote.list('/sub')), [])
    })
})

describe('MLSD', () => {
  const FEAT = '211-F\r\n MLST type*;size*;\r\n SIZE\r\n211 End\r\n'
  const FACTS = 'type=file;size=5; a.txt\r\n'

  scene('is sent from inside the directory, without an argument', async (s) => {
    const raw = s.keep(await rawServer({ on: { FEAT, MLSD: sends(FACTS) } }))
    const remote = await s.connect(raw.url)
    assert.deepEqual(await listed(remote.list('/sub')), ['a.txt'])
    const sent = raw.lines.filter((line) => /^(CWD|MLSD)/.test(line))
    assert.deepEqual(sent, ['CWD /sub', 'MLSD'])
  })

  scene('is sent with the directory where that cannot be entered', async (s) => {
    const raw = s.keep(await rawServer({ on: { FEAT, CWD: '550 Permission denied.\r\n', MLSD: sends(FACTS) } }))
    const remote = await s.connect(raw.url)
    assert.deepEqual(await listed(remote.list('/sub')), ['a.txt'])
    assert.equal(raw.lines.at(-1), 'MLSD /sub')
  })

  for (const refusal of ['202 ok', '402 no', '501 no', '503 no', '530 no', '550 Command not allowed.', '500 what?'])
    scene(`refused as a command (${refusal}) gives way to LIST, once and for all`, async (s) => {
      const raw = s.keep(await rawServer({ on: { FEAT, MLSD: `${refusal}\r\n`, LIST: sends(LISTING) } }))
      const remote = await s.connect(raw.url)
      assert.deepEqual(await listed(remote.list('/')), ['a.txt', 'sub'])
      assert.deepEqual(await listed(remote.list('/')), ['a.txt', 'sub'])
      assert.equal(raw.lines.filter((line) => line.startsWith('MLSD')).length, 1)
      assert.equal(raw.sessions, 1)
    })

  scene('when LIST fails too, its error is the one to show', async (s) => {
    const raw = s.keep(await rawServer({ on: { FEAT, MLSD: '502 no\r\n', LIST: '550 Permission denied.\r\n' } }))
    const remote = await s.connect(raw.url)
    await fails(listed(remote.list('/')), { code: 'permission-denied', message: /LIST/ })
  })
})

scene('a file that is there and cannot be read is permission-denied, not not-found', async (s) => {
  const raw = await server(s, {
    SIZE: '213 5\r\n',
    MDTM: '213 20240101000000\r\n',
    RETR: '550 Failed to open file.\r\n',
  })
  const remote = await s.connect(raw.url)
  await fails(remote.download('/a.txt', s.at('a.txt')), { code: 'permission-denied' })
  await fails(remote.readFile('/a.txt'), { code: 'permission-denied' })
  await assert.rejects(access(s.at('a.txt')))
})

async function listed(entries: AsyncIterable<{ name: string }>): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of entries) names.push(name)
  return names
}

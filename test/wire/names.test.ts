import assert from 'node:assert/strict'
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { describe } from 'node:test'
import { type RawServer, rawServer, sends, talk } from './raw-server.js'
import { entriesOf, FAST, fails, namesIn, type Scene, sample, scene } from './scene.js'

const IN_TIME = 3 * 10 * (FAST.idle + FAST.reply)

/** A directory to download into, and one beside it that must stay as it is. */
async function rooms(s: Scene): Promise<{ target: string; outside: string; untouched(): Promise<void> }> {
  const [target, outside] = [s.at('target'), s.at('outside')]
  await mkdir(target)
  await mkdir(outside)
  await writeFile(`${outside}/x`, 'mine')
  return {
    target,
    outside,
    async untouched() {
      assert.deepEqual(await namesIn(s.dir), ['outside', 'target'])
      assert.deepEqual(await namesIn(outside), ['x'])
      assert.equal(await readFile(`${outside}/x`, 'utf8'), 'mine')
    },
  }
}

describe('names from a server that lead out of the target directory', () => {
  const hostile = ['../x', '../outside/x', '/etc/x', 'C:\\x', '..\\x', 'a/../../x', 'x\0y', '', '.', '..', '../..']
  const ways: readonly [string, readonly string[], (name: string) => string][] = [
    ['MLSD', [], (name) => `type=file;size=4; ${name}`],
    ['LIST', ['MLSD', 'MLST'], (name) => `-rw-r--r-- 1 ftp ftp 4 Jan 10 2024 ${name}`],
  ]
  for (const [verb, without, line] of ways)
    for (const kind of ['file', 'dir'])
      scene(`${verb}, each as a ${kind}: nothing leaves it, each is reported, the good file arrives`, async (s) => {
        const { target, untouched } = await rooms(s)
        const shape = (name: string): string =>
          kind === 'file' ? line(name) : line(name).replace('type=file', 'type=dir').replace('-rw-', 'drwx')
        const listLines = [...hostile.map(shape), line('good')]
        const server = await s.server({ files: { '/good': 'good', '/x': 'evil', '/outside/x': 'evil' }, without })
        server.addFault({ on: verb, times: 1, do: { listLines } })
        const remote = await s.connect(server)
        const error = await fails(remote.download('/', target, { recursive: true }), {
          code: 'incomplete',
          within: IN_TIME,
        })
        // '.' and '..' are the directory itself and its parent: every server may list them.
        const expected = hostile.filter((name) => !['', '.', '..'].includes(name)).length
        assert.ok((error.failures ?? []).length >= expected, String(error.failures?.length))
        assert.deepEqual(await namesIn(target), ['good'])
        assert.ok(!server.commands.some((command) => /RETR .*(etc|evil|x$)/.test(command)))
        await untouched()
      })

  scene('a symbolic link and a name below it: neither followed nor made', async (s) => {
    const { target, untouched } = await rooms(s)
    const listLines = ['type=OS.unix=slink:/etc; x', 'type=file;size=4; x/passwd', 'type=file;size=4; good']
    const server = await s.server({ files: { '/good': 'good', '/x/passwd': 'evil' } })
    server.addFault({ on: 'MLSD', times: 1, do: { listLines } })
    const remote = await s.connect(server)
    await fails(remote.download('/', target, { recursive: true }), { code: 'incomplete', within: IN_TIME })
    assert.deepEqual(await namesIn(target), ['good'])
    await untouched()
  })

  scene('a link first and a directory of the same name after it', async (s) => {
    const { target, untouched } = await rooms(s)
    const listLines = ['type=OS.unix=slink:../outside; d', 'type=dir; d']
    const server = await s.server({ files: { '/d/x': 'evil' } })
    server.addFault({ on: 'MLSD', times: 1, do: { listLines } })
    const remote = await s.connect(server)
    const result = await remote.download('/', target, { recursive: true })
    assert.equal(result.skipped.length, 1)
    assert.equal(await readFile(`${target}/d/x`, 'utf8'), 'evil')
    await untouched()
  })
})

describe('symbolic links that stand in the way', () => {
  scene('at a directory inside the tree: refused, nothing is written where it leads', async (s) => {
    const { target, outside, untouched } = await rooms(s)
    await symlink(outside, `${target}/d`)
    const server = await s.server({ files: { '/d/x': 'evil', '/d/deep/y': 'evil', '/good': 'good' } })
    const remote = await s.connect(server)
    const error = await fails(remote.download('/', target, { recursive: true }), {
      code: 'incomplete',
      within: IN_TIME,
    })
    assert.ok(error.failures?.every((failure) => failure.error.code === 'unsafe-name'))
    assert.equal(await readFile(`${target}/good`, 'utf8'), 'good')
    await untouched()
  })

  for (const temporary of ['sibling', 'none'] as const)
    scene(`at a file inside the tree, temporary '${temporary}'`, async (s) => {
      const { target, outside, untouched } = await rooms(s)
      await symlink(`${outside}/x`, `${target}/x`)
      const server = await s.server({ files: { '/x': 'new!' } })
      const remote = await s.connect(server)
      const download = remote.download('/', target, { recursive: true, temporary })
      if (temporary === 'none') await fails(download, { code: 'incomplete' })
      else await download
      if (temporary === 'sibling') assert.equal(await readFile(`${target}/x`, 'utf8'), 'new!')
      await untouched()
    })

  scene('at the temporary name that resume uses, with a record that calls it ours', async (s) => {
    const { target, outside, untouched } = await rooms(s)
    const file = sample(10_000)
    const server = await s.server({ files: { '/big': file } })
    await symlink(`${outside}/x`, `${target}/.big.part`)
    const remote = await s.connect(server)
    const entry = await remote.stat('/big')
    const record = {
      version: 1,
      partial: '.big.part',
      size: 10_000,
      landed: 4,
      modified: entry?.modified,
      unique: entry?.unique,
    }
    await writeFile(`${target}/.big.part.json`, JSON.stringify(record))
    await remote.download('/big', `${target}/big`, { resume: true })
    assert.ok(file.equals(await readFile(`${target}/big`)))
    await untouched()
  })

  scene('at the name of the record itself', async (s) => {
    const { target, outside, untouched } = await rooms(s)
    const server = await s.server({ files: { '/big': sample(10_000) } })
    server.addFault({ on: 'RETR', do: { cutDataAt: 1_000 } })
    await symlink(`${outside}/x`, `${target}/.big.part.json`)
    const remote = await s.connect(server)
    await fails(remote.download('/big', `${target}/big`, { resume: true }), { code: 'truncated', within: IN_TIME })
    await untouched()
  })
})

describe('names that only look like something else', () => {
  const names = [
    'file:',
    '-rf',
    '-la',
    '~',
    '~root',
    'ftp:',
    '%2e%2e',
    'a&b',
    'a;type=a',
    'a -> b',
    ' leading',
    '[x]',
    '*',
    '"q"',
    '...',
    '😀',
    'é',
    '$(id)',
    '#1',
  ]
  for (const without of [[], ['MLSD', 'MLST']])
    scene(`travel there and back unchanged, listed by ${without.length > 0 ? 'LIST' : 'MLSD'}`, async (s) => {
      const server = await s.server({ without })
      const remote = await s.connect(server)
      for (const name of names) {
        await remote.makeDir(`/${name}`)
        await remote.upload(Buffer.from(name), `/${name}/${name}`)
        await remote.rename(`/${name}/${name}`, `/${name}/${name}.2`)
        await remote.rename(`/${name}/${name}.2`, `/${name}/${name}`)
        assert.equal((await remote.stat(`/${name}/${name}`))?.type, 'file', name)
        assert.equal((await remote.readFile(`/${name}/${name}`)).toString(), name)
      }
      const listed = await entriesOf(remote.list('/'))
      assert.deepEqual(listed.map(({ name }) => name).sort(), [...names].sort())
      await remote.download('/', s.at('down'), { recursive: true })
      assert.deepEqual(await namesIn(s.at('down')), [...names].sort())
      for (const name of names) {
        assert.equal(await readFile(`${s.at('down')}/${name}/${name}`, 'utf8'), name)
        await remote.removeDir(`/${name}`, { recursive: true })
      }
      assert.deepEqual(await entriesOf(remote.list('/')), [])
    })

  scene("a '~' and a URL as paths are paths", async (s) => {
    const server = await s.server({ home: '/home' })
    const remote = await s.connect(server)
    await remote.makeDir('/home/ftp:', { recursive: true })
    await remote.writeFile('~', 'tilde')
    await remote.writeFile('ftp://x', 'url')
    assert.equal((await remote.readFile('/home/~')).toString(), 'tilde')
    assert.equal((await remote.readFile('/home/ftp:/x')).toString(), 'url')
  })
})

describe('the answer to PWD', () => {
  const rows: readonly [string, string, string | RegExp][] = [
    ['with doubled quotes', '257 "/a""b" is here\r\n', '/a"b'],
    ['without a quote', '257 /here\r\n', /PWD names no directory/],
    ['with one quote only', '257 "/here\r\n', /PWD names no directory/],
    ['with a CR in it', '257 "/a\rDELE x" is here\r\n', /PWD names no directory/],
    ['with an escape in it', '257 "/a\x1b[2J" is here\r\n', /PWD names no directory/],
    ['in the notation of VMS', '257 "USER$DISK:[ME]" is here\r\n', '/'],
    ['of a megabyte', `257 "/${'x'.repeat(1024 * 1024)}" is here\r\n`, /64 KiB/],
  ]
  for (const [what, reply, expected] of rows)
    scene(what, async (s) => {
      const raw = s.keep(await rawServer({ on: { PWD: reply, SIZE: '213 7\r\n' } }))
      const remote = await s.connect(raw.url)
      if (typeof expected === 'string') assert.equal(await remote.cwd(), expected)
      else {
        const error = await fails(remote.stat('relative'), { code: 'protocol', message: expected, within: IN_TIME })
        assert.doesNotMatch(error.message, /[\r\n\x1b]/)
      }
      assert.equal((await remote.stat('/absolute'))?.size, 7)
      assert.ok(!raw.lines.some((line) => line.includes('DELE')))
    })
})

/** A server with `levels` directories inside each other, and a file in the last. */
async function deepServer(levels: number): Promise<RawServer> {
  const depthOf = (path: string): number => path.split('/').filter(Boolean).length
  let cwd = '/'
  return await rawServer({
    on: {
      CWD: (path) => {
        cwd = path
        return '250 ok\r\n'
      },
      FEAT: '211-F\r\n EPSV\r\n MLST type*;size*;\r\n211 End\r\n',
      MLST: (path) => `250-Listing\r\n type=${depthOf(path) <= levels ? 'dir' : 'file;size=4'}; ${path}\r\n250 End\r\n`,
      MLSD: async (path, peer) => {
        const line = depthOf(path || cwd) < levels ? 'type=dir; d' : 'type=file;size=4; leaf'
        return await talk(sends(`${line}\r\n`), path, peer)
      },
      RETR: sends('leaf'),
      DELE: '250 ok\r\n',
      RMD: '250 ok\r\n',
    },
  })
}

describe('a very deep tree', () => {
  const timeouts = { ...FAST, reply: 5_000, idle: 5_000 }

  scene('of 2,000 levels is walked and removed, the deepest first', async (s) => {
    const raw = s.keep(await deepServer(2_000))
    const remote = await s.connect(raw.url, { timeouts })
    await remote.removeDir('/d', { recursive: true })
    const removed = raw.lines.filter((line) => line.startsWith('RMD '))
    assert.equal(removed.length, 2_000)
    assert.equal(removed[0], `RMD ${'/d'.repeat(2_000)}`)
    assert.equal(removed.at(-1), 'RMD /d')
  })

  scene('of 1,000 levels is downloaded', async (s) => {
    const raw = s.keep(await deepServer(1_000))
    const remote = await s.connect(raw.url, { timeouts })
    const result = await remote.download('/', s.at('down'), { recursive: true })
    assert.equal(result.directories, 1_000)
    assert.ok((await stat(`${s.at('down')}${'/d'.repeat(1_000)}/leaf`)).isFile())
  })
})

import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { MemoryStore, type ServerOptions, startServer, type TestServer } from '../../src/testing/index.js'
import { jsonLines, sallyport, scratch } from './spawn.js'

async function serverFor(t: TestContext, options: ServerOptions = {}): Promise<TestServer> {
  const server = await startServer({ anonymous: true, ...options })
  t.after(() => server.close())
  return server
}

async function content(server: TestServer, path: string): Promise<string> {
  const chunks: Uint8Array[] = []
  const source = await server.store.read(path)
  for (let next = await source.next(); !('integrity' in next); next = await source.next()) {
    chunks.push(...next.chunks.map((chunk) => Uint8Array.from(chunk)))
    next.release()
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function exists(server: TestServer, path: string): Promise<boolean> {
  return (await server.store.stat(path)) !== undefined
}

test('ls prints a row for each entry and nothing else on the standard output', async (t) => {
  const server = await serverFor(t, { files: { '/pub/a.txt': 'hello', '/pub/in/': '' } })
  const { code, stdout, stderr } = await sallyport(['ls', `${server.url}/pub`])
  assert.equal(code, 0, stderr)
  assert.deepEqual(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().split(/ +/).at(-1)),
    ['a.txt', 'in/'],
  )
  assert.match(stdout, /^-rw-r--r-- +5 \d{4}-\d\d-\d\d \d\d:\d\dZ a\.txt$/m)
})

test('ls of a file shows the file, ls of nothing ends with 6', async (t) => {
  const server = await serverFor(t, { files: { '/a.txt': 'hello' } })
  const file = await sallyport(['ls', '--json', `${server.url}/a.txt`])
  assert.equal(file.code, 0, file.stderr)
  assert.deepEqual(
    jsonLines(file.stdout).map(({ type, path }) => [type, path]),
    [
      ['entry', 'a.txt'],
      ['result', 'a.txt'],
    ],
  )
  const missing = await sallyport(['ls', `${server.url}/none`])
  assert.equal(missing.code, 6)
  assert.equal(missing.stdout, '')
})

test('a name with escape sequences never reaches the terminal raw', async (t) => {
  const store = new MemoryStore({ '/evil\u001b]0;owned\u0007\u009b2J.txt': 'x' })
  const server = await serverFor(t, { store })
  const { stdout, stderr } = await sallyport(['ls', '-v', server.url])
  assert.match(stdout, /evil\\x1B\]0;owned\\x07\\x9B2J\.txt/)
  assert.doesNotMatch(stdout + stderr, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
  const json = await sallyport(['ls', '--json', server.url])
  assert.doesNotMatch(json.stdout, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
  assert.equal(jsonLines(json.stdout)[0]?.['name'], 'evil\u001b]0;owned\u0007\u009b2J.txt')
})

test('get writes the file under its own name, under another one and into a directory', async (t) => {
  const server = await serverFor(t, { files: { '/pub/a.txt': 'hello' } })
  const cwd = await scratch(t)
  await mkdir(join(cwd, 'in'))
  const url = `${server.url}/pub/a.txt`
  for (const words of [[url], [url, 'b.txt'], [url, 'in'], [url, '.']]) {
    const { code, stdout, stderr } = await sallyport(['get', ...words], { cwd })
    assert.equal(code, 0, stderr)
    assert.equal(stdout, '')
    assert.match(stderr, /pub\/a\.txt: 5 B in /)
  }
  for (const name of ['a.txt', 'b.txt', 'in/a.txt']) assert.equal(await readFile(join(cwd, name), 'utf8'), 'hello')
})

test('get of several URLs goes into a directory, and one that fails does not stop the others', async (t) => {
  const server = await serverFor(t, { files: { '/a.txt': 'a', '/b.txt': 'b' } })
  const cwd = await scratch(t)
  await mkdir(join(cwd, 'in'))
  const urls = ['a.txt', 'none.txt', 'b.txt'].map((name) => `${server.url}/${name}`)
  const { code, stderr } = await sallyport(['get', '--parallel', '2', ...urls, 'in'], { cwd })
  assert.equal(code, 6)
  assert.match(stderr, /^sallyport: .*none\.txt/m)
  assert.deepEqual((await readdir(join(cwd, 'in'))).sort(), ['a.txt', 'b.txt'])
})

test("get to '-' and cat write to the standard output, and JSON lines then go to the standard error", async (t) => {
  const server = await serverFor(t, { files: { '/a.txt': 'one\n', '/b.txt': 'two\n' } })
  const get = await sallyport(['get', '--json', `${server.url}/a.txt`, '-'])
  assert.equal(get.stdout, 'one\n')
  assert.equal(jsonLines(get.stderr).at(-1)?.['type'], 'result')
  const cat = await sallyport(['cat', `${server.url}/a.txt`, `${server.url}/b.txt`])
  assert.deepEqual(cat, { code: 0, stdout: 'one\ntwo\n', stderr: cat.stderr })
})

test('put sends files and the standard input, verified when asked', async (t) => {
  const server = await serverFor(t, { files: { '/in/': '' } })
  const cwd = await scratch(t)
  await writeFile(join(cwd, 'a.txt'), 'from a')
  await writeFile(join(cwd, 'b.txt'), 'from b')
  const one = await sallyport(['put', '--verify', 'a.txt', `${server.url}/in/renamed.txt`], { cwd })
  assert.equal(one.code, 0, one.stderr)
  assert.match(one.stderr, /verified by md5/i)
  const many = await sallyport(['put', 'a.txt', 'b.txt', `${server.url}/in`], { cwd })
  assert.equal(many.code, 0, many.stderr)
  const piped = await sallyport(['put', '-', `${server.url}/in/piped.txt`], { cwd, input: 'from stdin' })
  assert.equal(piped.code, 0, piped.stderr)
  assert.equal(await content(server, '/in/renamed.txt'), 'from a')
  assert.equal(await content(server, '/in/b.txt'), 'from b')
  assert.equal(await content(server, '/in/piped.txt'), 'from stdin')
})

test('a directory goes there and back with --recursive', async (t) => {
  const server = await serverFor(t)
  const cwd = await scratch(t)
  await mkdir(join(cwd, 'tree/deep'), { recursive: true })
  await writeFile(join(cwd, 'tree/deep/a.txt'), 'deep')
  const put = await sallyport(['put', '-r', 'tree', `${server.url}/`], { cwd })
  assert.equal(put.code, 0, put.stderr)
  assert.equal(await content(server, '/tree/deep/a.txt'), 'deep')
  const get = await sallyport(['get', '--recursive', '--json', `${server.url}/tree`, 'copy'], { cwd })
  assert.equal(get.code, 0, get.stderr)
  assert.equal(jsonLines(get.stdout).at(-1)?.['files'], 1)
  assert.equal(await readFile(join(cwd, 'copy/deep/a.txt'), 'utf8'), 'deep')
})

test('mkdir, mv, stat and rm do what they say', async (t) => {
  const server = await serverFor(t, { files: { '/a.txt': 'hello' } })
  const done = async (...words: string[]) => {
    const outcome = await sallyport(words)
    assert.equal(outcome.code, 0, outcome.stderr)
    return outcome
  }
  await done('mkdir', '-p', `${server.url}/x/y`)
  await done('mv', `${server.url}/a.txt`, 'x/y/')
  const { stdout } = await done('stat', `${server.url}/x/y/a.txt`)
  assert.match(stdout, /^type +file\nsize +5 bytes$/m)
  await done('rm', `${server.url}/x/y/a.txt`)
  assert.equal(await exists(server, '/x/y/a.txt'), false)
  await done('rm', '--recursive', `${server.url}/x`)
  assert.equal(await exists(server, '/x'), false)
})

test('rm never takes the whole server', async (t) => {
  const server = await serverFor(t, { files: { '/a.txt': 'hello' } })
  for (const path of ['', '/', '//', '/.', '//..']) {
    const { code } = await sallyport(['rm', '--recursive', `${server.url}${path}`])
    assert.equal(code, 2, path)
  }
  assert.deepEqual(server.commands, [])
  assert.equal(await exists(server, '/a.txt'), true)
})

test('command prints the replies and stops with 6 at the first refusal', async (t) => {
  const server = await serverFor(t)
  const fine = await sallyport(['command', server.url, 'SYST', 'FEAT'])
  assert.equal(fine.code, 0, fine.stderr)
  assert.match(fine.stdout, /^215 UNIX Type: L8\n211-Features:\n(?: .*\n)+211 End\n$/)
  const refused = await sallyport(['command', '--json', server.url, 'NOSUCH thing', 'SYST'])
  assert.equal(refused.code, 6)
  assert.deepEqual(
    jsonLines(refused.stdout).map(({ type, command }) => [type, command]),
    [['reply', 'NOSUCH']],
  )
})

test('--json tells entries, progress, results and errors as objects of their own line', async (t) => {
  const server = await serverFor(t, { files: { '/a.bin': Buffer.alloc(100_000, 7) } })
  const cwd = await scratch(t)
  const { stdout, code } = await sallyport(['get', '--json', `${server.url}/a.bin`, `${server.url}/none`], { cwd })
  assert.equal(code, 6)
  const lines = jsonLines(stdout)
  const last = lines.find(({ type, done }) => type === 'progress' && done)
  assert.deepEqual([last?.['bytes'], last?.['total'], last?.['done']], [100_000, 100_000, true])
  const result = lines.find(({ type }) => type === 'result')
  assert.deepEqual([result?.['verb'], result?.['bytes'], result?.['integrity']], ['get', 100_000, 'sized'])
  const error = lines.find(({ type }) => type === 'error')
  assert.deepEqual([error?.['code'], error?.['exitCode'], typeof error?.['message']], ['not-found', 6, 'string'])
})

test('in a log the progress is lines, with --quiet nothing', async (t) => {
  const server = await serverFor(t, { files: { '/a.txt': 'hello' } })
  const cwd = await scratch(t)
  const log = await sallyport(['get', `${server.url}/a.txt`], { cwd })
  assert.doesNotMatch(log.stderr, /[\r\x1b]/)
  assert.match(log.stderr, /^download .*a\.txt\n/)
  const quiet = await sallyport(['get', '--quiet', `${server.url}/a.txt`], { cwd })
  assert.deepEqual(quiet, { code: 0, stdout: '', stderr: '' })
})

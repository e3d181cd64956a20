import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { jsonLines, sallyport, scratch, start } from './spawn.js'

test('demo goes through each type of proxy, shows what was said and leaves nothing', async (t) => {
  const temporary = await scratch(t)
  const { code, stdout, stderr } = await sallyport(['demo'], { env: { TMPDIR: temporary } })
  assert.equal(code, 0, stdout + stderr)
  for (const kind of ['user', 'login', 'open', 'site', 'other']) {
    assert.match(stdout, new RegExp(`^ftp\\+${kind} +ok +\\w+ +ok +ok +ok +\\d+$`, 'm'))
  }
  assert.match(stdout, /> USER ada@127\.0\.0\.1:\d+ +< 331/)
  assert.match(stdout, /> PASS \*\*\*\* +< 230/)
  assert.match(stdout, /^sftp +ok +\w+ +ok +ok +ok +\d+$/m)
  assert.match(stdout, /^sftp: .* SHA256:/m)
  assert.match(stdout, /SFTP held\. All five held\.\n$/)
  assert.doesNotMatch(stdout + stderr, /Lovelace-1815|proxy-pass/)
  assert.deepEqual(await readdir(temporary), [])
})

test('demo --json tells one result for each proxy and for SFTP', async () => {
  const { code, stdout } = await sallyport(['demo', '--json'])
  assert.equal(code, 0)
  const lines = jsonLines(stdout)
  assert.deepEqual(
    lines.map(({ proxy, protocol }) => proxy ?? protocol),
    ['ftp+user', 'ftp+login', 'ftp+open', 'ftp+site', 'ftp+other', 'sftp'],
  )
  assert.deepEqual(lines[5]?.['held'], ['connect', 'upload', 'verify', 'list', 'download', 'compare'])
})

async function serve(t: TestContext, words: readonly string[], env?: Record<string, string>) {
  const child = start(['serve', '--json', ...words], { env })
  t.after(() => child.kill('SIGKILL'))
  const [line] = (await Promise.race([once(child.stdout ?? child, 'data'), once(child, 'exit')])) as [unknown]
  const [said = {}] = jsonLines(String(line))
  return { child, url: String(said['url']), said }
}

test('serve offers a directory with a made-up password until SIGTERM', async (t) => {
  const directory = await scratch(t)
  await writeFile(join(directory, 'a.txt'), 'hello')
  const { child, url, said } = await serve(t, [directory])
  const env = { PW: String(said['password']) }
  const cat = await sallyport(['cat', '--password-env', 'PW', `${url}/a.txt`], { env })
  assert.equal(cat.stdout, 'hello', cat.stderr)
  const put = await sallyport(['put', '--password-env', 'PW', '-', `${url}/b.txt`], { env, input: 'there' })
  assert.equal(put.code, 0, put.stderr)
  assert.equal(await readFile(join(directory, 'b.txt'), 'utf8'), 'there')
  const stranger = await sallyport(['ls', url.replace(/\/\/[^@]*@/, '//')])
  assert.equal(stranger.code, 4)
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
})

test('serve --read-only refuses uploads and does not repeat a given password', async (t) => {
  const directory = await scratch(t)
  await mkdir(join(directory, 'in'))
  const env = { PW: 'given-secret' }
  const { child, url, said } = await serve(t, ['--read-only', '--password-env', 'PW', directory], env)
  assert.equal(said['password'], undefined)
  const put = await sallyport(['put', '--password-env', 'PW', '-', `${url}/in/b.txt`], { env, input: 'there' })
  assert.equal(put.code, 6, put.stderr)
  child.kill('SIGINT')
  assert.deepEqual(await once(child, 'exit'), [0, null])
})

test('serve --sftp offers it by SFTP, known by the host key that it prints, and nothing outside', async (t) => {
  const directory = await scratch(t)
  await writeFile(join(directory, 'a.txt'), 'hello')
  await symlink('/etc', join(directory, 'out'))
  const { child, url, said } = await serve(t, ['--sftp', directory])
  assert.match(url, /^sftp:\/\/sally@127\.0\.0\.1:\d+$/)
  const env = { PW: String(said['password']), HOME: directory }
  const login = ['--password-env', 'PW', '--host-key', String(said['hostKey'])]
  const cat = await sallyport(['cat', ...login, `${url}/a.txt`], { env })
  assert.equal(cat.stdout, 'hello', cat.stderr)
  const put = await sallyport(['put', ...login, '-', `${url}/b.txt`], { env, input: 'there' })
  assert.equal(put.code, 0, put.stderr)
  assert.equal(await readFile(join(directory, 'b.txt'), 'utf8'), 'there')
  const stranger = await sallyport(['ls', '--password-env', 'PW', `${url}/`], { env })
  assert.match(stranger.stderr, /host key .* is not known/)
  for (const path of ['out/passwd', '../../etc/passwd'])
    assert.notEqual((await sallyport(['cat', ...login, `${url}/${path}`], { env })).code, 0)
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
})

test('serve without a directory that exists ends with 2', async () => {
  assert.equal((await sallyport(['serve', '/no/such/directory'])).code, 2)
})

test('docs/CLI.md is what the command prints', async () => {
  const { stdout } = await sallyport(['--help-markdown'])
  const page = fileURLToPath(new URL('../../../docs/CLI.md', import.meta.url))
  assert.equal(await readFile(page, 'utf8'), stdout, 'run: node dist/cli/main.js --help-markdown > docs/CLI.md')
})

test('--version is the version of the package', async () => {
  const { stdout, code } = await sallyport(['--version'])
  assert.equal(code, 0)
  const file = fileURLToPath(new URL('../../../package.json', import.meta.url))
  assert.equal(stdout.trim(), (JSON.parse(await readFile(file, 'utf8')) as { version: string }).version)
})

test('--help names every verb, and the help of a verb its options', async () => {
  const all = await sallyport(['--help'])
  assert.equal(all.code, 0)
  for (const verb of ['ls', 'get', 'put', 'cat', 'rm', 'mkdir', 'mv', 'stat', 'command', 'demo', 'serve']) {
    assert.match(all.stdout, new RegExp(`^  ${verb}\\b`, 'm'))
  }
  const get = await sallyport(['get', '--help'])
  assert.equal(get.code, 0)
  assert.match(get.stdout, /--verify\[=METHODS\]/)
})

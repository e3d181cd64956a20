import assert from 'node:assert/strict'
import { once } from 'node:events'
import { access, chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { startProxy, startServer } from '../../src/testing/index.js'
import { freePort } from '../ports.js'
import { jsonLines, sallyport, scratch, start } from './spawn.js'

test('a typo in verb, flag, value or scheme gets a suggestion and 2', async () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [['gett', 'ftp://h/a'], /Did you mean get\?/],
    [['get', '--reursive', 'ftp://h/a'], /Did you mean --recursive\?/],
    [['get', '--overwrite', 'renam', 'ftp://h/a'], /Did you mean 'rename'\?/],
    [['ls', 'fpt://h/'], /Did you mean 'ftp'\?/],
    [['ls', '--proxy', 'ftp+usr://gate', 'ftp://h/'], /Did you mean 'ftp\+user'/],
    [['ls', 'h/pub'], /not a URL/],
    [['ls'], /sallyport ls URL/],
    [['get', '--verify=md6', 'ftp://h/a'], /md5/],
  ]
  for (const [words, hint] of cases) {
    const { code, stdout, stderr } = await sallyport(words)
    assert.equal(code, 2, words.join(' '))
    assert.equal(stdout, '')
    assert.match(stderr, hint)
  }
})

test('a secret on the command line is not repeated in the error about it', async () => {
  const secret = 'hunter2'
  for (const words of [
    ['get', `--pasword=${secret}`, 'ftp://h/a'],
    ['get', `-u${secret}`, 'ftp://h/a'],
    [`ftp://me:${secret}@h/`],
    ['ls', `htp://me:${secret}@h/`],
    ['mv', 'ftp://h/a', `ftp://me:${secret}@h/b`],
    ['ls', '--proxy', `ftp+lgin://me:${secret}@h`, 'ftp://h/'],
  ]) {
    const { code, stdout, stderr } = await sallyport(words)
    assert.equal(code, 2, words.join(' '))
    assert.doesNotMatch(stdout + stderr, /hunter2/, words.join(' '))
  }
})

test('a wrong password ends with 4, a refusing proxy with 5, a port that nobody listens on with 3', async (t) => {
  const server = await startServer({ users: { me: 'right' } })
  t.after(() => server.close())
  const proxy = await startProxy({ dialect: 'login' })
  t.after(() => proxy.close())
  const env = { PW: 'wrong', GATE: 'wrong too' }
  const login = await sallyport(['ls', '--json', '--user', 'me', '--password-env', 'PW', server.url], { env })
  assert.equal(login.code, 4)
  assert.equal(jsonLines(login.stdout)[0]?.['code'], 'login-refused')
  const gate = proxy.url.replace(/:[^/@:]*@/, '@')
  const words = ['ls', '--proxy', gate, '--proxy-password-env', 'GATE', server.url]
  const refused = await sallyport(words, { env })
  assert.equal(refused.code, 5, refused.stderr)
  assert.doesNotMatch(refused.stderr, /wrong/)
  const unreachable = await sallyport(['ls', `ftp://127.0.0.1:${await freePort()}/`])
  assert.equal(unreachable.code, 3, unreachable.stderr)
})

test('a local file that is not there ends with 10, a broken transfer with 7, a false checksum with 8', async (t) => {
  const server = await startServer({ files: { '/a.bin': Buffer.alloc(50_000, 1) } })
  t.after(() => server.close())
  const cwd = await scratch(t)
  assert.equal((await sallyport(['put', 'none.txt', `${server.url}/`], { cwd })).code, 10)
  server.addFault({ on: 'RETR', do: { cutDataAt: 1000, with: 'end' } })
  const cut = await sallyport(['get', `${server.url}/a.bin`], { cwd })
  assert.equal(cut.code, 7, cut.stderr)
  server.clearFaults()
  server.addFault({ on: 'XMD5', do: { reply: `250 ${'0'.repeat(32)}` } })
  server.addFault({ on: 'MD5', do: { reply: `251 ${'0'.repeat(32)}` } })
  server.addFault({ on: 'HASH', do: { reply: `213 MD5 0-50000 ${'0'.repeat(32)} a.bin` } })
  const words = ['get', '--verify=md5', `${server.url}/a.bin`]
  const mismatch = await sallyport(words, { cwd })
  assert.equal(mismatch.code, 8, mismatch.stderr)
  await assert.rejects(access(join(cwd, 'a.bin')))
})

test('a directory of which a file fails ends with 9 and names the file', async (t) => {
  const server = await startServer({ files: { '/tree/a.txt': 'a', '/tree/b.txt': 'b' } })
  t.after(() => server.close())
  server.addFault({ on: 'RETR', times: 1, do: { reply: '550 Permission denied.' } })
  const cwd = await scratch(t)
  const { code, stdout } = await sallyport(['get', '-r', '--json', `${server.url}/tree`, 'copy'], { cwd })
  assert.equal(code, 9)
  const errors = jsonLines(stdout).filter(({ type }) => type === 'error')
  assert.deepEqual(
    errors.map((error) => error['code']),
    ['permission-denied', 'incomplete'],
  )
})

const SECRET = 'S3cret/Pass:word'

test('the password comes from the environment, the standard input, .netrc or the URL, and is never shown', async (t) => {
  const server = await startServer({ users: { me: SECRET }, anonymous: false })
  t.after(() => server.close())
  const cwd = await scratch(t)
  const netrc = join(cwd, '.netrc')
  await writeFile(netrc, `machine 127.0.0.1 login me password "${SECRET}"\n`)
  await chmod(netrc, 0o600)
  const runs = {
    environment: await sallyport(['ls', '-v', '--user', 'me', '--password-env', 'PW', server.url], {
      env: { PW: SECRET },
    }),
    stdin: await sallyport(['ls', '-v', '--user', 'me', '--password-stdin', server.url], { input: `${SECRET}\r\n` }),
    netrc: await sallyport(['ls', '-v', '--netrc', server.url], { cwd }),
    file: await sallyport(['ls', '-v', `--netrc=${netrc}`, server.url]),
    url: await sallyport(['ls', '-v', server.url.replace('://', `://me:${encodeURIComponent(SECRET)}@`)]),
  }
  for (const [name, { code, stdout, stderr }] of Object.entries(runs)) {
    assert.equal(code, 0, `${name}: ${stderr}`)
    assert.ok(!(stdout + stderr).includes(SECRET), name)
    assert.ok(!(stdout + stderr).includes(encodeURIComponent(SECRET)), name)
    assert.match(stderr, /^> PASS \*\*\*\*$/m)
    assert.equal(stderr.match(/^warning: /gm)?.length ?? 0, name === 'url' ? 1 : 0, name)
  }
})

test('a .netrc that others may read draws a warning', { skip: process.platform === 'win32' }, async (t) => {
  const server = await startServer({ users: { me: SECRET }, anonymous: false })
  t.after(() => server.close())
  const cwd = await scratch(t)
  await writeFile(join(cwd, '.netrc'), `machine 127.0.0.1 login me password "${SECRET}"\n`)
  await chmod(join(cwd, '.netrc'), 0o644)
  const { code, stderr } = await sallyport(['ls', '--netrc', server.url], { cwd })
  assert.equal(code, 0)
  assert.match(stderr, /^warning: .*chmod 600/)
})

test('an environment variable that is not set, and two sources of one password, end with 2', async () => {
  const unset = await sallyport(['ls', '--user', 'me', '--password-env', 'NO_SUCH_VARIABLE', 'ftp://127.0.0.1:1/'])
  assert.equal(unset.code, 2)
  const env = { PW: 'x' }
  const both = await sallyport(['ls', '--password-env', 'PW', '--password-stdin', 'ftp://127.0.0.1:1/'], { env })
  assert.equal(both.code, 2)
})

test('SIGINT cancels: exit code 130 and no partial file under the final name', async (t) => {
  const server = await startServer({ files: { '/a.bin': Buffer.alloc(4_000_000, 1) } })
  t.after(() => server.close())
  const cwd = await scratch(t)
  const child = start(['get', '-v', '--limit-rate', '100k', `${server.url}/a.bin`], { cwd })
  for await (const chunk of child.stderr ?? []) if (String(chunk).includes('RETR')) break
  child.kill('SIGINT')
  const [code] = await once(child, 'exit')
  assert.equal(code, 130)
  await assert.rejects(access(join(cwd, 'a.bin')))
})

test('a reader that leaves early is no fault', async (t) => {
  const server = await startServer({ files: { '/a.bin': Buffer.alloc(8_000_000, 1) } })
  t.after(() => server.close())
  const child = start(['cat', `${server.url}/a.bin`])
  const exit = once(child, 'exit')
  await once(child.stdout ?? child, 'readable')
  child.stdout?.destroy()
  let told = ''
  for await (const chunk of child.stderr ?? []) told += String(chunk)
  assert.deepEqual(await exit, [0, null], told)
  assert.doesNotMatch(told, /sallyport:/)
})

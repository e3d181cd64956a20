import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type ServerOptions, startProxy, startServer } from '../../src/testing/index.js'
import { ca, fingerprint, fixture, good, pair } from '../tls/fixtures.js'
import { jsonLines, sallyport, scratch } from './spawn.js'

async function serverFor(t: TestContext, options: ServerOptions = {}) {
  const server = await startServer({ files: { '/a.txt': 'hello' }, ...options })
  t.after(() => server.close())
  return server
}

test('a certificate is trusted by its issuer, by its pin, or by nobody', async (t) => {
  const server = await serverFor(t, { tls: good })
  const cwd = await scratch(t)
  await writeFile(join(cwd, 'ca.pem'), ca)
  const refused = await sallyport(['ls', '--json', server.url])
  assert.equal(refused.code, 3)
  assert.equal(jsonLines(refused.stdout)[0]?.['code'], 'tls')
  for (const words of [['--tls-ca', 'ca.pem'], ['--tls-pin', fingerprint('good')], ['--insecure']]) {
    const { code, stdout, stderr } = await sallyport(['ls', ...words, server.url], { cwd })
    assert.equal(code, 0, stderr)
    assert.match(stdout, /a\.txt/)
    assert.equal(/^warning: --insecure accepts any certificate/m.test(stderr), words[0] === '--insecure')
  }
  const other = await sallyport(['ls', '--tls-pin', '0'.repeat(64), '--tls-pin', fingerprint('good'), server.url])
  assert.equal(other.code, 0, other.stderr)
})

test('the name in the certificate, the versions and the reuse can be set', async (t) => {
  const server = await serverFor(t, { tls: { ...pair('wrong-name'), maxVersion: 'TLSv1.2' } })
  const cwd = await scratch(t)
  await writeFile(join(cwd, 'ca.pem'), ca)
  const trusted = ['--tls-ca', 'ca.pem', '--tls-servername', 'elsewhere.test']
  assert.equal((await sallyport(['ls', '--tls-ca', 'ca.pem', server.url], { cwd })).code, 3)
  assert.equal((await sallyport(['ls', ...trusted, server.url], { cwd })).code, 0)
  assert.equal((await sallyport(['ls', ...trusted, '--tls-min', '1.3', server.url], { cwd })).code, 3)
  for (const [mode, reused] of [
    ['auto', true],
    ['never', false],
  ] as const) {
    const words = ['get', '--json', ...trusted, '--tls-reuse', mode, `${server.url}/a.txt`]
    const { code, stdout } = await sallyport(words, { cwd })
    assert.equal(code, 0, stdout)
    assert.equal(jsonLines(stdout).at(-1)?.['sessionReused'], reused, mode)
  }
})

test('a client certificate comes from PEM files or PKCS#12, its passphrase from the environment', async (t) => {
  const server = await serverFor(t, { tls: { ...good, clientCa: ca } })
  const cwd = await scratch(t)
  for (const name of ['ca.pem', 'client-certificate.pem', 'client-key-locked.pem', 'client.pfx'])
    await writeFile(join(cwd, name), fixture(name))
  const locked = ['--tls-cert', 'client-certificate.pem', '--tls-key', 'client-key-locked.pem']
  const words = ['command', '--user', 'demo', '--tls-ca', 'ca.pem']
  for (const own of [locked, ['--tls-pfx', 'client.pfx']]) {
    const run = [...words, ...own, '--tls-passphrase-env', 'KEY', server.url, 'NOOP']
    const { code, stdout, stderr } = await sallyport(run, { cwd, env: { KEY: 'sesame' } })
    assert.equal(code, 0, stdout + stderr)
    assert.doesNotMatch(server.commands.at(-3) ?? '', /PASS/)
  }
  const unset = await sallyport([...words, ...locked, '--tls-passphrase-env', 'KEY', server.url, 'NOOP'], { cwd })
  assert.equal(unset.code, 2)
})

test('--virtual-host says HOST, --tls-data clear says PROT C', async (t) => {
  const server = await serverFor(t, { tls: good })
  const pin = ['--tls-pin', fingerprint('good')]
  const host = await sallyport(['ls', ...pin, '--virtual-host=ftp.one.test', '--tls-data', 'clear', server.url])
  assert.equal(host.code, 0, host.stderr)
  assert.ok(server.commands.includes('HOST ftp.one.test'))
  assert.ok(server.commands.includes('PROT C'))
})

test('command --no-login sends its lines before any USER, as ftp+other wants them', async (t) => {
  const server = await serverFor(t, { users: { demo: 'sesame-7' } })
  const proxy = await startProxy({ dialect: 'other' })
  t.after(() => proxy.close())
  const gate = `SITE GATE ${server.host}:${server.port}`
  const lines = [gate, 'USER demo', 'PASS sesame-7', 'PWD']
  const { code, stdout, stderr } = await sallyport([
    'command',
    '--no-login',
    '--proxy',
    proxy.url,
    server.url,
    ...lines,
  ])
  assert.equal(code, 0, stdout + stderr)
  assert.equal(proxy.commands[0], gate)
  assert.match(stdout, /^257 /m)
})

test('--no-proxy goes straight whatever the environment says', async (t) => {
  const server = await serverFor(t)
  const env = { ftp_proxy: 'http://127.0.0.1:1' }
  assert.equal((await sallyport(['ls', server.url], { env })).code, 3)
  assert.equal((await sallyport(['ls', '--no-proxy', server.url], { env })).code, 0)
})

test('--tunnel, -6 and --keep-alive are taken', async (t) => {
  const server = await serverFor(t)
  const words = ['-6', '--tunnel', '--keep-alive=5', '--keep-alive-data']
  const { code, stderr } = await sallyport(['ls', ...words, server.url])
  assert.equal(code, 0, stderr)
})

test('flags that contradict each other end with 2 before anything is dialled', async (t) => {
  const server = await serverFor(t)
  const cwd = await scratch(t)
  await writeFile(join(cwd, 'one.pem'), fixture('client.pem'))
  const cases: readonly (readonly [string, RegExp])[] = [
    ['--insecure --tls-pin 00', /--tls-pin and --insecure contradict/],
    ['--proxy ftp+user://gate --no-proxy', /--proxy and --no-proxy contradict/],
    ['--no-proxy --proxy ftp+user://gate', /--proxy and --no-proxy contradict/],
    ['--tunnel --active', /--tunnel and --active contradict/],
    ['--tunnel --passive-address reply', /--tunnel and --passive-address reply contradict/],
    ['--tls-cert one.pem', /--tls-cert is given without its key/],
    ['--tls-key one.pem', /--tls-key is given without its certificate/],
    ['--tls-pfx one.pem --tls-cert one.pem --tls-key one.pem', /--tls-cert and --tls-pfx contradict/],
    ['--tls-passphrase-env KEY', /nothing that it would open/],
    ['--tls-min 1.3 --tls-max 1.2', /--tls-min is higher/],
    ['--tls-legacy --tls-min 1.2', /--tls-legacy and --tls-min contradict/],
    ['--tls-data clear --tls-reuse require', /--tls-reuse require contradict/],
    ['--tls-ca none.pem', /--tls-ca: the file cannot be read/],
    ['--tls-min 1.4', /--tls-min '1.4' is not known/],
    ['--tls-scope both', /--tls-scope 'both' is not known/],
    ['--keep-alive=0', /--keep-alive '0' is not a time/],
    ['--tls-ca one.pem', /ftp:\/\/ has no TLS/],
  ]
  for (const [flags, said] of cases) {
    const { code, stdout, stderr } = await sallyport(['ls', ...flags.split(' '), server.url], { cwd })
    assert.deepEqual([code, stdout], [2, ''], flags)
    assert.match(stderr, said)
  }
  const login = await sallyport(['command', '--no-login', '--user', 'me', server.url, 'NOOP'])
  assert.equal(login.code, 2)
  assert.match(login.stderr, /--no-login and --user contradict/)
  assert.deepEqual(server.commands, [])
})

test('a chain of proxies gets its password for the one that waits for it', async (t) => {
  const server = await serverFor(t)
  const proxy = await startProxy({ dialect: 'login', user: 'me', password: 'gate-secret' })
  t.after(() => proxy.close())
  const url = `ftp+login://me@${proxy.host}:${proxy.port}`
  const env = { GATE: 'gate-secret' }
  const { code, stderr } = await sallyport(['ls', '--proxy', url, '--proxy-password-env', 'GATE', server.url], { env })
  assert.equal(code, 0, stderr)
  const two = ['--proxy', 'socks5://you@gate', '--proxy', url]
  const unclear = await sallyport(['ls', ...two, '--proxy-password-env', 'GATE', server.url], { env })
  assert.equal(unclear.code, 2)
  assert.match(unclear.stderr, /for one only/)
})

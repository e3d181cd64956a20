import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type ServerOptions, startProxy, startServer } from '../../src/testing/index.js'
import { jsonLines, sallyport } from './spawn.js'

const env = { PW: 'sesame-7' }
const LOGIN = ['--user', 'demo', '--password-env', 'PW', '--timeout', '5']

async function serverFor(t: TestContext, options: ServerOptions = {}) {
  const server = await startServer({ users: { demo: env.PW }, ...options })
  t.after(() => server.close())
  return server
}

test('doctor prints a line for each step and a verdict, and ends with 0', async (t) => {
  const server = await serverFor(t)
  const { code, stdout, stderr } = await sallyport(['doctor', ...LOGIN, '--write', server.url], { env })
  assert.equal(code, 0, stdout + stderr)
  assert.equal(stderr, '')
  assert.match(stdout, /^greeting {6}ok +\d+ ms {2}An FTP server greets: /m)
  assert.match(stdout, /^verification {2}ok +\d+ ms {2}sha256, .* work\.$/m)
  assert.match(stdout, /\n\nUsable as asked\.\n$/)
})

test('doctor --json prints one object, with the exit code of the step that failed', async (t) => {
  const server = await serverFor(t, { faults: [{ on: ['EPSV', 'PASV'], do: { noData: true } }] })
  const { code, stdout } = await sallyport(['doctor', '--json', ...LOGIN, server.url], { env })
  assert.equal(code, 7)
  const [line, ...more] = jsonLines(stdout)
  assert.deepEqual(more, [])
  assert.deepEqual([line?.['type'], line?.['usable'], line?.['exitCode']], ['diagnosis', false, 7])
  assert.match(String(line?.['verdict']), /passive ports do not answer/)
  const steps = line?.['steps'] as Record<string, unknown>[]
  const data = steps.find(({ name }) => name === 'data')
  assert.deepEqual([data?.['outcome'], data?.['code']], ['fail', 'data-connection'])
  assert.equal(line?.['error'], undefined)
  assert.doesNotMatch(stdout, /sesame/)
})

test('doctor ends with 4 for a wrong password, 3 where nobody listens, 5 at the proxy, 2 for a contradiction', async (t) => {
  const server = await serverFor(t)
  const proxy = await startProxy({ dialect: 'open' })
  t.after(() => proxy.close())
  const wrong = await sallyport(['doctor', ...LOGIN, server.url], { env: { PW: 'wrong' } })
  assert.equal(wrong.code, 4, wrong.stdout)
  const through = ['--proxy', `ftp+user://${proxy.host}:${proxy.port}`, '--probe-proxy']
  const refused = await sallyport(['doctor', ...LOGIN, ...through, server.url], { env })
  assert.equal(refused.code, 5, refused.stdout)
  assert.match(refused.stdout, /^ {2}accepted +OPEN 127.*: 220 /m)
  assert.match(refused.stdout, /try ftp\+open:\/\//)
  const before = server.commands.length
  const contradiction = await sallyport(['doctor', ...LOGIN, '--tls-servername', 'x', server.url], { env })
  assert.deepEqual([contradiction.code, contradiction.stdout], [2, ''])
  assert.equal(server.commands.length, before)
  await server.close()
  assert.equal((await sallyport(['doctor', ...LOGIN, server.url], { env })).code, 3)
})

test('nothing that the other side says can steer the terminal', async (t) => {
  const server = await serverFor(t, { greeting: 'hi \u001b]0;owned\u0007\u009b2J' })
  for (const words of [[], ['--json'], ['-v']]) {
    const { code, stdout, stderr } = await sallyport(['doctor', ...LOGIN, ...words, server.url], { env })
    assert.equal(code, 0, stdout)
    assert.doesNotMatch(stdout + stderr, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
  }
})

test('doctor --quiet prints the verdict alone', async (t) => {
  const server = await serverFor(t)
  const { stdout } = await sallyport(['doctor', '--quiet', ...LOGIN, server.url], { env })
  assert.equal(stdout, 'Usable as asked.\n')
})

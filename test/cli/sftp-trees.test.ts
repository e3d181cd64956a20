import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { MemoryStore, type SftpFault, startSftpServer } from '../../src/testing/index.js'
import { sallyport, scratch } from './spawn.js'

async function serverWith(t: TestContext, faults: readonly SftpFault[] = []) {
  const store = new MemoryStore({ '/t/a': 'a', '/t/b': 'b' })
  await store.link('/t/out', '/etc')
  const server = await startSftpServer({ store, faults })
  t.after(() => server.close())
  const flags = ['--host-key', server.fingerprint, '--password-env', 'PW', '--no-ssh-config', '--no-proxy', '-r']
  return {
    get: async (to: string, ...more: string[]) =>
      await sallyport(['get', `${server.url.replace('://', '://demo@')}//t`, to, ...flags, ...more], {
        env: { PW: 'demo' },
      }),
  }
}

test('what a tree leaves out is said, a line each and in the summary, and is no fault', async (t) => {
  const server = await serverWith(t)
  const dir = await scratch(t)
  const { code, stderr } = await server.get(join(dir, 'got'))
  assert.equal(code, 0, stderr)
  assert.match(stderr, /left out \/t\/out: a link to '\/etc'/)
  assert.match(stderr, /2 files, 1 left out/)
  assert.deepEqual((await readdir(join(dir, 'got'))).sort(), ['a', 'b'])
})

test('entries whose type the server does not tell end with 9, each named', async (t) => {
  const server = await serverWith(t, [
    { on: ['READDIR', 'LSTAT', 'STAT'], do: { attributes: 'none', bareNames: true } },
    { on: 'READLINK', do: { status: { code: 4 } } },
  ])
  const dir = await scratch(t)
  const { code, stderr } = await server.get(join(dir, 'got'))
  assert.equal(code, 9, stderr)
  assert.match(stderr, /'a' in '\/t' was left out: the server does not say what it is/)
  const json = await server.get(join(dir, 'json'), '--json')
  assert.equal(json.code, 9)
})

test('-v tells what was learned', async (t) => {
  const server = await serverWith(t, [{ on: 'FSTAT', do: { status: { code: 8 } } }])
  const dir = await scratch(t)
  const { code, stderr } = await server.get(join(dir, 'got'), '-v')
  assert.equal(code, 0, stderr)
  assert.equal(stderr.match(/learned: The server refuses FSTAT/g)?.length, 1)
})

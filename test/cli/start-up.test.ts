import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startServer } from '../../src/testing/index.js'
import { sallyport, scratch } from './spawn.js'

const asModule = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`

// A loader that says on the standard error what it loads. It is text: it runs in a process, and a thread, of its own.
const hooks = `import { writeSync } from 'node:fs'
export async function load(url, context, next) {
  writeSync(2, 'loaded ' + url + '\\n')
  return next(url, context)
}`
const tracer = asModule(`import { register } from 'node:module'; register(${JSON.stringify(asModule(hooks))})`)

/** What a command line loads, Node's own left out: ours as paths below src or dist, others by the name of their package. */
async function loadedBy(words: readonly string[], main?: string): Promise<string[]> {
  const { code, stderr } = await sallyport(words, { env: { NODE_OPTIONS: `--import=${tracer}` }, main })
  assert.equal(code, 0, stderr)
  const urls = Array.from(stderr.matchAll(/^loaded (file:.*)$/gm), ([, url = '']) => url)
  return urls.map(
    (url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? url.replace(/^.*?\/(build\/src|dist)\//, ''),
  )
}

/** The words of a plain `get` from a server that has the file. */
async function get(t: TestContext): Promise<string[]> {
  const server = await startServer({ anonymous: true, files: { '/a.txt': 'hello' } })
  t.after(() => server.close())
  return ['get', '--quiet', `${server.url}/a.txt`, join(await scratch(t), 'a.txt')]
}

test('--version loads nothing but the version', async () => {
  assert.deepEqual(await loadedBy(['--version']), ['cli/main.js', 'chunks/version.js'])
})

test('get of one file loads one package and no module that it has no use for', async (t) => {
  const modules = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url)) // not linked: each module shows
  const loaded = await loadedBy(await get(t), modules)
  assert.ok(loaded.includes('ftp/transfer/download.js'), 'the tracer saw nothing')
  assert.deepEqual([...new Set(loaded.filter((name) => !name.endsWith('.js')))], ['commander'])
  const idle =
    /^(sftp|ssh|testing|cli\/demo|client\/doctor\/(?!diagnose))|^client\/(protocol\/sftp|target\/(sftp-target|tls-identity))|^transport\/tls\/(?!tls-errors)|socks|http|jump|listing\/(unix|dos|eplf)|(copy-|memory-|target-|remove-)tree\.js$|markdown/
  assert.deepEqual(
    loaded.filter((name) => idle.test(name)),
    ['memory-tree.js'],
  )
})

test('get of one file loads few files', async (t) => {
  const loaded = (await loadedBy(await get(t))).filter((name) => name.endsWith('.js'))
  assert.ok(loaded.includes('chunks/ftp.js'), `the tracer saw ${loaded}`)
  assert.ok(loaded.length <= 20, `${loaded.length} files: ${loaded}`)
})

test('get of one file from an address makes no use of cryptography, compression, the name service or a terminal', async (t) => {
  const teller = asModule(`import { writeSync } from 'node:fs'
process.on('exit', () => writeSync(2, process.moduleLoadList.map((name) => name + '\\n').join('')))`)
  const { stderr } = await sallyport(await get(t), { env: { NODE_OPTIONS: `--import=${teller}` } })
  const loaded = Array.from(stderr.matchAll(/^NativeModule (\w+)$/gm), ([, name = '']) => name)
  assert.ok(loaded.includes('net'), stderr)
  const idle = ['crypto', 'tls', 'https', 'zlib', 'dns', 'readline']
  assert.deepEqual(
    loaded.filter((name) => idle.includes(name)),
    [],
  )
})

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { startServer } from '../../src/testing/index.js'
import { sallyport, scratch } from './spawn.js'

// A loader that says on the standard error what it loads. It is text: it runs in a process, and a thread, of its own.
const hooks = `import { writeSync } from 'node:fs'
export async function load(url, context, next) {
  writeSync(2, 'loaded ' + url + '\\n')
  return next(url, context)
}`
const asModule = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`
const tracer = asModule(`import { register } from 'node:module'; register(${JSON.stringify(asModule(hooks))})`)

/** The modules that a command line loads, Node's own left out: ours as paths below src, others by the name of their package. */
async function loadedBy(words: readonly string[]): Promise<string[]> {
  const { code, stderr } = await sallyport(words, { env: { NODE_OPTIONS: `--import=${tracer}` } })
  assert.equal(code, 0, stderr)
  const urls = Array.from(stderr.matchAll(/^loaded (file:.*)$/gm), ([, url = '']) => url)
  return urls.map(
    (url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? url.replace(/^.*?\/build\/src\//, ''),
  )
}

test('--version loads nothing but the version', async () => {
  assert.deepEqual(await loadedBy(['--version']), ['cli/main.js', 'cli/version.js'])
})

test('get of one file loads one package and no room that it has no use for', async (t) => {
  const server = await startServer({ anonymous: true, files: { '/a.txt': 'hello' } })
  t.after(() => server.close())
  const loaded = await loadedBy(['get', '--quiet', `${server.url}/a.txt`, join(await scratch(t), 'a.txt')])
  assert.ok(loaded.includes('ftp/download.js'), 'the tracer saw nothing')
  assert.deepEqual([...new Set(loaded.filter((name) => !name.endsWith('.js')))], ['commander'])
  const idle =
    /^(sftp|ssh|testing|cli\/demo|client\/doctor)\/|^client\/(doctor|sftp)|socks|http|jump|listing\/(unix|dos|eplf)|tree\.js$|markdown/
  assert.deepEqual(
    loaded.filter((name) => idle.test(name)),
    ['memory-tree.js'],
  )
})

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { MemoryStore, TransferError } from 'sallyport'
import { MemoryStore as MemoryStoreOfTesting, startServer } from 'sallyport/testing'

// By the names of the package: this is dist, which is linked, and not the modules that the other tests run.

test('what several entries export is the same thing', () => {
  assert.equal(MemoryStoreOfTesting, MemoryStore)
})

test('an error of one entry is a TransferError of another', async () => {
  const refused = startServer({ tls: { cert: 'none', key: 'none' } })
  await assert.rejects(refused, (error) => error instanceof TransferError && error.code === 'bad-argument')
  await assert.rejects(new MemoryStoreOfTesting().read('/none'), TransferError)
})

test('no class is in the package twice', () => {
  const root = fileURLToPath(new URL('../../../', import.meta.url)) // this file runs as BUILD/test/package/entries.test.js
  const [ours, linked] = [classesIn(join(root, 'src'), '.ts'), classesIn(join(root, 'dist'), '.js')]
  assert.equal(linked.get('TransferError'), 1)
  const doubled = [...linked].filter(([name, count]) => count > (ours.get(name) ?? 0))
  assert.deepEqual(doubled, [])
})

/** How often the files below a folder declare each class, by its name. */
function classesIn(folder: string, ending: '.ts' | '.js'): Map<string, number> {
  const counts = new Map<string, number>()
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith(ending)) continue
    const code = readFileSync(join(folder, file), 'utf8')
    for (const [, name = ''] of code.matchAll(/^(?:export )?class (\w+)/gm))
      counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

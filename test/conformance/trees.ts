import assert from 'node:assert/strict'
import { failure, get, listed, put } from './bytes.js'
import type { Check } from './room.js'

const listing: Check = async ({ store, dir, at }) => {
  await put(store, at('empty'), '')
  await put(store, at('seven'), '1234567')
  await store.makeDir(at('sub'))
  await put(store, at('sub/inner'), 'x')
  const entries = await listed(store, dir)
  assert.deepEqual([...entries.keys()].sort(), ['empty', 'seven', 'sub'])
  assert.deepEqual([entries.get('empty')?.type, entries.get('empty')?.size], ['file', 0])
  assert.deepEqual([entries.get('seven')?.type, entries.get('seven')?.size], ['file', 7])
  assert.equal(entries.get('sub')?.type, 'directory')
}

const emptyListing: Check = async ({ store, dir }) => {
  assert.equal((await listed(store, dir)).size, 0)
}

const missingListing: Check = async ({ store, at }) => {
  await failure(() => listed(store, at('missing')), 'not-found')
  await put(store, at('file'), 'text')
  await failure(() => listed(store, at('file')), 'not-directory', 'not-found')
}

const leftListing: Check = async ({ store, dir, at }) => {
  for (let i = 0; i < 5; i++) await put(store, at(`file-${i}`), 'text')
  for await (const entry of store.list(dir)) {
    assert.equal(entry.type, 'file')
    break
  }
  assert.equal((await listed(store, dir)).size, 5)
}

const manyEntries: Check = async ({ store, dir, at }) => {
  const names = Array.from({ length: 150 }, (_, i) => `directory-${String(i).padStart(3, '0')}`)
  for (const each of names) await store.makeDir(at(each))
  assert.deepEqual([...(await listed(store, dir)).keys()].sort(), names)
}

const stats: Check = async ({ store, at, dir }) => {
  await put(store, at('file'), '12345')
  const entry = await store.stat(at('file'))
  assert.deepEqual([entry?.name, entry?.type], ['file', 'file'])
  if (store.can.stat) {
    assert.equal(entry?.size, 5)
    assert.ok(entry?.modified instanceof Date)
  }
  assert.equal((await store.stat(dir))?.type, 'directory')
  assert.equal(await store.stat(at('missing')), undefined)
  assert.equal(await store.stat(at('missing/deeper')), undefined)
}

const directories: Check = async ({ store, dir, at }) => {
  await store.makeDir(at('sub'))
  await failure(() => store.makeDir(at('sub')), 'exists')
  await put(store, at('file'), 'text')
  await failure(() => store.makeDir(at('file')), 'exists')
  await failure(() => store.makeDir(at('missing/sub')))
  await store.removeDir(at('sub'))
  assert.deepEqual([...(await listed(store, dir)).keys()], ['file'])
}

const removals: Check = async ({ store, at }) => {
  await store.makeDir(at('full'))
  await put(store, at('full/file'), 'text')
  await failure(() => store.removeDir(at('full')))
  await failure(() => store.removeDir(at('missing')), 'not-found')
  await failure(() => store.removeDir(at('full/file')))
  await failure(() => store.remove(at('full')))
  assert.equal(String(await get(store, at('full/file'))), 'text')
  await store.remove(at('full/file'))
  assert.equal(await store.stat(at('full/file')), undefined)
}

const renames: Check = async ({ store, dir, at }) => {
  await put(store, at('old'), 'content')
  await store.rename(at('old'), at('new'))
  assert.deepEqual([...(await listed(store, dir)).keys()], ['new'])
  assert.equal(String(await get(store, at('new'))), 'content')
  await store.makeDir(at('sub'))
  await store.rename(at('new'), at('sub/moved'))
  await store.rename(at('sub'), at('other'))
  assert.equal(String(await get(store, at('other/moved'))), 'content')
  await failure(() => store.rename(at('missing'), at('x')), 'not-found')
  assert.equal(await store.stat(at('x')), undefined)
}

const renameOver: Check = async ({ store, at, note }) => {
  await put(store, at('old'), 'old')
  await put(store, at('new'), 'new')
  try {
    await store.rename(at('new'), at('old'))
  } catch (error) {
    await failure(() => Promise.reject(error), 'exists', 'refused')
    note('rename does not replace a file')
    assert.equal(String(await get(store, at('old'))), 'old')
    assert.equal(String(await get(store, at('new'))), 'new')
    return
  }
  assert.equal(String(await get(store, at('old'))), 'new')
  assert.equal(await store.stat(at('new')), undefined)
}

const home: Check = async ({ store }) => {
  const path = await store.home()
  assert.ok(path.startsWith('/'), path)
  assert.equal((await store.stat(path))?.type, 'directory')
}

export const treeChecks: Readonly<Record<string, Check>> = {
  'a listing is complete, with types and sizes': listing,
  'an empty directory lists nothing': emptyListing,
  'listing what is no directory fails': missingListing,
  'a listing left early does not block the next call': leftListing,
  'a listing of 150 entries is complete': manyEntries,
  'stat tells a file, a directory and nothing apart': stats,
  'directories are made and removed, a taken name is exists': directories,
  'only files and empty directories are removed': removals,
  'files and directories are renamed': renames,
  'rename replaces a file, or refuses and changes nothing': renameOver,
  'home is an absolute directory': home,
}

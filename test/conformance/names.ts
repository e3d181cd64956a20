import assert from 'node:assert/strict'
import { get, listed, put } from './bytes.js'
import type { Check, Room } from './room.js'

/** Legal names that clients, servers and proxies get wrong. */
export const AWKWARD_NAMES: readonly string[] = [
  'two words',
  ' leading blank',
  'trailing blank ',
  'double  blank',
  'brackets [1] (2) {3}',
  'arrow -> target',
  'percent %2e%2e %20',
  'ampersand & semicolon ; comma ,',
  'type=dir; name',
  'quotes \' " `',
  'star * and ?',
  'back\\slash',
  'colon: and @ at',
  '-leading-dash',
  '-la',
  '~tilde',
  '.hidden',
  '...',
  '#hash!',
  '12-31-99  11:59PM',
  'caf\u00e9 NFC',
  'cafe\u0301 NFD',
  '\u65e5\u672c\u8a9e',
  'emoji \u{1f6a2}',
  'x'.repeat(200),
]

function works(name: string): Check {
  return async (room) => {
    await asFile(room, name)
    await asDirectory(room, name)
  }
}

async function asFile({ store, dir, at }: Room, name: string): Promise<void> {
  await put(store, at(name), 'content')
  const entries = await listed(store, dir)
  assert.deepEqual([...entries.keys()], [name])
  assert.deepEqual([entries.get(name)?.type, entries.get(name)?.size], ['file', 7])
  assert.equal((await store.stat(at(name)))?.type, 'file')
  assert.equal(String(await get(store, at(name))), 'content')
  await store.rename(at(name), at('plain'))
  await store.rename(at('plain'), at(name))
  await store.remove(at(name))
  assert.equal((await listed(store, dir)).size, 0)
}

async function asDirectory({ store, dir, at }: Room, name: string): Promise<void> {
  await store.makeDir(at(name))
  await put(store, at(`${name}/${name}`), 'content')
  assert.deepEqual(
    [...(await listed(store, dir)).values()].map(({ type }) => type),
    ['directory'],
  )
  assert.deepEqual([...(await listed(store, at(name))).keys()], [name])
  assert.equal(String(await get(store, at(`${name}/${name}`))), 'content')
  await store.remove(at(`${name}/${name}`))
  assert.equal((await listed(store, at(name))).size, 0)
  await store.removeDir(at(name))
  assert.equal((await listed(store, dir)).size, 0)
}

const twins: Check = async ({ store, dir, at }) => {
  await put(store, at('\u00e9'), 'composed')
  await put(store, at('e\u0301'), 'decomposed')
  assert.deepEqual([...(await listed(store, dir)).keys()].sort(), ['e\u0301', '\u00e9'])
  assert.equal(String(await get(store, at('\u00e9'))), 'composed')
}

/** The check of one awkward name, as `exceptions` names it. */
export function nameCheck(name: string): string {
  return `the name ${JSON.stringify(name.length > 40 ? `${name.slice(0, 3)}… (${name.length})` : name)} works`
}

export const nameChecks: Readonly<Record<string, Check>> = {
  ...Object.fromEntries(AWKWARD_NAMES.map((name) => [nameCheck(name), works(name)])),
  'NFC and NFD twins stay two files': twins,
}

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { TransferError } from '../../src/errors.js'
import type { HashName, Range } from '../../src/store.js'

import { assertSame, bytesOf, failure, get, listed, put } from './bytes.js'
import type { Check } from './room.js'

const LENGTH = 3 * 1024 * 1024 + 7

const ranges: Check = async ({ store, at }) => {
  const bytes = bytesOf(LENGTH)
  await put(store, at('file'), bytes)
  if (!store.can.ranges) {
    await failure(() => get(store, at('file'), { from: 1 }), 'not-supported')
    return
  }
  const asked: Range[] = [
    { from: 0, to: 1 },
    { from: 10, to: 20 },
    { from: LENGTH - 5 },
    { to: 4 },
    { from: 1_000_000, to: 2_500_001 },
  ]
  asked.push({ from: 5, to: 5 }, { from: LENGTH }, { from: LENGTH - 3, to: LENGTH + 50 }, {})
  for (const range of asked) {
    assertSame(await get(store, at('file'), range), bytes.subarray(range.from ?? 0, range.to ?? LENGTH))
  }
  await failure(() => store.read(at('file'), { range: { from: 5, to: 4 } }), 'bad-argument')
  await failure(() => store.read(at('file'), { range: { from: -1 } }), 'bad-argument')
  assertSame(await get(store, at('file')), bytes)
}

const resume: Check = async ({ store, at }) => {
  const bytes = bytesOf(LENGTH)
  const half = LENGTH >> 1
  await put(store, at('file'), bytes.subarray(0, half))
  if (!store.can.resume) {
    await failure(() => put(store, at('file'), bytes.subarray(half), { offset: half }), 'not-supported')
    assertSame(await get(store, at('file')), bytes.subarray(0, half))
    return
  }
  const receipt = await put(store, at('file'), bytes.subarray(half), { offset: half })
  assert.equal(receipt.bytes, LENGTH - half)
  assertSame(await get(store, at('file')), bytes)
  const other = bytesOf(LENGTH - 1000, 9)
  await put(store, at('file'), other, { offset: 1000 })
  assertSame(await get(store, at('file')), Buffer.concat([bytes.subarray(0, 1000), other]))
}

const resumedCount: Check = async ({ store, at, note }) => {
  if (!store.can.resume) return note('the store cannot resume, see the check above')
  await put(store, at('file'), '12345')
  const sink = await store.write(at('file'), { at: { offset: 5 } })
  assert.equal(sink.landed, 5)
  await sink.finish()
  assert.equal(String(await get(store, at('file'))), '12345')
}

const times: Check = async ({ store, dir, at }) => {
  await put(store, at('file'), 'text')
  const when = new Date('2021-03-04T05:06:07Z')
  await tried(() => store.setTimes?.(at('file'), when))
  if (!store.can.times) return absent(store.setTimes && (() => store.setTimes?.(at('file'), when)))
  assert.ok(store.setTimes)
  await store.setTimes(at('file'), when)
  if (store.can.stat) assert.equal((await store.stat(at('file')))?.modified?.toISOString(), when.toISOString())
  const entry = (await listed(store, dir)).get('file')
  if (entry?.precision === 's' || entry?.precision === 'ms') {
    assert.equal(entry.modified?.toISOString(), when.toISOString())
  }
  await failure(async () => store.setTimes?.(at('missing'), when))
}

const modes: Check = async ({ store, at, note }) => {
  await put(store, at('file'), 'text')
  await tried(() => store.setMode?.(at('file'), 0o600))
  if (!store.can.modes) return absent(store.setMode && (() => store.setMode?.(at('file'), 0o600)))
  assert.ok(store.setMode)
  for (const mode of [0o600, 0o644]) {
    await store.setMode(at('file'), mode)
    const seen = (await store.stat(at('file')))?.mode
    if (seen === undefined) note('stat does not show modes')
    else assert.equal((seen & 0o777).toString(8), mode.toString(8))
  }
  await failure(async () => store.setMode?.(at('missing'), 0o600))
}

const links: Check = async ({ store, dir, at }) => {
  await put(store, at('file'), 'text')
  if (!store.can.links) return absent(store.link && (() => store.link?.(at('link'), 'file')))
  assert.ok(store.link)
  await store.link(at('link'), 'file')
  for (const entry of [await store.stat(at('link')), (await listed(store, dir)).get('link')]) {
    assert.deepEqual([entry?.type, entry?.target], ['link', 'file'])
  }
  await failure(async () => store.link?.(at('link'), 'file'), 'exists')
  await failure(() => put(store, at('link'), 'x', { exclusive: true }), 'exists')
  await store.remove(at('link'))
  assert.equal(String(await get(store, at('file'))), 'text')
}

const ALL: readonly HashName[] = ['md5', 'sha1', 'sha256', 'sha512', 'crc32']

const checksums: Check = async ({ store, at }) => {
  const bytes = bytesOf(LENGTH)
  await put(store, at('file'), bytes)
  for (const algorithm of ALL) await tried(() => store.checksum?.(at('file'), algorithm))
  for (const algorithm of ALL.filter((each) => !store.can.checksums.includes(each))) {
    await absent(store.checksum && (() => store.checksum?.(at('file'), algorithm)))
  }
  for (const algorithm of store.can.checksums) {
    assert.equal(await store.checksum?.(at('file'), algorithm), expectedHash(bytes, algorithm))
    await failure(async () => store.checksum?.(at('missing'), algorithm))
  }
}

function expectedHash(bytes: Uint8Array, algorithm: HashName): string {
  if (algorithm === 'crc32') return crc32(bytes).toString(16).padStart(8, '0')
  return createHash(algorithm).update(bytes).digest('hex')
}

/** A server that does not list its features is discovered by commands: after a `not-supported`, `can` must show it. */
async function tried(call: () => Promise<unknown> | undefined): Promise<void> {
  try {
    await call()
  } catch (error) {
    if (!(error instanceof TransferError) || error.code !== 'not-supported') throw error
  }
}

/** An ability that `can` denies: the method is missing, or rejects with `not-supported`. */
async function absent(call: (() => Promise<unknown> | undefined) | undefined): Promise<void> {
  if (call) await failure(async () => call(), 'not-supported')
}

const named: Check = async ({ store }) => {
  assert.ok(store.describe.length > 0)
  assert.equal(store.state, 'ready')
  assert.deepEqual([...new Set(store.can.checksums)], [...store.can.checksums])
  assert.equal(
    store.can.checksums.every((each) => ALL.includes(each)),
    true,
  )
}

export const abilityChecks: Readonly<Record<string, Check>> = {
  'ranges are exact, or not-supported': ranges,
  'a write goes on at an offset, or is not-supported': resume,
  'a resumed sink counts from its offset': resumedCount,
  'times are set to the second, or cannot be': times,
  'modes are set, or cannot be': modes,
  'links are made, told apart and removed, or cannot be': links,
  'checksums agree with those made here, others cannot be made': checksums,
  'the store says what it is': named,
}

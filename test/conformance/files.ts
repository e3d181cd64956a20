import assert from 'node:assert/strict'
import { SLAB_SIZE, slabOf } from '../../src/slab.js'
import { isReceipt } from '../../src/store.js'
import { assertSame, bytesOf, drain, failure, get, listed, put } from './bytes.js'
import type { Check } from './room.js'

const MIB = 1024 * 1024

function roundTrip(length: number): Check {
  return async ({ store, at }) => {
    const bytes = bytesOf(length, length + 1)
    const receipt = await put(store, at('file.bin'), bytes)
    assert.equal(receipt.bytes, length)
    const read = await drain(await store.read(at('file.bin')))
    assertSame(read.bytes, bytes)
    assert.equal(read.receipt.bytes, length)
    const entry = await store.stat(at('file.bin'))
    if (store.can.stat) assert.equal(entry?.size, length)
  }
}

const replacesContent: Check = async ({ store, at }) => {
  await put(store, at('file'), bytesOf(3000))
  await put(store, at('file'), 'short')
  assert.equal(String(await get(store, at('file'))), 'short')
}

const smallFiles: Check = async ({ store, dir, at }) => {
  for (let i = 0; i < 20; i++) await put(store, at(`small-${i}`), `content ${i}`)
  assert.equal((await listed(store, dir)).size, 20)
  for (let i = 0; i < 20; i++) assert.equal(String(await get(store, at(`small-${i}`))), `content ${i}`)
}

const releasesSlabs: Check = async ({ store, at }) => {
  let released = 0
  const sink = await store.write(at('file'))
  for (let i = 0; i < 5; i++) await sink.write(slabOf([bytesOf(1000, i), bytesOf(24, i)], () => released++))
  await sink.finish()
  assert.equal(released, 5)
  assert.equal(sink.landed, 5 * 1024)
  const expected = [0, 1, 2, 3, 4].flatMap((i) => [bytesOf(1000, i), bytesOf(24, i)])
  assertSame(await get(store, at('file')), Buffer.concat(expected))
}

const cancelledRead: Check = async ({ store, at }) => {
  const big = bytesOf(5 * MIB)
  await put(store, at('big'), big)
  await put(store, at('small'), 'small')
  const source = await store.read(at('big'))
  const first = await source.next()
  assert.ok(!isReceipt(first))
  first.release()
  await source.cancel()
  assert.equal(String(await get(store, at('small'))), 'small')
  assertSame(await get(store, at('big')), big)
}

const cancelledBeforeReading: Check = async ({ store, at }) => {
  await put(store, at('file'), bytesOf(2 * MIB))
  const source = await store.read(at('file'))
  await source.cancel()
  await source.cancel()
  assert.equal((await store.stat(at('file')))?.type, 'file')
}

const abortedWrite: Check = async ({ store, at, note }) => {
  const bytes = bytesOf(5 * MIB)
  const sink = await store.write(at('file'))
  for (let i = 0; i < 2; i++) await sink.write(slabOf([bytes.subarray(i * SLAB_SIZE, (i + 1) * SLAB_SIZE)]))
  await sink.abort()
  await sink.abort()
  await put(store, at('next'), 'next')
  assert.equal(String(await get(store, at('next'))), 'next')
  if ((await store.stat(at('file'))) === undefined) return note('nothing is left of an aborted write')
  const left = await get(store, at('file'))
  assert.ok(left.length <= 2 * SLAB_SIZE)
  assertSame(left, bytes.subarray(0, left.length))
}

const append: Check = async ({ store, at }) => {
  await put(store, at('log'), 'one ')
  const receipt = await put(store, at('log'), 'two', { append: true })
  assert.equal(receipt.bytes, 3)
  assert.equal(String(await get(store, at('log'))), 'one two')
  await put(store, at('new'), 'made', { append: true })
  assert.equal(String(await get(store, at('new'))), 'made')
}

const exclusive: Check = async ({ store, at }) => {
  await put(store, at('file'), 'first', { exclusive: true })
  await failure(() => put(store, at('file'), 'second', { exclusive: true }), 'exists')
  assert.equal(String(await get(store, at('file'))), 'first')
}

const missingDirectory: Check = async ({ store, at }) => {
  await failure(() => put(store, at('missing/file'), 'text'))
  assert.equal(await store.stat(at('missing')), undefined)
  await put(store, at('file'), 'text')
  assert.equal(String(await get(store, at('file'))), 'text')
}

const directoryAsFile: Check = async ({ store, at }) => {
  await store.makeDir(at('dir'))
  await failure(() => get(store, at('dir')))
  await failure(() => put(store, at('dir'), 'text'))
  assert.equal((await store.stat(at('dir')))?.type, 'directory')
}

const missingFile: Check = async ({ store, at }) => {
  await failure(() => get(store, at('missing')), 'not-found')
  await failure(() => store.remove(at('missing')), 'not-found')
  assert.equal(await store.stat(at('missing')), undefined)
}

const firedSignal: Check = async ({ store, at }) => {
  await put(store, at('file'), 'text')
  const signal = AbortSignal.abort(new Error('enough'))
  for (const call of [
    () => store.stat(at('file'), { signal }),
    () => store.read(at('file'), { signal }),
    () => store.write(at('file'), { signal }),
    () => store.remove(at('file'), { signal }),
  ]) {
    await failure(call, 'aborted')
  }
  assert.equal(store.state, 'ready')
  assert.equal(String(await get(store, at('file'))), 'text')
}

export const fileChecks: Readonly<Record<string, Check>> = {
  'an empty file comes back empty': roundTrip(0),
  'one byte comes back': roundTrip(1),
  'a slab and one byte come back': roundTrip(MIB + 1),
  'five MiB come back': roundTrip(5 * MIB),
  'writing again replaces the whole content': replacesContent,
  'twenty small files come and go in sequence': smallFiles,
  'a sink releases every slab and counts what landed': releasesSlabs,
  'after a read cancelled half way the next call works': cancelledRead,
  'a read can be cancelled, twice, before its first slab': cancelledBeforeReading,
  'an aborted write leaves a prefix and the next call works': abortedWrite,
  'append adds to the end and makes a missing file': append,
  'an exclusive write never touches what is there': exclusive,
  'a write into a missing directory fails and leaves nothing': missingDirectory,
  'a directory cannot be read or written as a file': directoryAsFile,
  'a missing file is not-found': missingFile,
  'a signal that has fired stops a call before it begins': firedSignal,
}

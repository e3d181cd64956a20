import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TransferError } from '../../../src/index.js'
import { matches } from '../../../src/sockettools/calls/mask.js'
import { Progress, statusOf } from '../../../src/sockettools/client/progress.js'
import {
  Failure,
  failureOf,
  ST_ERROR_FILE_NOT_FOUND,
  ST_ERROR_INVALID_PARAMETER,
} from '../../../src/sockettools/constants/errors.js'
import { dateOf, systemTime } from '../../../src/sockettools/constants/structures.js'

test('masks', () => {
  for (const [mask, name] of [
    [null, 'x'],
    ['', 'x'],
    ['*', ''],
    ['*.dat', 'a.dat'],
    ['a*b*c', 'aXXbXbc'],
    ['?.log', 'a.log'],
    ['*a', 'aaa'],
    ['a.dat', 'a.dat'],
  ] as const)
    assert.ok(matches(mask, name), `${mask} ${name}`)
  for (const [mask, name] of [
    ['*.dat', 'a.data'],
    ['?', ''],
    ['?', 'ab'],
    ['a*b', 'ac'],
    ['A', 'a'],
    ['a.dat', 'a-dat'],
    ['[a]', 'a'],
  ] as const)
    assert.ok(!matches(mask, name), `${mask} ${name}`)
})

test('a mask of many stars takes no longer than the name is long', () => {
  const began = process.cpuUsage().user
  assert.ok(!matches(`${'*a'.repeat(200)}b`, 'a'.repeat(20_000)))
  assert.ok(process.cpuUsage().user - began < 10_000_000)
})

test('every error of the library has a number, and a text that says what it was', () => {
  const error = new TransferError('not-found', 'There is no x.', { phase: 'command', hint: 'Look.' })
  const failure = failureOf(error)
  assert.deepEqual([failure.code, failure.message], [ST_ERROR_FILE_NOT_FOUND, 'There is no x. Look.'])
  assert.equal(
    failureOf(new TransferError('bad-argument', 'x', { phase: 'arguments' })).code,
    ST_ERROR_INVALID_PARAMETER,
  )
  const same = new Failure(7, 'x')
  assert.equal(failureOf(same), same)
  assert.throws(() => failureOf(new RangeError('a mistake')), RangeError)
})

test('times there and back', () => {
  const date = new Date(Date.UTC(2024, 1, 29, 23, 59, 58, 7))
  assert.deepEqual(dateOf(systemTime(date)), date)
  assert.equal(systemTime(date).wDayOfWeek, 4)
  const local = systemTime(date, true)
  assert.equal(local.wHour, date.getHours())
  for (const change of [{ wMonth: 13 }, { wDay: 32 }, { wHour: 24 }, { wYear: Number.NaN }])
    assert.equal(dateOf({ ...systemTime(date), ...change }), undefined)
})

test('a transfer before, in and after', () => {
  assert.equal(statusOf(undefined, true).dwBytesTotal, 0)
  const progress = new Progress('here', 'there')
  progress.at(10, 40)
  assert.deepEqual([progress.status(true).dwBytesCopied, progress.status(true).dwBytesTotal], [10, 40])
  progress.add(50)
  progress.end()
  const { dwBytesTotal, dwTimeEstimated, szLocalFile, szRemoteFile } = progress.status(false)
  assert.deepEqual([dwBytesTotal, dwTimeEstimated, szLocalFile, szRemoteFile], [60, 0, 'here', 'there'])
})

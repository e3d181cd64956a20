import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  renderBar,
  renderBytes,
  renderEntry,
  renderFacts,
  renderProgressLine,
  renderResult,
  renderSeconds,
  renderTable,
} from '../../../../src/cli/report/render.js'
import type { Entry } from '../../../../src/index.js'

const RAW = /[\x00-\x1f\x7f-\x9f\u202e]/
const EVIL = 'a\u001b[2J\u009b31m\r\n\u202etxt'
const MODIFIED = new Date('2026-07-20T14:03:05Z')

test('bytes and seconds have a unit that fits', () => {
  assert.deepEqual([0, 1023, 1024, 1_500_000, 3 * 1024 ** 4, 5000 * 1024 ** 4].map(renderBytes), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.4 MiB',
    '3.0 TiB',
    '5000 TiB',
  ])
  assert.deepEqual([0.04, 9.9, 9.96, 59.6, 125, 7620].map(renderSeconds), [
    '0.0 s',
    '9.9 s',
    '10 s',
    '1 min 00 s',
    '2 min 05 s',
    '2 h 07 min',
  ])
})

test('a row has type, permissions, bytes, time and name', () => {
  const file: Entry = { name: 'a b.txt', type: 'file', size: 12, mode: 0o640, modified: MODIFIED, zone: 'utc' }
  assert.equal(renderEntry(file), '-rw-r-----            12 2026-07-20 14:03Z a b.txt')
  assert.equal(renderEntry({ name: 'in', type: 'directory' }), 'd                      - -                 in/')
  assert.match(renderEntry({ name: 'l', type: 'link', target: '../x' }), /^l.* l -> \.\.\/x$/)
})

test('a time says how exact it is and whether its zone is known', () => {
  const entry = { name: 'a', type: 'file', modified: MODIFIED } as const
  assert.match(renderEntry({ ...entry, precision: 'day' }), / 2026-07-20 +a$/)
  assert.match(renderEntry({ ...entry, zone: 'assumed' }), / 2026-07-20 14:03 +a$/)
})

test('an unreadable entry shows its line and why', () => {
  const text = renderEntry({ name: '', type: 'unreadable', raw: 'total\u001b[1m', problem: 'no size' })
  assert.equal(text, '!unreadable total\\x1B[1m  (no size)')
})

test('nothing from the other side can steer the terminal', () => {
  const progress = { path: `/in/${EVIL}`, bytes: 1, rate: 1 }
  const result = { bytes: 1, from: 0, elapsedMs: 1, integrity: 'sized', retries: 0, verifiedBy: EVIL } as const
  const entry: Entry = { name: EVIL, type: 'link', target: EVIL, owner: EVIL, raw: EVIL, problem: EVIL }
  for (const text of [
    renderEntry(entry),
    renderEntry({ ...entry, type: 'unreadable' }),
    ...renderFacts(EVIL, entry),
    renderBar(progress, 200),
    renderProgressLine(progress),
    renderResult(EVIL, result),
  ]) {
    assert.doesNotMatch(text, RAW)
  }
})

test('the bar fits the terminal and shows percent, rate and time to go', () => {
  const progress = { path: '/in/report.csv', bytes: 512, total: 1024, percent: 50, rate: 256, eta: 2 }
  assert.equal(
    renderBar(progress, 100),
    'report.csv  [##########..........]  50 % 512 B of 1.0 KiB  256 B/s  2.0 s to go',
  )
  for (const columns of [0, 5, 20, 40, 60, 80]) assert.ok(renderBar(progress, columns).length <= columns, `${columns}`)
  assert.equal(renderBar({ path: 'x', bytes: 5, rate: 0 }, 80), 'x  5 B  0 B/s')
})

test('a progress line says what is known', () => {
  assert.equal(renderProgressLine({ path: '/a', bytes: 10, rate: 5 }), '/a: 10 B, 5 B/s')
  assert.equal(
    renderProgressLine({ path: '/a', bytes: 10, total: 40, percent: 25.9, rate: 5, eta: 6 }),
    '/a: 10 B of 40 B (25 %), 5 B/s, 6.0 s to go',
  )
})

test('the summary names the proof and what was out of the ordinary', () => {
  const plain = { bytes: 2048, from: 0, elapsedMs: 1000, integrity: 'sized', retries: 0 } as const
  assert.equal(renderResult('a', plain), 'a: 2.0 KiB in 1.0 s (2.0 KiB/s)')
  assert.equal(
    renderResult('a', { ...plain, from: 1024, verifiedBy: 'md5', retries: 1, integrity: 'hashed' }),
    'a: 2.0 KiB in 1.0 s (2.0 KiB/s), resumed at 1.0 KiB, verified by md5, 1 retry',
  )
  assert.match(renderResult('a', { ...plain, elapsedMs: 0, integrity: 'unproven' }), /^a: 2\.0 KiB in 0\.0 s, the size/)
})

test('a table has columns as wide as their widest cell', () => {
  assert.deepEqual(renderTable(['a', 'long'], [['xyz', '1']]), ['a    long', '---  ----', 'xyz  1'])
})

import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { onAbort } from '../../src/on-abort.js'

const count = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

test('a signal has one listener however many wait for it, and none when nobody does', () => {
  const { signal } = new AbortController()
  const forget = Array.from({ length: 100 }, () => onAbort(signal, () => assert.fail()))
  assert.equal(count(signal), 1)
  for (const each of forget) each()
  for (const each of forget) each()
  assert.equal(count(signal), 0)
  onAbort(signal, () => {})()
  assert.equal(count(signal), 0)
})

test('all that wait are run once, in their order, except those that stopped waiting meanwhile', () => {
  const stop = new AbortController()
  const ran: string[] = []
  onAbort(stop.signal, () => {
    ran.push('first')
    forgetThird()
  })
  onAbort(stop.signal, () => ran.push('second'))
  const forgetThird = onAbort(stop.signal, () => ran.push('third'))
  stop.abort()
  assert.deepEqual(ran, ['first', 'second'])
  assert.equal(count(stop.signal), 0)
})

test('the same function may wait twice', () => {
  const stop = new AbortController()
  let runs = 0
  const run = (): void => void runs++
  onAbort(stop.signal, run)
  onAbort(stop.signal, run)()
  stop.abort()
  assert.equal(runs, 1)
})

test('a signal that fired already, and none at all, run nothing', () => {
  onAbort(AbortSignal.abort(), () => assert.fail())()
  onAbort(undefined, () => assert.fail())()
})

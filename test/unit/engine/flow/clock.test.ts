import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../../../src/engine/flow/clock.js'

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

test('a wait keeps the process running unless it is only aside, and is taken back', () => {
  const before = timers()
  const stops = [systemClock.after(60_000, assert.fail), systemClock.after(60_000, assert.fail, true)]
  assert.equal(timers(), before + 1)
  for (const stop of stops) stop()
  assert.equal(timers(), before)
})

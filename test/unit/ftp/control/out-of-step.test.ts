import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seedOf, timesOf } from '../../../faults/seed.js'
import { playConversations } from './out-of-step.js'

const seed = seedOf(20261201)
const count = timesOf(2_000)

test(`no call ends on another command's reply in ${count} conversations (SALLYPORT_SEED=${seed})`, async () => {
  const outcomes = await playConversations({ seed, count })
  assert.ok((outcomes['session given up'] ?? 0) > count / 10, JSON.stringify(outcomes))
  assert.ok((outcomes['all calls ended'] ?? 0) > count / 10, JSON.stringify(outcomes))
})

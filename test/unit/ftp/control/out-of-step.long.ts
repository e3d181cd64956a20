import { test } from 'node:test'
import { newSeed, seedOf, timesOf } from '../../../faults/seed.js'
import { playConversations } from './out-of-step.js'

const seed = seedOf(newSeed())
const count = timesOf(100_000)

test(`no call ends on another command's reply in ${count} conversations (SALLYPORT_SEED=${seed})`, async (t) => {
  const outcomes = await playConversations({ seed, count })
  t.diagnostic(JSON.stringify(outcomes))
})

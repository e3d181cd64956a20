import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dieOften } from './deaths.js'
import { victimOf } from './scene.js'

test('a server that dies at 40 random moments: every call settles, nothing is thrown where nobody can catch it', async () => {
  await using victim = await victimOf()
  const outcomes = await dieOften(victim, 40, 20_261_126)
  for (const what of ['connect', 'download', 'upload', 'list'])
    assert.ok((outcomes.get(`${what} cut`) ?? 0) >= 3, JSON.stringify([...outcomes]))
})

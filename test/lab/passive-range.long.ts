import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { skipWithout } from './lab.js'
import { moveTrees, SERVERS } from './passive-range.js'

describe('2,000 small files, and few passive ports', () => {
  for (const [name, fewest] of SERVERS)
    for (const ports of [1, 2, 4, 8].filter((count) => count >= fewest))
      for (const pool of [1, 4, 8])
        it(`${name} with ${ports}, ${pool} sessions: every file arrives both ways, and no retry is spent on it`, {
          skip: skipWithout(name),
          timeout: 900_000,
        }, async (t) => {
          const { waits, others, logins } = await moveTrees({ name, ports, pool, files: 2_000 })
          t.diagnostic(`${waits} waits, ${logins} logins`)
          assert.deepEqual(others, [])
        })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { skipWithout } from './lab.js'
import { moveTrees, SERVERS } from './passive-range.js'

describe('more sessions than the server has passive ports', () => {
  for (const [name, fewest] of SERVERS)
    for (const ports of [fewest, 4])
      it(`${name} with ${ports}: every file arrives both ways, and no retry is spent on it`, {
        skip: skipWithout(name),
        timeout: 300_000,
      }, async (t) => {
        const { waits, others, logins } = await moveTrees({ name, ports, pool: 8, files: 80 })
        t.diagnostic(`${waits} waits, ${logins} logins`)
        assert.deepEqual(others, [])
      })
})

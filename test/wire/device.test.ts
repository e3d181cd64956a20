import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { it } from 'node:test'
import { connect } from '../../src/index.js'
import { startServer } from '../../src/testing/index.js'

const skip = process.platform === 'linux' ? false : 'there is no /dev/full on this system'

it('a device that a download was written to in place is not removed when it fails', { skip }, async () => {
  await using server = await startServer({ files: { '/big': Buffer.alloc(3_000_000) } })
  await using remote = await connect(server.url)
  await assert.rejects(remote.download('/big', '/dev/full', { temporary: 'none' }), {
    code: 'disk-full',
    phase: 'local',
  })
  assert.ok((await stat('/dev/full')).isCharacterDevice())
})

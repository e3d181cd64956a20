import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { TransferError } from '../../../../src/errors.js'
import { hostConfig } from '../../../../src/ssh/config/host-config.js'

const BROKEN = [
  'Host "a',
  'Host',
  'Match',
  'Match foo',
  'Match host',
  'Match all host "',
  'Host *\n  IdentityFile "x',
  'Host *\n  Port x',
]

describe('an SSH configuration that cannot be read', () => {
  for (const text of BROKEN)
    it(`${JSON.stringify(text)}: bad-argument, and what to do`, async (t) => {
      const dir = await mkdtemp(join(tmpdir(), 'sallyport-config-'))
      t.after(() => rm(dir, { recursive: true }))
      const file = join(dir, 'config')
      await writeFile(file, text)
      await assert.rejects(hostConfig('a', { file }), (error) => {
        assert.ok(error instanceof TransferError, String(error))
        assert.equal(error.code, 'bad-argument')
        assert.match(error.message, /SSH configuration/)
        return true
      })
    })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OPTIONS } from '../../../../src/cli/options/options.js'
import { FLAG_NAMES, inFlags } from '../../../../src/cli/report/flags.js'

describe('advice in the words of the command line', () => {
  it('names the flags', () => {
    assert.equal(
      inFlags('Give the issuer in `tls.ca`, or tls.pin; dataMode and pooling stay.'),
      'Give the issuer in --tls-ca, or --tls-pin; dataMode and pooling stay.',
    )
    assert.equal(
      inFlags('Give a password, or a `prompt` that asks for it.'),
      'Give it with --password-env, --password-stdin or --netrc.',
    )
  })

  it('names no flag that there is not', () => {
    const flags = new Set(OPTIONS.map(({ name }) => `--${name}`))
    const named = FLAG_NAMES.flatMap(([, flag]) => flag.match(/--[a-z-]+/g) ?? [])
    assert.deepEqual(
      named.filter((flag) => !flags.has(flag)),
      [],
    )
    assert.ok(named.length >= FLAG_NAMES.length)
  })
})

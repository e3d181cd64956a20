import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { aborted, asTransferError, badArgument, TransferError, throwIfAborted } from '../../src/errors.js'

describe('TransferError', () => {
  it('carries what it was given and nothing else', () => {
    const cause = new Error('inner')
    const error = new TransferError('refused', 'No.', {
      phase: 'command',
      retryable: true,
      path: '/a',
      reply: { code: 550, text: 'no' },
      command: 'RETR /a',
      hint: 'Ask.',
      cause,
    })
    assert.ok(error instanceof Error)
    assert.deepEqual(
      [error.name, error.message, error.code, error.phase, error.retryable, error.path, error.command, error.hint],
      ['TransferError', 'No.', 'refused', 'command', true, '/a', 'RETR /a', 'Ask.'],
    )
    assert.deepEqual(error.reply, { code: 550, text: 'no' })
    assert.equal(error.cause, cause)
  })

  it('is not retryable unless it says so', () => {
    assert.equal(new TransferError('local', 'x', { phase: 'local' }).retryable, false)
    assert.equal('cause' in new TransferError('local', 'x', { phase: 'local' }), false)
  })

  it('with changes keeps the rest, its cause included', () => {
    const cause = new Error('inner')
    const error = new TransferError('refused', 'No.', {
      phase: 'command',
      retryable: true,
      path: '/a',
      hint: 'Ask.',
      cause,
    })
    const changed = error.with({ code: 'busy', message: 'Later.', hint: 'Wait.' })
    assert.ok(changed instanceof TransferError && changed !== error)
    assert.deepEqual([changed.code, changed.message, changed.hint], ['busy', 'Later.', 'Wait.'])
    assert.deepEqual([changed.phase, changed.retryable, changed.path, changed.cause], ['command', true, '/a', cause])
    assert.deepEqual([error.code, error.message, error.hint], ['refused', 'No.', 'Ask.'])
    assert.equal(error.with({ cause: undefined }).cause, undefined)
    assert.equal('path' in error.with({ path: undefined }), false)
  })

  it('for an argument says that nothing was sent', () => {
    const { code, phase, hint } = badArgument('Bad.', 'Better.')
    assert.deepEqual([code, phase, hint], ['bad-argument', 'arguments', 'Better.'])
  })
})

describe('an AbortSignal', () => {
  it('stops only once it has fired', () => {
    throwIfAborted(undefined, 'local')
    throwIfAborted(new AbortController().signal, 'local')
    assert.throws(() => throwIfAborted(AbortSignal.abort(), 'local'), { code: 'aborted', phase: 'local' })
  })

  it('gives its reason as the cause', () => {
    const reason = new Error('enough')
    assert.equal(aborted(AbortSignal.abort(reason), 'data').cause, reason)
  })

  it('passes a TransferError on as it is', () => {
    const reason = new TransferError('timeout', 'Late.', { phase: 'connect' })
    assert.equal(aborted(AbortSignal.abort(reason), 'data'), reason)
  })
})

describe('a foreign error', () => {
  it('is wrapped once', () => {
    const cause = new Error('boom')
    const error = asTransferError(cause, { code: 'local', phase: 'local', path: '/a' })
    assert.deepEqual([error.code, error.message, error.path, error.cause], ['local', 'boom', '/a', cause])
    assert.equal(asTransferError(error, { code: 'tls', phase: 'tls' }), error)
    assert.equal(asTransferError('text', { code: 'tls', phase: 'tls' }).message, 'text')
  })
})

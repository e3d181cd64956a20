import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MASK, Redactor } from '../../src/redact.js'

function redactorOf(...secrets: (string | undefined)[]): Redactor {
  const redactor = new Redactor()
  redactor.add(...secrets)
  return redactor
}

describe('a redactor', () => {
  it('hides a secret wherever it stands', () => {
    const redactor = redactorOf('hunter2')
    assert.equal(redactor.mask('PASS hunter2, again hunter2'), `PASS ${MASK}, again ${MASK}`)
    assert.equal(redactor.mask('nothing here'), 'nothing here')
  })

  it('hides the form that stands in a URL', () => {
    assert.equal(redactorOf('p@ss word').mask('ftp://me:p%40ss%20word@host'), `ftp://me:${MASK}@host`)
  })

  it('hides the longer of two secrets whole', () => {
    assert.equal(redactorOf('secret', 'secret-long').mask('secret-long secret'), `${MASK} ${MASK}`)
  })

  it('takes secrets as text, not as patterns', () => {
    assert.equal(redactorOf('a.*$&').mask('x a.*$& abc'), `x ${MASK} abc`)
  })

  it('does not blank a text for a secret of one or two letters, or none', () => {
    assert.equal(redactorOf('a', 'ab', '', undefined).mask('a cab'), 'a cab')
  })

  it('takes half a surrogate pair', () => {
    assert.equal(redactorOf('abc\ud800').mask('abc\ud800'), MASK)
  })
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Turns } from '../../../../src/ftp/control/session-lock.js'
import { errorOf } from '../scripted-talk.js'

describe('turns', () => {
  it('are given one at a time, in the order they were asked for', async () => {
    const turns = new Turns()
    const order: string[] = []
    const first = await turns.take(undefined)
    const rest = ['second', 'third'].map(async (name) => {
      const done = await turns.take(undefined)
      order.push(name)
      done()
    })
    order.push('first')
    first()
    await Promise.all(rest)
    assert.deepEqual(order, ['first', 'second', 'third'])
    assert.equal(turns.taken, false)
  })

  it('end once: ending one again takes nothing from its successor', async () => {
    const turns = new Turns()
    const first = await turns.take(undefined)
    const waiting = turns.take(undefined)
    first()
    const second = await waiting
    first()
    assert.equal(turns.taken, true)
    second()
    assert.equal(turns.taken, false)
  })

  it('are not lost when somebody who waited leaves', async () => {
    const turns = new Turns()
    const first = await turns.take(undefined)
    const stop = new AbortController()
    const leaving = errorOf(turns.take(stop.signal))
    const staying = turns.take(undefined)
    stop.abort()
    assert.equal((await leaving).code, 'aborted')
    first()
    const done = await staying
    done()
    assert.equal(turns.taken, false)
  })

  it('are refused to a signal that has fired', async () => {
    const turns = new Turns()
    assert.equal((await errorOf(turns.take(AbortSignal.abort()))).code, 'aborted')
    assert.equal(turns.taken, false)
  })

  it('can be taken without waiting when nobody has one', async () => {
    const turns = new Turns()
    const done = turns.takeNow()
    assert.ok(done)
    assert.equal(turns.takeNow(), undefined)
    let waited = false
    const next = turns.take(undefined).then((end) => {
      waited = true
      return end
    })
    await new Promise((later) => setImmediate(later))
    assert.equal(waited, false)
    done()
    assert.equal(turns.takeNow(), undefined, 'it was handed on, so it is not free in between')
    const end = await next
    end()
    assert.ok(turns.takeNow())
  })
})

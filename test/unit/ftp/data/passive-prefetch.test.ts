import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { ControlConnection } from '../../../../src/ftp/control/control-connection.js'
import { PrefetchedPort } from '../../../../src/ftp/data/passive-prefetch.js'

interface Ground {
  readonly port: PrefetchedPort
  readonly asked: string[]
  pass(ms: number): void
}

function ground(t: TestContext, lost?: Error): Ground {
  let now = 1_000
  t.mock.method(performance, 'now', () => now)
  const asked: string[] = []
  const start = (line: string): object => ({ nr: asked.push(line) })
  const port = new PrefetchedPort({ start, lost } as unknown as ControlConnection)
  const pass = (ms: number): void => {
    now += ms
  }
  return { port, asked, pass }
}

describe('a passive port that is asked for early', () => {
  it('is asked for once and used once', (t) => {
    const { port, asked } = ground(t)
    port.ask('EPSV')
    port.ask('EPSV')
    assert.equal(port.stands, true)
    assert.deepEqual(port.take('EPSV'), { nr: 1 })
    assert.equal(port.stands, false)
    assert.equal(port.take('EPSV'), undefined)
    assert.deepEqual(asked, ['EPSV'])
  })

  it('is not used after five seconds, and asked for again then', (t) => {
    const { port, asked, pass } = ground(t)
    port.ask('EPSV')
    pass(5_000)
    assert.equal(port.stands, false)
    assert.equal(port.take('EPSV'), undefined)
    port.ask('EPSV')
    pass(4_999)
    port.ask('EPSV')
    assert.deepEqual(port.take('EPSV'), { nr: 2 })
    assert.equal(asked.length, 2)
  })

  it('is no answer to another question', (t) => {
    const { port } = ground(t)
    port.ask('EPSV')
    assert.equal(port.take('PASV'), undefined)
    assert.equal(port.take('EPSV'), undefined)
  })

  it('is forgotten', (t) => {
    const { port } = ground(t)
    port.ask('EPSV')
    port.forget()
    assert.equal(port.stands, false)
    assert.equal(port.take('EPSV'), undefined)
  })

  it('is not asked for on a connection that is lost', (t) => {
    const { port, asked } = ground(t, new Error('gone'))
    port.ask('EPSV')
    assert.equal(port.stands, false)
    assert.deepEqual(asked, [])
  })
})

import assert from 'node:assert/strict'
import { Duplex } from 'node:stream'
import { describe, test } from 'node:test'
import { slabOf } from '../../../src/slab.js'
import { directRoute } from '../../../src/transport/route.js'
import { Wire } from '../../../src/transport/wire.js'
import { peer, readText, wireOf } from './scripted.js'

const direct = directRoute()

const bytes = (text: string): Buffer => Buffer.from(text)
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const ends = { dataHost: 'h', local: { host: 'l', port: 1 }, peer: { host: 'p', port: 2 } }

describe('a wire as a dialogue', () => {
  test('reads what is there, then waits for more, then tells the end', async () => {
    const { wire, stream } = wireOf()
    stream.push('one')
    assert.equal(String(await wire.read()), 'one')
    const next = wire.read()
    stream.push('two')
    assert.equal(String(await next), 'two')
    const last = wire.read()
    stream.push(null)
    assert.equal(await last, undefined)
    assert.equal(await wire.read(), undefined)
  })

  test('what is put back comes first, the last one put back before all', async () => {
    const { wire, stream } = wireOf()
    stream.push('later')
    wire.unread(bytes('b'))
    wire.unread(bytes('a'))
    wire.unread(bytes(''))
    assert.equal(await readText(wire, 7), 'ablater')
  })

  test('what is put back survives the end and a broken connection', async () => {
    for (const over of [
      (stream: Duplex) => stream.push(null),
      (stream: Duplex) => stream.destroy(new Error('reset')),
    ]) {
      const { wire, stream } = wireOf()
      stream.push('x')
      await wire.read()
      over(stream)
      await settle()
      wire.unread(bytes('rest'))
      assert.equal(String(await wire.read()), 'rest')
    }
  })

  test('a broken connection is an error of the read that waits and of all later ones', async () => {
    const { wire, stream } = wireOf()
    const waiting = wire.read()
    stream.destroy(new Error('reset'))
    await assert.rejects(waiting, /reset/)
    await assert.rejects(wire.read(), /reset/)
    wire.write(bytes('goes nowhere'))
  })

  test('destroyed by us: the read that waits ends', async () => {
    const { wire } = wireOf()
    const waiting = wire.read()
    wire.destroy()
    await assert.rejects(waiting, /closed/)
  })

  for (const lasting of [true, false])
    test(`a thousand reads that ${lasting ? 'go on' : 'end'} leave no listener behind`, async () => {
      const { wire, stream } = wireOf()
      for (let i = 0; i < 1000; i++) {
        const next = wire.read(lasting)
        stream.push('x')
        await next
      }
      assert.equal(stream.listenerCount('readable'), lasting ? 1 : 0)
      assert.equal(wire.stream.listenerCount('readable'), 0)
    })

  test('writes reach the peer in order; end ends our side only', async () => {
    await using echo = await peer(async (visit) => {
      const said = await visit.take(6)
      visit.socket.once('end', () => visit.say(said))
    })
    const wire = await direct.dial(echo.endpoint)
    wire.write(bytes('one'))
    wire.write(bytes('two'))
    wire.end()
    wire.end()
    assert.equal(await readText(wire, 6), 'onetwo')
    wire.destroy()
  })
})

describe('a wire made over a stream that has gone on', () => {
  test('the end came before it: what is put back, then the end', async () => {
    const { wire, stream } = wireOf()
    stream.push('x')
    stream.push(null)
    assert.equal(String(await wire.read()), 'x')
    assert.equal(await wire.read(), undefined)
    await settle()
    const later = new Wire(stream, ends)
    later.unread(bytes('back'))
    assert.equal(String(await later.read()), 'back')
    assert.equal(await later.read(), undefined)
  })

  test('the break came before it', async () => {
    const { stream } = wireOf()
    stream.destroy(new Error('reset'))
    await settle()
    await assert.rejects(new Wire(stream, ends).read(), /reset/)
  })

  test('other ends, the same bytes, those put back included', async () => {
    const { wire, stream } = wireOf()
    stream.push('xyz')
    await wire.read()
    wire.unread(bytes('yz'))
    wire.unread(bytes('x'))
    const other = wire.as(ends)
    stream.push('!')
    assert.equal(await readText(other, 4), 'xyz!')
    assert.deepEqual([other.dataHost, other.local, other.peer], [ends.dataHost, ends.local, ends.peer])
  })

  test('slabs of what was put back, though the end came before', async () => {
    const { wire, stream } = wireOf()
    stream.push('a tiny file')
    stream.push(null)
    wire.unread((await wire.read()) ?? bytes(''))
    await wire.read()
    wire.unread(bytes('a tiny file'))
    await settle()
    const bulkReader = wire.slabs()
    const slab = await bulkReader.next()
    assert.equal(slab && String(Buffer.concat(slab.chunks)).includes('a tiny file'), true)
    slab?.release()
    assert.equal(await bulkReader.next(), undefined)
  })
})

describe('a wire in bulk', () => {
  /** A stream that accepts bytes only when the test decides. */
  function slow(): { wire: Wire; stream: Duplex; took: () => string; take: () => void } {
    const waiting: ((error?: Error | null) => void)[] = []
    const got: Buffer[] = []
    const stream = new Duplex({
      highWaterMark: 1,
      read() {},
      writev(chunks, done) {
        for (const { chunk } of chunks) got.push(chunk)
        waiting.push(done)
      },
      destroy(error, done) {
        for (const one of waiting.splice(0)) one(error)
        done(error)
      },
    })
    return {
      wire: new Wire(stream, ends),
      stream,
      took: () => String(Buffer.concat(got)),
      take: () => waiting.shift()?.(),
    }
  }

  function counted(texts: string[]) {
    let released = 0
    const slab = slabOf(texts.map(bytes), () => released++)
    return { slab, released: () => released }
  }

  test('a slab is released when it has gone, not before', async () => {
    const { wire, took, take } = slow()
    const { slab, released } = counted(['ab', 'cd'])
    await wire.send(slab)
    assert.equal(took(), 'abcd')
    assert.equal(released(), 0)
    take()
    await wire.flush()
    assert.equal(released(), 1)
  })

  test('the second slab waits for the first to go', async () => {
    const { wire, take } = slow()
    await wire.send(counted(['a']).slab)
    let sent = false
    const second = wire.send(counted(['b']).slab).then(() => {
      sent = true
    })
    await settle()
    assert.equal(sent, false)
    take()
    await second
    take()
    await wire.flush()
  })

  test('an empty slab is released at once', async () => {
    const { wire } = slow()
    const { slab, released } = counted([])
    await wire.send(slab)
    await wire.flush()
    assert.equal(released(), 1)
  })

  test('a break while slabs are on their way: send and flush fail, every slab is released once', async () => {
    const { wire, stream } = slow()
    const one = counted(['a'])
    const two = counted(['b'])
    await wire.send(one.slab)
    const second = assert.rejects(wire.send(two.slab), /reset/)
    stream.destroy(new Error('reset'))
    await second
    await settle()
    await assert.rejects(wire.flush(), /reset/)
    const three = counted(['c'])
    await assert.rejects(wire.send(three.slab), /reset/)
    assert.deepEqual([one.released(), two.released(), three.released()], [1, 1, 1])
  })
})

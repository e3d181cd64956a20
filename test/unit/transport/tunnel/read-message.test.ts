import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readMessage } from '../../../../src/transport/tunnel/read-message.js'
import { wireOf } from '../scripted.js'

/** Messages that begin with a byte that holds their length. */
const counted = (arrived: Buffer): number | undefined => (arrived[0] === undefined ? undefined : 1 + arrived[0])

describe('reading one message exactly', () => {
  test('cut at any byte it is the same message, and what follows stays', async () => {
    const bytes = Buffer.from([3, 7, 8, 9, 250, 251])
    for (let cut = 1; cut < bytes.length; cut++) {
      const { wire, stream } = wireOf()
      const message = readMessage(wire, counted)
      stream.push(bytes.subarray(0, cut))
      await new Promise(setImmediate)
      stream.push(bytes.subarray(cut))
      stream.push(null)
      assert.deepEqual([...((await message) ?? [])], [3, 7, 8, 9], `cut at ${cut}`)
      const rest: number[] = []
      for (let chunk = await wire.read(); chunk; chunk = await wire.read()) rest.push(...chunk)
      assert.deepEqual(rest, [250, 251], `cut at ${cut}`)
    }
  })

  test('two messages in one packet are read one after the other', async () => {
    const { wire, stream } = wireOf()
    stream.push(Buffer.from([1, 10, 2, 20, 21]))
    assert.deepEqual([...((await readMessage(wire, counted)) ?? [])], [1, 10])
    assert.deepEqual([...((await readMessage(wire, counted)) ?? [])], [2, 20, 21])
  })

  test('a message of no bytes waits for nothing', async () => {
    const { wire } = wireOf()
    assert.equal((await readMessage(wire, () => 0))?.length, 0)
  })

  test('an end in the middle is no message', async () => {
    const { wire, stream } = wireOf()
    stream.push(Buffer.from([3, 7]))
    stream.push(null)
    assert.equal(await readMessage(wire, counted), undefined)
  })

  test('a broken connection is its error', async () => {
    const { wire, stream } = wireOf()
    stream.push(Buffer.from([3, 7]))
    const message = readMessage(wire, counted)
    stream.destroy(new Error('reset'))
    await assert.rejects(message, /reset/)
  })

  test('what can never become a message is refused as soon as that shows', async () => {
    const { wire, stream } = wireOf()
    stream.push(Buffer.from([99]))
    const odd = (arrived: Buffer): undefined => {
      if (arrived.length > 0) throw new Error('odd')
    }
    await assert.rejects(readMessage(wire, odd), /odd/)
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cut, corrupted, fromWireText, toWireText } from '../../../src/testing/network/data-text.js'

async function* inTwo(text: string, cut: number): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text.slice(0, cut))
  yield Buffer.from(text.slice(cut))
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of bytes) text += Buffer.from(chunk).toString('latin1')
  return text
}

test('text is converted the same wherever it is cut', async () => {
  const wire = 'a\r\n\r\nb\rc\r\r\n\r'
  const disk = 'a\n\nb\rc\r\n\r'
  for (let cut = 0; cut <= wire.length; cut++) {
    assert.equal(await textOf(fromWireText(inTwo(wire, cut))), disk, `from the wire, cut at ${cut}`)
    assert.equal(await textOf(toWireText(inTwo(disk, cut))), wire, `to the wire, cut at ${cut}`)
  }
})

test('a byte is inverted and the rest cut off, wherever the chunks end', async () => {
  for (let cut = 0; cut <= 6; cut++) {
    const got: number[] = []
    const run = async () => {
      for await (const chunk of corrupted(inTwo('abcdef', cut), { flipByteAt: 2, cutDataAt: 4 })) got.push(...chunk)
    }
    await assert.rejects(run(), Cut)
    assert.deepEqual(got, [97, 98, ~99 & 0xff, 100], `cut at ${cut}`)
  }
})

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromNetwork, type TextFilter, toNetwork } from '../../../../src/ftp/transfer/ascii.js'
import { copyOut, slabOf } from '../../../../src/slab.js'

/** Sends a text through a filter, cut into pieces at each of the given places. */
function through(filter: TextFilter, text: string, ...cuts: number[]): string {
  const bytes = Buffer.from(text)
  const out: Uint8Array[] = []
  let from = 0
  for (const to of [...cuts, bytes.length]) {
    out.push(copyOut(filter.next(slabOf([Uint8Array.from(bytes.subarray(from, to))]))))
    from = to
  }
  const rest = filter.end()
  if (rest) out.push(copyOut(rest))
  return Buffer.concat(out).toString()
}

function everyCut(text: string, filter: () => TextFilter): Set<string> {
  const results = new Set<string>()
  for (let a = 0; a <= text.length; a++)
    for (let b = a; b <= text.length; b++) results.add(through(filter(), text, a, b))
  return results
}

describe('TYPE A towards the server', () => {
  it('ends every line with CRLF, wherever the text is cut', () => {
    assert.deepEqual([...everyCut('one\ntwo\n\nend', toNetwork)], ['one\r\ntwo\r\n\r\nend'])
  })

  it('leaves a CRLF that is there alone', () => {
    assert.deepEqual([...everyCut('one\r\ntwo\n', toNetwork)], ['one\r\ntwo\r\n'])
  })

  it('counts the bytes that go out', () => {
    assert.equal(toNetwork().next(slabOf([Buffer.from('a\nb\n')])).length, 6)
  })
})

describe('TYPE A from the server', () => {
  it('makes a line feed of CRLF, wherever the text is cut', () => {
    assert.deepEqual([...everyCut('one\r\ntwo\r\n', () => fromNetwork('\n'))], ['one\ntwo\n'])
  })

  it('keeps a bare line feed and a bare carriage return', () => {
    assert.deepEqual([...everyCut('a\nb\rc\r\r\nd\r', () => fromNetwork('\n'))], ['a\nb\rc\r\nd\r'])
  })

  it('makes CRLF of both kinds of line ends for Windows', () => {
    assert.deepEqual([...everyCut('a\nb\r\nc', () => fromNetwork('\r\n'))], ['a\r\nb\r\nc'])
  })
})

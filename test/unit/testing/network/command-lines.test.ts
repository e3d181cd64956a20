import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, encode, LineSplitter, readCommand } from '../../../../src/testing/network/command-lines.js'

test('any bytes survive being text', () => {
  const bytes = Buffer.from([0x61, 0xc3, 0xa4, 0xff, 0xc3, 0xed, 0xb2, 0x80, 0xf0, 0x9f, 0x98, 0x80, 0xf0, 0x9f])
  assert.equal(decode(bytes), 'aä\udcff\udcc3\udced\udcb2\udc80😀\udcf0\udc9f')
  assert.deepEqual(encode(decode(bytes)), bytes)
})

test('lines come whole wherever they are cut', () => {
  const bytes = Buffer.from('one\r\ntwo\nthr\ree\r\n')
  for (let cut = 0; cut <= bytes.length; cut++) {
    const splitter = new LineSplitter(10)
    const lines = [...splitter.push(bytes.subarray(0, cut)), ...splitter.push(bytes.subarray(cut))]
    assert.deepEqual(
      lines.map((line) => line.text),
      ['one', 'two', 'thr\ree'],
    )
  }
})

test('a line that is too long is marked and held up to the limit only', () => {
  const splitter = new LineSplitter(4)
  assert.deepEqual(splitter.push(Buffer.from('1234')), [])
  assert.deepEqual(splitter.push(Buffer.from('56\r\nab\r\n')), [
    { text: '1234', whole: false },
    { text: 'ab', whole: true },
  ])
})

test('Telnet signals are taken out and a doubled IAC is one byte', () => {
  const splitter = new LineSplitter(100)
  const [line] = splitter.push(Buffer.from([0xff, 0xf4, 0xf2, 0x41, 0xff, 0xff, 0x0a]))
  assert.equal(line?.text, 'A\udcff')
})

test('blanks at the start of a name stay', () => {
  assert.deepEqual(readCommand('retr  two blanks '), { verb: 'RETR', argument: ' two blanks ' })
  assert.deepEqual(readCommand('NOOP'), { verb: 'NOOP', argument: '' })
})

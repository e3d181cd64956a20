import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TransferError } from '../../../../src/errors.js'
import { MAX_REPLY, ReplyParser } from '../../../../src/ftp/control/reply-parser.js'
import { cuts, random } from '../corpus/random.js'
import { replyCorpus } from '../corpus/replies.js'

type Parsed = { replies: [number, ...string[]][]; error?: string; pending: boolean }

/** Everything that comes out when the pieces are pushed one after another and drained after each. */
function parse(pieces: readonly Uint8Array[]): Parsed {
  const parser = new ReplyParser()
  const replies: [number, ...string[]][] = []
  try {
    for (const piece of pieces) {
      parser.push(piece)
      for (let reply = parser.next(); reply; reply = parser.next())
        replies.push([reply.code, ...reply.lines.map((line) => Buffer.from(line).toString('latin1'))])
    }
    return { replies, pending: parser.pending }
  } catch (error) {
    assert.ok(error instanceof TransferError)
    return { replies, error: `${error.code} ${error.phase} ${error.message}`, pending: parser.pending }
  }
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')
const perByte = (all: Uint8Array): Uint8Array[] => [...all].map((byte) => Uint8Array.of(byte))

function failing(sent: string): TransferError {
  const parser = new ReplyParser()
  parser.push(bytes(sent))
  try {
    for (let reply = parser.next(); reply; reply = parser.next());
  } catch (error) {
    if (error instanceof TransferError) return error
  }
  return assert.fail('nothing was thrown')
}

for (const { name, sent, replies } of replyCorpus)
  test(`a reply is read whole and byte by byte: ${name}`, () => {
    assert.deepEqual(parse([bytes(sent)]), { replies, pending: false })
    assert.deepEqual(parse(perByte(bytes(sent))), { replies, pending: false })
  })

test('any split of any bytes gives the same replies and the same error', () => {
  const next = random(20260726)
  const alphabet = [
    '2',
    '2',
    '6',
    '0',
    '-',
    ' ',
    '\r\n',
    '\n',
    '\r',
    'a',
    '226 ',
    '226-',
    '\r\n226 x\r\n',
    '\x16\x03',
    'SSH-2.0',
  ]
  for (let round = 0; round < 4000; round++) {
    const length = 1 + Math.floor(next() * 40)
    const text = Array.from({ length }, () => alphabet[Math.floor(next() * alphabet.length)]).join('')
    const all = bytes(round % 2 ? `226-${text}` : text)
    assert.deepEqual(parse(cuts(all, next)), parse([all]), JSON.stringify(all.toString('latin1')))
  }
})

test('pending tells bytes of an unfinished reply from a clean border', () => {
  const parser = new ReplyParser()
  assert.equal(parser.pending, false)
  parser.push(bytes('234 go\r\n2'))
  assert.equal(parser.next()?.code, 234)
  assert.equal(parser.pending, true)
  assert.equal(parser.next(), undefined)
  assert.equal(parser.pending, true)
  parser.push(bytes('20 x\r\n'))
  assert.equal(parser.next()?.code, 220)
  assert.equal(parser.pending, false)
})

test('the lines of a reply are its own, whatever is pushed afterwards', () => {
  const parser = new ReplyParser()
  parser.push(bytes('220 first\r\n'))
  const first = parser.next()
  parser.push(bytes('500 other\r\n'))
  parser.next()
  assert.equal(Buffer.from(first?.lines[0] ?? []).toString(), 'first')
})

test('a reply of exactly 64 KiB is read, one byte more is an error that says so', () => {
  const head = '220-x\r\n'
  const tail = '220 y\r\n'
  const fits = `${head + 'z'.repeat(MAX_REPLY - head.length - tail.length - 2)}\r\n${tail}`
  assert.equal(parse([bytes(fits)]).replies.length, 1)
  const over = parse([bytes(`220-xx${fits.slice(5)}`)])
  assert.equal(over.error, 'protocol command The server sent a reply of more than 64 KiB.')
  assert.equal(over.replies.length, 0)
})

test('an endless line and an endless multi-line reply are given up at the same bound, however they come', () => {
  for (const piece of ['220 xxxxxxxxxxxxxxx', '220-\n', '220-\r\nabc\r\n'])
    for (const chunk of [1, 7, 4096]) {
      const all = bytes(piece.startsWith('220 ') ? piece.repeat(5000) : piece.repeat(20_000))
      const pieces = Array.from({ length: Math.ceil(all.length / chunk) }, (_, i) =>
        all.subarray(i * chunk, (i + 1) * chunk),
      )
      assert.match(parse(pieces).error ?? '', /more than 64 KiB/)
    }
})

test('many long replies in a row are read right, whatever the pieces', () => {
  const next = random(3)
  const long = Array.from(
    { length: 60 },
    (_, i) => `2${10 + i}-${'x'.repeat(i * 97)}\r\n inner ${i}\n2${10 + i} end\r\n`,
  )
  const all = bytes(long.join('\r\n'))
  const whole = parse([all])
  assert.equal(whole.replies.length, 60)
  for (let round = 0; round < 20; round++) assert.deepEqual(parse(cuts(all, next)), whole)
})

test('rubbish without a line end is given up after 256 bytes', () => {
  assert.equal(parse([bytes('x'.repeat(255))]).error, undefined)
  assert.match(parse([bytes('x'.repeat(256))]).error ?? '', /^protocol/)
  assert.equal(parse(perByte(bytes('x'.repeat(300)))).error, parse([bytes('x'.repeat(300))]).error)
})

test('an endless row of empty lines is not held', () => {
  const parser = new ReplyParser()
  for (let i = 0; i < 1000; i++) {
    parser.push(bytes('\r\n'.repeat(1000)))
    assert.equal(parser.next(), undefined)
    assert.equal(parser.pending, false)
  }
})

test('a parser that failed stays failed', () => {
  const parser = new ReplyParser()
  parser.push(bytes('220 ok\r\nhello\r\n220 ok\r\n'))
  assert.equal(parser.next()?.code, 220)
  assert.throws(() => parser.next(), { code: 'protocol' })
  parser.push(bytes('220 ok\r\n'))
  assert.throws(() => parser.next(), { code: 'protocol' })
})

test('replies before a bad line are answered first', () => {
  const { replies, error } = parse([bytes('220 ok\r\nrubbish\r\n')])
  assert.deepEqual(replies, [[220, 'ok']])
  assert.match(error ?? '', /^protocol command .*"rubbish"/)
})

test('text that is not a reply is quoted, escaped and shortened', () => {
  const error = failing(`220 ok\r\n\x1b[31m${'x'.repeat(1000)}\r\n`)
  assert.equal(error.code, 'protocol')
  assert.equal(error.phase, 'command')
  assert.ok(error.message.includes('"\\x1B[31mxxx'))
  assert.ok(error.message.length < 200)
  for (const bad of ['000 x\r\n', '999 x\r\n', '22 x\r\n', '22\r\n', '2200 x\r\n', ' 220 x\r\n', '\xff\n'])
    assert.equal(failing(`220 ok\r\n${bad}`).code, 'protocol', bad)
})

test('lines of text before the greeting are handed out with the code 0, up to a bound', () => {
  const { replies, error } = parse([bytes('Welcome to the\r\n  gateway, port 21 \r\n\r\n220 ok\r\n')])
  assert.equal(error, undefined)
  assert.deepEqual(replies, [
    [0, 'Welcome to the'],
    [0, '  gateway, port 21 '],
    [220, 'ok'],
  ])
  assert.equal(failing('banner\r\n'.repeat(51)).code, 'protocol')
  assert.equal(failing('\x01\x02 a database\r\n').code, 'protocol')
  assert.equal(failing('x'.repeat(300)).code, 'protocol')
})

test('a code may be glued to its text, and a digit behind it makes it none', () => {
  assert.deepEqual(parse([bytes('220Service ready\r\n230:in\r\n')]).replies, [
    [220, 'Service ready'],
    [230, ':in'],
  ])
})

test('another protocol is named, with the scheme to use', () => {
  assert.match(failing('SSH-2.0-OpenSSH_9.2\r\n').hint ?? '', /sftp:\/\//)
  assert.match(failing('\x15\x03\x03\x00\x02\x02\x46').hint ?? '', /ftps:\/\//)
  assert.match(failing('\x16\x03').hint ?? '', /ftps:\/\//)
  assert.match(failing('HTTP/1.1 400 Bad Request\r\n').message, /web server/)
  assert.match(failing('<html>\r\n').message, /web server/)
  for (const text of ['SSH-2.0-x\n', '\x16\x03\x01', 'HTTP/1.0 200 OK\n', '<!DOCTYPE html>\n'])
    assert.equal(failing(text).code, 'wrong-protocol')
})

import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { askSecret } from '../../../../src/cli/login/prompt.js'

/** What was written, piece by piece: since Node 26 read() answers one at a time. */
function* pieces(stream: PassThrough): Iterable<Buffer> {
  for (let piece = stream.read(); piece !== null; piece = stream.read()) yield piece as Buffer
}

function stage() {
  const stop = new AbortController()
  const input = new PassThrough()
  const output = new PassThrough()
  const answer = askSecret('Password: ', { signal: stop.signal, input, output })
  return { stop, input, answer, shown: () => Buffer.concat([...pieces(output)]).toString() }
}

test('what is typed is answered and never shown, corrections included', async () => {
  const { input, answer, shown } = stage()
  input.write('secrex\u007ft\r')
  assert.equal(await answer, 'secret')
  assert.equal(shown(), 'Password: \n')
})

test('Ctrl-C, the end of the input and the signal end the question as aborted', async () => {
  const interrupted = stage()
  interrupted.input.write('sec\u0003')
  await assert.rejects(interrupted.answer, { code: 'aborted' })
  const ended = stage()
  ended.input.end('sec')
  await assert.rejects(ended.answer, { code: 'aborted' })
  const stopped = stage()
  stopped.stop.abort()
  await assert.rejects(stopped.answer, { code: 'aborted' })
})

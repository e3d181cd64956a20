import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JSON_LINES, jsonEntry, jsonError, jsonResult, jsonText } from '../../../../src/cli/report/json.js'
import { TransferError } from '../../../../src/index.js'

test('a line is one line, and no character in it can steer a terminal', () => {
  const name = '\u001b[2J\n\u009b\u007f\u202e\u2028\udc80'
  const text = jsonText(jsonEntry({ name, type: 'file' }, name))
  assert.doesNotMatch(text, /[\x00-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff]/)
  assert.equal((JSON.parse(text) as { name: string }).name, name)
})

test('an entry says its kind, its time in ISO 8601, its mode in octal', () => {
  const entry = { name: 'a', type: 'file', size: 3, mode: 0o640, modified: new Date(0), raw: 'the line' } as const
  assert.deepEqual(JSON.parse(jsonText(jsonEntry(entry, 'in/a'))), {
    type: 'entry',
    kind: 'file',
    name: 'a',
    size: 3,
    path: 'in/a',
    modified: '1970-01-01T00:00:00.000Z',
    mode: '0640',
  })
})

test('a time that is no time is left out, an unreadable entry keeps its line', () => {
  const entry = {
    name: '',
    type: 'unreadable',
    modified: new Date(Number.NaN),
    raw: '???',
    problem: 'no name',
  } as const
  const shape: Record<string, unknown> = JSON.parse(jsonText(jsonEntry(entry, '')))
  assert.deepEqual([shape['modified'], shape['raw'], shape['problem']], [undefined, '???', 'no name'])
})

test('a result carries what the transfer answered', () => {
  const result = { bytes: 1, from: 0, elapsedMs: 2, integrity: 'sized', retries: 0 } as const
  assert.deepEqual(jsonResult('get', { path: 'a', local: 'b' }, result), {
    type: 'result',
    verb: 'get',
    path: 'a',
    local: 'b',
    ...result,
  })
})

test('an error carries code, phase, message, hint, path, reply and the exit code', () => {
  const error = new TransferError('not-found', 'There is none.', {
    phase: 'command',
    path: '/a',
    hint: 'Look.',
    reply: { code: 550, text: 'No' },
    cause: new Error('not told'),
  })
  assert.deepEqual(jsonError(error), {
    type: 'error',
    code: 'not-found',
    phase: 'command',
    message: 'There is none.',
    hint: 'Look.',
    path: '/a',
    reply: { code: 550, text: 'No' },
    retryable: false,
    exitCode: 6,
  })
  assert.deepEqual(jsonError(new TypeError('oops')), {
    type: 'error',
    code: 'internal',
    message: 'oops',
    retryable: false,
    exitCode: 1,
  })
})

test('every kind of line is documented once', () => {
  const types = JSON_LINES.map(({ type }) => type)
  assert.equal(new Set(types).size, types.length)
  for (const type of ['entry', 'progress', 'result', 'reply', 'warning', 'serving', 'error'] as const)
    assert.ok(types.includes(type), type)
})

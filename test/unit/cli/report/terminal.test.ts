import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { observerFor } from '../../../../src/cli/report/observe.js'
import { type Screen, Terminal } from '../../../../src/cli/report/terminal.js'
import { TransferError, type TransferEvent } from '../../../../src/index.js'

class Paper extends Writable implements Screen {
  text = ''
  constructor(readonly isTTY = false) {
    super({ decodeStrings: false })
  }
  override _write(chunk: string, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk
    done()
  }
}

function stage({ tty = false, json = false, quiet = false } = {}) {
  const out = new Paper(tty)
  const err = new Paper(tty)
  return { out, err, terminal: new Terminal({ out, err, json, quiet }) }
}

const progress = (bytes: number, done = false): TransferEvent => ({
  type: 'progress',
  direction: 'download',
  path: '/a.bin',
  bytes,
  total: 100,
  percent: bytes,
  rate: 10,
  done,
})

test('an error is one sentence with its hint, made printable', () => {
  const { out, err, terminal } = stage()
  const error = new TransferError('refused', 'The server said \u001b[31mno.', {
    phase: 'command',
    hint: 'Ask \u0007it.',
  })
  assert.equal(terminal.fail(error), 6)
  assert.equal(err.text, 'sallyport: The server said \\x1B[31mno.\n  Ask \\x07it.\n')
  assert.equal(out.text, '')
})

test('an incomplete directory names its failures, to people only the first twenty', () => {
  const failures = Array.from({ length: 25 }, (_, at) => ({
    path: `f${at}`,
    error: new TransferError('refused', 'No.', { phase: 'command' }),
  }))
  const error = new TransferError('incomplete', 'Some failed.', { phase: 'transfer', failures })
  const people = stage()
  assert.equal(people.terminal.fail(error), 9)
  assert.equal(people.err.text.match(/^sallyport: f\d+: No\.$/gm)?.length, 20)
  assert.match(people.err.text, /^… and 5 more\nsallyport: Some failed\.$/m)
  const machine = stage({ json: true })
  machine.terminal.fail(error)
  assert.equal(machine.out.text.trimEnd().split('\n').length, 26)
  assert.equal(machine.err.text, '')
})

test('on a terminal progress is one line that is redrawn, and a note does not tear it', () => {
  const { err, terminal } = stage({ tty: true })
  const observe = observerFor(terminal)
  observe(progress(50))
  assert.match(err.text, /^\ra\.bin {2}\[#+\.+\] {2}50 % [^\n]*\x1b\[K\r$/)
  err.text = ''
  terminal.note('a note')
  assert.match(err.text, /^\r\x1b\[Ka note\n\ra\.bin/)
  err.text = ''
  observe(progress(100, true))
  assert.equal(err.text, '\r\x1b[K')
})

test('in a log progress comes every ten seconds or ten percent', () => {
  let now = 0
  const { err, terminal } = stage()
  const observe = observerFor(terminal, { now: () => now })
  const told = (at: number, bytes: number) => {
    now = at
    const before = err.text.length
    observe(progress(bytes))
    return err.text.length > before
  }
  assert.deepEqual(
    [told(0, 1), told(250, 5), told(500, 12), told(750, 15), told(10_600, 16), told(10_850, 17)],
    [false, false, true, false, true, false],
  )
  assert.match(err.text, /^\/a\.bin: 12 B of 100 B \(12 %\), 10 B\/s\n/)
})

test('with --quiet there is no progress, with --json it is objects', () => {
  const quiet = stage({ tty: true, quiet: true })
  observerFor(quiet.terminal)(progress(50))
  assert.equal(quiet.err.text + quiet.out.text, '')
  const json = stage({ tty: true, json: true })
  observerFor(json.terminal)(progress(50))
  assert.equal((JSON.parse(json.out.text) as { bytes: number }).bytes, 50)
  assert.equal(json.err.text, '')
})

test('once a file goes to the standard output, JSON lines go to the standard error', async () => {
  const { out, err, terminal } = stage({ json: true })
  terminal.fileOutput()
  await terminal.emit({ type: 'warning', code: 'x', message: 'y' })
  assert.equal(out.text, '')
  assert.equal(err.text, '{"type":"warning","code":"x","message":"y"}\n')
})

test('-v shows commands and replies as on the wire, printable, and numbers further sessions', () => {
  const { err, terminal } = stage()
  const observe = observerFor(terminal, { verbose: true })
  observe({ type: 'command', session: 1, text: 'FEAT' })
  observe({ type: 'reply', session: 1, code: 211, lines: ['Features:', ' \u001b[1mMDTM', 'End'] })
  observe({ type: 'command', session: 2, text: 'NOOP' })
  assert.equal(err.text, '> FEAT\n< 211-Features:\n<  \\x1B[1mMDTM\n< 211 End\n[2] > NOOP\n')
})

test('a reader who leaves while a line waits does not hold the command', async () => {
  const stop = new AbortController()
  const out = new Writable({ highWaterMark: 1, write: () => {} })
  const terminal = new Terminal({ out, err: new Paper(), signal: stop.signal })
  const waiting = terminal.line('nobody takes this')
  stop.abort()
  await waiting
})

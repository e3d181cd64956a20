import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { destination, localTarget, newPath, remoteName, splitGet, splitPut } from '../../../../src/cli/work/paths.js'
import { parseUrl } from '../../../../src/index.js'

const ONE = { several: false, recursive: false, exists: false }
const TREE = { ...ONE, recursive: true }
const A = parseUrl('ftp://h/in/a.txt')
const DIRECTORY = parseUrl('ftp://h/in/')

test('the last word of get is local unless it is a URL', () => {
  assert.equal(splitGet(['ftp://h/a']).local, undefined)
  assert.equal(splitGet(['ftp://h/a', 'b']).local, 'b')
  assert.equal(splitGet(['ftp://h/a', 'ftp://h/b']).urls.length, 2)
  assert.throws(() => splitGet(['ftp://h/a', 'ftp://h/b', '-']), { code: 'bad-argument' })
  assert.throws(() => splitGet(['ftp://h/a', 'b', 'c']), { code: 'bad-argument' })
})

test('a file lands under its own name, under another one or in a directory', () => {
  assert.equal(localTarget(A, undefined, ONE), 'a.txt')
  assert.equal(localTarget(A, 'b.txt', ONE), 'b.txt')
  assert.equal(localTarget(A, 'out/', ONE), join('out', 'a.txt'))
  assert.equal(localTarget(A, '.', ONE), 'a.txt')
  assert.equal(localTarget(A, 'out', { ...ONE, exists: true }), join('out', 'a.txt'))
  assert.equal(localTarget(A, 'out', { ...ONE, several: true }), join('out', 'a.txt'))
})

test('a directory becomes LOCAL, whether LOCAL exists or not', () => {
  assert.equal(localTarget(DIRECTORY, 'copy', TREE), 'copy')
  assert.equal(localTarget(DIRECTORY, 'copy', { ...TREE, exists: true }), 'copy')
  assert.equal(localTarget(DIRECTORY, 'copy/', TREE), join('copy', 'in'))
  assert.equal(localTarget(DIRECTORY, undefined, TREE), 'in')
  assert.equal(localTarget(parseUrl('ftp://h/'), '.', TREE), '.')
})

test('a URL whose end cannot be a local name is refused', () => {
  for (const url of ['ftp://h/', 'ftp://h', 'ftp://h/in/..', 'ftp://h/.']) {
    assert.throws(() => localTarget(parseUrl(url), undefined, ONE), { code: 'bad-argument' }, url)
  }
  assert.throws(() => localTarget(parseUrl('ftp://h/'), undefined, TREE), { code: 'bad-argument' })
})

test('put takes local paths and one URL behind them', () => {
  assert.deepEqual(splitPut(['a', 'b', 'ftp://h/']).locals, ['a', 'b'])
  assert.throws(() => splitPut(['a', 'b']), { code: 'bad-argument' })
  assert.throws(() => splitPut(['ftp://h/a', 'ftp://h/b']), { code: 'bad-argument' })
  assert.throws(() => splitPut(['a', '-', 'ftp://h/']), { code: 'bad-argument' })
})

test('an upload goes to the path, or into the directory under its own name', () => {
  assert.equal(destination(A, 'x/b.txt', false), 'in/a.txt')
  assert.equal(destination(DIRECTORY, 'x/b.txt', false), 'in/b.txt')
  assert.equal(destination(parseUrl('ftp://h/in'), 'x/b.txt', true), 'in/b.txt')
  assert.equal(destination(parseUrl('ftp://h'), 'x/b.txt', false), 'b.txt')
  assert.equal(destination(parseUrl('ftp://h//'), 'x/b.txt', false), '/b.txt')
  assert.equal(destination(A, '-', false), 'in/a.txt')
  assert.throws(() => destination(DIRECTORY, '-', false), { code: 'bad-argument' })
  assert.throws(() => destination(DIRECTORY, '..', false), { code: 'bad-argument' })
})

test('the name of a URL is its last part', () => {
  assert.equal(remoteName(parseUrl('ftp://h/in/a%20b/')), 'a b')
  assert.equal(remoteName(parseUrl('ftp://h//')), '')
})

test('mv keeps the name when the new path ends in /', () => {
  assert.equal(newPath(A, 'out/b.txt'), 'out/b.txt')
  assert.equal(newPath(A, '/out/'), '/out/a.txt')
  assert.throws(() => newPath(A, 'ftp://h/b'), { code: 'bad-argument' })
})

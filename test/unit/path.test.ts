import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkLine, join, name, nameProblem, parent, resolve } from '../../src/path.js'

describe('paths', () => {
  it('join with one slash', () => {
    assert.equal(join('/', 'a'), '/a')
    assert.equal(join('/a', 'b'), '/a/b')
    assert.equal(join('/a/', 'b'), '/a/b')
  })

  it('have a parent and a name', () => {
    const cases: [string, string, string][] = [
      ['/a/b', '/a', 'b'],
      ['/a', '/', 'a'],
      ['/', '/', ''],
      ['/a/b//', '/a', 'b'],
      ['bare', '', 'bare'],
    ]
    for (const [path, dir, last] of cases) assert.deepEqual([parent(path), name(path)], [dir, last], path)
  })

  it('resolve dots and doubled slashes, never above the root', () => {
    assert.equal(resolve('/home', 'a/./b'), '/home/a/b')
    assert.equal(resolve('/home', '../x'), '/x')
    assert.equal(resolve('/home', '/../../x//y/'), '/x/y')
    assert.equal(resolve('/home', ''), '/home')
    assert.equal(resolve('/', '~/-rf'), '/~/-rf')
  })
})

describe('a line that goes to a server', () => {
  it('is refused with a carriage return, a line feed or a NUL (V2)', () => {
    for (const value of ['a\rb', 'a\n', '\0', 'a\r\nDELE b']) {
      assert.throws(() => checkLine(value, 'path'), { code: 'bad-argument', phase: 'arguments' })
    }
  })

  it('may hold anything else', () => {
    for (const value of ['', 'a\tb', '\u2028', 'é', '\x1b[2J']) checkLine(value, 'path')
  })
})

describe('the name of a local file', () => {
  it('may not leave its directory (V1)', () => {
    for (const value of [
      '',
      '.',
      '..',
      '../x',
      '/etc/x',
      'a/../../x',
      '..\\x',
      'a\\..\\..\\x',
      'x\0y',
      'x\ny',
      'C:\\x',
      'c:/x',
    ]) {
      assert.ok(nameProblem(value, false), JSON.stringify(value))
    }
  })

  it('may be legal but unusual (V10, V17, V21)', () => {
    for (const value of [
      'a&b',
      '%2e%2e',
      'a;b',
      '\u{1f6a2}',
      '-rf',
      '~',
      '~x',
      'file:',
      'a..b',
      '...',
      ' x ',
      'back\\slash',
      'CON',
    ]) {
      assert.equal(nameProblem(value, false), undefined, JSON.stringify(value))
    }
  })

  it('obeys the rules of Windows there', () => {
    for (const value of ['CON', 'con.txt', 'LPT1', 'a:b', 'a\\b', 'a?', 'x.', 'x ', 'a\x01']) {
      assert.ok(nameProblem(value, true), JSON.stringify(value))
    }
    for (const value of ['CONSOLE', 'a.b', 'x&y', 'lpt10']) assert.equal(nameProblem(value, true), undefined, value)
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Charset, charset, utf8 } from '../../../src/ftp/control/charset.js'
import { MAX_LINE } from '../../../src/ftp/listing/lines.js'
import { type Listing, openListing } from '../../../src/ftp/listing/listing.js'
import { mlstEntry } from '../../../src/ftp/listing/mlsd.js'
import type { Entry } from '../../../src/store.js'
import { listingCorpus } from './corpus/listings.js'
import { cuts, random } from './corpus/random.js'
import { shown } from './corpus/shown.js'

const now = new Date('2026-11-25T12:00:00Z')

interface Section {
  readonly server: string
  readonly kind: 'mlsd' | 'list'
  readonly lines: string[]
  readonly expected: string[]
}

function sections(): Section[] {
  const all: Section[] = []
  for (const line of listingCorpus.trimStart().replace(/\n$/, '').split('\n')) {
    const last = all.at(-1)
    if (line.startsWith('# ') && line.includes(' | ')) {
      const [server = '', kind] = line.slice(2).split(' | ')
      all.push({ server, kind: kind === 'mlsd' ? 'mlsd' : 'list', lines: [], expected: [] })
    } else if (last && last.lines.length > last.expected.length) last.expected.push(line.slice(2))
    else last?.lines.push(line)
  }
  return all
}

const open = (kind: 'mlsd' | 'list' = 'list', using: Charset = utf8): Listing =>
  openListing(kind, { charset: using, now })

function read(listing: Listing, pieces: readonly Uint8Array[]): Entry[] {
  return [...pieces.flatMap((piece) => listing.push(piece)), ...listing.end()]
}

const list = (text: string): Entry[] => read(open(), [Buffer.from(text)])

const next = random(7)
for (const { server, kind, lines, expected } of sections())
  test(`a listing is understood: ${server}, ${kind}`, () => {
    const wanted = expected.filter((line) => line !== 'nothing')
    for (const end of ['\r\n', '\n']) {
      const bytes = Buffer.from(lines.join(end) + end)
      assert.deepEqual(read(open(kind), [bytes]).map(shown), wanted)
      for (let round = 0; round < 5; round++) assert.deepEqual(read(open(kind), cuts(bytes, next)).map(shown), wanted)
      const perByte = [...bytes].map((byte) => Uint8Array.of(byte))
      assert.deepEqual(read(open(kind), perByte).map(shown), wanted)
    }
  })

test('the corpus holds 300 lines of 25 kinds of servers and more', () => {
  const all = sections()
  assert.ok(all.length >= 25)
  assert.ok(all.flatMap(({ lines }) => lines).length >= 300)
  for (const { lines, expected } of all) assert.equal(lines.length, expected.length)
})

test('a last line without its end is read by end()', () => {
  const listing = open()
  assert.equal(listing.push(Buffer.from('-rw-r--r-- 1 a b 1 Nov 22 18:57 x')).length, 0)
  assert.equal(listing.end()[0]?.name, 'x')
  assert.equal(listing.end().length, 0)
})

test('the chunk may be used again once push() has answered', () => {
  const listing = open()
  const chunk = Buffer.from('-rw-r--r-- 1 a b 1 Nov 22 18:57 x')
  listing.push(chunk)
  chunk.fill('?')
  assert.equal(listing.push(Buffer.from('yz\n'))[0]?.name, 'xyz')
})

test('what is not understood is reported with its line and a reason, in its place', () => {
  const entries = list('-rw-r--r-- 1 a b 1 Nov 22 18:57 x\r\nrubbish \x1b[2J\r\n-rw-r--r-- 1 a b 1 Nov 22 18:57 y\r\n')
  assert.deepEqual(
    entries.map(({ name, type }) => [name, type]),
    [
      ['x', 'file'],
      ['rubbish \x1b[2J', 'unreadable'],
      ['y', 'file'],
    ],
  )
  assert.equal(entries[1]?.raw, 'rubbish \x1b[2J')
  assert.match(entries[1]?.problem ?? '', /no format/)
})

test('the format is settled by the first line that is read', () => {
  const listing = open()
  listing.push(Buffer.from('total 3\r\n'))
  assert.equal(listing.push(Buffer.from('11-22-26  06:57PM                   13 x\r\n'))[0]?.size, 13)
  assert.equal(listing.push(Buffer.from('-rw-r--r-- 1 a b 1 Nov 22 18:57 x\n'))[0]?.type, 'unreadable')
})

test('names keep bytes that are not UTF-8, and one bad line does not touch the others', () => {
  const bytes = Buffer.concat([
    Buffer.from('-rw-r--r-- 1 a b 1 Nov 22 18:57 ä€\r\n'),
    Buffer.from('-rw-r--r-- 1 a b 1 Nov 22 18:57 \xe4\xff\r\n', 'latin1'),
  ])
  const [first, second] = read(open(), [bytes])
  assert.equal(first?.name, 'ä€')
  assert.equal(second?.name, '\udce4\udcff')
  assert.deepEqual(Buffer.from(utf8.encode(second?.name ?? '')), Buffer.from('\xe4\xff', 'latin1'))
})

test('names in another charset are decoded, whatever the cuts; bytes outside it are reported', async () => {
  const gbk = await charset('gbk')
  const good = Buffer.from(gbk.encode('-rw-r--r-- 1 a b 1 Nov 22 18:57 中文.txt\r\n'))
  const bad = Buffer.from('-rw-r--r-- 1 a b 1 Nov 22 18:57 \xff\xff\r\n', 'latin1')
  const entries = read(open('list', gbk), cuts(Buffer.concat([good, bad, good]), random(1)))
  assert.deepEqual(
    entries.map(({ type }) => type),
    ['file', 'unreadable', 'file'],
  )
  assert.equal(entries[2]?.name, '中文.txt')
  const latin1 = await charset('latin1')
  assert.equal(
    read(open('list', latin1), [Buffer.from('-rw-r--r-- 1 a b 1 Nov 22 18:57 \xe4\n', 'latin1')])[0]?.name,
    'ä',
  )
})

/** A line that differs from another one in a place or two, as the lines of a listing do. */
function varied(line: string, among: () => number): string {
  const at = Math.floor(among() * (line.length + 1))
  const [more = ''] = [' ', '1', '0', ':', '-', 'N', 'x', '=', ';', '\t', '/', 'é', ''].slice(Math.floor(among() * 13))
  return line.slice(0, at) + more + line.slice(at + Math.floor(among() * 3))
}

for (const kind of ['list', 'mlsd'] as const)
  test(`what a line says does not depend on the lines before it, ${kind}`, () => {
    const among = random(23)
    const settles = kind === 'mlsd' ? 'type=file; x' : '-rw-r--r-- 1 a b 1 Nov 22 18:57 x'
    const lines = sections().flatMap((section) => (section.kind === kind ? section.lines : []))
    const wide = '-rw-r--r--    1 0        0             130 Nov 26 15:47 entry.txt'
    for (let round = 0; round < 3000; round++) {
      let line =
        round % 2 ? (lines[Math.floor(among() * lines.length)] ?? '') : kind === 'list' ? wide : (lines[0] ?? '')
      const together = Array.from({ length: 6 }, () => {
        line = among() < 0.8 ? varied(line, among) : line
        return line
      })
      const one = (each: string): Entry[] => read(open(kind), [Buffer.from(`${settles}\n${each}\n`)]).slice(1)
      const all = read(open(kind), [Buffer.from(`${[settles, ...together].join('\n')}\n`)]).slice(1)
      assert.deepEqual(all, together.flatMap(one), together.join('\n'))
    }
  })

test('every entry has a Date of its own, also where the lines say the same', () => {
  const same = (line: string): string => Array.from({ length: 3 }, (_, index) => `${line}${index}\n`).join('')
  for (const entries of [
    list(same('-rw-r--r-- 1 a b 1 Nov 22 18:57 x')),
    list(same('-rw-r--r-- 1 a b 1 2024-01-02 18:57 x')),
    list(same('01-02-24  03:04PM  13 x')),
    read(open('mlsd'), [Buffer.from(same('type=file;modify=20261122185751; x'))]),
  ])
    assert.deepEqual([entries.length, new Set(entries.map(({ modified }) => modified)).size], [3, 3])
})

test('a line of exactly 64 KiB is read, one byte more is an error, however it comes', () => {
  const head = '-rw-r--r-- 1 a b 1 Nov 22 18:57 '
  const line = (length: number): Buffer => Buffer.from(`${head}${'x'.repeat(length - head.length)}\n`)
  const short = Buffer.from(`${head}short\n`)
  for (const chunk of [1, 1000, 1_000_000]) {
    const cut = (all: Buffer): Buffer[] =>
      Array.from({ length: Math.ceil(all.length / chunk) }, (_, i) => all.subarray(i * chunk, (i + 1) * chunk))
    assert.equal(read(open(), cut(Buffer.concat([short, line(MAX_LINE), short]))).length, 3)
    assert.throws(() => read(open(), cut(Buffer.concat([short, line(MAX_LINE + 1), short]))), {
      code: 'protocol',
      message: /64 KiB/,
    })
  }
})

test('a line without end is given up at the bound instead of being held', () => {
  const listing = open('mlsd')
  const chunk = Buffer.alloc(1000, 'x')
  assert.throws(() => {
    for (let i = 0; i < 100; i++) listing.push(chunk)
  }, /64 KiB/)
})

test('rubbish never throws and never loses a line', () => {
  const bytes = random(99)
  const words = [
    '-rw-r--r--',
    'drwx',
    '1 ',
    ' ',
    'Nov',
    '22',
    '18:57',
    '<DIR>',
    '01-02-24',
    ';',
    '=',
    'type',
    'file',
    '\r',
    '->',
    '\0',
    'é',
    '\xff',
    '+',
    ',',
    '\t',
    '2024-01-02',
    '/',
    '..',
  ]
  for (let round = 0; round < 3000; round++) {
    const text = Array.from(
      { length: 1 + Math.floor(bytes() * 30) },
      () => words[Math.floor(bytes() * words.length)],
    ).join('')
    const lines = Buffer.from(`${text}\n`, round % 2 ? 'utf8' : 'latin1')
    for (const kind of ['list', 'mlsd'] as const) {
      const entries = read(open(kind), [lines])
      assert.ok(entries.length <= 1)
      if (entries.length === 0)
        assert.match(
          text,
          /^\r*$|(?:^|[ \t])\.{1,2}\/?\r*$|^ *(?:\p{L}+ ){1,2} *[\d.,]+\s*$|type=[cp]dir/iu,
          JSON.stringify(text),
        )
      for (const { type, name } of entries) assert.ok(type === 'unreadable' || !/[/\0\r\n]|^$/.test(name), name)
    }
  }
})

test('hostile lines cost time in proportion to their length', () => {
  const head = '-rw-r--r-- '
  const evil = [' ', '1 ', '1, ', '1 Nov 1 ', '1  22 ', 'a=;', ';', '; ', '(', '2024-01-02 ', ' -> ', '11 11月']
  for (const piece of evil)
    for (const start of [head, 'l---------', '', '01-02-24 03:04PM ', 'type=']) {
      const line = `${start}${piece.repeat(Math.floor(60_000 / Buffer.byteLength(piece)))}`
      for (const kind of ['list', 'mlsd'] as const) {
        const before = process.cpuUsage().user
        read(open(kind), [Buffer.from(`${line}\n`)])
        const micros = process.cpuUsage().user - before
        assert.ok(micros < 3_000_000, `${JSON.stringify(start + piece)} took ${micros} µs`)
      }
    }
})

test('the year of a date without one is the latest that is not in the future', () => {
  const modified = (at: string, line: string): string | undefined => {
    const listing = openListing('list', { charset: utf8, now: new Date(at) })
    return listing
      .push(Buffer.from(`-rw-r--r-- 1 a b 1 ${line} x\n`))[0]
      ?.modified?.toISOString()
      .slice(0, 16)
  }
  assert.equal(modified('2026-01-01T00:00:00Z', 'Dec 31 23:59'), '2025-12-31T23:59')
  assert.equal(modified('2026-12-31T23:00:00Z', 'Jan  1 12:00'), '2027-01-01T12:00')
  assert.equal(modified('2026-12-31T23:00:00Z', 'Jan  2 02:00'), '2026-01-02T02:00')
  assert.equal(modified('2028-02-29T12:00:00Z', 'Feb 29 11:00'), '2028-02-29T11:00')
  assert.equal(modified('2028-02-28T00:00:00Z', 'Feb 29 02:00'), '2028-02-29T02:00')
  assert.equal(modified('2028-02-27T00:00:00Z', 'Feb 29 02:00'), '2024-02-29T02:00')
  assert.equal(modified('2104-02-01T00:00:00Z', 'Feb 29 02:00'), '2096-02-29T02:00')
})

test('MLST is read wherever the server puts the facts, under the name that was asked for', () => {
  const reply = (...lines: string[]): { code: number; lines: string[]; text: string } => ({
    code: 250,
    lines,
    text: lines.join('\n'),
  })
  const entry = mlstEntry(
    reply('Begin', ' type=file;size=13;modify=20261122185751; /a b/hello.txt', 'End.'),
    'hello.txt',
  )
  assert.equal(entry?.name, 'hello.txt')
  assert.equal(entry?.size, 13)
  assert.equal(mlstEntry(reply('start', 'Type=dir;Size=4096; pub', 'end'), 'pub')?.type, 'directory')
  assert.equal(mlstEntry(reply('Begin', ' type=cdir;sizd=1; /', 'End'), '')?.type, 'directory')
  assert.equal(mlstEntry(reply('Listing "/x; type=file; y":', ' type=file;size=1; /x', 'End'), 'x')?.size, 1)
  assert.equal(mlstEntry(reply('nothing here', 'at all'), 'x'), undefined)
})

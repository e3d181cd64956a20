import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Charset, charset, utf8 } from '../../../src/ftp/control/charset.js'
import { openListing } from '../../../src/ftp/listing/listing.js'
import type { Entry } from '../../../src/store.js'
import { random } from './corpus/random.js'

const now = new Date('2026-11-30T21:00:00Z')

interface Reading {
  readonly kind?: 'mlsd' | 'list'
  readonly using?: Charset
  readonly dir?: string
}

function read(text: string | Uint8Array, { kind = 'list', using = utf8, dir }: Reading = {}): Entry[] {
  const listing = openListing(kind, { charset: using, now, dir })
  return [...listing.push(Buffer.from(text)), ...listing.end()]
}

/** Name, type, size and time, the last without what is zero at its end. */
function brief({ name, type, size, modified }: Entry): string {
  const time = modified?.toISOString().replace(/(?:T00:00)?(?::00)?\.000Z$/, '')
  return `${type} ${size ?? '?'} ${time ?? '?'} "${name}"`
}

const HEAD = '-rw-r--r--   1 edi      staff        4711'

/** Each line is a listing of its own; those that begin with a date get the usual head. */
function lines(what: string, table: Readonly<Record<string, string>>, options: Reading = {}): void {
  test(what, () => {
    for (const [line, expected] of Object.entries(table)) {
      const text = line.startsWith('…') ? HEAD + line.slice(1) : line
      assert.deepEqual(read(`${text}\r\n`, options).map(brief), [expected], line)
    }
  })
}

describe('lines that used to come out wrong', () => {
  lines('a year with one blank before it is padded behind, one with two is not', {
    '-rw-r--r-- 1 edi staff 1214  1. Dez 2015  alt.csv': 'file 1214 2015-12-01 "alt.csv"',
    '… Feb 21 2015  F7.fmr': 'file 4711 2015-02-21 "F7.fmr"',
    '… Feb 21 2015 F7.fmr': 'file 4711 2015-02-21 "F7.fmr"',
    '… 3. Mai 2019  a  b': 'file 4711 2019-05-03 "a  b"',
    '… Jun  1  2024  x': 'file 4711 2024-06-01 " x"',
    '… Jun  1  2024    x': 'file 4711 2024-06-01 "   x"',
    '… Jun 21 2024   x': 'file 4711 2024-06-21 " x"',
  })
  lines('a year and a clock are both of the date', {
    '… Oct 08, 2022 09:47 a': 'file 4711 2022-10-08T09:47 "a"',
    '… Oct 08 2022 09:47 a': 'file 4711 2022-10-08T09:47 "a"',
    '… 08 Oct 2022 09:47 a': 'file 4711 2022-10-08T09:47 "a"',
    '… Oct 08 09:47:33 2022 a b': 'file 4711 2022-10-08T09:47:33 "a b"',
    '… Oct  8  2022 09:47 a': 'file 4711 2022-10-08 "09:47 a"',
    '… Jun 15 93 11:33 FILE.TXT': 'file 4711 1993-06-15T11:33 "FILE.TXT"',
    '… Sept 16, 99 2:41 pm form': 'file 4711 1999-09-16T14:41 "form"',
  })
  lines('a clock with AM or PM', {
    '… Oct  8 09:47 PM a': 'file 4711 2026-10-08T21:47 "a"',
    '… Oct  8 12:05 AM a b': 'file 4711 2026-10-08T00:05 "a b"',
    '… Oct  8 12:05PM a': 'file 4711 2026-10-08T12:05 "a"',
    '… 8 Oct 2022 9:47 p.m. a': 'file 4711 2022-10-08T21:47 "a"',
    '… Oct  8 21:47 PM a': 'file 4711 2026-10-08T21:47 "PM a"',
    '… Oct  8 09:47 PMA': 'file 4711 2026-10-08T09:47 "PMA"',
  })
  test('AM and PM behind a clock begin a name where other lines have none', () => {
    const entries = read(`${HEAD} Oct  8 09:47 a\n${HEAD} Oct  8 09:48 PM report\n`)
    assert.deepEqual(entries.map(brief), ['file 4711 2026-10-08T09:47 "a"', 'file 4711 2026-10-08T09:48 "PM report"'])
  })
  lines(
    'facts with blanks before or in them',
    {
      '      Type=file;Size=402118;Modify=20250102030405; IMG.psd': 'file 402118 2025-01-02T03:04:05 "IMG.psd"',
      '  type=dir;modify=20250102030405; a b': 'directory ? 2025-01-02T03:04:05 "a b"',
      ' size=7;type=file;  lead': 'file 7 ? " lead"',
      'type=file;size=7 q; r': 'file 7 ? "q; r"',
      'type=dir;modify=20250102030405 q; r; s': 'directory ? 2025-01-02T03:04:05 "q; r; s"',
      'size=9;type=file q; r': 'file 9 ? "q; r"',
      'type=file;UNIX.groupname=Domain Users;size=7; q; r': 'file 7 ? "q; r"',
    },
    { kind: 'mlsd' },
  )
  lines(
    'times that mean never',
    {
      'type=file;size=5;modify=00010101000000; a': 'file 5 ? "a"',
      'type=file;size=5;modify=16010101000000; a': 'file 5 ? "a"',
      'type=file;size=5;modify=00991231235959; a': 'file 5 ? "a"',
      'type=file;size=5;modify=19700101000000; a': 'file 5 1970-01-01 "a"',
    },
    { kind: 'mlsd' },
  )
  lines('an hour that there is not', {
    '11-14-26  25:21AM  7 a.txt': 'file 7 ? "a.txt"',
    '11-14-26  13:21AM  7 a.txt': 'file 7 ? "a.txt"',
    '11-14-26  12:21AM  7 a.txt': 'file 7 2026-11-14T00:21 "a.txt"',
    '11-14-26  18:21PM  7 a.txt': 'file 7 2026-11-14T18:21 "a.txt"',
    '11-14-26  01:61PM  7 a.txt': 'file 7 ? "a.txt"',
  })
  test('a CR that only one line has belongs to its name', () => {
    const line = (name: string, end: string): string => `${HEAD} Oct  8 09:47 ${name}${end}`
    const types = (text: string): string[] => read(text).map(({ type }) => type)
    const [one, two] = ['\r\n', '\r\r\n']
    assert.deepEqual(types(line('a', one) + line('Icon', two) + line('b', one)), ['file', 'unreadable', 'file'])
    assert.deepEqual(types(line('Icon', two) + line('a', one)), ['unreadable', 'file'])
    assert.deepEqual(types(line('a', two) + line('b', two)), ['file', 'file'])
    assert.deepEqual(types(line('a', '\n') + line('Icon', one) + line('b', '\n')), ['file', 'unreadable', 'file'])
    assert.match(read(line('Icon', two) + line('a', one))[0]?.problem ?? '', /line break/)
  })
  test('an odd first line waits for the next, however they come', () => {
    const listing = openListing('list', { charset: utf8, now })
    assert.equal(listing.push(Buffer.from(`${HEAD} Oct  8 09:47 Icon\r\r\n`)).length, 0)
    const entries = [...listing.push(Buffer.from(`${HEAD} Oct  8 09:47 a\r\n`)), ...listing.end()]
    assert.deepEqual(
      entries.map(({ type }) => type),
      ['unreadable', 'file'],
    )
    const alone = openListing('list', { charset: utf8, now })
    const only = [...alone.push(Buffer.from(`${HEAD} Oct  8 09:47 b\r\r\n`)), ...alone.end()]
    assert.equal(only[0]?.name, 'b')
  })
  test('words that two languages use for different months are read where the listing tells which', () => {
    const times = (...all: string[]): (string | undefined)[] =>
      read(`${all.map((one) => (one.startsWith('…') ? HEAD + one.slice(1) : one)).join('\n')}\n`).map((entry) =>
        entry.modified?.toISOString().slice(0, 7),
      )
    const words = ['… lip  7  2019 a', '… srp  7  2019 b', '… lis  7  2019 c']
    assert.deepEqual(times(...words), [undefined, undefined, undefined])
    assert.deepEqual(times('sveukupno 12', ...words), ['2019-06', '2019-07', '2019-10'])
    assert.deepEqual(times('celkem 12', '… 7. lis  2019 c', '… 7. srp  2019 c'), ['2019-11', '2019-08'])
    assert.deepEqual(times('razem 12', '… lip  7  2019 a', '… lis  7  2019 c'), ['2019-07', '2019-11'])
    assert.deepEqual(times('… svi  7  2019 a', '… lis  7  2019 c'), ['2019-05', '2019-10'])
    assert.deepEqual(times('…  6. lis 06.35 a'), ['2026-11'])
  })
  lines(
    'a type that is not told is what the permissions say',
    {
      'size=5;perm=adfrw;modify=20250102030405; a': 'file 5 2025-01-02T03:04:05 "a"',
      'perm=flcdmpe;modify=20250102030405; a': 'directory ? 2025-01-02T03:04:05 "a"',
      'PERM=EL; a': 'directory ? ? "a"',
      'perm=radfwMT;size=1; a': 'file 1 ? "a"',
      'size=5;perm=df; a': 'unreadable 5 ? "a"',
      'size=5;modify=20250102030405; a': 'unreadable 5 2025-01-02T03:04:05 "a"',
    },
    { kind: 'mlsd' },
  )
})

describe('lines that used to be unreadable', () => {
  lines('dates in numbers', {
    '… 2022/10/08 09:47 a': 'file 4711 2022-10-08T09:47 "a"',
    '… 08.10.2022 09:47 a': 'file 4711 2022-10-08T09:47 "a"',
    '… 24-10-2022 09:47 a': 'file 4711 2022-10-24T09:47 "a"',
    '… 10/24/2022 09:47 a': 'file 4711 2022-10-24T09:47 "a"',
    '… 10/08/2022 09:47 a': 'file 4711 ? "a"',
    '… 08-Oct-2022 09:47 a': 'file 4711 2022-10-08T09:47 "a"',
    '… 08-oct-22 a b': 'file 4711 2022-10-08 "a b"',
    '… 2022.10.08 a': 'file 4711 2022-10-08 "a"',
    '… 2022 Oct  8 a': 'file 4711 2022-10-08 "a"',
    '… 10-24 2022 a': 'file 4711 2022-10-24 "a"',
    '… 10 08 09:47 a': 'file 4711 2026-10-08T09:47 "a"',
    '… 3 29 03:26 02 file': 'file 4711 2026-03-29T03:26 "02 file"',
    '… 1234567890 a b': 'file 4711 2009-02-13T23:31:30 "a b"',
    '… 2022-10-08T09:47:33Z a': 'file 4711 2022-10-08T09:47:33 "a"',
    '… 2022-10-08T09:47:33+02:00 a': 'file 4711 2022-10-08T07:47:33 "a"',
    '… Jan  1 00:0 a': 'file 4711 2026-01-01 "a"',
    '… Jan  1 10:5 a': 'file 4711 ? "a"',
  })
  lines('dates of other languages', {
    '… 30. Jan., 12:40 a': 'file 4711 2026-01-30T12:40 "a"',
    '… 26. Juli, 20:10 a': 'file 4711 2026-07-26T20:10 "a"',
    '… 2019年 3月 5日 a': 'file 4711 2019-03-05 "a"',
    '… 2019年  3월  5일 a': 'file 4711 2019-03-05 "a"',
    '… 28. 6. 23:07 a': 'file 4711 2026-06-28T23:07 "a"',
    '…  6.11. 06:35 a': 'file 4711 2026-11-06T06:35 "a"',
    '… 28 de juny  23:07 a': 'file 4711 2026-06-28T23:07 "a"',
    '… 17 d’abr.    2013 a': 'file 4711 2013-04-17 "a"',
    '… 2019 jan    1 a': 'file 4711 2019-01-01 "a"',
    '…  7. јан. у 09:05 a': 'file 4711 2026-01-07T09:05 "a"',
    '…  7. јан. 2019. a': 'file 4711 2019-01-07 "a"',
    '… 09:05  7 Thg 6  a': 'file 4711 2026-06-07T09:05 "a"',
    '…  7 Thg 11  2019 a': 'file 4711 2019-11-07 "a"',
    '… كانون الثاني  7  2019 a': 'file 4711 2019-01-07 "a"',
    '… 19.\u00a0čen  2020 a': 'file 4711 2020-06-19 "a"',
  })
  lines('a month that is not known leaves an entry without a time', {
    '… Xyz 22 18:57 a': 'file 4711 ? "a"',
    '… Xyz 22  2019  a': 'file 4711 ? " a"',
    '… 22. Xyz 2019 a b': 'file 4711 ? "a b"',
    '… ??? 22 18:57 a': 'file 4711 ? "a"',
    '… Xyz 22 18:57 7 Nov 22  2020 x': 'file 4711 ? "7 Nov 22  2020 x"',
    'drwxr-xr-x 2 1000 1000 12 Xyz 22 18:57 a': 'directory ? ? "a"',
  })
  test('a month in another charset leaves an entry without a time; with the charset given it is read', async () => {
    for (const [name, month] of [
      ['koi8-r', 'янв'],
      ['windows-1251', 'Яну'],
      ['gbk', '3月'],
      ['latin1', 'févr'],
    ] as const) {
      const given = await charset(name)
      const line = given.encode(`-rw-r--r-- 1 edi staff 4711 ${month} 22 18:57 x.txt\n`)
      assert.deepEqual(read(line).map(brief), ['file 4711 ? "x.txt"'], name)
      assert.equal(read(line, { using: given })[0]?.modified?.getUTCDate(), 22)
    }
    const gbk = await charset('gbk')
    for (const date of ['2020年 6月19日', '11月 6日 06:35', ' 8月16日 11:45'])
      assert.deepEqual(
        read(gbk.encode(`-rw-r--r-- 1 edi staff 89 ${date} a b\n`)).map(brief),
        ['file 89 ? "a b"'],
        date,
      )
  })
  lines('columns in other places', {
    '-rw-r--r--\t1\tedi\tstaff\t4711\tOct  8 09:47\ta\tb': 'file 4711 2026-10-08T09:47 "a\tb"',
    '   -rw-r--r--   1 edi staff 4711 Oct  8 09:47 a': 'file 4711 2026-10-08T09:47 "a"',
    '12345 -rw-r--r--   1 edi staff 4711 Oct  8 09:47 a': 'file 4711 2026-10-08T09:47 "a"',
    '12345   8 drwxr-xr-x   1 edi staff 4711 Oct  8 09:47 a': 'directory ? 2026-10-08T09:47 "a"',
    'drwxr-x 2 edi staff 4711 Oct  8 09:47 a': 'directory ? 2026-10-08T09:47 "a"',
    'drw-r--rw 2 edi staff 4711 Oct  8 09:47 a': 'directory ? 2026-10-08T09:47 "a"',
    '--------- 1 edi staff 4711 Oct  8 09:47 a': 'file 4711 2026-10-08T09:47 "a"',
    '-rwx---A-- 1 edi staff 4711 Oct  8 09:47 a': 'file 4711 2026-10-08T09:47 "a"',
    '-wa-h----- 1 edi staff 4711 Oct  8 09:47 a': 'file 4711 2026-10-08T09:47 "a"',
    'dwa-h----- 1 edi staff 4711 Oct  8 09:47 a': 'directory ? 2026-10-08T09:47 "a"',
    '-rw-r--r-- 1 edi staff 1,234,567 Oct  8 09:47 a': 'file 1234567 2026-10-08T09:47 "a"',
    '-rw-r--r-- 1 edi staff 1,234 Oct  8 09:47 a': 'file 1234 2026-10-08T09:47 "a"',
    '-rw-r--r-- 1 edi staff 9.0M Oct  8 09:47 a': 'file ? 2026-10-08T09:47 "a"',
    '-rw-r--r-- 1 edi staff 33.5k Oct 5 21:22 a b': 'file ? 2026-10-05T21:22 "a b"',
    'crw-rw-rw- 1 root sys 0x1000003 Oct  8 09:47 a': 'other ? 2026-10-08T09:47 "a"',
    'brw-rw---- 1 root disk 8,0 Oct  8 09:47 a': 'other ? 2026-10-08T09:47 "a"',
    '-[R----F-]  1 trader      4411 Mar 14  2020   notice.txt': 'file 4411 2020-03-14 "notice.txt"',
  })
  lines('lines without the letter of the type are files', {
    'rw-rw-rw- 0 464 464 Jul 1 2016 x.zip': 'file 464 2016-07-01 "x.zip"',
    'rw-r--r--   1 edi staff 4711 Oct  8 09:47 a b': 'file 4711 2026-10-08T09:47 "a b"',
    'r--------  1 edi 4711 08.10.2022 09:47 a': 'file 4711 2022-10-08T09:47 "a"',
  })
  lines(
    'the path in the directory that is listed is a name in it, any other is not',
    {
      '… Oct  8 09:47 /pub/a b': 'file 4711 2026-10-08T09:47 "a b"',
      '… Oct  8 09:47 ./a': 'file 4711 2026-10-08T09:47 "a"',
      'drwxr-xr-x 2 u g 5 Oct  8 09:47 /pub/a/': 'directory ? 2026-10-08T09:47 "a"',
      'lrwxrwxrwx 1 u g 6 Oct  8 09:47 /pub/a -> /pub/b': 'link ? 2026-10-08T09:47 "a"',
      '… Oct  8 09:47 /etc/a': `unreadable ? ? "${HEAD} Oct  8 09:47 /etc/a"`,
      '… Oct  8 09:47 /pub/../a': `unreadable ? ? "${HEAD} Oct  8 09:47 /pub/../a"`,
      '… Oct  8 09:47 /pub/a/b': `unreadable ? ? "${HEAD} Oct  8 09:47 /pub/a/b"`,
      '… Oct  8 09:47 /pub//a': `unreadable ? ? "${HEAD} Oct  8 09:47 /pub//a"`,
    },
    { dir: '/pub' },
  )
  lines('DIR of Windows in its varieties', {
    ' 8/14/2019   3:27 PM  <DIR>         lib': 'directory ? 2019-08-14T15:27 "lib"',
    '14-NOV-26  16:21                 7 a': 'file 7 2026-11-14T16:21 "a"',
    '11-14-26  04:21 p.m.               7 a b': 'file 7 2026-11-14T16:21 "a b"',
    '25/12/2019  16:21                  7 a': 'file 7 2019-12-25T16:21 "a"',
    '14.11.2026  16:21        1\u00a0234\u00a0567 a': 'file 1234567 2026-11-14T16:21 "a"',
  })
  test('a day where the month is expected tells how the following dates of a listing are meant', () => {
    const entries = read('25/12/2019  16:21  7 a\r\n05/12/2019  16:21  7 b\r\n')
    assert.deepEqual(entries.map(brief), ['file 7 2019-12-25T16:21 "a"', 'file 7 2019-12-05T16:21 "b"'])
  })
})

describe('headings and refusals', () => {
  const entry = `${HEAD} Oct  8 09:47 a`
  const headings = [
    'total 0 ',
    'total -956',
    'total 4,0K',
    'total: 12',
    'Gesamt 43',
    'insgesamt 24',
    'итого 43',
    '总用量 43',
    '総数 43',
    'yhteensä 24',
    'iomlán 4',
    'tổng 0',
    'المجموع 12',
    '.:',
    './:',
    '/pub/my files:',
    ' Volume in drive C is Data',
    ' Datenträger in Laufwerk D: ist Daten',
    ' Volume in Laufwerk C: hat keine Bezeichnung.',
    ' Том в устройстве C имеет метку Data',
    ' Volume Serial Number is 1A2B-3C4D',
    ' Volumeseriennummer: 1A2B-3C4D',
    ' Directory of C:\\ftp\\pub',
    ' Verzeichnis von C:\\ftp',
    'Directory of /pub',
    '1 File(s) 5 bytes',
    '               2 Dir(s)   7,340,032 bytes free',
    '       3 Datei(en)          1.234 Bytes',
    '       2 Verzeichnis(se), 123.456 Bytes frei',
    '       4 fichier(s)  12 345 octets'.replace('12 345', '12\u00a0345'),
  ]
  test('a heading is neither an entry nor reported, before the entries, behind them and alone', () => {
    for (const heading of headings)
      for (const text of [`${heading}\r\n${entry}\r\n`, `${entry}\r\n${heading}\r\n`, `${heading}\r\n`])
        assert.deepEqual(
          read(text).map(({ name }) => name),
          text.includes(entry) ? ['a'] : [],
          JSON.stringify(text),
        )
  })
  test('what tells of a refusal is reported', () => {
    for (const line of [
      'ls: cannot open directory: Permission denied',
      'ls: private: Permission denied',
      "/bin/ls: cannot access 'x': No such file or directory",
      '%RMS-E-PRV, insufficient privilege or file protection violation',
      'Permission denied',
      '550 Permission denied.',
      'Access is denied 5',
      'error 5',
      'cannot open directory /pub:',
      'Zugriff verweigert 5',
    ]) {
      const [first] = read(`${line}\r\n${entry}\r\n`)
      assert.deepEqual([first?.type, first?.raw], ['unreadable', line])
    }
  })
  test('no entry is taken for a heading, and bare names are reported all of them', () => {
    assert.deepEqual(
      read('Chapter 5\r\nChapter 6\r\nreport.txt\r\n')
        .map(({ type, raw }) => `${type} ${raw}`)
        .sort(),
      ['unreadable Chapter 5', 'unreadable Chapter 6', 'unreadable report.txt'],
    )
    for (const name of ['total 12', '.:', '1 File(s) 5 bytes', 'Gesamt 43'])
      assert.equal(read(`${HEAD} Oct  8 09:47 ${name}\r\n`)[0]?.name, name)
    assert.deepEqual(
      read('total 0\r\nls: x: Permission denied\r\n').map(({ raw }) => raw),
      ['ls: x: Permission denied'],
    )
  })
  test('lines under the heading of a directory inside are not entries of this one', () => {
    const text = `.:\ntotal 8\n${entry}\n\n./sub:\ntotal 4\n${HEAD} Oct  8 09:47 b\n`
    assert.deepEqual(
      read(text).map(({ type, name }) => (type === 'file' ? name : type)),
      ['a', 'unreadable'],
    )
  })
})

test('the target of a link is the part as long as its size, in time that grows with the line', () => {
  const link = (size: number, text: string): Entry | undefined =>
    read(`lrwxrwxrwx 1 a b ${size} Oct  8 09:47 ${text}\n`)[0]
  assert.deepEqual([link(6, 'x -> y -> target')?.name, link(11, 'x -> y -> target')?.name], ['x -> y', 'x'])
  assert.equal(link(8, 'a -> b -> ä€ßx')?.target, 'ä€ßx')
  assert.equal(link(3, 'a -> \ud83d\ude00 -> abc')?.name, 'a -> \ud83d\ude00')
  const many = '€'.concat(' -> '.repeat(16_000))
  const before = process.cpuUsage().user
  for (let round = 0; round < 10; round++) link(90_000, many)
  assert.ok(process.cpuUsage().user - before < 1_000_000)
})

/** One of them. */
type Pick = <T>(all: readonly T[]) => T

function picker(next: () => number): Pick {
  return (all) => all[Math.floor(next() * all.length)] as (typeof all)[number]
}

const NAMES = [
  'a',
  'a b',
  'ä€.txt',
  '-x',
  'Nov 22 18:57',
  '7 Jan  2020 x',
  'x -> y',
  '12:30',
  '{a}',
  'total 4',
  '5 Jan 2019',
  'tab\tx',
]
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

describe('a line that is built comes back as it was built', () => {
  const pad = (value: number, width: number, mark = ' '): string => String(value).padStart(width, mark)

  test('GNU ls and busybox', () => {
    const next = random(11)
    const pick = picker(next)
    for (let round = 0; round < 4000; round++) {
      const [month, day, hour] = [Math.floor(next() * 12), 1 + Math.floor(next() * 28), Math.floor(next() * 24)]
      const [size, name, type] = [Math.floor(next() ** 4 * 1e12), pick(NAMES), pick(['-', 'd'])]
      const recent = next() < 0.5
      const when = recent ? `${pad(hour, 2, '0')}:05` : ' 2019'
      const whose = `${pad(1 + Math.floor(next() * 20), pick([1, 3, 5]))} ${pick(['root', '0', 'edi'])} ${pick(['staff', '1000', 'g'])}`
      const line = `${type}rwxr-xr-x ${whose} ${pad(size, pick([1, 8, 13]))} ${MONTHS[month]} ${pad(day, 2, pick([' ', '0']))} ${when} ${name}`
      const [entry, ...more] = read(`${line}\n`)
      const time = recent ? undefined : Date.UTC(2019, month, day)
      assert.equal(more.length, 0)
      assert.deepEqual(
        [entry?.name, entry?.type, entry?.size],
        [name, type === 'd' ? 'directory' : 'file', type === 'd' ? undefined : size],
        line,
      )
      if (time !== undefined) assert.equal(entry?.modified?.getTime(), time, line)
      else assert.deepEqual([entry?.modified?.getUTCMonth(), entry?.modified?.getUTCHours()], [month, hour], line)
    }
  })

  test('day first, month words of any language, and months that are no words', () => {
    const next = random(12)
    const pick = picker(next)
    for (let round = 0; round < 2000; round++) {
      const [name, size, day] = [pick(NAMES), Math.floor(next() * 1e6), 1 + Math.floor(next() * 28)]
      const month = pick(['Mai', 'août', 'янв', 'Жжж', 'Zzz', 'März', 'gru', 'qqq'])
      const date = pick([
        `${pad(day, 2)}. ${month}  2019`,
        `${month} ${pad(day, 2)}  2019`,
        `${pad(day, 2)} ${month}  2019`,
      ])
      const line = `-rw-r--r-- 1 edi staff ${size} ${date} ${name}`
      const [entry] = read(`${line}\n`)
      assert.deepEqual([entry?.name, entry?.type, entry?.size], [name, 'file', size], line)
      assert.ok(entry?.modified === undefined || entry.modified.getUTCDate() === day, line)
    }
  })

  test('IIS', () => {
    const next = random(13)
    const pick = picker(next)
    for (let round = 0; round < 3000; round++) {
      const [name, size, isDir] = [pick(NAMES), Math.floor(next() ** 4 * 1e12), next() < 0.3]
      const [month, day, hour] = [1 + Math.floor(next() * 12), 1 + Math.floor(next() * 28), Math.floor(next() * 24)]
      const year = pick(['19', '2019'])
      const clock = pick([`${pad(hour % 12 || 12, 2, '0')}:05${hour < 12 ? 'AM' : 'PM'}`, `${pad(hour, 2, '0')}:05`])
      const what = isDir ? '      <DIR>          ' : `${pad(size, 20)} `
      const line = `${pad(month, 2, '0')}-${pad(day, 2, '0')}-${year}  ${clock} ${what}${name}`
      const [entry] = read(`${line}\r\n`)
      assert.deepEqual(
        [entry?.name, entry?.type, entry?.size],
        [name, isDir ? 'directory' : 'file', isDir ? undefined : size],
        line,
      )
      assert.equal(entry?.modified?.getTime(), Date.UTC(2019, month - 1, day, hour, 5), line)
    }
  })
})

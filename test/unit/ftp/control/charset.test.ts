import assert from 'node:assert/strict'
import { test } from 'node:test'
import { charset } from '../../../../src/ftp/control/charset.js'

test('UTF-8 carries any bytes there and back', async () => {
  const utf8 = await charset('UTF-8')
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
  assert.deepEqual(new Uint8Array(utf8.encode(utf8.decode(bytes))), bytes)
  assert.equal(utf8.decode(Uint8Array.of(0xe4, 0x41)), '\udce4A')
  assert.equal(utf8.decode(Buffer.from('中 😀')), '中 😀')
})

test('latin1 carries any bytes there and back, under each of its names', async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
  for (const name of ['latin1', 'ISO-8859-1', 'iso8859-1']) {
    const latin1 = await charset(name)
    assert.deepEqual(new Uint8Array(latin1.encode(latin1.decode(bytes))), bytes)
    assert.throws(() => latin1.encode('price €'), {
      code: 'bad-argument',
      message: /latin1 has no "€" \(U\+20AC\)\.$/,
    })
  }
})

test('names go there and back in the charsets of the world', async () => {
  for (const [name, text, hex] of [
    ['windows-1252', 'price €.txt', '7072696365208' + '02e747874'],
    ['windows-1251', 'привет', 'eff0e8e2e5f2'],
    ['koi8-r', 'привет', 'd0d2c9d7c5d4'],
    ['cp437', 'Müller', '4d816c6c6572'],
    ['gbk', '中文', 'd6d0cec4'],
    ['gb18030', '中文', 'd6d0cec4'],
    ['big5', '中文', 'a4a4a4e5'],
    ['shift_jis', '表示', '955c8ea6'],
    ['euc-jp', '表示', 'c9bdbca8'],
    ['euc-kr', '한국', 'c7d1b1b9'],
  ] as const) {
    const one = await charset(name)
    assert.equal(Buffer.from(one.encode(text)).toString('hex'), hex, name)
    assert.equal(one.decode(Buffer.from(hex, 'hex')), text, name)
  }
})

test('a character the charset lacks is named instead of being replaced', async () => {
  const gbk = await charset('gbk')
  assert.throws(() => gbk.encode('RETR a😀b\r\n'), { code: 'bad-argument', message: /gbk has no "😀" \(U\+1F600\)/ })
  const cyrillic = await charset('windows-1251')
  assert.throws(() => cyrillic.encode('中'), { message: /U\+4E2D/ })
  assert.throws(() => cyrillic.encode('\udce4'), { message: /U\+DCE4/ })
})

test('the error does not quote the text, which may hold a password', async () => {
  for (const name of ['latin1', 'gbk'])
    assert.throws(
      (await charset(name)).encode.bind(undefined, 'PASS hidden😀\r\n'),
      (error) => !/hidden/.test(String(error)),
    )
})

test('a charset that is not known, or that no command could be written in, is refused by name', async () => {
  for (const name of [
    'klingon',
    '',
    'constructor',
    '__proto__',
    'utf-16',
    'utf-16le',
    'ucs2',
    'utf-32',
    'base64',
    'hex',
  ])
    await assert.rejects(charset(name), { code: 'bad-argument', message: new RegExp(`"${name}"`) })
  await assert.rejects(charset('utf-8\r\nDELE x'), { code: 'bad-argument' })
})

test('line ends of a command pass, and none is added', async () => {
  for (const name of ['utf-8', 'latin1', 'gbk', 'shift_jis', 'windows-1252']) {
    const bytes = Buffer.from((await charset(name)).encode('RETR x\r\n'))
    assert.equal(bytes.toString('latin1'), 'RETR x\r\n')
  }
})

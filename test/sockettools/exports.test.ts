import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as S from '../../src/sockettools/index.js'
import { FUNCTIONS, OPTIONS, type PROXIES } from './names.js'

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
type Exported<P extends string> = keyof typeof S & `${P}${string}`

/** These three lines compile only while the names are equal, both ways. */
const functions: Same<Exported<'Ftp'>, (typeof FUNCTIONS)[number]> = true
const options: Same<Exported<'FTP_OPTION_'>, `FTP_OPTION_${(typeof OPTIONS)[number] | 'DEFAULT'}`> = true
const proxies: Same<Exported<'FTP_PROXY_'>, `FTP_PROXY_${(typeof PROXIES)[number]}`> = true

const constants: { readonly [name: string]: unknown } = S

function numbersOf(prefix: string): number[] {
  const values = Object.entries(constants).filter(([name]) => name.startsWith(prefix))
  return values.map(([, value]) => Number(value))
}

test('the functions are the ones of the page and its siblings, and every one answers a promise', async () => {
  assert.ok(functions && options && proxies)
  const exported = Object.keys(S).filter((name) => name.startsWith('Ftp'))
  assert.deepEqual(exported.sort(), [...FUNCTIONS].sort())
  for (const name of FUNCTIONS) {
    const called: unknown = constants[name]
    assert.ok(typeof called === 'function')
    const answer: unknown = called()
    assert.ok(answer instanceof Promise, name)
    await answer
  }
})

test('options are distinct bits, four of them the known ones; SECURE is SECURE_IMPLICIT', () => {
  const numbers = { passive: S.FTP_OPTION_PASSIVE, firewall: S.FTP_OPTION_FIREWALL, noauth: S.FTP_OPTION_NOAUTH }
  assert.deepEqual(numbers, { passive: 1, firewall: 2, noauth: 4 })
  assert.equal(S.FTP_OPTION_KEEPALIVE, 8)
  assert.equal(S.FTP_OPTION_SECURE, S.FTP_OPTION_SECURE_IMPLICIT)
  const bits = OPTIONS.filter((name) => name !== 'SECURE').map((name) => Number(constants[`FTP_OPTION_${name}`]))
  for (const bit of bits) assert.ok(bit > 0 && (bit & (bit - 1)) === 0 && bit < 2 ** 31, String(bit))
  assert.equal(new Set(bits).size, bits.length)
})

test('the numbers of each family are distinct', () => {
  for (const prefix of [
    'FTP_PROXY_',
    'FTP_STATUS_',
    'FTP_FILETYPE_',
    'FTP_FILE_',
    'FTP_VERIFY_',
    'TRACE_',
    'FTP_EVENT_',
  ])
    assert.equal(new Set(numbersOf(prefix)).size, numbersOf(prefix).length, prefix)
  assert.notEqual(S.FTP_CHANNEL_COMMAND, S.FTP_CHANNEL_DATA)
  assert.notEqual(S.FTP_CHANNEL_CLEAR, S.FTP_CHANNEL_SECURE)
  for (const prefix of ['ST_', 'FTP_FEATURE_']) assert.equal(new Set(numbersOf(prefix)).size, numbersOf(prefix).length)
})

test('every error has a text of its own', async () => {
  const texts = new Set<string>()
  for (const code of numbersOf('ST_')) {
    const text = { value: '' }
    assert.ok((await S.FtpGetErrorString(code, text, 1000)) > 0, String(code))
    texts.add(text.value)
  }
  assert.equal(texts.size, numbersOf('ST_').length)
  const none = { value: 'untouched' }
  assert.equal(await S.FtpGetErrorString(12345, none, 1000), 0)
})

/** The compiled test runs from build/. */
function packageRoot(from: string): string {
  return existsSync(join(from, 'package.json')) ? from : packageRoot(dirname(from))
}

const page = readFileSync(join(packageRoot(dirname(fileURLToPath(import.meta.url))), 'docs/SOCKETTOOLS.md'), 'utf8')

test('the page names every function, and every option, proxy and error with its number', () => {
  for (const name of FUNCTIONS) assert.ok(page.includes(`\`${name}(`), name)
  for (const [name, value] of Object.entries(constants)) {
    if (typeof value !== 'number' || !/^(FTP_OPTION_|FTP_PROXY_|ST_)/.test(name)) continue
    const rows = page.split('\n').filter((one) => one.startsWith('| `') && one.includes(`\`${name}\``))
    const number = name.startsWith('FTP_PROXY_') || value === 0 ? String(value) : `0x${value.toString(16)}`
    assert.ok(
      rows.some((row) => row.includes(`| ${number} |`)),
      `${name} is ${number}`,
    )
  }
})

test('the page has every other constant with its number', () => {
  const families = page.split('\n').filter((line) => /^\| [a-z ,]+ \| `[A-Z]/.test(line))
  const written = new Map<string, number>()
  for (const line of families) {
    let stem = ''
    for (const [, name = '', number] of line.matchAll(/`([A-Z_0-9]+)` \((-?[0-9a-fx]+)[,)]/g)) {
      if (!name.startsWith('_')) stem = name.replace(/_[A-Z0-9]+$/, '')
      written.set(name.startsWith('_') ? stem + name : name, Number(number))
    }
  }
  for (const [name, value] of Object.entries(constants)) {
    if (typeof value !== 'number' || /^(FTP_OPTION_|FTP_PROXY_|ST_)/.test(name)) continue
    assert.equal(written.get(name), value, name)
  }
})

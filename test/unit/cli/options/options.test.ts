import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bindOptional, flagText, settingsFrom } from '../../../../src/cli/flags.js'
import { OPTIONS } from '../../../../src/cli/options/options.js'
import { optionsOf, VERBS } from '../../../../src/cli/verbs.js'
import type { TransferError } from '../../../../src/index.js'

const set = (...flags: [string, ...string[]][]) => settingsFrom(new Map(flags.map(([name, ...all]) => [name, all])))

function refused(...flags: [string, ...string[]][]): TransferError {
  try {
    set(...flags)
  } catch (error) {
    return error as TransferError
  }
  return assert.fail('it was taken')
}

test('long and short names are unique, and every option belongs to a verb', () => {
  const names = OPTIONS.map(({ name }) => name)
  const shorts = OPTIONS.flatMap(({ short }) => short ?? [])
  assert.equal(new Set(names).size, names.length)
  assert.equal(new Set(shorts).size, shorts.length)
  const used = new Set(VERBS.flatMap((verb) => optionsOf(verb).map(({ name }) => name)))
  assert.deepEqual(
    names.filter((name) => !used.has(name)),
    [],
  )
})

test('--timeout and --confirm-timeout set the limits that their texts name, each its own', () => {
  const { timeouts } = set(['timeout', '5'], ['confirm-timeout', '60']).connect
  assert.deepEqual(timeouts, { connect: 5_000, reply: 5_000, idle: 5_000, confirm: 60_000 })
  assert.deepEqual(set(['timeout', '0.5']).connect.timeouts, { connect: 500, reply: 500, idle: 500 })
  assert.deepEqual(set(['confirm-timeout', '1']).connect.timeouts, { confirm: 1_000 })
  assert.equal(refused(['confirm-timeout', '0']).code, 'bad-argument')
})

test('no option takes a password as its argument', () => {
  const withValue = OPTIONS.filter(({ name, argument }) => name.includes('pass') && argument !== undefined)
  assert.deepEqual(
    withValue.map(({ name, argument }) => [name, argument]),
    [
      ['password-env', 'NAME'],
      ['proxy-password-env', 'NAME'],
      ['passive-address', 'MODE'],
      ['tls-passphrase-env', 'NAME'],
      ['identity-passphrase-env', 'NAME'],
    ],
  )
})

test('flags become options of the library', () => {
  assert.deepEqual(set(['user', 'me'], ['parallel', '4'], ['timeout', '2.5'], ['passive-address', 'auto']).connect, {
    user: 'me',
    pool: { max: 4 },
    timeouts: { connect: 2500, reply: 2500, idle: 2500 },
    passiveAddress: 'auto',
  })
  assert.deepEqual(
    set(['no-temporary'], ['overwrite', 'never'], ['limit-rate', '500k'], ['ascii'], ['recursive']).transfer,
    { temporary: 'none', overwrite: 'never', rateLimit: 512_000, type: 'ascii', recursive: true },
  )
  assert.deepEqual(set(['netrc'], ['password-stdin']).secrets, { netrc: '', passwordStdin: true })
})

test('--active-ports switches active mode on', () => {
  assert.deepEqual(set(['active-ports', '50000-50010']).connect, {
    dataMode: 'active',
    activePorts: [50000, 50010],
  })
})

test('--verify without methods is the usual order, with methods a list', () => {
  assert.equal(set(['verify', '']).transfer.verify, true)
  assert.deepEqual(set(['verify', 'sha256,size']).transfer.verify, ['sha256', 'size'])
})

test('a proxy that is given twice is a chain', () => {
  assert.equal(set(['proxy', 'ftp+user://a']).connect.proxy, 'ftp+user://a')
  assert.deepEqual(set(['proxy', 'socks5://a', 'ftp+user://b']).connect.proxy, ['socks5://a', 'ftp+user://b'])
})

test('several flags make one object of TLS options, and one of keep-alive', () => {
  const flags: [string, ...string[]][] = [
    ['tls-pin', 'aa', 'bb'],
    ['tls-servername', 'ftp.example'],
    ['tls-legacy'],
    ['tls-max', 'TLSv1.2'],
    ['tls-scope', 'proxy'],
    ['tls-data', 'clear'],
    ['tls-reuse', 'never'],
  ]
  assert.deepEqual(set(...flags).connect.tls, {
    pin: ['aa', 'bb'],
    servername: 'ftp.example',
    legacy: true,
    maxVersion: 'TLSv1.2',
    scope: 'proxy',
    data: 'clear',
    reuse: 'never',
  })
  assert.deepEqual(set(['keep-alive', '']).connect.keepAlive, {})
  assert.deepEqual(set(['keep-alive', '5']).connect.keepAlive, { idleMs: 5000 })
  assert.deepEqual(set(['keep-alive-data'], ['keep-alive', '5']).connect.keepAlive, {
    idleMs: 5000,
    duringTransfer: true,
  })
  assert.equal(set(['no-proxy']).connect.proxy, false)
})

test('every flag that is said to exclude another one names a flag that exists', () => {
  const names = OPTIONS.map(({ name }) => name)
  for (const { name, excludes = [] } of OPTIONS) {
    for (const other of excludes) {
      assert.ok(names.includes(other), other)
      assert.match(refused([name, '1'], [other, '1']).message, /contradict each other/)
    }
  }
})

test('a rate may have a unit and a fraction', () => {
  for (const [text, rate] of [
    ['1', 1],
    ['2M', 2 * 1024 ** 2],
    ['1.5k', 1536],
    ['1g', 1024 ** 3],
  ] as const) {
    assert.equal(set(['limit-rate', text]).transfer.rateLimit, rate)
  }
})

test('values that cannot be used are refused as bad-argument', () => {
  for (const [name, text] of [
    ['limit-rate', '0'],
    ['limit-rate', '5x'],
    ['limit-rate', '-1'],
    ['timeout', '0'],
    ['timeout', 'soon'],
    ['parallel', '0'],
    ['parallel', '2.5'],
    ['active-ports', '50010-50000'],
    ['active-ports', '0-10'],
    ['active-ports', '1-65536'],
    ['passive-address', 'peer'],
    ['overwrite', 'always'],
    ['verify', 'md5,'],
    ['port', '65536'],
  ] as const) {
    const error = refused([name, text])
    assert.equal(error.code, 'bad-argument', `${name} ${text}`)
    assert.match(error.message, new RegExp(`--${name}`))
    assert.ok(error.hint)
  }
})

test('an optional argument is taken from behind = or when it can be nothing else', () => {
  for (const [words, bound] of [
    ['get --verify ftp://h/a', 'get --verify= ftp://h/a'],
    ['get --verify sha256,md5 ftp://h/a', 'get --verify=sha256,md5 ftp://h/a'],
    ['get --verify=size ftp://h/a', 'get --verify=size ftp://h/a'],
    ['put --netrc data.csv ftp://h/', 'put --netrc= data.csv ftp://h/'],
    ['ls --netrc /home/me/.netrc ftp://h/', 'ls --netrc=/home/me/.netrc ftp://h/'],
    ['put --verify', 'put --verify='],
    ['put -- --verify x', 'put -- --verify x'],
  ] as const) {
    assert.deepEqual(bindOptional(words.split(' ')), bound.split(' '))
  }
})

test('flags are written for people as they are typed', () => {
  const text = (wanted: string) => OPTIONS.filter(({ name }) => name === wanted).map(flagText)
  assert.deepEqual(text('netrc'), ['--netrc[=FILE]'])
  assert.deepEqual(text('verbose'), ['-v, --verbose'])
  assert.deepEqual(text('user'), ['--user NAME'])
  assert.deepEqual(text('prefer-ipv6'), ['-6, --prefer-ipv6'])
  assert.deepEqual(text('keep-alive'), ['--keep-alive[=SECONDS]'])
})

test('the flags of SSH become options of the library', () => {
  const { connect } = set(
    ['identity', 'a', 'b'],
    ['known-hosts', 'k'],
    ['accept-new'],
    ['ssh-legacy'],
    ['ssh-config', 'c'],
  )
  assert.deepEqual(connect, {
    privateKey: ['a', 'b'],
    hostKey: { knownHosts: ['k'], accept: 'new' },
    legacy: true,
    sshConfig: 'c',
  })
  assert.throws(() => set(['host-key', 'SHA256:x'], ['accept-new']), /--host-key and --accept-new contradict/)
})

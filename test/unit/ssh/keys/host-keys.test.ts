import assert from 'node:assert/strict'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  decide,
  fingerprintOf,
  knownTypes,
  readTrust,
  remember,
  type Trust,
} from '../../../../src/ssh/keys/host-keys.js'
import { parseKnownHosts } from '../../../../src/ssh/keys/known-hosts.js'
import { bytesOf, failureOf, hostKey, otherKey } from '../server.js'

const KEY = bytesOf(hostKey.public)
const OTHER = bytesOf(otherKey.public)
const line = (names: string, text = hostKey.public): string => `${names} ${text.split(' ').slice(0, 2).join(' ')}`
const at = { host: 'host.example', port: 22 }

function trust(lines: readonly string[], more: Partial<Trust> = {}): Trust {
  return { pins: [], accept: 'known', files: ['f'], skipped: [], ...parsed(lines), ...more }
}

function parsed(lines: readonly string[]): Pick<Trust, 'known' | 'problems'> {
  const { keys, problems } = parseKnownHosts(lines.join('\n'), 'f')
  return { known: keys, problems }
}

const outcome = (decision: ReturnType<typeof decide>): string =>
  decision.accepted ? decision.by : `refused: ${decision.because}`

describe('a host key', () => {
  const cases: [what: string, lines: string[], more: Partial<Trust>, outcome: string][] = [
    ['that is known', [line('host.example')], {}, 'known'],
    ['of a host without any', [line('else.example')], {}, 'refused: unknown'],
    ['other than the known one', [line('host.example', otherKey.public)], {}, 'refused: changed'],
    ['one of several', [line('host.example', otherKey.public), line('*.example')], {}, 'known'],
    ['that is revoked', [line('host.example'), line('@revoked *')], {}, 'refused: revoked'],
    ['that is revoked, with any accepted', [line('@revoked *')], { accept: 'any' }, 'refused: revoked'],
    ['of a host with an authority only', [line('@cert-authority *')], {}, 'refused: unknown'],
    ['that is new, new ones being accepted', [], { accept: 'new' }, 'new'],
    [
      'that has changed, new ones being accepted',
      [line('host.example', otherKey.public)],
      { accept: 'new' },
      'refused: changed',
    ],
    ['that has changed, any being accepted', [line('host.example', otherKey.public)], { accept: 'any' }, 'any'],
    ['that is known, any being accepted', [line('host.example')], { accept: 'any' }, 'known'],
  ]
  for (const [what, lines, more, expected] of cases)
    test(`${what}: ${expected}`, () => {
      assert.equal(outcome(decide(KEY, at, trust(lines, more))), expected)
    })

  test('is decided by the fingerprint alone when there is one', async () => {
    const hex = (await readTrust({ fingerprint: fingerprintOf(KEY), knownHosts: [] })).pins
    assert.equal(outcome(decide(KEY, at, trust([line('host.example', otherKey.public)], { pins: hex }))), 'fingerprint')
    assert.equal(
      outcome(decide(OTHER, at, trust([line('host.example', otherKey.public)], { pins: hex }))),
      'refused: not-pinned',
    )
    assert.equal(outcome(decide(OTHER, at, trust([], { pins: hex, accept: 'any' }))), 'refused: not-pinned')
    assert.equal(outcome(decide(KEY, at, trust([line('@revoked *')], { pins: hex }))), 'refused: revoked')
  })

  test('of another port is looked up with its port, then without', () => {
    const there = { host: 'host.example', port: 2222 }
    assert.equal(outcome(decide(KEY, there, trust([line('[host.example]:2222')]))), 'known')
    assert.equal(outcome(decide(KEY, there, trust([line('host.example')]))), 'known')
    assert.equal(outcome(decide(KEY, there, trust([line('host.example', otherKey.public)]))), 'refused: unknown')
    assert.equal(
      outcome(decide(KEY, there, trust([line('[host.example]:2222', otherKey.public), line('host.example')]))),
      'known',
    )
    assert.equal(outcome(decide(KEY, at, trust([line('[host.example]:2222')]))), 'refused: unknown')
  })

  test('that is refused is shown beside the known one, with what to do', () => {
    const decision = decide(KEY, at, trust([line('host.example', otherKey.public)]))
    assert(!decision.accepted)
    assert.equal(decision.error.code, 'host-key')
    assert.equal(decision.error.phase, 'connect')
    assert.equal(decision.error.retryable, false)
    assert.ok(decision.error.message.includes(fingerprintOf(KEY)))
    assert.ok(decision.error.message.includes(fingerprintOf(OTHER)))
    assert.match(decision.error.message, /host\.example:22 .*\(f:1\)/)
    assert.match(decision.error.hint ?? '', /hostKey\.fingerprint/)
  })

  test('that nobody checked is warned about, a change in capitals', () => {
    const decision = decide(KEY, at, trust([line('host.example', otherKey.public)], { accept: 'any' }))
    assert(decision.accepted)
    assert.match(decision.warning ?? '', /without a check.*IT HAS CHANGED/)
  })

  test('is asked for in a type that is known', () => {
    assert.deepEqual(knownTypes(at, trust([line('host.example'), line('@revoked host.example')])), ['ssh-ed25519'])
  })
})

describe('a fingerprint', () => {
  test('may be written as OpenSSH prints it, in base64 and in hex', async () => {
    const printed = fingerprintOf(KEY)
    assert.match(printed, /^SHA256:[A-Za-z0-9+/]{43}$/)
    const [hex = ''] = (await readTrust({ fingerprint: printed, knownHosts: [] })).pins
    const colons = hex.toUpperCase().match(/../g)?.join(':') ?? ''
    const { pins } = await readTrust({ fingerprint: [printed.slice(7), hex, colons], knownHosts: [] })
    assert.deepEqual(pins, [hex, hex, hex])
  })

  test('of another kind is refused before anything is sent', async () => {
    const error = await failureOf(readTrust({ fingerprint: 'MD5:00:11:22', knownHosts: [] }))
    assert.equal(error.code, 'bad-argument')
  })
})

describe('known_hosts on disk', () => {
  let dir = ''
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sallyport-known-'))
  })
  after(() => rm(dir, { recursive: true, force: true }))

  test('is made with its directory, for us alone, and knows the key from then on', async () => {
    const file = join(dir, 'new', '.ssh', 'known_hosts')
    const there = { host: 'Host.Example', port: 2222 }
    const empty = await readTrust({ knownHosts: file, accept: 'new' })
    assert.equal(await remember(KEY, there, empty), file)
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    assert.equal((await stat(join(file, '..'))).mode & 0o777, 0o700)
    assert.equal(outcome(decide(KEY, there, await readTrust({ knownHosts: file }))), 'known')
    assert.equal(
      outcome(decide(OTHER, there, await readTrust({ knownHosts: file, accept: 'new' }))),
      'refused: changed',
    )
  })

  test('keeps what stands in it, also a last line without its end', async () => {
    const file = join(dir, 'unended')
    await writeFile(file, line('else.example'))
    await remember(KEY, at, await readTrust({ knownHosts: file, accept: 'new' }))
    assert.equal(await readFile(file, 'utf8'), `${line('else.example')}\n${line('host.example')}\n`)
  })

  test('is not written to for a name that would be a pattern', async () => {
    const file = join(dir, 'patterns')
    const error = await failureOf(remember(KEY, { host: '*', port: 22 }, await readTrust({ knownHosts: file })))
    assert.equal(error.code, 'bad-argument')
    await assert.rejects(stat(file))
  })

  test('that is there and cannot be read is an error, not an empty one', async () => {
    await chmod(dir, 0o700)
    const error = await failureOf(readTrust({ knownHosts: dir }))
    assert.equal(error.code, 'local')
  })
})

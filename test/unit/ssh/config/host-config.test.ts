import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type HostConfig, hostConfig } from '../../../../src/ssh/config/host-config.js'
import { failureOf } from '../server.js'

let dir = ''
const homeBefore = process.env['HOME']
before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sallyport-ssh-config-'))
  await mkdir(join(dir, '.ssh', 'conf.d'), { recursive: true })
  process.env['HOME'] = dir
})
after(async () => {
  if (homeBefore !== undefined) process.env['HOME'] = homeBefore
  await rm(dir, { recursive: true, force: true })
})

async function read(text: string, host = 'db', user?: string): Promise<HostConfig & { warnings: string[] }> {
  const file = join(dir, 'config')
  await writeFile(file, text)
  const warnings: string[] = []
  return { ...(await hostConfig(host, { file, user, warn: (message) => warnings.push(message) })), warnings }
}

const hostsOf = ({ jumps = [] }: HostConfig): string[] => jumps.map(({ host }) => host)

describe('jump hosts', () => {
  test("a jump host's own ProxyJump stands before it", async () => {
    const found = await read('Host db\n ProxyJump inner\nHost inner\n HostName 10.0.0.2\n ProxyJump outer\n')
    assert.deepEqual(hostsOf(found), ['outer', '10.0.0.2'])
  })

  test('three deep, and of a list the first one alone', async () => {
    const text = 'Host db\n ProxyJump a,b\nHost a\n ProxyJump c\nHost c\n ProxyJump d\nHost b\n ProxyJump never\n'
    assert.deepEqual(hostsOf(await read(text)), ['d', 'c', 'a', 'b'])
  })

  for (const [what, text] of [
    ['to itself', 'Host *\n ProxyJump db\n'],
    ['in a circle', 'Host db\n ProxyJump a\nHost a\n ProxyJump b\nHost b\n ProxyJump a\n'],
  ] as const)
    test(`that lead ${what} are refused, with the line`, async () => {
      const error = await failureOf(read(text))
      assert.equal(error.code, 'bad-argument')
      assert.match(error.message, /config:\d+: the jump hosts lead to each other/)
    })

  test("none ends it, and 'ssh -W %h:%p host' is a jump host", async () => {
    assert.deepEqual(hostsOf(await read('Host db\n ProxyJump none\nHost *\n ProxyJump a\n')), [])
    const command = await read('Host db\n ProxyCommand ssh -W %h:%p me@gate:2222\n')
    assert.deepEqual(
      [command.jumps?.[0]?.host, command.jumps?.[0]?.user, command.jumps?.[0]?.port],
      ['gate', 'me', 2222],
    )
    assert.deepEqual(command.warnings, [])
  })
})

describe('what cannot be obeyed', () => {
  const lines: [line: string, warning: RegExp][] = [
    ['ProxyCommand nc -X 5 -x proxy:1080 %h %p', /config:2: ProxyCommand is not run/],
    ['StrictHostKeyChecking no', /config:2: StrictHostKeyChecking no is not obeyed/],
    ['StrictHostKeyChecking=off', /config:2: StrictHostKeyChecking off is not obeyed/],
    ['CertificateFile ~/.ssh/id-cert.pub', /config:2: certificatefile is not supported/],
  ]
  for (const [line, warning] of lines)
    test(`${line}: one warning that names the line`, async () => {
      const { warnings } = await read(`Host db\n  ${line}\n`)
      assert.equal(warnings.length, 1)
      assert.match(warnings[0] ?? '', warning)
    })

  test('of another host is not told', async () => {
    assert.deepEqual((await read('Host other\n ProxyCommand nc %h %p\n')).warnings, [])
  })

  test('of a jump host is', async () => {
    const { warnings } = await read('Host db\n ProxyJump gate\nHost gate\n ProxyCommand nc %h %p\n')
    assert.match(warnings[0] ?? '', /config:4: ProxyCommand/)
  })
})

describe('settings', () => {
  test('HostKeyAlias, IdentityAgent, IdentitiesOnly and accept-new are obeyed', async () => {
    const found = await read(
      'Host db\n HostKeyAlias real.db\n IdentityAgent ~/agent.sock\n IdentitiesOnly yes\n StrictHostKeyChecking accept-new\n',
    )
    assert.deepEqual(
      [found.keyName, found.agent, found.identitiesOnly, found.acceptNew],
      ['real.db', join(dir, 'agent.sock'), true, true],
    )
    assert.equal((await read('IdentityAgent none\n')).agent, false)
    process.env['MY_AGENT'] = '/run/mine'
    assert.equal((await read('IdentityAgent $MY_AGENT\n')).agent, '/run/mine')
    assert.equal((await read('IdentityAgent SSH_AUTH_SOCK\n')).agent, undefined)
  })

  test("the caller's user counts in Match", async () => {
    const text = `Match user deploy\n Port 2222\nMatch user ${userInfo().username}\n Port 2223\n`
    assert.equal((await read(text, 'db', 'deploy')).port, 2222)
    assert.equal((await read(text)).port, 2223)
    assert.equal((await read(`Host db\n User deploy\n${text}`)).port, 2222)
  })

  test('Match knows host, originalhost, all and negation; exec never fits', async () => {
    const text = 'Host db\n HostName db.example\nMatch originalhost db host *.example !user admin\n Port 1\n'
    assert.equal((await read(text)).port, 1)
    assert.equal((await read(text, 'db', 'admin')).port, undefined)
    assert.equal((await read('Match exec "true"\n Port 1\nMatch all\n Port 2\n')).port, 2)
    assert.equal((await read('Host * !db\n Port 1\n')).port, undefined)
  })

  test('the first value of each counts, IdentityFile adds up; quotes, = and comments are understood', async () => {
    const found = await read(
      'Port=22 # c\nPort 23\n# IdentityFile no\nIdentityFile "~/a b"\nIdentityFile ~/%h-%r\nUser me\n',
    )
    assert.deepEqual([found.port, found.identityFiles], [22, [join(dir, 'a b'), join(dir, 'db-me')]])
  })
})

describe('Include', () => {
  test('is followed, with patterns, and stands under the Host it is in', async () => {
    await writeFile(join(dir, '.ssh', 'conf.d', '10-db'), 'Host db\n Port 2200\n')
    await writeFile(join(dir, '.ssh', 'conf.d', '20-all'), 'User everybody\n')
    const found = await read('Include conf.d/*\n')
    assert.deepEqual([found.port, found.user], [2200, 'everybody'])
    const under = 'Host other\n Include conf.d/20-all\n'
    assert.equal((await read(under)).user, undefined)
    assert.equal((await read(under, 'other')).user, 'everybody')
    assert.equal((await read('Include missing missing/*\nPort 9\n')).port, 9)
  })

  test('of a file in itself ends with an error', async () => {
    await writeFile(join(dir, '.ssh', 'loop'), 'Include loop\n')
    const error = await failureOf(read('Include loop\n'))
    assert.match(error.message, /included more than 16 files deep/)
  })
})

describe('a broken file', () => {
  const broken: [text: string, message: RegExp][] = [
    ['Host db\n Port many\n', /config:2: Port many is not a port number/],
    ['Match foo\n', /config:1: Match knows no criterion 'foo'/],
    ['Match host\n', /config:1: Match host has no value/],
    ['Match all host "\n', /config:1: a quotation mark/],
    ['Host db\n IdentityFile "open\n', /config:2: a quotation mark is not closed/],
    ['Host db\n HostName\n', /config:2: HostName has no value/],
    ['\u0000\u0001 binary\n', /config:1: .*cannot be understood/],
    ['Host db\n ProxyJump @:\n', /is not a jump host/],
  ]
  for (const [text, message] of broken)
    test(`${JSON.stringify(text)} is a bad argument that names the line`, async () => {
      const error = await failureOf(read(text))
      assert.equal(error.code, 'bad-argument')
      assert.match(error.message, message)
    })

  test('that is named and cannot be read is an error; a default one is passed over with a warning', async () => {
    assert.equal((await failureOf(hostConfig('db', { file: dir }))).code, 'bad-argument')
    assert.deepEqual(await hostConfig('db', {}), {})
    await mkdir(join(dir, '.ssh', 'config'))
    const warnings: string[] = []
    assert.deepEqual(await hostConfig('db', { warn: (message) => warnings.push(message) }), {})
    assert.match(warnings[0] ?? '', /cannot be read: EISDIR.*passed over/)
  })
})

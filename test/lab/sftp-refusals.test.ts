import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connect, type TransferEvent } from '../../src/index.js'
import { bytesOf, failure } from '../conformance/bytes.js'
import { skipWithout, startLab } from './lab.js'
import { sftpOptions, sftpUrl } from './sftp.js'

const bytes = bytesOf(700_000, 7)

describe('mod_sftp that refuses some requests', { skip: skipWithout('proftpd-sftp') }, () => {
  const kinds: [limit: string, facts: readonly string[]][] = [
    ['FSTAT', ['fstat-refused']],
    ['LSTAT', ['lstat-refused']],
    ['STAT', []],
    ['FSTAT STAT LSTAT', ['fstat-refused']],
  ]
  for (const [limit, facts] of kinds)
    test(`${limit}: files come and go, and what is there is not replaced`, async () => {
      await using server = await startLab('proftpd-sftp', { extra: `<Limit ${limit}>\n DenyAll\n</Limit>` })
      const learned: string[] = []
      const observe = (event: TransferEvent): unknown => event.type === 'learned' && learned.push(event.name)
      await using remote = await connect(sftpUrl(server), { ...(await sftpOptions(server)), observe })
      await remote.writeFile('new.bin', bytes)
      assert.ok((await remote.readFile('new.bin')).equals(bytes))
      await remote.writeFile('new.bin', bytes, { temporary: 'none' })
      assert.ok((await remote.readFile('new.bin')).equals(bytes), 'overwritten in place, and still there')
      await failure(() => remote.writeFile('new.bin', 'x', { overwrite: 'never', retries: 0 }), 'exists')
      assert.deepEqual([await remote.exists('new.bin'), await remote.exists('none.bin')], [true, false])
      await remote.makeDir('a/b/c', { recursive: true })
      await remote.writeFile('a/b/c/d', 'deep')
      assert.ok((await remote.readFile('new.bin')).equals(bytes))
      for (const fact of facts) assert.ok(learned.includes(fact), `${fact} is not among ${learned}`)
    })
})

describe('sshd', { skip: skipWithout('sshd') }, () => {
  test('whose ForceCommand prints before SFTP is told from one without SFTP', async () => {
    const extra = 'ForceCommand /bin/echo Welcome to this server'
    await using server = await startLab('sshd', { extra })
    const error = await failure(async () => connect(sftpUrl(server), await sftpOptions(server)), 'protocol')
    assert.match(error.message, /begins with "Welc"/)
    assert.match(error.hint ?? '', /login script/)
  })

  test('with MaxStartups 1: all files arrive over the connections that it takes', async () => {
    await using server = await startLab('sshd', { extra: 'MaxStartups 1' })
    await using remote = await connect(sftpUrl(server), { ...(await sftpOptions(server)), pool: { max: 6 } })
    const names = Array.from({ length: 24 }, (_, at) => `file-${at}`)
    await Promise.all(names.map((name) => remote.writeFile(name, name)))
    const contents = await Promise.all(names.map(async (name) => (await remote.readFile(name)).toString()))
    assert.deepEqual(contents, names)
  })

  test('with MaxAuthTries 2 and too many keys: the right one is asked for', async () => {
    await using server = await startLab('sshd', { extra: 'MaxAuthTries 2' })
    const { generateKeyPairSync } = await import('node:crypto')
    const others = Array.from({ length: 4 }, () =>
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    )
    const options = { ...(await sftpOptions(server)), privateKey: others }
    const error = await failure(() => connect(sftpUrl(server), options), 'login-refused')
    assert.match(`${error.message} ${error.hint}`, /Too many authentication failures|counts every key/)
  })
})

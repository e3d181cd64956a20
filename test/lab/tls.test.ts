import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { connect, type Entry, type Remote, TransferError } from '../../src/index.js'
import { account, skipWithout } from './lab.js'
import { sharedLab } from './shared.js'
import { matrix } from './tls-matrix.js'
import { connectTls, reuseCounter, TLS_SERVERS, VERSIONS } from './tls-versions.js'

const start = sharedLab()

async function entries(remote: Remote, dir: string): Promise<Entry[]> {
  const found: Entry[] = []
  for await (const entry of remote.list(dir)) found.push(entry)
  return found
}

async function refused(call: Promise<unknown>): Promise<TransferError> {
  const error: unknown = await call.then(
    () => assert.fail('it succeeded'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof TransferError)) throw error
  return error
}

const content = randomBytes(200_000)

matrix('direct')

describe('nothing to transfer still completes the handshake', () => {
  for (const { name, scheme } of TLS_SERVERS)
    for (const version of VERSIONS)
      test(`${name} ${version}`, { skip: skipWithout(name) }, async () => {
        const server = await start(name)
        const remote = await connectTls(server, { scheme, version, timeouts: { confirm: 5_000 } })
        try {
          const dir = `/up/none-${version}`
          await remote.makeDir(dir)
          assert.deepEqual(await entries(remote, dir), [])
          const result = await remote.upload(Buffer.alloc(0), `${dir}/zero`, { temporary: 'none' })
          assert.deepEqual([result.retries, result.confirmedBy], [0, undefined])
          assert.equal((await remote.readFile(`${dir}/zero`)).length, 0)
          assert.equal((await remote.stat(`${dir}/zero`))?.size, 0)
        } finally {
          await remote.close()
        }
      })
})

describe('uploads end so that nothing is cut off', () => {
  test('twenty files of 200 kB over TLS 1.3 to vsftpd', { skip: skipWithout('vsftpd-tls') }, async () => {
    const server = await start('vsftpd-tls')
    const remote = await connectTls(server, { version: 'TLSv1.3' })
    try {
      for (let number = 0; number < 20; number++) {
        const { integrity, retries } = await remote.upload(content, `/up/whole-${number}`)
        assert.deepEqual([integrity, retries], ['sized', 0])
        assert.deepEqual(await readFile(join(server.home, `up/whole-${number}`)), content)
      }
    } finally {
      await remote.close()
    }
  })
})

describe('tls.reuse', () => {
  for (const [name, code] of [
    ['vsftpd-tls', 522],
    ['proftpd-tls', 425],
  ] as const)
    for (const version of VERSIONS)
      test(`'never' with ${name} ${version}: the error says that reuse is demanded`, {
        skip: skipWithout(name),
      }, async () => {
        const remote = await connectTls(await start(name), { version, tls: { reuse: 'never' } })
        try {
          const error = await refused(remote.readFile('/hello.txt'))
          assert.equal(error.reply?.code, code, error.message)
          assert.equal(error.code, 'data-connection')
          assert.match(`${error.message} ${error.hint}`, /resume the TLS session/)
          assert.match(error.hint ?? '', /tls\.reuse/)
        } finally {
          await remote.close()
        }
      })

  test("'require' with Pure-FTPd under TLS 1.3", { skip: skipWithout('pure-ftpd-tls') }, async () => {
    const remote = await connectTls(await start('pure-ftpd-tls'), { version: 'TLSv1.3', tls: { reuse: 'require' } })
    try {
      const error = await refused(remote.readFile('/hello.txt'))
      assert.equal(error.code, 'tls')
      assert.match(error.message, /did not resume/)
    } finally {
      await remote.close()
    }
  })
})

describe('setChannelMode', () => {
  for (const name of ['pure-ftpd-tls', 'proftpd-tls-opt'] as const)
    for (const version of VERSIONS)
      test(`CCC with ${name} ${version}, data still under TLS`, { skip: skipWithout(name) }, async () => {
        const { count, observe } = reuseCounter()
        const remote = await connectTls(await start(name), { version, observe })
        try {
          await remote.setChannelMode('command', 'clear')
          assert.equal((await remote.readFile('/hello.txt')).toString(), 'hello, world\n')
          await remote.upload(content, `/up/ccc-${version}`)
          assert.equal((await remote.stat(`/up/ccc-${version}`))?.size, content.length)
          assert.ok(count.total >= 2)
        } finally {
          await remote.close()
        }
      })

  for (const name of ['vsftpd-tls', 'proftpd-tls', 'pyftpdlib-tls'] as const)
    test(`CCC that ${name} refuses changes nothing`, { skip: skipWithout(name) }, async () => {
      const remote = await connectTls(await start(name), {})
      try {
        const error = await refused(remote.setChannelMode('command', 'clear'))
        assert.equal(error.phase, 'tls')
        assert.equal((await remote.readFile('/hello.txt')).toString(), 'hello, world\n')
        assert.ok(remote.security)
      } finally {
        await remote.close()
      }
    })

  test('data clear and secure with proftpd-tls-opt', { skip: skipWithout('proftpd-tls-opt') }, async () => {
    const { count, observe } = reuseCounter()
    const remote = await connectTls(await start('proftpd-tls-opt'), { observe })
    try {
      await remote.setChannelMode('data', 'clear')
      await remote.readFile('/hello.txt')
      assert.equal(count.total, 0)
      await remote.setChannelMode('data', 'secure')
      await remote.readFile('/hello.txt')
      assert.equal(count.total, 1)
    } finally {
      await remote.close()
    }
  })

  for (const name of ['vsftpd-tls', 'proftpd-tls', 'pure-ftpd-tls', 'pyftpdlib-tls'] as const)
    test(`data clear with ${name}, which demands TLS: an error, or no transfer in the clear`, {
      skip: skipWithout(name),
    }, async () => {
      const { count, observe } = reuseCounter()
      const remote = await connectTls(await start(name), { observe })
      try {
        const cleared = await remote.setChannelMode('data', 'clear').then(
          () => true,
          () => false,
        )
        const read = remote.readFile('/hello.txt')
        if (cleared) return void (await read.catch(() => {}))
        assert.equal((await read).toString(), 'hello, world\n')
        assert.equal(count.total, 1)
      } finally {
        await remote.close()
      }
    })
})

describe('wrong protocol', () => {
  const cases = [
    ['vsftpd', 'ftps', 'wrong-protocol', /ftpes:/],
    ['proftpd', 'ftps', 'wrong-protocol', /ftpes:/],
    ['vsftpd-implicit', 'ftp', 'timeout', /ftps:/],
    ['proftpd-implicit', 'ftpes', 'timeout', /ftps:/],
    ['sshd', 'ftp', 'wrong-protocol', /sftp:/],
    ['sshd', 'ftps', 'wrong-protocol', /sftp:/],
  ] as const
  for (const [name, scheme, code, hint] of cases)
    test(`${name} behind ${scheme}:`, { skip: skipWithout(name) }, async () => {
      const server = await start(name)
      const url = `${scheme}://${server.host}:${server.port}`
      const error = await refused(connect(url, { ...account, timeouts: { connect: 2_000 } }))
      assert.equal(error.code, code, error.message)
      assert.match(error.hint ?? '', hint)
    })

  test('AUTH with a server that has no TLS', { skip: skipWithout('vsftpd') }, async () => {
    const server = await start('vsftpd')
    const error = await refused(connect(`ftpes://${server.host}:${server.port}`, account))
    assert.equal(error.code, 'tls')
    assert.doesNotMatch(await server.log(), /command: .*"(USER|PASS)/)
  })
})

describe('HOST chooses a virtual host of ProFTPD', () => {
  const skip = skipWithout('proftpd-hosts')
  for (const name of ['one', 'two'])
    test(`ftp.${name}.test`, { skip }, async () => {
      const server = await start('proftpd-hosts')
      const url = `ftp://${server.host}:${server.port}`
      const remote = await connect(url, { ...account, virtualHost: `ftp.${name}.test` })
      assert.equal((await remote.readFile('/which.txt')).toString(), `${name}\n`)
      await remote.close()
    })

  test('an unknown name is refused before the login', { skip }, async () => {
    const server = await start('proftpd-hosts')
    const url = `ftp://${server.host}:${server.port}`
    const error = await refused(connect(url, { ...account, virtualHost: 'ftp.three.test' }))
    assert.deepEqual([error.code, error.reply?.code], ['refused', 504])
  })

  for (const name of ['vsftpd', 'pure-ftpd', 'pyftpdlib'] as const)
    test(`${name} does not know it, which is no error`, { skip: skipWithout(name) }, async () => {
      const server = await start(name)
      const url = `ftp://${server.host}:${server.port}`
      const remote = await connect(url, { ...account, virtualHost: 'ftp.one.test' })
      assert.equal((await remote.readFile('/hello.txt')).toString(), 'hello, world\n')
      await remote.close()
    })
})

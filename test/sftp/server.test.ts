import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { connect as dial } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import ssh2, { type Client, type ClientChannel, type SFTPWrapper } from 'ssh2'
import { connect, disk } from '../../src/index.js'
import { type SftpServerOptions, startSftpServer, type TestSftpServer } from '../../src/testing/index.js'
import { failure } from '../conformance/bytes.js'
import { loginTo } from './scene.js'

/** ssh2's own client, which checks nothing and asks for anything. */
async function clientOf(server: TestSftpServer, password = 'demo'): Promise<Client> {
  const client = new ssh2.Client()
  const ready = once(client, 'ready')
  client.on('error', () => {})
  client.connect({ host: server.host, port: server.port, username: 'demo', password })
  await ready
  return client
}

async function sftpOf(client: Client): Promise<SFTPWrapper> {
  return await new Promise((resolve, reject) => client.sftp((error, sftp) => (error ? reject(error) : resolve(sftp))))
}

async function code(ask: (answer: (error?: Error | null) => void) => void): Promise<number | undefined> {
  return await new Promise((resolve) => ask((error) => resolve(error ? (error as { code?: number }).code : 0)))
}

describe('the embedded SFTP server', () => {
  let dir = ''
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sallyport-safe-'))
    await mkdir(join(dir, 'root', 'inner'), { recursive: true })
    await writeFile(join(dir, 'secret'), 'secret')
    await writeFile(join(dir, 'root', 'file'), 'served')
    await symlink('../secret', join(dir, 'root', 'out'))
    await symlink('..', join(dir, 'root', 'up'))
  })
  after(() => rm(dir, { recursive: true, force: true }))

  test('lets nothing out of the directory it serves, nor anything in', async () => {
    await using server = await startSftpServer({ store: disk({ root: join(dir, 'root') }) })
    const client = await clientOf(server)
    const sftp = await sftpOf(client)
    for (const path of ['../secret', '/../secret', 'inner/../../secret', '/up/root/../secret'])
      assert.notEqual(await code((answer) => sftp.open(path, 'r', answer)), 0, path)
    for (const path of ['out', 'up/secret', 'up/new', '/inner/../up/new'])
      for (const flags of ['r', 'w', 'a', 'r+', 'wx'] as const)
        assert.notEqual(await code((answer) => sftp.open(path, flags, answer)), 0, `${path} ${flags}`)
    // Nothing is above the root: this makes a file in it.
    assert.equal(await code((answer) => sftp.open('../../secret', 'w', answer)), 0)
    assert.deepEqual((await readdir(dir)).sort(), ['root', 'secret'])
    for (const target of ['/etc', '../secret', 'inner/../../secret'])
      assert.notEqual(await code((answer) => sftp.symlink(target, '/inner/link', answer)), 0, target)
    assert.notEqual(await code((answer) => sftp.rename('/file', '/up/file', answer)), 0)
    assert.notEqual(await code((answer) => sftp.opendir('/up', answer)), 0)
    assert.equal(await readFile(join(dir, 'secret'), 'utf8'), 'secret')
    const words = server.conversation.map(({ text }) => text).join()
    assert.ok(!words.includes(dir), 'no path of the machine is told')
    client.end()
  })

  test('that is read-only refuses every change', async () => {
    await using server = await startSftpServer({ store: disk({ root: join(dir, 'root') }), readOnly: true })
    const client = await clientOf(server)
    const sftp = await sftpOf(client)
    const DENIED = 3
    const changes: ((answer: (error?: Error | null) => void) => void)[] = [
      (answer) => sftp.open('/new', 'w', answer),
      (answer) => sftp.open('/file', 'r+', answer),
      (answer) => sftp.unlink('/file', answer),
      (answer) => sftp.mkdir('/new', answer),
      (answer) => sftp.rmdir('/inner', answer),
      (answer) => sftp.rename('/file', '/new', answer),
      (answer) => sftp.ext_openssh_rename('/file', '/new', answer),
      (answer) => sftp.symlink('file', '/new', answer),
      (answer) => sftp.chmod('/file', 0o777, answer),
      (answer) => sftp.utimes('/file', 1, 1, answer),
    ]
    for (const change of changes) assert.equal(await code(change), DENIED, String(change))
    assert.equal(await code((answer) => sftp.open('/file', 'r', answer)), 0)
    client.end()
  })

  test('offers no shell, no commands and no forwarding', async () => {
    await using server = await startSftpServer()
    const client = await clientOf(server)
    const refused = (
      ask: (answer: (error: Error | undefined, channel: ClientChannel) => void) => void,
    ): Promise<boolean> => new Promise((resolve) => ask((error) => resolve(error !== undefined)))
    assert.ok(await refused((answer) => client.shell(answer)))
    assert.ok(await refused((answer) => client.exec('id', answer)))
    assert.ok(await refused((answer) => client.subsys('other', answer)))
    assert.ok(await refused((answer) => client.forwardOut('127.0.0.1', 0, '127.0.0.1', server.port, answer)))
    client.end()
  })

  test('lets in who has the password or a key, and gives up on who goes on guessing', async () => {
    const mine = ssh2.utils.generateKeyPairSync('ed25519')
    const other = ssh2.utils.generateKeyPairSync('ed25519')
    await using server = await startSftpServer({ users: { demo: 'demo' }, keys: [mine.public] })
    await using byKey = await connect(server.url, loginTo(server, { password: undefined, privateKey: mine.private }))
    assert.equal(await byKey.exists('/'), true)
    const wrong: Parameters<typeof loginTo>[1][] = [
      { password: undefined, privateKey: other.private },
      { password: 'wrong' },
      { user: 'nobody' },
      { password: '' },
    ]
    for (const more of wrong) await failure(() => connect(server.url, loginTo(server, more)), 'login-refused')
    const many = Array.from({ length: 9 }, () => ssh2.utils.generateKeyPairSync('ed25519').private)
    const before = server.logins.length
    await failure(() => connect(server.url, loginTo(server, { privateKey: many })), 'login-refused', 'session-lost')
    assert.ok(server.logins.length - before <= 8, `${server.logins.length - before} tries`)
  })

  test('shows the same key again when it is given one', async () => {
    const { private: hostKey } = ssh2.utils.generateKeyPairSync('ed25519')
    await using first = await startSftpServer({ hostKey })
    await using second = await startSftpServer({ hostKey })
    await using third = await startSftpServer()
    assert.equal(first.fingerprint, second.fingerprint)
    assert.notEqual(first.fingerprint, third.fingerprint)
    await failure(() => startSftpServer({ hostKey: 'no key' }), 'bad-argument')
  })

  test('opens a bounded number of files, connections and sessions', async () => {
    await using server = await startSftpServer({ files: { '/f': 'x' }, maxSessions: 1, maxChannels: 2 })
    const client = await clientOf(server)
    const sftp = await sftpOf(client)
    const codes = await Promise.all(Array.from({ length: 130 }, () => code((answer) => sftp.open('/f', 'r', answer))))
    assert.equal(codes.filter((one) => one === 0).length, 128)
    await sftpOf(client)
    await assert.rejects(sftpOf(client))
    const socket = dial(server.port, server.host)
    await once(socket, 'close')
    client.end()
  })

  const hostile: [what: string, bytes: Buffer][] = [
    ['a packet of 4 GiB', Buffer.from('ffffffff0100000003', 'hex')],
    ['an empty packet', Buffer.from('0000000001', 'hex')],
    ['a request before INIT', Buffer.from('00000009070000000100000000', 'hex')],
    ['INIT twice', Buffer.from('00000005010000000300000005010000000300', 'hex')],
  ]
  for (const [what, bytes] of hostile)
    test(`ends the session of who sends ${what}, and goes on for the others`, async () => {
      await using server = await startSftpServer({ files: { '/f': 'x' } })
      const client = await clientOf(server)
      const channel = await rawChannel(client)
      const gone = new Promise((resolve) => channel.once('close', resolve))
      channel.resume()
      channel.write(bytes)
      await gone
      client.end()
      await using remote = await connect(server.url, loginTo(server))
      assert.equal((await remote.readFile('/f')).toString(), 'x')
    })

  test('answers what is cut short with a bad message', async () => {
    await using server = await startSftpServer()
    const client = await clientOf(server)
    const channel = await rawChannel(client)
    channel.write(Buffer.from('000000050100000003', 'hex'))
    await once(channel, 'data')
    channel.write(Buffer.from('00000009070000000100000fff', 'hex')) // LSTAT of a path longer than the packet
    const [answer] = (await once(channel, 'data')) as [Buffer]
    assert.deepEqual([answer[4], answer.readUInt32BE(5), answer.readUInt32BE(9)], [101, 1, 5])
    client.end()
  })

  test('does not read on for who does not take the answers', async () => {
    const options: SftpServerOptions = { files: { '/big': Buffer.alloc(300_000, 'x') } }
    await using server = await startSftpServer(options)
    const client = await clientOf(server)
    const channel = await rawChannel(client)
    channel.write(Buffer.from('000000050100000003', 'hex'))
    await once(channel, 'data')
    channel.pause()
    channel.write(Buffer.concat([Buffer.from('000000150300000001', 'hex'), text('/big'), uint(1), uint(0)]))
    const read = (id: number): Buffer =>
      Buffer.concat([uint(1 + 4 + 5 + 8 + 4), Buffer.of(5), uint(id), text('1'), Buffer.alloc(8), uint(200_000)])
    channel.write(Buffer.concat(Array.from({ length: 2_000 }, (_, at) => read(at + 2))))
    const answered = (): number => server.requests.filter((line) => line.startsWith('READ')).length
    let before = -1
    while (answered() === 0 || answered() !== before) {
      before = answered()
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    assert.ok(answered() < 100, `${answered()} answers were made`)
    client.end()
  })
})

async function rawChannel(client: Client): Promise<ClientChannel> {
  return await new Promise((resolve, reject) =>
    client.subsys('sftp', (error, channel) => (error ? reject(error) : resolve(channel))),
  )
}

function uint(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

const text = (value: string): Buffer => Buffer.concat([uint(value.length), Buffer.from(value)])

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type ConnectOptions, connect, type Remote } from '../../src/index.js'
import { account, awkwardAccount, type LabName, type LabServer, skipWithout, startLab } from './lab.js'
import { sftpOptions, sftpUrl } from './sftp.js'

/** Line ends that TYPE A would change, and a beginning that REST would leave out. */
const TEXT = 'one\ntwo\r\nthree\n'

const FTP_SERVERS: readonly LabName[] = ['vsftpd', 'vsftpd-tls', 'proftpd', 'proftpd-tls', 'pure-ftpd', 'pyftpdlib']

async function remoteOf(server: LabServer, options: ConnectOptions = {}): Promise<Remote> {
  if (server.name === 'sshd') return await connect(sftpUrl(server), { ...(await sftpOptions(server)), ...options })
  const secure = server.name.endsWith('-tls')
  const tls = secure ? { ca: await readFile(server.ca), servername: 'localhost' } : undefined
  const url = `${secure ? 'ftpes' : 'ftp'}://${server.host}:${server.port}`
  return await connect(url, { ...account, proxy: false, tls, ...options })
}

async function namesOf(remote: Remote, dir: string): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of remote.list(dir)) names.push(name)
  return names.sort()
}

/** Each may leave the session in another state than the one the library brought it to. */
const RAW = [
  'REST 5',
  'rest 5',
  'CWD stay',
  'TYPE A',
  'RNFR stay',
  'MODE S',
  'MODE Z',
  'STRU F',
  'RANG 1 2',
  'PROT C',
  'CDUP',
]

for (const name of FTP_SERVERS)
  describe(`${name}: a command of the caller's`, { skip: skipWithout(name) }, () => {
    let server: LabServer
    before(async () => {
      server = await startLab(name)
      await mkdir(join(server.home, 'stay/inner'), { recursive: true })
      await writeFile(join(server.home, 'stay/inside'), 'inside')
      await writeFile(join(server.home, 'file'), TEXT)
    })
    after(() => server.stop())

    for (const line of RAW)
      it(`${line} changes nothing of what is called next`, async () => {
        await using remote = await remoteOf(server)
        for (const use of [
          async () => assert.equal((await remote.readFile('file')).toString(), TEXT),
          async () => assert.deepEqual(await namesOf(remote, 'stay'), ['inner', 'inside']),
          async () => assert.ok((await namesOf(remote, '.')).includes('file')),
          async () => assert.equal((await remote.stat('stay/inside'))?.size, 6),
          async () => await remote.makeDir('up/made').then(() => remote.removeDir('up/made')),
          async () => {
            await remote.writeFile('up/written', TEXT)
            assert.equal(await readFile(join(server.home, 'up/written'), 'utf8'), TEXT)
          },
        ]) {
          await remote.session.command(line)
          await use()
        }
        assert.ok((await namesOf(remote, 'stay')).includes('inner'))
      })

    it('RNFR waits for an RNTO of the caller', async () => {
      await using remote = await remoteOf(server)
      await remote.writeFile('up/old', 'x')
      assert.equal((await remote.session.command('RNFR up/old')).code, 350)
      assert.equal((await remote.session.command('RNTO up/new')).code, 250)
      assert.deepEqual([await remote.exists('up/old'), await remote.exists('up/new')], [false, true])
    })
  })

describe('vsftpd: a directory that another client changed', { skip: skipWithout('vsftpd') }, () =>
  directories('vsftpd'),
)
describe('sshd: a directory that another client changed', { skip: skipWithout('sshd') }, () => directories('sshd'))

function directories(name: LabName): void {
  let server: LabServer
  before(async () => {
    server = await startLab(name)
  })
  after(() => server.stop())

  it('is not listed once it has another name, and is listed as it is once another has its name', async () => {
    const at = (path: string): string => join(server.home, path)
    await mkdir(at('dir'))
    await writeFile(at('dir/first'), '')
    await using remote = await remoteOf(server)
    for (let time = 0; time < 2; time++) assert.deepEqual(await namesOf(remote, 'dir'), ['first'])
    await rename(at('dir'), at('moved'))
    await assert.rejects(namesOf(remote, 'dir'), { code: 'not-found' })
    assert.equal(await remote.exists('dir'), false)
    await mkdir(at('dir'))
    await writeFile(at('dir/second'), '')
    assert.deepEqual(await namesOf(remote, 'dir'), ['second'])
    assert.deepEqual(await namesOf(remote, 'moved'), ['first'])
    await rename(at('dir'), at('elsewhere'))
    await rename(at('moved'), at('dir'))
    assert.deepEqual(await namesOf(remote, 'dir'), ['first'])
  })
}

describe('relative paths after login() as another user', () => {
  it('vsftpd: begin in the login directory of that user', { skip: skipWithout('vsftpd') }, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sallyport-state-'))
    const listed = join(dir, 'confined')
    await writeFile(listed, `${awkwardAccount.user}\n`)
    // One of the two is confined, so that the same directory has another name for him.
    const extra = `chroot_local_user=NO\nchroot_list_enable=YES\nchroot_list_file=${listed}`
    await using server = await startLab('vsftpd', { extra })
    await writeFile(join(server.home, 'mine'), 'mine')
    await using remote = await remoteOf(server)
    assert.equal((await remote.readFile('mine')).toString(), 'mine')
    assert.equal(await remote.cwd('up'), join(server.home, 'up'))
    await remote.login(awkwardAccount)
    assert.equal(await remote.cwd(), '/')
    assert.equal((await remote.readFile('mine')).toString(), 'mine')
    assert.ok((await namesOf(remote, '.')).includes('mine'))
    await assert.rejects(remote.login({ user: account.user, password: 'wrong' }), { code: 'login-refused' })
    assert.equal(await remote.cwd(), '/')
    await remote.login(account)
    assert.equal(await remote.cwd(), server.home)
    assert.equal((await remote.readFile('mine')).toString(), 'mine')
    await rm(dir, { recursive: true })
  })

  it('sshd: begin in the login directory of that user', { skip: skipWithout('sshd') }, async () => {
    await using server = await startLab('sshd')
    await writeFile(join(server.home, 'mine'), 'mine')
    await using remote = await remoteOf(server)
    await remote.cwd('up')
    await remote.login(awkwardAccount)
    assert.equal((await remote.readFile('mine')).toString(), 'mine')
  })
})

describe('the first relative path', () => {
  for (const name of ['vsftpd', 'pyftpdlib'] as const)
    it(`${name}: begins in the login directory, whatever was listed before`, { skip: skipWithout(name) }, async () => {
      await using server = await startLab(name)
      await mkdir(join(server.home, 'sub'))
      await writeFile(join(server.home, 'sub/inner'), '')
      await using remote = await remoteOf(server)
      assert.deepEqual(await namesOf(remote, '/sub'), ['inner'])
      await remote.session.command('CWD sub')
      assert.ok(await remote.exists('sub'))
      assert.equal(await remote.cwd(), '/')
    })
})

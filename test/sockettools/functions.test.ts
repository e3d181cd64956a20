import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import * as S from '../../src/sockettools/index.js'
import { startServer, startSftpServer } from '../../src/testing/index.js'
import { everyFunction, type Place } from './suite.js'

const PASSWORD = 'sesame-7'
const servers: { close(): Promise<void> }[] = []
/** The host keys of SFTP servers are looked up in the known_hosts of this directory. */
let home: string
const homeBefore = process.env['HOME']

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'sallyport-home-'))
  process.env['HOME'] = home
})

after(async () => {
  for (const server of servers) await server.close()
  if (homeBefore === undefined) delete process.env['HOME']
  else process.env['HOME'] = homeBefore
  await rm(home, { recursive: true })
})

async function embedded(without: readonly string[] = []): Promise<Place> {
  const server = await startServer({ files: { '/desk/': '' }, users: { demo: PASSWORD }, without })
  servers.push(server)
  return { host: server.host, port: server.port, user: 'demo', password: PASSWORD, dir: '/desk' }
}

everyFunction('the embedded server', () => embedded())

everyFunction('an old server, without MLST, FEAT and checksums', async () => {
  const without = [
    'FEAT',
    'MLST',
    'MLSD',
    'MFMT',
    'HASH',
    'XMD5',
    'XCRC',
    'XSHA1',
    'XSHA256',
    'XSHA512',
    'EPSV',
    'REIN',
  ]
  return { ...(await embedded(without)), without: ['checksum', 'set-time'] }
})

everyFunction('the embedded SFTP server', async () => {
  const server = await startSftpServer({ files: { '/desk/': '' }, users: { demo: PASSWORD } })
  servers.push(server)
  await mkdir(join(home, '.ssh'), { mode: 0o700 })
  await writeFile(join(home, '.ssh/known_hosts'), `[${server.host}]:${server.port} ${server.hostKey}\n`)
  return {
    host: server.host,
    port: server.port,
    user: 'demo',
    password: PASSWORD,
    dir: '/desk',
    options: S.FTP_OPTION_SECURE_SHELL,
    without: ['checksum', 'commands'],
    scheme: 'sftp',
  }
})

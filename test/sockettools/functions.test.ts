import { after } from 'node:test'
import { startServer, type TestServer } from '../../src/testing/index.js'
import { everyFunction, type Place } from './suite.js'

const servers: TestServer[] = []

after(async () => {
  for (const server of servers) await server.close()
})

async function embedded(without: readonly string[] = []): Promise<Place> {
  const server = await startServer({ files: { '/work/': '' }, users: { demo: 'sesame-7' }, without })
  servers.push(server)
  return { host: server.host, port: server.port, user: 'demo', password: 'sesame-7', dir: '/work' }
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

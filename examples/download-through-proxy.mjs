// Downloads a file through an FTP proxy and verifies it. Server and proxy are embedded, so this runs anywhere.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'sallyport'
import { startProxy, startServer } from 'sallyport/testing'

const server = await startServer({ files: { '/pub/price-list.csv': 'item,price\nbolt,0.12\n' } })
const proxy = await startProxy({ dialect: 'login', user: 'jim', password: 'gate-word' })
const folder = await mkdtemp(join(tmpdir(), 'sallyport-example-'))

const remote = await connect(server.url, {
  user: 'demo',
  password: 'demo',
  proxy: { dialect: 'login', host: proxy.host, port: proxy.port, user: 'jim', password: async () => 'gate-word' },
})
try {
  const local = join(folder, 'price-list.csv')
  const result = await remote.download('/pub/price-list.csv', local, { verify: true })
  console.log(`${result.bytes} bytes, ${result.integrity} (${result.verifiedBy})`)
  console.log(await readFile(local, 'utf8'))
  console.log('The proxy heard:', proxy.commands.slice(0, 4))
} finally {
  await remote.close()
  await proxy.close()
  await server.close()
  await rm(folder, { recursive: true })
}

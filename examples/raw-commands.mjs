// Raw commands: a proxy that no dialect fits (ftp+other), and commands of a server's own.
import { connect } from 'sallyport'
import { startProxy, startServer } from 'sallyport/testing'

const server = await startServer({ files: { '/hello.txt': 'hello' } })
const proxy = await startProxy({ dialect: 'other' })

const remote = await connect(server.url, { user: 'demo', password: 'demo', proxy: proxy.url, login: false })
try {
  // This proxy requires SITE GATE host:port; the caller sends it, then logs in to the server behind it.
  const gate = await remote.session.command(`SITE GATE ${server.host}:${server.port}`)
  console.log('The gate:', gate.code, gate.text)
  if (gate.code !== 200) throw new Error('the gate stays closed')
  await remote.login()

  console.log('The server:', (await remote.session.command('SYST')).text)
  const refusal = await remote.session.command('SITE BREW COFFEE')
  console.log('A refusal is an answer, not an error:', refusal.code)
  console.log((await remote.readFile('hello.txt')).toString())
} finally {
  await remote.close()
  await proxy.close()
  await server.close()
}

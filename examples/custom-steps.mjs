// Two ways to write down how an FTP proxy is passed: FileZilla's lines, or steps.
import { connect } from 'sallyport'
import { startProxy, startServer } from 'sallyport/testing'

const server = await startServer({ files: { '/hello.txt': 'hello' } })
const proxy = await startProxy({ dialect: 'login-open', user: 'jim', password: 'gate-word' })

const fileZilla = `
USER %s
PASS %w
OPEN %h
USER %u
PASS %p
`

const steps = [
  // biome-ignore-start lint/suspicious/noTemplateCurlyInString: ${…} is the step language
  { send: 'USER ${proxyUser}' },
  { send: 'PASS ${proxyPassword}', when: '3xx' },
  { send: 'OPEN ${hostport}', expect: '220' },
  { send: 'USER ${user}' },
  { send: 'PASS ${password}', when: '3xx' },
  // biome-ignore-end lint/suspicious/noTemplateCurlyInString: ${…} is the step language
]

try {
  for (const form of [fileZilla, steps]) {
    const gate = { dialect: 'custom', host: proxy.host, port: proxy.port, user: 'jim', password: 'gate-word' }
    const remote = await connect(server.url, { user: 'demo', password: 'demo', proxy: { ...gate, steps: form } })
    try {
      console.log(typeof form, (await remote.readFile('hello.txt')).toString())
    } finally {
      await remote.close()
    }
  }
  console.log('The proxy dialled', new Set(proxy.dialled).size, 'server,', proxy.dialled.length, 'times')
} finally {
  await proxy.close()
  await server.close()
}

// basic-ftp.mjs TASK URL REMOTE LOCAL OPTIONS: one task of the benchmark with basic-ftp, as its README shows it.
import { readFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import { Client } from 'basic-ftp'

const [task, url, remotePath, localPath, json] = process.argv.slice(2)
const { ca } = JSON.parse(json)
const began = performance.now()

const tasks = {
  download: (client) => client.downloadTo(localPath, remotePath),
  upload: (client) => client.uploadFrom(localPath, remotePath),
  'tree-download': (client) => client.downloadToDir(localPath, remotePath),
  'tree-upload': (client) => client.uploadFromDir(localPath, remotePath),
  async list(client) {
    console.log((await client.list(remotePath)).length)
  },
  async discard(client) {
    let bytes = 0
    const write = (chunk, _encoding, done) => {
      bytes += chunk.length
      done()
    }
    await client.downloadTo(new Writable({ write }), remotePath)
    console.log(bytes)
  },
  async 'first-byte'(client) {
    let seconds
    const write = (_chunk, _encoding, done) => {
      seconds ??= (performance.now() - began) / 1000
      done()
    }
    await client.downloadTo(new Writable({ write }), remotePath)
    console.log(seconds)
  },
}

const { hostname, port, username, password } = new URL(url)
const client = new Client()
try {
  const secure = ca ? { secure: true, secureOptions: { ca: readFileSync(ca) } } : {}
  await client.access({ host: hostname, port: Number(port), user: username, password, ...secure })
  await tasks[task](client)
} finally {
  client.close()
}

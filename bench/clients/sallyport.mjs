// sallyport.mjs TASK URL REMOTE LOCAL OPTIONS: one task of the benchmark through the public API of this package.
import { readFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import { connect } from 'sallyport'

const [task, url, remotePath, localPath, json] = process.argv.slice(2)
const { ca, connect: options, transfer } = JSON.parse(json)
const began = performance.now()

const tasks = {
  download: (remote) => remote.download(remotePath, localPath, transfer),
  upload: (remote) => remote.upload(localPath, remotePath, transfer),
  'tree-download': (remote) => remote.download(remotePath, localPath, { ...transfer, recursive: true }),
  'tree-upload': (remote) => remote.upload(localPath, remotePath, { ...transfer, recursive: true }),
  async list(remote) {
    let entries = 0
    for await (const _ of remote.list(remotePath)) entries += 1
    console.log(entries)
  },
  async discard(remote) {
    let bytes = 0
    const write = (chunk, _encoding, done) => {
      bytes += chunk.length
      done()
    }
    await remote.download(remotePath, new Writable({ write }), transfer)
    console.log(bytes)
  },
  async 'first-byte'(remote) {
    for await (const _ of remote.read(remotePath)) {
      console.log((performance.now() - began) / 1000)
      break
    }
  },
}

const remote = await connect(url, { ...options, ...(ca && { tls: { ca: readFileSync(ca) } }) })
try {
  await tasks[task](remote)
} finally {
  await remote.close()
}

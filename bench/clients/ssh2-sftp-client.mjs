// ssh2-sftp-client.mjs TASK URL REMOTE LOCAL KEY: one task of the benchmark with ssh2-sftp-client, as its README shows it. It trusts any host key.
import { readFileSync } from 'node:fs'
import Client from 'ssh2-sftp-client'

const [task, url, remotePath, localPath, identity] = process.argv.slice(2)
const tasks = {
  download: (client) => client.fastGet(remotePath, localPath),
  upload: (client) => client.fastPut(localPath, remotePath),
  list: async (client) => console.log((await client.list(remotePath)).length),
}

const { hostname, port, username } = new URL(url)
const client = new Client()
await client.connect({ host: hostname, port: Number(port), username, privateKey: readFileSync(identity) })
try {
  await tasks[task](client)
} finally {
  await client.end()
}

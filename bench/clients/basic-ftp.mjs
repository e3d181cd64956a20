// basic-ftp.mjs TASK URL REMOTE LOCAL [COUNT]: one task of the benchmark with basic-ftp, as its README shows it.
import { Client } from 'basic-ftp'

const [task, url, remotePath, localPath, count] = process.argv.slice(2)
const tasks = {
  download: (client) => client.downloadTo(localPath, remotePath),
  upload: (client) => client.uploadFrom(localPath, remotePath),
  small: (client) => client.downloadToDir(localPath, remotePath),
  async list(client) {
    const entries = await client.list(remotePath)
    if (entries.length !== Number(count)) throw new Error(`listed ${entries.length} entries instead of ${count}`)
  },
}

const { hostname, port, username, password } = new URL(url)
const client = new Client()
try {
  await client.access({ host: hostname, port: Number(port), user: username, password })
  await tasks[task](client)
} finally {
  client.close()
}

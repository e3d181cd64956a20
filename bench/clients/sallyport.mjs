// sallyport.mjs TASK URL REMOTE LOCAL [COUNT]: one task of the benchmark through the public face of this package.
import { connect } from 'sallyport'

const [task, url, remotePath, localPath, count] = process.argv.slice(2)
const tasks = {
  download: (remote) => remote.download(remotePath, localPath),
  upload: (remote) => remote.upload(localPath, remotePath),
  small: (remote) => remote.download(remotePath, localPath, { recursive: true }),
  async list(remote) {
    let entries = 0
    for await (const _ of remote.list(remotePath)) entries += 1
    if (entries !== Number(count)) throw new Error(`listed ${entries} entries instead of ${count}`)
  },
}

const remote = await connect(url)
try {
  await tasks[task](remote)
} finally {
  await remote.close()
}

// Cancels an upload half-way. Nothing stays behind, and the same connection goes on.
import { connect } from 'sallyport'
import { startServer } from 'sallyport/testing'

const server = await startServer({ files: { '/in/': '' } })
const remote = await connect(server.url, { user: 'demo', password: 'demo' })
try {
  const stop = new AbortController()
  async function* endless() {
    for (let sent = 0; ; sent += 64 * 1024) {
      if (sent > 4 * 1024 * 1024) stop.abort(new Error('the user pressed Escape'))
      yield Buffer.alloc(64 * 1024)
    }
  }
  try {
    await remote.upload(endless(), '/in/endless.bin', { signal: stop.signal })
  } catch (error) {
    console.log(`${error.code}: ${error.cause.message}`)
  }
  const left = []
  for await (const entry of remote.list('/in')) left.push(entry.name)
  console.log('Left on the server:', left)
  await remote.writeFile('/in/next.txt', 'next')
  const sessions = server.commands.filter((line) => line.startsWith('USER')).length
  console.log(`The next upload worked; ${sessions} session in all.`)
} finally {
  await remote.close()
  await server.close()
}

// Node streams in and out: compress while uploading, decompress while downloading; web streams and ranges.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { connect } from 'sallyport'
import { startServer } from 'sallyport/testing'

const server = await startServer()
const remote = await connect(server.url, { user: 'demo', password: 'demo' })
try {
  const log = 'one line of a log\n'.repeat(50_000)
  await pipeline(Readable.from([log]), createGzip(), remote.write('/log.gz'))
  console.log(`/log.gz has ${(await remote.stat('/log.gz')).size} bytes, the log ${log.length}`)

  let back = ''
  await pipeline(remote.read('/log.gz'), createGunzip(), async (chunks) => {
    for await (const chunk of chunks) back += chunk
  })
  console.log('It came back whole:', back === log)

  const { readable, writable } = new TransformStream()
  await remote.writeFile('/text.txt', 'the quick brown fox')
  const [text] = await Promise.all([new Response(readable).text(), remote.download('/text.txt', writable)])
  console.log('Through a web stream:', text)
  console.log('A range:', (await remote.readFile('/text.txt', { from: 4, to: 9 })).toString())
} finally {
  await remote.close()
  await server.close()
}

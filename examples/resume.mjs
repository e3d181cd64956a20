// A download breaks off; a later call goes on where it stopped, after it made sure that it is still the same file.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'sallyport'
import { startServer } from 'sallyport/testing'

const content = Buffer.alloc(8 * 1024 * 1024, 'sallyport ')
const server = await startServer({ files: { '/pub/big.iso': content } })
const folder = await mkdtemp(join(tmpdir(), 'sallyport-example-'))
const local = join(folder, 'big.iso')

const remote = await connect(server.url, { user: 'demo', password: 'demo' })
try {
  // The data stalls after 5 MiB, and the caller loses patience.
  server.addFault({ on: 'RETR', times: 1, do: { cutDataAt: 5 * 1024 * 1024, with: 'stall' } })
  const patience = AbortSignal.timeout(1_000)
  await remote.download('/pub/big.iso', local, { resume: true, signal: patience }).catch((error) => {
    console.log(`First try: ${error.code}. ${error.hint ?? ''}`)
  })
  console.log('Left behind:', await readdir(folder))

  const result = await remote.download('/pub/big.iso', local, { resume: true, verify: ['sha256'] })
  console.log(`Second try: from byte ${result.from}, ${result.bytes} bytes moved, ${result.integrity}`)
  console.log('Left behind:', await readdir(folder))
  console.log('Same content:', content.equals(await readFile(local)))
} finally {
  await remote.close()
  await server.close()
  await rm(folder, { recursive: true })
}

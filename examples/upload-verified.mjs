// Uploads a file and has the server hash it. What arrives damaged never gets the final name.
import { connect, TransferError } from 'sallyport'
import { startServer } from 'sallyport/testing'

const server = await startServer({ files: { '/in/': '' } })
const remote = await connect(server.url, { user: 'demo', password: 'demo' })
try {
  const order = Buffer.from('order 4711: 200 bolts\n')
  const result = await remote.upload(order, '/in/order.txt', { verify: ['sha256'] })
  console.log(`Arrived whole: ${result.bytes} bytes, ${result.integrity} by ${result.verifiedBy}.`)

  server.addFault({ on: 'STOR', do: { flipByteAt: 3 } })
  await remote.upload(order, '/in/damaged.txt', { verify: ['sha256'] }).catch((error) => {
    if (!(error instanceof TransferError)) throw error
    console.log(`Refused: ${error.code} (phase ${error.phase}).`)
  })
  console.log('damaged.txt exists:', await remote.exists('/in/damaged.txt'))
} finally {
  await remote.close()
  await server.close()
}

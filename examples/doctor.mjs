// Finds out what works on the way to a server: here one whose firewall lets no passive data connection through.
import { diagnose } from 'sallyport'
import { startServer } from 'sallyport/testing'

const server = await startServer({ files: { '/pub/': '' } })
server.addFault({ on: ['EPSV', 'PASV'], do: { noData: true } })
try {
  const diagnosis = await diagnose(server.url, {
    user: 'demo',
    password: 'demo',
    onStep: ({ name, outcome, sentence }) => console.log(`${name.padEnd(12)} ${outcome.padEnd(7)} ${sentence}`),
  })
  console.log(`\nUsable: ${diagnosis.usable} (${diagnosis.error?.code})\n${diagnosis.verdict}`)
} finally {
  await server.close()
}

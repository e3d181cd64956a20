// FTP over TLS: whose certificate is trusted, what was settled, and a file that is verified on top.
import { readFileSync } from 'node:fs'
import { connect, TransferError } from 'sallyport'
import { startServer } from 'sallyport/testing'

// Certificates made for this project's tests; both files hold nothing worth a secret.
const read = (name) => readFileSync(new URL(`../test/tls/fixtures/${name}`, import.meta.url), 'utf8')
const own = read('good.pem')
const server = await startServer({ files: { '/in/': '' }, tls: { key: own, cert: own, required: true } })
const login = { user: 'demo', password: 'demo' }
try {
  // The issuer is not trusted: the password is not even sent.
  await connect(server.url, login).catch((error) => {
    if (!(error instanceof TransferError)) throw error
    console.log(
      `Refused: ${error.code}. Passwords sent: ${server.commands.filter((line) => /^PASS/.test(line)).length}`,
    )
  })

  const remote = await connect(server.url, { ...login, tls: { ca: read('ca.pem') } })
  try {
    const { protocol, trusted, certificate } = remote.security
    console.log(`${protocol}, trusted: ${trusted}, for ${certificate.names.join(', ')}`)
    const order = Buffer.from('order 4711: 200 bolts\n')
    const result = await remote.upload(order, '/in/order.txt', { verify: true })
    console.log(`${result.bytes} bytes, ${result.integrity} by ${result.verifiedBy}, resumed: ${result.sessionReused}`)
  } finally {
    await remote.close()
  }

  // The same certificate, trusted by its fingerprint alone, whatever its issuer.
  const pinned = await connect(server.url, { ...login, tls: { pin: remote.security.certificate.fingerprint256 } })
  console.log(`By pin: ${pinned.security.reason}`)
  await pinned.close()
} finally {
  await server.close()
}

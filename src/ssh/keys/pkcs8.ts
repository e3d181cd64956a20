import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto'

/** Returns whether a text is a PKCS#8 key in PEM (RFC 7468), which ssh2 does not read, and whether it is encrypted. */
export function isPkcs8(text: string): 'plain' | 'encrypted' | undefined {
  if (text.includes('-----BEGIN PRIVATE KEY-----')) return 'plain'
  return text.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----') ? 'encrypted' : undefined
}

/** Converts a PKCS#8 key to a format that ssh2 reads. Throws OpenSSL's error for a wrong passphrase or a broken key. */
export function fromPkcs8(text: string, passphrase?: string): string {
  return toSsh2(createPrivateKey({ key: text, format: 'pem', passphrase }))
}

/** Returns a key in a format that ssh2 reads. */
export function toSsh2(key: KeyObject): string {
  if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString()
  if (key.asymmetricKeyType === 'ec') return key.export({ type: 'sec1', format: 'pem' }).toString()
  if (key.asymmetricKeyType === 'ed25519') return openSshEd25519(key)
  throw new Error(`SSH has no keys of the type ${key.asymmetricKeyType}`)
}

const TYPE = 'ssh-ed25519'

/** Writes OpenSSH's own format (PROTOCOL.key), unencrypted: the only one besides PKCS#8 that holds Ed25519 keys. */
function openSshEd25519(key: KeyObject): string {
  const jwk: JsonWebKey = key.export({ format: 'jwk' })
  const open = Buffer.from(jwk.x ?? '', 'base64url')
  const hidden = Buffer.from(jwk.d ?? '', 'base64url')
  const check = Buffer.alloc(8) // two equal numbers; random ones only matter when the part is encrypted
  const fields = [check, field(TYPE), field(open), field(Buffer.concat([hidden, open])), field('')]
  const unpadded = Buffer.concat(fields)
  const padding = Buffer.from(Array.from({ length: (8 - (unpadded.length % 8)) % 8 }, (_, at) => at + 1))
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    Buffer.of(0, 0, 0, 1),
    field(Buffer.concat([field(TYPE), field(open)])),
    field(Buffer.concat([unpadded, padding])),
  ])
  const lines = blob.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}

/** Encodes an SSH string: length, then bytes (RFC 4251 section 5). */
function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

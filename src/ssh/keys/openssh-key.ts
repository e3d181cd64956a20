/** The plaintext beginning of a private key in OpenSSH's format (its PROTOCOL.key). */
export interface OpenSshHeader {
  readonly cipher: string
  /** Rounds of bcrypt that the passphrase goes through; 0 where the key is not encrypted. */
  readonly rounds: number
  /** The public half in SSH's encoding. */
  readonly publicKey: Buffer
}

const MAGIC = Buffer.from('openssh-key-v1\0')

/** Returns the header of a private key in OpenSSH's format; undefined for another format, or one that is cut short. */
export function openSshHeader(text: string): OpenSshHeader | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END OPENSSH PRIVATE KEY-----/.exec(text)?.[1]
  if (body === undefined) return undefined
  const data = Buffer.from(body, 'base64')
  if (!data.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
  const next = fields(data, MAGIC.length)
  const [cipher, , options] = [next(), next(), next()]
  next(4) // how many keys there are
  const publicKey = next()
  if (!cipher || !options || !publicKey) return undefined
  const inside = fields(options, 0)
  inside() // the salt
  return { cipher: cipher.toString('latin1'), rounds: inside(4)?.readUInt32BE(0) ?? 0, publicKey }
}

/** Reads strings of SSH's encoding (RFC 4251 section 5) in turn, or `length` bytes; undefined at the end of the data. */
function fields(data: Buffer, start: number): (length?: number) => Buffer | undefined {
  let at = start
  return (fixed) => {
    if (fixed === undefined && at + 4 > data.length) return undefined
    const length = fixed ?? data.readUInt32BE(at)
    const from = fixed === undefined ? at + 4 : at
    if (from + length > data.length) return undefined
    at = from + length
    return data.subarray(from, at)
  }
}

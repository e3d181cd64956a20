import { openSshHeader } from './openssh-key.js'

/** ssh-keygen's default is 24 rounds; each takes some milliseconds, in which this process does nothing else. */
const MOST_ROUNDS = 1_000
/** OpenSSL's default is 2,048; password managers write up to a million. */
const MOST_ITERATIONS = 10_000_000
/** AlgorithmIdentifiers are nested four deep at most. */
const DEEPEST = 8

/**
 * Throws an Error for an encrypted key whose own numbers would keep this process busy for minutes or for ever: rounds of bcrypt
 * (OpenSSH), iterations of PBKDF2 and costs of scrypt (PKCS#8). PPK keys are checked where they are read.
 */
export function checkCost(text: string): void {
  const rounds = openSshHeader(text)?.rounds ?? 0
  if (rounds > MOST_ROUNDS)
    throw new Error(`its passphrase takes ${rounds} rounds of bcrypt; at most ${MOST_ROUNDS} are done`)
  const pem = /-----BEGIN ENCRYPTED PRIVATE KEY-----([\s\S]*?)-----END/.exec(text)?.[1]
  if (pem === undefined) return
  const [outer] = elements(Buffer.from(pem, 'base64'))
  const [algorithm] = outer ? elements(outer.content) : []
  for (const number of algorithm ? integers(algorithm.content, 0) : [])
    if (number > MOST_ITERATIONS)
      throw new Error(`its passphrase takes ${number} iterations; at most ${MOST_ITERATIONS} are done`)
}

/** One element of DER (X.690 section 8.1). */
interface Element {
  readonly tag: number
  readonly content: Buffer
}

const INTEGER = 0x02
const CONSTRUCTED = 0x20

/** Returns the elements that lie side by side in `data`; what is cut short ends them. */
function elements(data: Buffer): Element[] {
  const found: Element[] = []
  for (let at = 0; at + 2 <= data.length; ) {
    const first = data[at + 1] ?? 0
    const sizeBytes = first < 0x80 ? 0 : first & 0x7f
    if (sizeBytes > 4 || at + 2 + sizeBytes > data.length) break
    const length = sizeBytes === 0 ? first : data.readUIntBE(at + 2, sizeBytes)
    const from = at + 2 + sizeBytes
    if (from + length > data.length) break
    found.push({ tag: data[at] ?? 0, content: data.subarray(from, from + length) })
    at = from + length
  }
  return found
}

function integers(data: Buffer, depth: number): bigint[] {
  if (depth > DEEPEST) return []
  return elements(data).flatMap(({ tag, content }) => {
    if (tag === INTEGER) return [BigInt(`0x${content.toString('hex') || '0'}`)]
    return (tag & CONSTRUCTED) !== 0 ? integers(content, depth + 1) : []
  })
}

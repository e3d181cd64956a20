import { createHash, randomBytes } from 'node:crypto'

/** User name and password for an HTTP proxy. */
export interface HttpCredentials {
  readonly user: string
  readonly password: string
}

/** An authentication challenge of a proxy (RFC 9110 section 11.3): scheme and parameters, names in lower case. */
export interface Challenge {
  readonly scheme: string
  readonly params: ReadonlyMap<string, string>
}

/** Returns the Basic credentials for Proxy-Authorization (RFC 7617), in UTF-8. Base64 hides nothing: mask it like a password. */
export function basicToken(user: string, password: string): string {
  return Buffer.from(`${user}:${password}`).toString('base64')
}

/** A token and its value: `realm="x"`, `qop=auth`. A token without a value is a scheme. */
const PART = /[\s,]*([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/y

/** Parses the values of all Proxy-Authenticate fields; one field may hold several challenges. What cannot be parsed is left out. */
export function parseChallenges(fields: readonly string[]): Challenge[] {
  const challenges: { scheme: string; params: Map<string, string> }[] = []
  for (const field of fields) {
    PART.lastIndex = 0
    for (let part = PART.exec(field); part; part = PART.exec(field)) {
      const [, word = '', quoted, bare] = part
      const value = quoted?.replace(/\\(.)/g, '$1') ?? bare
      if (value === undefined) challenges.push({ scheme: word.toLowerCase(), params: new Map() })
      else challenges.at(-1)?.params.set(word.toLowerCase(), value)
    }
  }
  return challenges
}

/** The digests of RFC 7616, strongest first, and Node's names for them. */
const HASHES: Readonly<Record<string, string>> = { 'sha-512-256': 'sha512-256', 'sha-256': 'sha256', md5: 'md5' }

/** Returns the challenge to answer: the strongest Digest that can be computed, else Basic; undefined when there is neither. */
export function bestOffer(challenges: readonly Challenge[]): Challenge | undefined {
  const digests = challenges.filter(isUsableDigest)
  for (const hash of Object.keys(HASHES)) {
    const found = digests.find((one) => algorithmOf(one).hash === hash)
    if (found) return found
  }
  return challenges.find(({ scheme }) => scheme === 'basic')
}

function isUsableDigest(challenge: Challenge): boolean {
  const { scheme, params } = challenge
  const safe = [...params.values()].every((value) => !/[\x00-\x1f\x7f]/.test(value))
  const qop = params.get('qop')
  return scheme === 'digest' && safe && params.has('nonce') && (qop === undefined || offersAuth(qop))
}

function offersAuth(qop: string): boolean {
  return qop.split(',').some((one) => one.trim().toLowerCase() === 'auth')
}

function algorithmOf({ params }: Challenge): { name: string; hash: string; session: boolean } {
  const name = params.get('algorithm') ?? 'MD5'
  const lower = name.toLowerCase()
  const session = lower.endsWith('-sess')
  return { name, hash: session ? lower.slice(0, -5) : lower, session }
}

/** What the digest of one request depends on. */
export interface Proof {
  /** Number of requests that have used this challenge's nonce, including this one. */
  readonly count: number
  /** host:port, as in the request line. */
  readonly target: string
  /** The client's nonce, fresh in each request; given only by tests that verify the digest. */
  readonly cnonce?: string
}

/** Returns the value of Proxy-Authorization for a challenge from bestOffer(), one latin1 character a byte. */
export function authorization(challenge: Challenge, credentials: HttpCredentials, proof: Proof): string {
  if (challenge.scheme === 'basic') return `Basic ${basicToken(credentials.user, credentials.password)}`
  return digest(challenge, credentials, proof)
}

/** Computes the digest of RFC 7616 section 3.4; without qop that of RFC 2069. */
function digest(challenge: Challenge, { user, password }: HttpCredentials, proof: Proof): string {
  const { params } = challenge
  const { name, hash, session } = algorithmOf(challenge)
  const { target, count, cnonce = randomBytes(16).toString('hex') } = proof
  const [realm = '', nonce = '', qop] = ['realm', 'nonce', 'qop'].map((one) => params.get(one))
  const h = (text: string): string =>
    createHash(HASHES[hash] ?? 'md5')
      .update(text, 'latin1')
      .digest('hex')
  const nc = count.toString(16).padStart(8, '0')
  const secret = h(`${bytes(user)}:${realm}:${bytes(password)}`)
  const a1 = session ? h(`${secret}:${nonce}:${cnonce}`) : secret
  const a2 = h(`CONNECT:${target}`)
  const response = h(qop === undefined ? `${a1}:${nonce}:${a2}` : `${a1}:${nonce}:${nc}:${cnonce}:auth:${a2}`)
  const fields = [
    `username=${quoted(bytes(user))}, realm=${quoted(realm)}, nonce=${quoted(nonce)}, uri=${quoted(target)}`,
    `response="${response}"`,
    params.has('algorithm') && `algorithm=${name}`,
    params.has('opaque') && `opaque=${quoted(params.get('opaque') ?? '')}`,
    qop !== undefined && `qop=auth, nc=${nc}`,
    (qop !== undefined || session) && `cnonce="${cnonce}"`,
  ]
  return `Digest ${fields.filter(Boolean).join(', ')}`
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** Returns the UTF-8 bytes of a text as one character each: header fields are written as latin1. */
function bytes(text: string): string {
  return Buffer.from(text).toString('latin1')
}

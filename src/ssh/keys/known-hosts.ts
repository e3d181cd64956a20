import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Endpoint } from '../../transport/endpoint.js'

/** One line of a known_hosts file (sshd(8), section SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownKey {
  /** The patterns, as written: 'a.example,*.b.example,!c.b.example' or '|1|salt|hash'. */
  readonly names: string
  /** '@revoked': never trusted. '@cert-authority': signs host keys, which is not supported. */
  readonly marker?: 'revoked' | 'cert-authority'
  /** 'ssh-ed25519' … */
  readonly type: string
  readonly key: Buffer
  readonly file: string
  /** Counted from 1. */
  readonly line: number
}

/** Parses a file; lines that cannot be parsed are listed in `problems`. */
export function parseKnownHosts(text: string, file: string): { keys: KnownKey[]; problems: string[] } {
  const keys: KnownKey[] = []
  const problems: string[] = []
  text.split('\n').forEach((row, at) => {
    const line = row.trim()
    if (line === '' || line.startsWith('#')) return
    const parsed = parseLine(line)
    if (typeof parsed === 'string') problems.push(`${file}:${at + 1}: ${parsed}`)
    else keys.push({ ...parsed, file, line: at + 1 })
  })
  return { keys, problems }
}

function parseLine(line: string): Omit<KnownKey, 'file' | 'line'> | string {
  const fields = line.split(/[ \t]+/)
  const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined
  if (marker !== undefined && marker !== '@revoked' && marker !== '@cert-authority') return `unknown marker ${marker}`
  const [names = '', type = '', base64 = ''] = fields
  if (/^\d+$/.test(type)) return 'a key of SSH protocol 1, which is obsolete'
  const key = Buffer.from(base64, 'base64')
  if (keyType(key) !== type) return 'no key can be read from it'
  if (marker === undefined) return { names, type, key }
  return { names, type, key, marker: marker === '@revoked' ? 'revoked' : 'cert-authority' }
}

/** Returns the type that a public key in SSH encoding begins with (RFC 4253 section 6.6); undefined when it is no such key. */
export function keyType(key: Buffer): string | undefined {
  if (key.length < 8) return undefined
  const length = key.readUInt32BE(0)
  if (length === 0 || length > 64 || key.length <= 4 + length) return undefined
  return key.toString('latin1', 4, 4 + length)
}

/** Returns the name of a host in known_hosts: 'host', or '[host]:port' for any port but 22. */
export function knownName({ host, port }: Endpoint): string {
  const name = host.toLowerCase()
  return port === 22 ? name : `[${name}]:${port}`
}

/** Returns whether a line's patterns match this name. One '!pattern' that matches excludes the line. */
export function namesHost(patterns: string, name: string): boolean {
  if (patterns.startsWith('|')) return isHashOf(patterns, name)
  let found = false
  for (const pattern of patterns.toLowerCase().split(',')) {
    if (pattern.startsWith('!') && glob(pattern.slice(1), name)) return false
    found ||= glob(pattern, name)
  }
  return found
}

/** Compares with '|1|salt|hash': HMAC-SHA1 of the name with the salt as key. */
function isHashOf(hashed: string, name: string): boolean {
  const [, version, salt = '', hash = ''] = hashed.split('|')
  if (version !== '1') return false
  const wanted = Buffer.from(hash, 'base64')
  const made = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest()
  return wanted.length === made.length && timingSafeEqual(wanted, made)
}

/** Matches '*' (any run of characters) and '?' (one). Backtracks only to the last '*', so the work stays bounded. */
export function glob(pattern: string, text: string): boolean {
  let p = 0
  let star = -1
  let from = 0
  for (let t = 0; t < text.length; ) {
    if (pattern[p] === '*') {
      star = p++
      from = t
    } else if (pattern[p] === '?' || pattern[p] === text[t]) {
      p++
      t++
    } else {
      if (star < 0) return false
      p = star + 1
      t = ++from
    }
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

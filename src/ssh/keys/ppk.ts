import {
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  type JsonWebKey,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto'
import { printable } from '../../printable.js'

const FIRST = /^PuTTY-User-Key-File-(\d+): (\S+)/

/** Returns whether a text is a key in PuTTY's format, and whether it is encrypted. */
export function isPpk(text: string): 'plain' | 'encrypted' | undefined {
  if (!FIRST.test(text)) return undefined
  return /^Encryption: none\s*$/m.test(text) ? 'plain' : 'encrypted'
}

/** The fields of a PPK file (PuTTY's manual, appendix C). */
interface Ppk {
  readonly version: '2' | '3'
  readonly type: string
  readonly encryption: string
  readonly comment: string
  readonly open: Buffer
  readonly hidden: Buffer
  readonly mac: Buffer
  readonly header: ReadonlyMap<string, string>
}

/**
 * Reads a key from a PuTTY file of version 2 or 3: RSA, ECDSA or Ed25519. Rejects with an Error that names the fault, most often a
 * wrong passphrase, which the file's MAC detects.
 */
export async function fromPpk(text: string, passphrase = ''): Promise<KeyObject> {
  const ppk = parse(text)
  const { type, encryption, comment, open } = ppk
  const { key, iv, macKey } = await secretsOf(ppk, passphrase)
  const hidden = encryption === 'none' ? ppk.hidden : decrypted(ppk.hidden, key, iv)
  const checked = Buffer.concat([type, encryption, comment, open, hidden].map(field))
  const mac = createHmac(ppk.version === '2' ? 'sha1' : 'sha256', macKey)
    .update(checked)
    .digest()
  if (mac.length !== ppk.mac.length || !timingSafeEqual(mac, ppk.mac)) throw new Error('its check sum does not fit')
  return createPrivateKey({ key: jwkOf(type, open, hidden), format: 'jwk' })
}

function parse(text: string): Ppk {
  const lines = text.split(/\r?\n/)
  const [, version = '', type = ''] = FIRST.exec(lines[0] ?? '') ?? []
  if (version !== '2' && version !== '3') throw new Error(`version ${version} of PuTTY's format is not known`)
  const header = new Map<string, string>()
  const blocks = new Map<string, Buffer>()
  for (let at = 1; at < lines.length; at++) {
    const [, name = '', value = ''] = /^([\w-]+): ?(.*)$/.exec(lines[at] ?? '') ?? []
    header.set(name, value)
    if (!name.endsWith('-Lines')) continue
    const count = lineCount(name, value, lines.length - at - 1)
    blocks.set(name, Buffer.from(lines.slice(at + 1, at + 1 + count).join(''), 'base64'))
    at += count
  }
  const encryption = header.get('Encryption') ?? ''
  if (encryption !== 'none' && encryption !== 'aes256-cbc') throw new Error(`the encryption ${encryption} is not known`)
  return {
    version,
    type,
    encryption,
    comment: header.get('Comment') ?? '',
    open: blocks.get('Public-Lines') ?? Buffer.alloc(0),
    hidden: blocks.get('Private-Lines') ?? Buffer.alloc(0),
    mac: Buffer.from(header.get('Private-MAC') ?? '', 'hex'),
    header,
  }
}

/** A count of lines that are there: it decides where reading goes on. */
function lineCount(name: string, value: string, left: number): number {
  const count = Number(value)
  if (/^\d+$/.test(value) && count <= left) return count
  throw new Error(`${name} is ${printable(value, 40)}, with ${left} lines behind it`)
}

interface Secrets {
  readonly key: Buffer
  readonly iv: Buffer
  readonly macKey: Buffer
}

async function secretsOf(ppk: Ppk, passphrase: string): Promise<Secrets> {
  if (ppk.version === '2') {
    const key = Buffer.concat([0, 1].map((count) => sha1(Buffer.of(0, 0, 0, count), passphrase))).subarray(0, 32)
    const secret = ppk.encryption === 'none' ? '' : passphrase
    return { key, iv: Buffer.alloc(16), macKey: sha1('putty-private-key-file-mac-key', secret) }
  }
  const nothing = Buffer.alloc(0)
  if (ppk.encryption === 'none') return { key: nothing, iv: nothing, macKey: nothing }
  const derived = await derive(ppk, passphrase)
  return { key: derived.subarray(0, 32), iv: derived.subarray(32, 48), macKey: derived.subarray(48) }
}

function sha1(...parts: readonly (string | Buffer)[]): Buffer {
  return parts.reduce((hash, part) => hash.update(part), createHash('sha1')).digest()
}

/** Limits for the Argon2 parameters of a file, which decide time and memory. In KiB, passes, lanes. */
const MOST = { memory: 1024 * 1024, passes: 1000, parallelism: 64 }
/** Memory times passes, in KiB: how long it takes. PuTTY's own default is 8 MiB and some 20 passes. */
const MOST_WORK = 2 * 1024 * 1024

async function derive({ header }: Ppk, passphrase: string): Promise<Buffer> {
  const number = (name: string, most: number): number => {
    const value = Number(header.get(name))
    if (Number.isInteger(value) && value > 0 && value <= most) return value
    throw new Error(`${name} is ${header.get(name)}`)
  }
  const m = number('Argon2-Memory', MOST.memory)
  const t = number('Argon2-Passes', MOST.passes)
  const p = number('Argon2-Parallelism', MOST.parallelism)
  if (m * t > MOST_WORK) throw new Error(`its passphrase takes ${t} passes over ${m} KiB, which is too much work`)
  const salt = Buffer.from(header.get('Argon2-Salt') ?? '', 'hex')
  const { argon2dAsync, argon2iAsync, argon2idAsync } = await import('@noble/hashes/argon2.js')
  const flavours = new Map([
    ['Argon2d', argon2dAsync],
    ['Argon2i', argon2iAsync],
    ['Argon2id', argon2idAsync],
  ])
  const argon2 = flavours.get(header.get('Key-Derivation') ?? '')
  if (!argon2) throw new Error(`the key derivation ${header.get('Key-Derivation')} is not known`)
  return Buffer.from(await argon2(Buffer.from(passphrase), salt, { m, t, p, dkLen: 80 }))
}

function decrypted(hidden: Buffer, key: Buffer, iv: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
  return Buffer.concat([decipher.update(hidden), decipher.final()])
}

/** Returns a reader of the fields of SSH's encoding, in turn (RFC 4251 section 5). */
function reader(bytes: Buffer): () => Buffer {
  let at = 0
  return () => {
    const end = at + 4 + (at + 4 <= bytes.length ? bytes.readUInt32BE(at) : Number.POSITIVE_INFINITY)
    if (end > bytes.length) throw new Error('it is cut short')
    const value = bytes.subarray(at + 4, end)
    at = end
    return value
  }
}

function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function jwkOf(type: string, open: Buffer, hidden: Buffer): JsonWebKey {
  const [shown, secret] = [reader(open), reader(hidden)]
  shown() // the type, repeated
  if (type === 'ssh-ed25519') return { kty: 'OKP', crv: 'Ed25519', x: base64(shown()), d: base64(secret()) }
  if (type === 'ssh-rsa') return rsa(shown, secret)
  if (type.startsWith('ecdsa-sha2-nistp')) return ecdsa(shown, secret)
  throw new Error(`keys of the type ${type} are not supported`)
}

function rsa(shown: () => Buffer, secret: () => Buffer): JsonWebKey {
  const [e, n] = [shown(), shown()]
  const [d, p, q, qi] = [secret(), secret(), secret(), secret()]
  const rest = (prime: Buffer): string => {
    const hex = (integer(d) % (integer(prime) - 1n)).toString(16)
    return base64(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'))
  }
  const numbers = { e: bare(e), n: bare(n), d: bare(d), p: bare(p), q: bare(q), qi: bare(qi) }
  return { kty: 'RSA', ...numbers, dp: rest(p), dq: rest(q) }
}

function ecdsa(shown: () => Buffer, secret: () => Buffer): JsonWebKey {
  const bits = shown().toString('latin1').slice('nistp'.length)
  const point = shown().subarray(1)
  const half = point.length / 2
  const d = Buffer.from(bare(secret()), 'base64url')
  const padded = Buffer.concat([Buffer.alloc(Math.max(0, half - d.length)), d])
  return {
    kty: 'EC',
    crv: `P-${bits}`,
    x: base64(point.subarray(0, half)),
    y: base64(point.subarray(half)),
    d: base64(padded),
  }
}

function integer(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex') || '0'}`)
}

/** Encodes a number without the leading zero that SSH adds to keep it positive. */
function bare(bytes: Buffer): string {
  let from = 0
  while (from < bytes.length - 1 && bytes[from] === 0) from++
  return base64(bytes.subarray(from))
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64url')
}

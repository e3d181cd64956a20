import { TransferError } from '../../errors.js'
import { hasher } from '../../hash.js'
import type { CallOptions, HashName } from '../../store.js'
import type { Reply } from '../control/command-channel.js'
import { unsupported } from '../control/reply-errors.js'
import type { Features } from './features.js'
import type { Commands } from './session-commands.js'
import { sizeOf } from './stat.js'

/** Strongest first; SHA-512 is no stronger in use than SHA-256, and longer. */
const PREFERENCE: readonly HashName[] = ['sha256', 'sha512', 'sha1', 'md5', 'crc32']

const DIGITS: Readonly<Record<HashName, number>> = { md5: 32, crc32: 8, sha1: 40, sha256: 64, sha512: 128 }

/** Hashes that this server may be able to make, as far as is known now. */
export function checksumsOf(features: Features): HashName[] {
  const offered = new Set(features.checksums.map(({ algorithm }) => algorithm))
  return PREFERENCE.filter((one) => offered.has(one))
}

type Options = CallOptions & { readonly algorithm: HashName; readonly limit: number }

/** The hash of a whole file as lower-case hex, made by the server. Throws `not-supported` when it knows no command for it. */
export async function checksum(commands: Commands, path: string, options: Options): Promise<string> {
  const { algorithm } = options
  await commands.type('I', options)
  const ways = commands.features.checksums.filter((one) => one.algorithm === algorithm)
  // HASH costs an OPTS before it, so the commands that need none come first.
  for (const way of ways.sort((a, b) => Number(a.verb === 'HASH') - Number(b.verb === 'HASH'))) {
    if (way.verb === 'HASH') await commands.control.send(`OPTS HASH ${way.name}`, '2xx', options)
    const reply = await commands.optional(way.verb, argument(way.verb, path), { ...options, path })
    // ProFTPD's mod_digest makes no hash of an empty file. There is only one.
    if (reply?.code === 501 && (await sizeOf(commands, path, options)) === 0) return hasher(algorithm).hex()
    if (reply) return hashIn(commands, reply, { line: `${way.verb} ${path}`, algorithm, path })
  }
  throw unsupported(`make a ${algorithm} checksum`, 'a command for it', path)
}

/** The X commands split at blanks, and take quotes around a name that has some; HASH and MD5 take the rest of the line. */
function argument(verb: string, path: string): string {
  return verb.startsWith('X') && path.includes(' ') ? `"${path}"` : path
}

function hashIn(
  commands: Commands,
  reply: Reply,
  { line, algorithm, path }: { line: string; algorithm: HashName; path: string },
): string {
  if (reply.code >= 300) throw commands.control.failure(reply, line, { path })
  const found = findHash(reply.text, algorithm, path)
  if (found !== undefined) return found
  throw new TransferError('protocol', `The answer to ${line} holds no ${algorithm} checksum.`, {
    phase: 'verify',
    path,
    reply: { code: reply.code, text: reply.text },
  })
}

/**
 * The hash in a reply, as lower-case hex: alone, behind or before the (quoted) file name, among words. A CRC may come without its
 * leading zeros. The name itself is taken out first, since it may look like a hash.
 */
export function findHash(text: string, algorithm: HashName, path: string): string | undefined {
  const digits = DIGITS[algorithm]
  const words = text
    .replaceAll(`"${path}"`, ' ')
    .replaceAll(path, ' ')
    .split(/[\s="'(),;:]+/)
    .map((word) => word.replace(/\.$/, ''))
  const exact = words.filter((word) => word.length === digits && isHex(word))
  const found = exact.at(-1) ?? (algorithm === 'crc32' ? words.filter(isShortCrc).at(-1) : undefined)
  return found?.replace(/^0x/i, '').toLowerCase().padStart(digits, '0')
}

function isHex(word: string): boolean {
  return /^[0-9a-f]+$/i.test(word)
}

function isShortCrc(word: string): boolean {
  return /^(0x)?[0-9a-f]{1,8}$/i.test(word)
}

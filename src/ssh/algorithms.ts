import { getCiphers } from 'node:crypto'
import type { CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm } from 'ssh2'
import type { AlgorithmPreset } from './keys/options.js'

/** The algorithms offered, preferred first. Strict key exchange (against Terrapin) is built into ssh2 and always on. */
export interface Offer {
  readonly kex: KexAlgorithm[]
  readonly serverHostKey: ServerHostKeyAlgorithm[]
  readonly cipher: CipherAlgorithm[]
  readonly hmac: MacAlgorithm[]
  readonly compress: 'none'[]
}

const MODERN: Offer = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
    'diffie-hellman-group14-sha256',
  ],
  serverHostKey: [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ],
  // AES-GCM first: the fastest on processors with AES instructions, which nearly all have.
  cipher: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'chacha20-poly1305@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
  ],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com', 'hmac-sha2-256', 'hmac-sha2-512'],
  compress: ['none'],
}

const LEGACY: Offer = {
  kex: ['diffie-hellman-group-exchange-sha1', 'diffie-hellman-group14-sha1', 'diffie-hellman-group1-sha1'],
  serverHostKey: ['ssh-rsa', 'ssh-dss'],
  cipher: ['aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'],
  hmac: ['hmac-sha1-etm@openssh.com', 'hmac-sha1'],
  compress: [],
}

/** OpenSSL's names of ciphers that a build of it may lack; ssh2 throws on a cipher that is missing. */
const OPENSSL: Readonly<Partial<Record<CipherAlgorithm, string>>> = {
  'chacha20-poly1305@openssh.com': 'chacha20',
  '3des-cbc': 'des-ede3-cbc',
}

/** Returns the algorithms of a preset, those for host keys of the `known` types first, so that the server sends a key that can be checked. */
export function offerOf(preset: AlgorithmPreset = 'modern', known: readonly string[] = []): Offer {
  const extra: Partial<Offer> = preset === 'legacy' ? LEGACY : {}
  const serverHostKey = [...MODERN.serverHostKey, ...(extra.serverHostKey ?? [])]
  const isKnown = (algorithm: ServerHostKeyAlgorithm): boolean => known.includes(keyTypeOf(algorithm))
  const available = getCiphers()
  return {
    kex: [...MODERN.kex, ...(extra.kex ?? [])],
    serverHostKey: [...serverHostKey.filter(isKnown), ...serverHostKey.filter((one) => !isKnown(one))],
    cipher: [...MODERN.cipher, ...(extra.cipher ?? [])].filter((name) => {
      const needed = OPENSSL[name]
      return needed === undefined || available.includes(needed)
    }),
    hmac: [...MODERN.hmac, ...(extra.hmac ?? [])],
    compress: [...MODERN.compress],
  }
}

/** Returns the key type of a signature algorithm (RFC 8332 section 3). */
function keyTypeOf(algorithm: ServerHostKeyAlgorithm): string {
  return algorithm.startsWith('rsa-sha2-') ? 'ssh-rsa' : algorithm
}

/** Returns whether the legacy preset would add any of these. */
export function legacyHas(names: readonly string[]): boolean {
  const all: readonly string[] = Object.values(LEGACY).flat()
  return names.some((name) => all.includes(name))
}

/**
 * Returns whether packets could be removed from the beginning of a connection (Terrapin, CVE-2023-48795) when the server does not
 * support strict key exchange: undetected with ChaCha20-Poly1305 and CBC with encrypt-then-MAC, detected with AES-GCM and CTR.
 */
export function isVulnerableToTerrapin(cipher: string, mac: string): boolean {
  return cipher.startsWith('chacha20-poly1305') || (cipher.endsWith('-cbc') && mac.includes('-etm@'))
}

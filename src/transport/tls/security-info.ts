import type { TLSSocket } from 'node:tls'
import type { CertificateInfo } from './certificate.js'

/** What `remote.security` tells. */
export interface Security {
  readonly protocol: string
  readonly cipher: string
  readonly keyExchange: string
  readonly certificate?: CertificateInfo
  readonly trusted: boolean
  /** Why it is not trusted, or by what it is. */
  readonly reason: string
  readonly reused: boolean
}

/** Curves that every OpenSSL knows, and whose key no first hello carries by itself. */
const LATER_CURVES: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1']

/** Which of these was agreed on. */
export function curveOf(socket: TLSSocket): string | undefined {
  const { name = '' } = (socket.getEphemeralKeyInfo() ?? {}) as { name?: string }
  return LATER_CURVES.includes(name) ? name : undefined
}

/** What `remote.security` tells of a connection. */
export function settled(
  socket: TLSSocket,
  certificate: CertificateInfo | undefined,
  trusted: boolean,
  reason: string,
): Security {
  const { name } = socket.getCipher()
  const key = socket.getEphemeralKeyInfo() as { type?: string; name?: string; size?: number } | null
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    cipher: name,
    keyExchange: keyExchange(key),
    certificate,
    trusted,
    reason,
    reused: socket.isSessionReused(),
  }
}

/** 'ECDH X25519 253', 'DH 2048'; of a hybrid group OpenSSL has but the name: 'X25519MLKEM768'. */
function keyExchange(key: { type?: string; name?: string; size?: number } | null): string {
  const type = key?.type === 'TLSGroup' ? undefined : key?.type
  return [type, key?.name, key?.size].filter(Boolean).join(' ') || 'unknown'
}

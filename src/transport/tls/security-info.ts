import type { TLSSocket } from 'node:tls'
import type { CertificateInfo, Verdict } from './certificate.js'

/** What TLS negotiated on the control connection: `remote.security`. */
export interface Security {
  /** The version: 'TLSv1.3'. */
  readonly protocol: string
  /** OpenSSL's name of the cipher suite: 'TLS_AES_256_GCM_SHA384'. */
  readonly cipher: string
  /** The kind and size of the key exchange: 'ECDH X25519 253'. */
  readonly keyExchange: string
  /** The peer's certificate; absent after a resumed handshake. */
  readonly certificate?: CertificateInfo
  /** Whether the certificate is trusted; false only with `trustAny`. */
  readonly trusted: boolean
  /** Why it is or is not trusted. */
  readonly reason: string
  /** Whether a TLS session was resumed. */
  readonly reused: boolean
}

/** Curves that every OpenSSL supports and for which no ClientHello carries a key share by default. */
const LATER_CURVES: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1']

/** Returns which of these curves was negotiated. */
export function curveOf(socket: TLSSocket): string | undefined {
  const { name = '' } = (socket.getEphemeralKeyInfo() ?? {}) as { name?: string }
  return LATER_CURVES.includes(name) ? name : undefined
}

/** Returns the value of `remote.security` for a connection. */
export function securityInfo(socket: TLSSocket, certificate: CertificateInfo | undefined, verdict: Verdict): Security {
  const { name } = socket.getCipher()
  const key = socket.getEphemeralKeyInfo() as { type?: string; name?: string; size?: number } | null
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    cipher: name,
    keyExchange: keyExchange(key),
    certificate,
    trusted: verdict.trusted,
    reason: verdict.trusted ? verdict.by : verdict.reason,
    reused: socket.isSessionReused(),
  }
}

/** Returns 'ECDH X25519 253' or 'DH 2048'; of a hybrid group OpenSSL reports only the name: 'X25519MLKEM768'. */
function keyExchange(key: { type?: string; name?: string; size?: number } | null): string {
  const type = key?.type === 'TLSGroup' ? undefined : key?.type
  return [type, key?.name, key?.size].filter(Boolean).join(' ') || 'unknown'
}

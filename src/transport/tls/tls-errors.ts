import { TransferError } from '../../errors.js'
import type { Wire } from '../wire.js'

/** Who it is about: 'host:port'. */
interface Peer {
  readonly where: string
}

/** Faults of OpenSSL's that an option or another URL would help against. */
const FAULTS: readonly (readonly [RegExp, 'tls' | 'wrong-protocol', string, string])[] = [
  [
    /WRONG_VERSION_NUMBER|wrong version number|PACKET_LENGTH|HTTP_REQUEST/i,
    'wrong-protocol',
    'it does not speak TLS',
    'This port speaks plain FTP: use ftpes:// (explicit TLS) or ftp://.',
  ],
  [
    /UNSUPPORTED_PROTOCOL|unsupported protocol|PROTOCOL_VERSION|NO_PROTOCOLS_AVAILABLE/i,
    'tls',
    'it speaks only TLS versions that are not accepted',
    'Set tls.minVersion, or tls.legacy for a server that cannot be renewed.',
  ],
  [
    /DH_PARAM_SIZE|DH parameter size|DH_KEY_TOO_SMALL|dh key too small|EE_KEY_TOO_SMALL|CA_KEY_TOO_SMALL|CA_MD_TOO_WEAK/i,
    'tls',
    'its key is too short',
    'Set tls.legacy for a server that cannot be renewed.',
  ],
  [
    /UNSAFE_LEGACY_RENEGOTIATION|legacy sigalg|NO_SHARED_CIPHER|HANDSHAKE_FAILURE|no ciphers/i,
    'tls',
    'there is no cipher or signature that both sides accept, or it demands a client certificate',
    'Set tls.legacy for a server that cannot be renewed; give tls.cert and tls.key to one that wants a certificate.',
  ],
  [
    /CERTIFICATE_REQUIRED|certificate required|BAD_CERTIFICATE|UNKNOWN_CA|unknown ca/i,
    'tls',
    'it refused our certificate, or wants one',
    'Give tls.cert and tls.key (or tls.pfx) that the server trusts.',
  ],
]

/** What speaks without TLS where TLS was begun, told by its first bytes; undefined when it may be TLS after all. */
export function otherProtocol(first: Uint8Array, { where }: Peer, cause: unknown): TransferError | undefined {
  const text = Buffer.from(first).toString('latin1')
  const [, name, hint] = SPEAKERS.find(([pattern]) => pattern.test(text)) ?? []
  if (name === undefined) return undefined
  return new TransferError('wrong-protocol', `${where} does not speak TLS: ${name} answered.`, {
    phase: 'tls',
    hint,
    cause,
  })
}

const SPEAKERS: readonly (readonly [RegExp, string, string])[] = [
  [/^SSH-/, 'an SSH server', 'Use sftp:// for SFTP (usually port 22).'],
  [/^[1-5]\d\d[ -]/, 'a plain FTP server', 'This port speaks plain FTP: use ftpes:// (explicit TLS) or ftp://.'],
  [/^HTTP\//, 'a web server', 'Check the port.'],
]

/** A handshake that failed, in words. */
export function handshakeFailed(error: unknown, { where }: Peer): TransferError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const message = error instanceof Error ? error.message : String(error)
  const known = FAULTS.find(([pattern]) => pattern.test(`${code} ${message}`))
  const [, kind = 'tls', says = message, hint] = known ?? []
  return new TransferError(kind, `TLS with ${where} failed: ${says}.`, {
    phase: 'tls',
    hint,
    cause: error,
    retryable: known === undefined,
  })
}

/** A TLS server waits for us; one that has spoken already (its greeting came with a proxy's reply) does not have TLS here. */
export function speaksFirst(wire: Wire, { where }: Peer): TransferError {
  wire.destroy()
  return new TransferError('wrong-protocol', `TLS with ${where} failed: it speaks before TLS has begun.`, {
    phase: 'tls',
    hint: 'This port speaks plain FTP: use ftpes:// (explicit TLS) or ftp://.',
  })
}

/**
 * An alert that came after the handshake: under TLS 1.3 a server looks at our certificate only when the handshake is over for us.
 * Undefined for what is not about TLS.
 */
export function alerted(error: unknown, where: string): TransferError | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!code.startsWith('ERR_SSL_')) return undefined
  if (!IN_THE_CLEAR.test(code)) return handshakeFailed(error, { where })
  const text = `${where} wrote plain text into the TLS connection and ended it.`
  const hint = 'A server that fails may do so (vsftpd: 500 OOPS); its log says why.'
  return new TransferError('session-lost', text, { phase: 'command', retryable: true, hint, cause: error })
}

const IN_THE_CLEAR = /WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST/

import { TransferError } from '../../errors.js'
import type { Wire } from '../wire.js'

/** The peer in messages: 'host:port'. */
interface Peer {
  readonly where: string
}

/** OpenSSL errors that an option or another URL may solve. */
const FAULTS: readonly (readonly [RegExp, 'tls' | 'wrong-protocol', string, string])[] = [
  [
    /WRONG_VERSION_NUMBER|wrong version number|PACKET_LENGTH|HTTP_REQUEST/i,
    'wrong-protocol',
    'it does not use TLS',
    'This port uses plain FTP: use ftpes:// (explicit TLS) or ftp://.',
  ],
  [
    /UNSUPPORTED_PROTOCOL|unsupported protocol|PROTOCOL_VERSION|NO_PROTOCOLS_AVAILABLE/i,
    'tls',
    'it supports only TLS versions that are not accepted',
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
    'there is no cipher or signature algorithm that both sides accept, or it requires a client certificate',
    'Set tls.legacy for a server that cannot be renewed; give tls.cert and tls.key if it requires a certificate.',
  ],
  [
    /CERTIFICATE_REQUIRED|certificate required|BAD_CERTIFICATE|UNKNOWN_CA|unknown ca/i,
    'tls',
    'it refused the client certificate, or requires one',
    'Give tls.cert and tls.key (or tls.pfx) that the server trusts.',
  ],
]

/** Returns the error for a peer whose first bytes show another protocol; undefined when it may be TLS. */
export function otherProtocol(first: Uint8Array, { where }: Peer, cause: unknown): TransferError | undefined {
  const text = Buffer.from(first).toString('latin1')
  const [, name, hint] = SIGNATURES.find(([pattern]) => pattern.test(text)) ?? []
  if (name === undefined) return undefined
  return new TransferError('wrong-protocol', `${where} does not use TLS: ${name} answered.`, {
    phase: 'tls',
    hint,
    cause,
  })
}

const SIGNATURES: readonly (readonly [RegExp, string, string])[] = [
  [/^SSH-/, 'an SSH server', 'Use sftp:// for SFTP (usually port 22).'],
  [/^[1-5]\d\d[ -]/, 'a plain FTP server', 'This port uses plain FTP: use ftpes:// (explicit TLS) or ftp://.'],
  [/^HTTP\//, 'a web server', 'Check the port.'],
]

/** Returns the error for a failed handshake. */
export function handshakeFailed(error: unknown, { where }: Peer): TransferError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const message = error instanceof Error ? error.message : String(error)
  const known = FAULTS.find(([pattern]) => pattern.test(`${code} ${message}`))
  const [, kind = 'tls', reason = message, hint] = known ?? []
  return new TransferError(kind, `TLS with ${where} failed: ${reason}.`, {
    phase: 'tls',
    hint,
    cause: error,
    retryable: known === undefined,
  })
}

/** Returns the error for a peer that sent data before TLS began: a TLS server waits, so this one (its greeting came with a proxy's reply) does not use TLS. */
export function sentBeforeTls(wire: Wire, { where }: Peer): TransferError {
  wire.destroy()
  return new TransferError('wrong-protocol', `TLS with ${where} failed: it sent data before TLS had begun.`, {
    phase: 'tls',
    hint: 'This port uses plain FTP: use ftpes:// (explicit TLS) or ftp://.',
  })
}

/**
 * Returns the error for an alert after the handshake: under TLS 1.3 a server checks the client certificate when the handshake is
 * complete for the client. Undefined for other errors.
 */
export function alerted(error: unknown, where: string): TransferError | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!code.startsWith('ERR_SSL_')) return undefined
  if (!PLAINTEXT.test(code)) return handshakeFailed(error, { where })
  const text = `${where} wrote plaintext into the TLS connection and closed it.`
  const hint = 'A server that crashes may do so (vsftpd: 500 OOPS); see its log.'
  return new TransferError('session-lost', text, { phase: 'command', retryable: true, hint, cause: error })
}

const PLAINTEXT = /WRONG_VERSION_NUMBER|PACKET_LENGTH|HTTP_REQUEST/

import { createHash, X509Certificate } from 'node:crypto'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import { badArgument, TransferError } from '../../errors.js'
import type { TransferEvent } from '../../events.js'

/** The certificate of a TLS peer, for messages and pins. */
export interface CertificateInfo {
  /** The subject's distinguished name, in one line. */
  readonly subject: string
  /** The issuer's distinguished name, in one line. */
  readonly issuer: string
  /** Names and addresses that it is valid for. */
  readonly names: readonly string[]
  /** When its validity begins. */
  readonly validFrom: Date
  /** When its validity ends. */
  readonly validTo: Date
  /** SHA-256 of the whole certificate, lower-case hex. */
  readonly fingerprint256: string
  /** SHA-256 of its public key (SubjectPublicKeyInfo), lower-case hex. */
  readonly publicKey256: string
}

/** Returns the certificate of the peer; undefined after a resumed handshake, which carries none. */
export function peerCertificate(socket: TLSSocket): CertificateInfo | undefined {
  const shown: Partial<DetailedPeerCertificate> | undefined = socket.getPeerCertificate()
  if (!shown?.raw) return undefined
  const certificate = new X509Certificate(shown.raw)
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: namesOf(certificate),
    validFrom: new Date(certificate.validFrom),
    validTo: new Date(certificate.validTo),
    fingerprint256: sha256(shown.raw),
    publicKey256: sha256(certificate.publicKey.export({ type: 'spki', format: 'der' })),
  }
}

function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ')
}

function namesOf(certificate: X509Certificate): string[] {
  const alternative = certificate.subjectAltName?.split(/, /).map((name) => name.replace(/^(DNS|IP Address):/, ''))
  return alternative ?? certificate.subject?.match(/(?<=^CN=).*$/gm) ?? []
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Parses a pin to lower-case hex: hex with or without colons, or base64, with an optional prefix 'sha256:' or 'sha256//'. */
export function parsePin(pin: string): string {
  const bare = pin.replace(/^sha-?256(:|\/\/)/i, '')
  const hex = bare.replaceAll(':', '').toLowerCase()
  if (/^[0-9a-f]{64}$/.test(hex)) return hex
  const bytes = Buffer.from(bare, 'base64')
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(bare) && bytes.length === 32) return bytes.toString('hex')
  throw badArgument(`'${pin}' is not a SHA-256 pin.`, 'Give 64 hex digits (colons allowed) or 44 characters of base64.')
}

export interface Trust {
  /** Hex pins; when there are any, one of them must match and nothing else counts. */
  readonly pins: readonly string[]
  readonly trustAny: boolean
}

/** Why a peer is trusted, or why not. */
export type Verdict =
  | { readonly trusted: true; readonly by: 'pin' | 'chain' }
  | { readonly trusted: false; readonly reason: string }

/** Decides about a full handshake. A pin takes precedence over the chain, in both directions. */
export function decideTrust(socket: TLSSocket, certificate: CertificateInfo | undefined, { pins }: Trust): Verdict {
  if (pins.length > 0) {
    const pinned = certificate && (pins.includes(certificate.fingerprint256) || pins.includes(certificate.publicKey256))
    return pinned ? { trusted: true, by: 'pin' } : { trusted: false, reason: 'it is not the pinned certificate' }
  }
  if (socket.authorized) return { trusted: true, by: 'chain' }
  const code = String(socket.authorizationError ?? 'unknown')
  return { trusted: false, reason: REASONS[code] ?? code }
}

const REASONS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its chain ends in a certificate that is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its issuer is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its issuer is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'its issuer is not trusted',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is for other names',
  CERT_SIGNATURE_FAILURE: 'its signature is wrong',
  // Node's code for OpenSSL's newer verdicts, mostly those of its security level.
  UNSPECIFIED: 'its key is too short, or its signature algorithm is not accepted any more',
}

/** A certificate that was refused, and for what. */
interface Untrusted {
  readonly where: string
  readonly servername: string
  readonly reason: string
  readonly certificate: CertificateInfo | undefined
}

/** Returns the error for a refused certificate, with what is needed to decide about it. */
export function untrusted({ where, servername, reason, certificate }: Untrusted): TransferError {
  const shown = certificate
    ? ` It names ${certificate.names.join(', ') || certificate.subject}, was issued by ${certificate.issuer}, is valid until ${certificate.validTo.toISOString().slice(0, 10)}, and its SHA-256 fingerprint is ${certificate.fingerprint256}.`
    : ''
  return new TransferError('tls', `The certificate of ${where} was refused for ${servername}: ${reason}.${shown}`, {
    phase: 'tls',
    hint: hintFor(reason),
  })
}

function hintFor(reason: string): string {
  if (reason.includes('other names')) return 'Connect by one of its names, or set tls.servername to it.'
  if (reason.includes('expired'))
    return 'Contact the administrator of the server; until then tls.pin with its fingerprint accepts exactly this certificate.'
  if (reason.includes('too short')) return 'Set tls.legacy for a server that cannot be renewed.'
  if (reason.includes('pinned'))
    return 'If the server has a new certificate, verify it over another channel and change tls.pin.'
  return 'Give its issuer as tls.ca, or tls.pin with its fingerprint after verifying it over another channel.'
}

/** Returns the warning about a certificate that is accepted only because of tls.trustAny. */
export function trustAnyWarning(
  where: string,
  reason: string,
  certificate: CertificateInfo | undefined,
): Extract<TransferEvent, { type: 'warning' }> {
  const print = certificate
    ? ` Its SHA-256 fingerprint is ${certificate.fingerprint256}; tls.pin trusts exactly it.`
    : ''
  const message = `The certificate of ${where} is trusted only because of tls.trustAny: ${reason}.${print}`
  return { type: 'warning', code: 'untrusted', message }
}

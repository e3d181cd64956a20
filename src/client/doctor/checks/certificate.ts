import { printable } from '../../../printable.js'
import type { Security } from '../../../transport/tls/security-info.js'

/** Days before its end from which on a certificate is worth a warning. */
const SOON = 14
const DAY = 86_400_000

/** What TLS settled and whose certificate it is, in one sentence. */
export function describeSecurity({ protocol, cipher, certificate, trusted, reason }: Security): string {
  const trust = trusted ? `trusted by its ${reason}` : `not trusted: ${reason}`
  return `${protocol} with ${cipher}; ${certificate ? `${shown(certificate)}; ` : ''}${trust}.`
}

function shown({ names, subject, issuer, validTo, fingerprint256 }: NonNullable<Security['certificate']>): string {
  const whose = names.length > 0 ? names.slice(0, 4).join(', ') : subject
  return printable(
    `certificate for ${whose}, issued by ${issuer}, valid until ${dayOf(validTo)}, SHA-256 ${fingerprint256}`,
    400,
  )
}

/** Whether the certificate ends soon. */
export function endsSoon({ certificate }: Security, now = Date.now()): boolean {
  return certificate !== undefined && certificate.validTo.getTime() - now < SOON * DAY
}

function dayOf(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an unreadable date' : date.toISOString().slice(0, 10)
}

import { TransferError } from '../errors.js'
import { printable } from '../printable.js'
import { legacyHas, type Offer } from './algorithms.js'
import type { ServerOffer } from './server-offer.js'

/** Where a connection stood when it failed. */
export interface Standing {
  /** 'bastion.example:22'. */
  readonly where: string
  readonly phase: 'connect' | 'login' | 'command'
}

/** The error for a connection that ended or broke, from whatever ssh2 or Node reports. */
export function lost({ where, phase }: Standing, error?: Error): TransferError {
  const reason = error ? `: ${printable(error.message, 200).replace(/\.$/, '')}` : ''
  if (isFull(error))
    return new TransferError('too-many-sessions', `${where} takes no more connections${reason}.`, {
      phase,
      retryable: true,
      cause: error,
    })
  const says = phase === 'command' ? 'was lost' : 'ended before it was ready'
  const text = `The SSH connection to ${where} ${says}${reason}.`
  return new TransferError('session-lost', text, { phase, retryable: true, cause: error })
}

/** SSH_DISCONNECT_TOO_MANY_CONNECTIONS (RFC 4253 section 11.1). */
function isFull(error: Error | undefined): boolean {
  return error !== undefined && 'code' in error && error.code === 12
}

/** The peer's first bytes when they are not SSH. */
export function notSsh(where: string, said: Uint8Array): TransferError {
  const start = Buffer.from(said.subarray(0, 80)).toString('latin1')
  const speaks = LOOKS.find(([pattern]) => pattern.test(start))?.[1]
  const found = speaks ? `it speaks ${speaks}` : `it said "${printable(start.trimEnd())}"`
  return new TransferError('wrong-protocol', `${where} is not an SSH server: ${found}.`, {
    phase: 'connect',
    hint: 'Check the scheme and the port of the URL.',
  })
}

/** SSH servers may greet before they identify themselves (RFC 4253 section 4.2), so only what is surely something else counts. */
export function looksForeign(said: Uint8Array): boolean {
  const start = Buffer.from(said.subarray(0, 80)).toString('latin1')
  return LOOKS.some(([pattern]) => pattern.test(start))
}

const LOOKS: readonly (readonly [RegExp, string])[] = [
  [/^[1-5]\d\d[ -]/, 'FTP (ftp://, ftpes://) or mail'],
  [/^HTTP\/|^<(!doctype|html)/i, 'HTTP (http://)'],
  [/^[\x15\x16]\x03/, 'TLS (ftps://, https://)'],
  [/^SSH-1\.[0-8]/, 'only version 1 of SSH, which is broken'],
]

const LISTS = {
  'key exchange': ['kex', 'key exchange'],
  'host key': ['serverHostKey', 'host key algorithm'],
  cipher: ['cipher', 'cipher'],
  mac: ['hmac', 'MAC'],
  compress: ['compress', 'compression'],
} as const

/** The error when there is no algorithm that both sides have: both lists, and whether the legacy preset would help. */
export function mismatch(
  where: string,
  error: Error,
  ours: Offer,
  theirs: ServerOffer | undefined,
): TransferError | undefined {
  const about = /no matching (.*)$/i.exec(error.message)?.[1]?.toLowerCase()
  if (about === undefined) return undefined
  const entry = Object.entries(LISTS).find(([word]) => about.includes(word))
  if (!entry) return undefined
  const [, [list, name]] = entry
  const offered = theirs?.[list] ?? []
  const text = `${where} and we have no common ${name}: it offers ${printable(offered.join(', '), 500) || 'none'}; we offer ${ours[list].join(', ')}.`
  const hint = legacyHas(offered)
    ? "The server is old. Set algorithms to 'legacy' if it cannot be updated."
    : 'The server must be updated or allow one of ours.'
  return new TransferError('not-supported', text, { phase: 'connect', hint, cause: error })
}

/** The warning about a connection whose first packets somebody in between could have dropped. */
export function terrapin(where: string, cipher: string): string {
  return `${where} has no strict key exchange, and ${cipher} lets somebody in between drop the first packets unseen (Terrapin, CVE-2023-48795). Update the server, or have it offer AES-GCM.`
}

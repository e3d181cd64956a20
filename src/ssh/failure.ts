import { TransferError } from '../errors.js'
import { printable } from '../printable.js'
import { legacyHas, type Offer } from './algorithms.js'
import type { ServerOffer } from './server-offer.js'

/** The stage a connection was in when it failed. */
export interface Stage {
  /** 'bastion.example:22'. */
  readonly where: string
  readonly phase: 'connect' | 'login' | 'command'
}

/** Returns the error for a connection that ended or broke, from the error of ssh2 or Node. */
export function lost({ where, phase }: Stage, error?: Error): TransferError {
  const reason = error ? `: ${printable(error.message, 200).replace(/\.$/, '')}` : ''
  if (isFull(error))
    return new TransferError('too-many-sessions', `${where} accepts no more connections${reason}.`, {
      phase,
      retryable: true,
      cause: error,
    })
  const outcome = phase === 'command' ? 'was lost' : 'ended before it was ready'
  const text = `The SSH connection to ${where} ${outcome}${reason}.`
  return new TransferError('session-lost', text, { phase, retryable: true, cause: error })
}

/** Returns whether the server sent SSH_DISCONNECT_TOO_MANY_CONNECTIONS (RFC 4253 section 11.1). */
function isFull(error: Error | undefined): boolean {
  return error !== undefined && 'code' in error && error.code === 12
}

/** Returns the error for a peer whose first bytes are not SSH. */
export function notSsh(where: string, received: Uint8Array): TransferError {
  const start = Buffer.from(received.subarray(0, 80)).toString('latin1')
  const protocol = SIGNATURES.find(([pattern]) => pattern.test(start))?.[1]
  const found = protocol ? `it uses ${protocol}` : `it sent "${printable(start.trimEnd())}"`
  return new TransferError('wrong-protocol', `${where} is not an SSH server: ${found}.`, {
    phase: 'connect',
    hint: 'Check the scheme and the port of the URL.',
  })
}

/** Returns whether the bytes belong to another protocol. SSH servers may send lines before their identification (RFC 4253 section 4.2), so only known beginnings count. */
export function isOtherProtocol(received: Uint8Array): boolean {
  const start = Buffer.from(received.subarray(0, 80)).toString('latin1')
  return SIGNATURES.some(([pattern]) => pattern.test(start))
}

const SIGNATURES: readonly (readonly [RegExp, string])[] = [
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

/** Returns the error for no common algorithm: the lists of both sides, and whether the legacy preset would help. */
export function noCommonAlgorithm(
  where: string,
  error: Error,
  { ours, theirs }: { ours: Offer; theirs: ServerOffer | undefined },
): TransferError | undefined {
  const about = /no matching (.*)$/i.exec(error.message)?.[1]?.toLowerCase()
  if (about === undefined) return undefined
  const entry = Object.entries(LISTS).find(([word]) => about.includes(word))
  if (!entry) return undefined
  const [, [list, name]] = entry
  const offered = theirs?.[list] ?? []
  const text = `${where} and this client have no common ${name}: it offers ${printable(offered.join(', '), 500) || 'none'}; we offer ${ours[list].join(', ')}.`
  const hint = legacyHas(offered)
    ? "The server is old. Set algorithms to 'legacy' if it cannot be updated."
    : 'Update the server, or allow one of the offered algorithms there.'
  return new TransferError('not-supported', text, { phase: 'connect', hint, cause: error })
}

/** Returns the warning about a connection whose first packets an attacker could have removed. */
export function terrapinWarning(where: string, cipher: string): string {
  return `${where} does not support strict key exchange, and with ${cipher} an attacker on the path can remove the first packets undetected (Terrapin, CVE-2023-48795). Update the server, or configure it to offer AES-GCM.`
}

/** Returns what a server sent in plain text before it closed: sshd's 'Exceeded MaxStartups'. */
export function refusalText(received: Uint8Array): Error {
  return new Error(`it sent "${printable(Buffer.from(received).toString('latin1').trimEnd(), 200)}"`)
}

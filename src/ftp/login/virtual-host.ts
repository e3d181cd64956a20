import { badArgument, TransferError } from '../../errors.js'
import type { ControlConnection } from '../control/control-connection.js'

/** HOST (RFC 7151): which of several servers on one address is meant. */
export interface VirtualHost {
  readonly name: string
  /** Fail when the server does not know HOST. */
  readonly required: boolean
}

/** Codes of a server that does not support HOST; vsftpd and Pure-FTPd reply 530 to every command before the login. */
const NO_HOST = new Set([500, 502, 530])

/** Sends HOST after TLS and before USER. Rejects with `refused` for a name that the server does not have, `not-supported` when HOST is required and the server does not support it. */
export async function sayHost(
  control: ControlConnection,
  virtualHost: VirtualHost,
  signal?: AbortSignal,
): Promise<void> {
  const line = `HOST ${virtualHost.name}`
  const reply = await control.ask(line, { signal, phase: 'login' })
  const unknown = NO_HOST.has(reply.code)
  if (reply.code < 300 || (unknown && !virtualHost.required)) return
  const error = control.failure(reply, line, { phase: 'login' })
  const hint = unknown
    ? 'The server does not know HOST, which virtualHost requires.'
    : 'The server has no virtual host of that name: check virtualHost.'
  throw error.with({ code: unknown ? 'not-supported' : 'refused', retryable: false, hint })
}

/** Some servers end the session at a command they do not know. */
export function hungUpAtHost(error: unknown, virtualHost: VirtualHost | undefined): boolean {
  if (!virtualHost || virtualHost.required || !(error instanceof TransferError)) return false
  return error.code === 'session-lost' && error.command === `HOST ${virtualHost.name}`
}

/** Returns the error for a required HOST where no server is connected yet. */
export function noHostThrough(name: string): TransferError {
  return badArgument(
    `HOST cannot be said through the proxy dialect '${name}': the server is reached only by USER.`,
    'Leave virtualHost out, or use a dialect that reaches the server first (open, site, proxyuser).',
  )
}

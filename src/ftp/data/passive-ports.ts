import { TransferError } from '../../errors.js'
import type { Reply } from '../control/command-channel.js'
import type { ControlConnection } from '../control/control-connection.js'

export type Passive = 'EPSV' | 'PASV'

/** What the sessions of one connection know about passive mode. */
export interface PassiveHistory {
  /** The command that a data connection was opened with before. */
  worked?: Passive
}

/** What servers say when all their passive ports are in use. vsftpd: '500 OOPS: vsf_sysutil_bind', and then it ends the session. */
const NO_PORT =
  /vsf_sysutil_bind|address already in use|\b(?:no|out of) (?:free |more |available |passive |data )*ports?\b/i

const HINT = 'All passive ports of the server may be in use: widen their range on the server, or lower `pool.max`.'

/**
 * Returns the error for a refused EPSV or PASV. Where the command has worked before it is known, so the server had no port for it:
 * `data-connection`, `crowded`. After 421 and 5xx the session is given up too: vsftpd ends it, and others are out of order.
 */
export function portRefused(
  control: ControlConnection,
  reply: Reply,
  { method, worked }: PassiveHistory & { readonly method: Passive },
): TransferError {
  const error = control.failure(reply, method, { phase: 'data' })
  if (reply.code < 300 || (worked !== method && !NO_PORT.test(reply.text))) return error
  const crowded = error.with({ code: 'data-connection', retryable: true, crowded: true, hint: HINT })
  if (reply.code === 421 || reply.code >= 500) control.lose(crowded)
  return crowded
}

/** Returns whether the server had no passive port. */
export function isCrowded(error: unknown): error is TransferError {
  return error instanceof TransferError && error.crowded === true
}

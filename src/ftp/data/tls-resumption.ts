import { TransferError } from '../../errors.js'
import type { Reply } from '../control/command-channel.js'
import { RESUME_HINT, wantsReuse } from '../control/reply-errors.js'
import type { ProtectedSession, Protection } from '../control/tls-commands.js'

/** Sessions that may be refused at their first data connection: where a fresh one is refused too, a third would be. */
const TRIES = 2

/** ProFTPD refuses a data connection that resumed nothing with the text of EPERM, without a word about TLS. */
const UNSAID = /operation not permitted/i

/**
 * The error for a data connection that was refused because it did not resume the TLS session of the control connection; any other
 * is left as it is. Its tickets are used up, or not taken: the session is given up, so that the transfer is tried again on a fresh
 * one, once.
 */
export function reuseRefused(
  error: TransferError,
  reply: Reply,
  { control, protection, state }: Omit<ProtectedSession, 'protection'> & { readonly protection?: Protection },
): TransferError {
  if (!protection || state.protection !== 'secure') return error
  const { session, reuse } = protection
  const unsaid = reply.code === 425 && UNSAID.test(reply.text) && !session.resumed
  if (!unsaid && !wantsReuse(reply)) return error
  if (!session.hasResumed) reuse.refusals++
  const again = session.identity.reuse !== 'never' && reuse.refusals < TRIES
  if (again) control.lose(spoiled(error))
  const demand = unsaid ? ' (it demands that data connections resume the TLS session of the control connection)' : ''
  const message = `${error.message}${demand}`
  return error.with({ code: 'data-connection', message, retryable: again, hint: RESUME_HINT })
}

function spoiled(cause: TransferError): TransferError {
  const text = `The session was given up: the server no longer takes its TLS session for data connections. ${cause.message}`
  return new TransferError('session-lost', text, { phase: 'tls', retryable: true, cause })
}

import { TransferError } from '../../errors.js'

/** Returns the error for a pool that is closed or being closed. */
export function closedError(): TransferError {
  return new TransferError('closed', 'The connection has been closed.', { phase: 'close' })
}

/** Returns the error for a job that waits for a session while it holds all that the server allows. */
export function allHeldByJob(max: number): TransferError {
  const text = `The server allows no more sessions than the ${max} that this work holds already.`
  return new TransferError('too-many-sessions', text, {
    phase: 'connect',
    retryable: true,
    hint: 'Work between two places of one server needs two sessions: close others, or use a second remote.',
  })
}

/** Returns the error for a pool whose sessions are all held by streams. */
export function heldError(size: number): TransferError {
  const which = size === 1 ? 'the only session is' : `all ${size} sessions are`
  return new TransferError('session-held', `Nothing could be done: ${which} held by a stream that is still open.`, {
    phase: 'connect',
    retryable: true,
    hint: 'Read the open stream to its end or close it first, or allow more sessions with pool.max.',
  })
}

/** What a further session fails with for a reason that has nothing to do with how many there are. */
const OF_ITS_OWN: ReadonlySet<string> = new Set(['bad-argument', 'aborted', 'closed', 'local', 'host-key', 'tls'])

/**
 * Returns whether a refused session means that the limit is reached. While other sessions work, the way and the login are right: servers
 * say that they are full with any reply, and by closing, resetting or not accepting the connection.
 */
export function isFull({ code }: TransferError): boolean {
  return !OF_ITS_OWN.has(code)
}

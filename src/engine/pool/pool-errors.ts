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

/** Returns whether a refused session means that the limit is reached: while other sessions work, the login is right, whatever the server replies. */
export function isFull({ code, phase }: TransferError): boolean {
  if (code === 'session-lost') return phase === 'greeting' || phase === 'login'
  return code === 'too-many-sessions' || code === 'login-refused'
}

import { TransferError } from '../../errors.js'

/** The pool was closed, or is just being closed. */
export function closedError(): TransferError {
  return new TransferError('closed', 'The connection has been closed.', { phase: 'close' })
}

/** The job waits for a session while it holds all that the server allows. */
export function allOurs(max: number): TransferError {
  const text = `The server allows no more sessions than the ${max} that this work holds already.`
  return new TransferError('too-many-sessions', text, {
    phase: 'connect',
    retryable: true,
    hint: 'Work between two places of one server needs two sessions: close others, or use a second remote.',
  })
}

/** Streams hold every session there is. */
export function heldError(size: number): TransferError {
  const which = size === 1 ? 'the only session is' : `all ${size} sessions are`
  return new TransferError('session-held', `Nothing could be done: ${which} held by a stream that is still open.`, {
    phase: 'connect',
    retryable: true,
    hint: 'Read the open stream to its end or close it first, or allow more sessions with pool.max.',
  })
}

/** What a further session is refused with where others work: their login is right, so the server has enough of them, whatever it says. */
export function isFull({ code, phase }: TransferError): boolean {
  if (code === 'session-lost') return phase === 'greeting' || phase === 'login'
  return code === 'too-many-sessions' || code === 'login-refused'
}

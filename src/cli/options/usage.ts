import { TransferError } from '../../index.js'

/** Returns the error for an invalid command line: exit code 2, and nothing was sent. */
export function usage(message: string, hint?: string): TransferError {
  return new TransferError('bad-argument', message, { phase: 'arguments', hint })
}

import { TransferError } from '../../index.js'

/** The error for a command line that cannot be carried out: exit code 2, and nothing was sent. */
export function usage(message: string, hint?: string): TransferError {
  return new TransferError('bad-argument', message, { phase: 'arguments', hint })
}

import { type Failure, TransferError } from '../../errors.js'

const NAMED = 3

/** Returns the error for an operation on many files of which some failed: how many, the first few, and all of them in `failures`. */
export function incomplete(what: string, failures: readonly Failure[], cause?: TransferError): TransferError {
  const first = failures.slice(0, NAMED).map(({ path, error }) => `${path}: ${error.message}`)
  const more = failures.length > NAMED ? ` … and ${failures.length - NAMED} more.` : ''
  const list = first.length > 0 ? ` ${first.join(' ')}${more}` : ''
  return new TransferError('incomplete', `${what}; ${failures.length} failed.${list}`, {
    phase: 'transfer',
    retryable: failures.some(({ error }) => error.retryable),
    failures,
    cause,
    hint: 'See failures for each file and its error.',
  })
}

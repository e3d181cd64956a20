import { type ErrorCode, TransferError } from '../../errors.js'

/** The reply for each error code of a store. Any other is a 550. */
const REPLIES: Partial<Record<ErrorCode, string>> = {
  'not-found': '550 No such file or directory.',
  exists: '550 File exists.',
  'is-directory': '550 Is a directory.',
  'not-directory': '550 Not a directory.',
  'permission-denied': '550 Permission denied.',
  'bad-argument': '553 File name not allowed.',
  'unsafe-name': '553 File name not allowed.',
  'disk-full': '552 Disk full; transfer aborted.',
  'not-supported': '504 The store cannot do that.',
  busy: '450 File busy.',
  closed: '451 The store is closed.',
  'session-lost': '451 The store is lost.',
}

/** Returns the reply for an error thrown by a store. */
export function replyTo(error: unknown): string {
  const code = error instanceof TransferError ? error.code : undefined
  return (code && REPLIES[code]) ?? '550 Requested action not taken.'
}

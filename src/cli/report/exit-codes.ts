import { type ErrorCode, type Phase, TransferError } from '../../index.js'

/** The meaning of each exit code. */
export const EXIT_MEANINGS: Readonly<Record<number, string>> = {
  0: 'Done.',
  1: 'Another error, or the demo failed.',
  2: 'The command line is invalid, or a value in it cannot be used; nothing was sent.',
  3: 'No connection: no answer, a timeout, not FTP, a failed TLS handshake, or the server accepts no more sessions.',
  4: 'The server refused the login.',
  5: 'The proxy refused.',
  6: 'The server refused: not found, exists already, no permission, disk full, or not supported.',
  7: 'The transfer broke or was not confirmed.',
  8: 'The verification found different content.',
  9: 'A directory is incomplete: some of its files failed.',
  10: 'The local disk refused: not found, no permission, full.',
  130: 'Interrupted.',
}

/** The exit code of each error. */
export const EXIT_CODES: Readonly<Record<ErrorCode, number>> = {
  'bad-argument': 2,
  'unsafe-name': 1,
  aborted: 130,
  timeout: 7,
  unreachable: 3,
  'wrong-protocol': 3,
  'proxy-refused': 5,
  'login-refused': 4,
  'too-many-sessions': 3,
  'session-lost': 7,
  'session-held': 1,
  closed: 1,
  protocol: 1,
  'not-found': 6,
  exists: 6,
  'is-directory': 6,
  'not-directory': 6,
  'permission-denied': 6,
  'disk-full': 6,
  'not-supported': 6,
  refused: 6,
  busy: 6,
  'data-connection': 7,
  truncated: 7,
  unconfirmed: 7,
  mismatch: 8,
  tls: 3,
  'host-key': 3,
  incomplete: 9,
  local: 10,
}

/** Phases before the login is complete: a session that breaks there counts as no connection. */
const BEFORE_LOGIN: readonly Phase[] = ['connect', 'greeting', 'proxy', 'tls', 'login']
const CONNECTION_LOSS: readonly ErrorCode[] = ['timeout', 'session-lost', 'protocol']

/** Returns the exit code for an error: by its code, and by its phase where that decides. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof TransferError)) return 1
  const { code, phase } = error
  if (CONNECTION_LOSS.includes(code) && BEFORE_LOGIN.includes(phase)) return 3
  const byCode = EXIT_CODES[code]
  return phase === 'local' && byCode === 6 ? 10 : byCode
}

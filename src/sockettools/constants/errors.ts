import { type ErrorCode, TransferError } from '../../index.js'
import * as E from './error-constants.js'

export * from './error-constants.js'

/** The text of an error constant, and the error codes of the library that it represents. */
interface Meaning {
  readonly text: string
  readonly codes?: readonly ErrorCode[]
}

/** The table: constant, codes of a TransferError, text. */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  [E.ST_NO_ERROR]: { text: 'No error' },
  [E.ST_ERROR_NOT_INITIALIZED]: { text: 'FtpInitialize was not called in this thread' },
  [E.ST_ERROR_INVALID_PARAMETER]: { text: 'Invalid parameter', codes: ['bad-argument'] },
  [E.ST_ERROR_INVALID_CLIENT_HANDLE]: { text: 'Invalid client handle', codes: ['closed'] },
  [E.ST_ERROR_NOT_HANDLE_OWNER]: { text: 'Handle not owned by the current thread' },
  [E.ST_ERROR_THREAD_ENDED]: { text: 'The thread that the handle belonged to has ended, and the handle with it' },
  [E.ST_ERROR_NOT_CONNECTED]: { text: 'Not connected to a server' },
  [E.ST_ERROR_NOT_AUTHENTICATED]: { text: 'The client is not logged in' },
  [E.ST_ERROR_FILE_OPEN]: { text: 'A file is open on this handle', codes: ['session-held'] },
  [E.ST_ERROR_FILE_NOT_OPEN]: { text: 'No file is open on this handle, or not for this' },
  [E.ST_ERROR_DIRECTORY_NOT_OPEN]: { text: 'No directory is open on this handle' },
  [E.ST_ERROR_NO_MORE_FILES]: { text: 'There are no more files' },
  [E.ST_ERROR_BUFFER_TOO_SMALL]: { text: 'The buffer is too small' },
  [E.ST_ERROR_NOT_SUPPORTED]: { text: 'The server cannot do this', codes: ['not-supported'] },
  [E.ST_ERROR_OPERATION_CANCELED]: { text: 'The operation was canceled', codes: ['aborted'] },
  [E.ST_ERROR_OPERATION_TIMEOUT]: { text: 'The operation timed out', codes: ['timeout'] },
  [E.ST_ERROR_HOST_UNREACHABLE]: { text: 'The host cannot be found or reached', codes: ['unreachable'] },
  [E.ST_ERROR_WRONG_PROTOCOL]: { text: 'The server uses another protocol', codes: ['wrong-protocol'] },
  [E.ST_ERROR_PROXY_REFUSED]: { text: 'The proxy refused', codes: ['proxy-refused'] },
  [E.ST_ERROR_LOGIN_REFUSED]: { text: 'The server refused the login', codes: ['login-refused'] },
  [E.ST_ERROR_TOO_MANY_SESSIONS]: { text: 'The server has too many sessions', codes: ['too-many-sessions'] },
  [E.ST_ERROR_CONNECTION_LOST]: { text: 'The connection was lost', codes: ['session-lost'] },
  [E.ST_ERROR_INVALID_REPLY]: { text: 'The server sent an invalid reply', codes: ['protocol'] },
  [E.ST_ERROR_FILE_NOT_FOUND]: { text: 'There is no such file or directory', codes: ['not-found'] },
  [E.ST_ERROR_FILE_EXISTS]: { text: 'There is a file or directory of that name', codes: ['exists'] },
  [E.ST_ERROR_IS_DIRECTORY]: { text: 'This is a directory', codes: ['is-directory'] },
  [E.ST_ERROR_NOT_DIRECTORY]: { text: 'This is not a directory', codes: ['not-directory'] },
  [E.ST_ERROR_ACCESS_DENIED]: { text: 'Access denied', codes: ['permission-denied'] },
  [E.ST_ERROR_DISK_FULL]: { text: 'The disk is full', codes: ['disk-full'] },
  [E.ST_ERROR_COMMAND_REFUSED]: { text: 'The server refused the command', codes: ['refused'] },
  [E.ST_ERROR_SERVER_BUSY]: { text: 'The server cannot do this now', codes: ['busy'] },
  [E.ST_ERROR_DATA_CONNECTION]: { text: 'The data connection failed', codes: ['data-connection'] },
  [E.ST_ERROR_TRANSFER_INCOMPLETE]: {
    text: 'The transfer is incomplete',
    codes: ['truncated', 'unconfirmed', 'incomplete'],
  },
  [E.ST_ERROR_VERIFICATION_FAILED]: { text: 'The copy differs from the original', codes: ['mismatch'] },
  [E.ST_ERROR_SECURITY_FAILED]: { text: 'A secure connection could not be made', codes: ['tls'] },
  [E.ST_ERROR_HOST_KEY]: { text: 'The host key of the server is not trusted', codes: ['host-key'] },
  [E.ST_ERROR_UNSAFE_NAME]: { text: 'The file name cannot be used safely', codes: ['unsafe-name'] },
  [E.ST_ERROR_UNEXPECTED]: { text: 'An unexpected error occurred' },
  [E.ST_ERROR_LOCAL_FILE]: { text: 'The local file cannot be read or written', codes: ['local'] },
}

/** Why a function failed: the error number, and a sentence about this failure. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: number

  constructor(code: number, detail = '', options?: ErrorOptions) {
    super(detail, options)
    this.code = code
  }
}

/** Returns the failure for an invalid argument. */
export function invalid(detail: string): Failure {
  return new Failure(E.ST_ERROR_INVALID_PARAMETER, detail)
}

/** Converts any error to a Failure. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error
  if (!(error instanceof TransferError)) throw error
  const detail = error.hint ? `${error.message} ${error.hint}` : error.message
  return new Failure(NUMBERS.get(error.code) ?? E.ST_ERROR_COMMAND_REFUSED, detail, { cause: error })
}

const NUMBERS: ReadonlyMap<ErrorCode, number> = new Map(
  Object.entries(MEANINGS).flatMap(([number, { codes = [] }]) => codes.map((code) => [code, Number(number)])),
)

/** Returns the text of the table; undefined for an unknown number. */
export function textOf(code: number): string | undefined {
  return Object.hasOwn(MEANINGS, code) ? MEANINGS[code]?.text : undefined
}

// Every worker thread loads this module separately, so this is the last error of a thread.
let last = new Failure(E.ST_NO_ERROR)

export function lastFailure(): Failure {
  return last
}

export function setLastFailure(failure: Failure): void {
  last = failure
}

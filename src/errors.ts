/** What went wrong, as a stable string that a program can switch on. Messages may change; codes do not. */
export type ErrorCode =
  | 'bad-argument' // a value of the caller's cannot be used; nothing was sent
  | 'unsafe-name' // a name from the server would lead out of its directory, or a symbolic link is in the way
  | 'aborted' // the caller's AbortSignal fired
  | 'timeout' // a deadline passed; `phase` says which
  | 'unreachable' // the name does not resolve, or nothing answers at the address
  | 'wrong-protocol' // something answered, but it does not speak what the URL says
  | 'proxy-refused' // the proxy, not the server, refused
  | 'login-refused' // the server rejected the user, the password or the account
  | 'too-many-sessions' // the server's limit of sessions is reached
  | 'session-lost' // the control connection ended or can no longer be trusted
  | 'session-held' // every session is held by an open stream of the caller's
  | 'closed' // the caller closed this connection before
  | 'protocol' // the other side sent something that is not FTP
  | 'not-found'
  | 'exists'
  | 'is-directory'
  | 'not-directory'
  | 'permission-denied'
  | 'disk-full'
  | 'not-supported' // the server does not know the command, or the store cannot do it
  | 'refused' // any other permanent refusal (5xx)
  | 'busy' // any other transient refusal (4xx)
  | 'data-connection' // the data connection could not be opened, or broke
  | 'truncated' // fewer bytes than announced
  | 'unconfirmed' // all bytes went, but the far side never confirmed the end
  | 'mismatch' // the verification found another content
  | 'tls' // the TLS handshake failed
  | 'host-key' // an SSH server's host key is not known, has changed or is revoked; nothing of ours was sent to it
  | 'incomplete' // a tree operation: some of its files failed; `failures` says which
  | 'local' // any other fault of the local disk

/** Where in the dialogue it went wrong. */
export type Phase =
  | 'arguments'
  | 'connect'
  | 'greeting'
  | 'proxy'
  | 'tls'
  | 'login'
  | 'command'
  | 'data'
  | 'transfer'
  | 'confirm'
  | 'verify'
  | 'local'
  | 'close'

/** A reply as it came over the control connection, secrets masked. */
export interface ReplyText {
  /** Three digits: 226. */
  readonly code: number
  /** The text after the code; of several lines, joined by line feeds. */
  readonly text: string
}

/** One file of a tree operation that failed. */
export interface Failure {
  /** The source's path. */
  readonly path: string
  /** Why it failed. */
  readonly error: TransferError
}

/** What a TransferError says beside its code and message. */
export interface ErrorDetails {
  /** Where in the dialogue it went wrong. */
  readonly phase: Phase
  /**
   * Whether the same call may succeed if it is simply made again.
   *
   * @defaultValue false
   */
  readonly retryable?: boolean
  /**
   * Whether too much was done at a time: all passive ports of the server are in use, or this process has no file descriptor left.
   *
   * @defaultValue false
   */
  readonly crowded?: boolean
  /** The file or directory that it is about. */
  readonly path?: string
  /** What was received, secrets masked. */
  readonly reply?: ReplyText
  /** What was sent, secrets masked. */
  readonly command?: string
  /** What to do about it, in one sentence. */
  readonly hint?: string
  /** The original error. */
  readonly cause?: unknown
  /** With `incomplete`: everything that failed. */
  readonly failures?: readonly Failure[]
}

/** What can differ between an error and the one that is made from it. */
export interface ErrorChanges extends Partial<ErrorDetails> {
  /** What went wrong. */
  readonly code?: ErrorCode
  /** One sentence for people. */
  readonly message?: string
}

/**
 * The one error type of this library: whatever it throws or rejects with. `code` and `phase` are stable; `message` is one sentence for
 * people; `cause` is the original error.
 *
 * @example
 * ```ts
 * try {
 *   await remote.download('/out/a.csv', './a.csv')
 * } catch (error) {
 *   if (error instanceof TransferError && error.code === 'not-found') console.log('nothing to fetch')
 *   else throw error
 * }
 * ```
 */
export class TransferError extends Error {
  /** Always 'TransferError'. */
  override readonly name = 'TransferError'
  /** What went wrong. */
  readonly code: ErrorCode
  /** Where in the dialogue it went wrong. */
  readonly phase: Phase
  /** True when the same call may succeed if it is simply made again. */
  readonly retryable: boolean
  /**
   * True when too much was done at a time: all passive ports of the server are in use, or this process has no file descriptor left. The
   * same call may succeed once other transfers have ended.
   */
  declare readonly crowded?: boolean
  /** The file or directory that it is about. */
  declare readonly path?: string
  /** What was received, secrets masked. */
  declare readonly reply?: ReplyText
  /** The line that was sent, secrets masked. */
  declare readonly command?: string
  /** What to do about it, in one sentence. */
  declare readonly hint?: string
  /** With `incomplete`: everything that failed. */
  declare readonly failures?: readonly Failure[]

  /** Makes an error; `message` is one sentence without secrets. */
  constructor(code: ErrorCode, message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.phase = details.phase
    this.retryable = details.retryable ?? false
    if (details.crowded) this.crowded = true
    if (details.path !== undefined) this.path = details.path
    if (details.reply !== undefined) this.reply = details.reply
    if (details.command !== undefined) this.command = details.command
    if (details.hint !== undefined) this.hint = details.hint
    if (details.failures !== undefined) this.failures = details.failures
  }

  /** Returns this error with other details; what `changes` leaves out stays as it is, `cause` included. */
  with(changes: ErrorChanges): TransferError {
    const { code = this.code, message = this.message, ...details } = changes
    return new TransferError(code, message, { ...this, cause: this.cause, ...details })
  }
}

/** The error for a caller's value that cannot be used. Nothing has been sent when it is thrown. */
export function badArgument(message: string, hint?: string): TransferError {
  return new TransferError('bad-argument', message, { phase: 'arguments', hint })
}

/** The error for an AbortSignal that fired, with the caller's reason as its cause. */
export function aborted(signal: AbortSignal, phase: Phase): TransferError {
  const reason: unknown = signal.reason
  if (reason instanceof TransferError) return reason
  return new TransferError('aborted', 'The call was cancelled.', { phase, cause: reason })
}

/** Throws when the signal has fired already; called before anything is begun. */
export function throwIfAborted(signal: AbortSignal | undefined, phase: Phase): void {
  if (signal?.aborted) throw aborted(signal, phase)
}

/** Returns any thrown value as a TransferError: where errors of Node and other packages enter. */
export function asTransferError(
  error: unknown,
  fallback: { code: ErrorCode; phase: Phase; path?: string },
): TransferError {
  if (error instanceof TransferError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new TransferError(fallback.code, message, { phase: fallback.phase, path: fallback.path, cause: error })
}

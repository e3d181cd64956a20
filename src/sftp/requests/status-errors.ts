import { type ErrorCode, TransferError } from '../../errors.js'
import { codeByLooking, type Question, sentenceFor } from '../../meaning.js'
import { printable } from '../../printable.js'
import { SftpStatus } from '../../ssh/sftp-channel.js'

/** SSH_FX_FAILURE: "an error for which there is no more specific code" (draft-ietf-secsh-filexfer-02 section 7). */
export const FAILURE = 4
export const EOF = 1
export const UNSUPPORTED = 8

/** Error codes by status: those of version 3, and those of version 6 that some servers send in any version. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  2: 'not-found',
  3: 'permission-denied',
  5: 'protocol',
  6: 'session-lost',
  7: 'session-lost',
  [UNSUPPORTED]: 'not-supported',
  10: 'not-found',
  11: 'exists',
  12: 'permission-denied',
  14: 'disk-full',
  15: 'disk-full',
  19: 'not-directory',
  24: 'is-directory',
}

/** Returns the error for a refused request about `path`. Any other error is returned as it is. */
export function failure(error: unknown, request: string, path: string): unknown {
  if (!(error instanceof SftpStatus)) return error
  const code = CODES[error.code] ?? 'refused'
  return refusal(code, error, { request, path })
}

/** Like `failure`; where the status is not specific, looks at the path to find the reason. Costs a round trip after a failure. */
export async function clarified(error: unknown, request: string, question: Question): Promise<unknown> {
  const { path } = question
  const plain = failure(error, request, path)
  const vague = error instanceof SftpStatus && (error.code === FAILURE || error.code === 2 || error.code === 3)
  if (!vague) return plain
  try {
    const code = await codeByLooking(question)
    return code ? refusal(code, error, { request, path, sentence: sentenceFor(code, path) }) : plain
  } catch {
    return plain // the look failed too; the first refusal is the one to report
  }
}

/** Like `clarified`, for a rename: finds out which of the two names was refused. */
export async function renameRefused(
  error: unknown,
  { from, to }: { readonly from: string; readonly to: string },
  look: Question['look'],
): Promise<unknown> {
  const { cause } = error instanceof TransferError ? error : {}
  if (!(cause instanceof SftpStatus)) return error
  const source = await clarified(cause, 'RENAME', { path: from, meaning: 'use', look })
  const isMissing = source instanceof TransferError && source.code === 'not-found'
  if (isMissing && !(await look(from).catch(() => undefined))) return source
  return await clarified(cause, 'RENAME to', { path: to, meaning: 'make', look })
}

export function refusal(
  code: ErrorCode,
  status: SftpStatus,
  { request, path, sentence }: { request: string; path: string; sentence?: string },
): TransferError {
  const own = `${printable(status.message, 200).replace(/\.$/, '')} (${status.code})`
  const text = sentence
    ? `${sentence}. The server refused ${request}: ${own}.`
    : `The server refused ${request} ${path}: ${own}.`
  return new TransferError(code, text, {
    phase: 'command',
    path,
    command: `${request} ${path}`,
    reply: { code: status.code, text: printable(status.message, 500) },
    retryable: code === 'session-lost',
    cause: status,
  })
}

/** Returns the refusal of RENAME with advice, where the new name is taken. */
export function notReplacing(error: unknown): unknown {
  if (!(error instanceof TransferError) || error.code !== 'exists') return error
  const hint =
    "The server cannot rename over a file (it has no posix-rename@openssh.com): overwrite: 'delete-first' removes the old one just before."
  return error.with({ hint })
}

import { type ErrorCode, TransferError } from '../../errors.js'
import { codeByLooking, type Question as Refused, sentenceFor } from '../../meaning.js'
import type { ControlConnection } from '../control/control-connection.js'
import { saysMissing } from '../control/reply-errors.js'

export type { Meaning } from '../../meaning.js'

interface Question extends Refused {
  readonly control: ControlConnection
}

/** Codes behind which servers hide everything from a missing file to a full disk. */
const VAGUE = new Set([450, 501, 550, 553])
const VAGUE_MEANINGS = new Set<ErrorCode>(['refused', 'busy', 'permission-denied', 'not-directory', 'exists'])

/**
 * Resolves with the specific error for a vague refusal, found by looking at the path: vsftpd, for one, replies '550 Failed to open
 * file.' for a missing file, a directory and a forbidden one alike. Costs a round trip after a failure.
 */
export async function clarified(error: unknown, question: Question): Promise<unknown> {
  if (!(error instanceof TransferError) || !error.reply || !VAGUE.has(error.reply.code)) return error
  // vsftpd refuses a file that it may not read in the words it has for a missing one.
  const unsaid = error.code === 'not-found' && !saysMissing({ lines: [], ...error.reply }, question.path)
  if (!(unsaid || VAGUE_MEANINGS.has(error.code)) || question.control.lost) return error
  try {
    const code = (await codeByLooking(question)) ?? (unsaid ? 'permission-denied' : undefined)
    return code && code !== error.code ? as(error, code, question.path) : error
  } catch {
    // Looking failed too; the first refusal is the one to report.
    return error
  }
}

function as(error: TransferError, code: ErrorCode, path: string): TransferError {
  const message = `${sentenceFor(code, path)}. ${error.message}`
  return error.with({ code, message, retryable: false, path, cause: error })
}

/**
 * A proxy may answer a failed transfer twice (mod_proxy: its own 425, then the server's 550): the second answer is the true one, and
 * the session, whose data connections come astray from then on, is to be given up.
 */
export async function secondAnswer(
  control: ControlConnection,
  error: unknown,
  path: string,
): Promise<{ error: TransferError; giveUp(): void } | undefined> {
  if (!(error instanceof TransferError)) return undefined
  const late = (await control.resynchronize().catch(() => [])).find((reply) => reply.code >= 400)
  if (!late) return undefined
  const text = `The proxy answered ${error.command} twice; the session is out of step and was given up.`
  return {
    error: control.failure(late, error.command ?? '', { phase: 'transfer', path }),
    giveUp: () => control.lose(new TransferError('session-lost', text, { phase: 'command', retryable: true })),
  }
}

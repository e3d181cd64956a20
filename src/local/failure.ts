import { badArgument, type ErrorCode, TransferError } from '../errors.js'

interface Explanation {
  readonly code: ErrorCode
  readonly sentence: string
  readonly hint: string
}

const denied: Explanation = {
  code: 'permission-denied',
  sentence: 'The system does not permit this',
  hint: 'Check the owner and the mode of the file and of its directory.',
}
const full: Explanation = {
  code: 'disk-full',
  sentence: 'There is no space left on the disk',
  hint: 'Free some space, or write somewhere else.',
}

/** What the error codes of the file system mean. A missing code is `local`. */
const MEANINGS: Readonly<Record<string, Explanation>> = {
  ENOENT: {
    code: 'not-found',
    sentence: 'No such file or directory',
    hint: 'Check the path; its directory must exist too.',
  },
  EACCES: denied,
  EPERM: denied,
  EROFS: {
    code: 'permission-denied',
    sentence: 'The file system is read-only',
    hint: 'Write somewhere else, or have it mounted for writing.',
  },
  ENOSPC: full,
  EDQUOT: { ...full, sentence: 'The disk quota is used up' },
  EISDIR: {
    code: 'is-directory',
    sentence: 'This is a directory',
    hint: 'Name a file in it, or use the call for directories.',
  },
  ENOTDIR: {
    code: 'not-directory',
    sentence: 'This is not a directory, or a part of the path is none',
    hint: 'Check the path.',
  },
  EEXIST: { code: 'exists', sentence: 'This exists already', hint: 'Remove it first, or use another name.' },
  ELOOP: {
    code: 'unsafe-name',
    sentence: 'A symbolic link is in the path',
    hint: 'Links are not followed here; remove it, or use the path that it points to.',
  },
  ENOTEMPTY: { code: 'local', sentence: 'The directory is not empty', hint: 'Remove what is in it first.' },
  EMFILE: {
    code: 'local',
    sentence: 'This process has too many open files',
    hint: 'Raise the limit (ulimit -n), or move fewer files at once.',
  },
  ENAMETOOLONG: { code: 'local', sentence: 'The name is too long for this file system', hint: 'Use a shorter name.' },
}

/** Converts an error of node:fs to a TransferError. */
export function localFailure(error: unknown, path: string): TransferError {
  if (error instanceof TransferError) return error
  const errno = codeOf(error)
  if (errno === 'ERR_INVALID_ARG_VALUE') return badArgument(`The path contains a NUL: ${JSON.stringify(path)}.`)
  const meaning = MEANINGS[errno]
  if (meaning) return localFault(meaning, path, error)
  const reason = error instanceof Error ? error.message : String(error)
  return new TransferError('local', `The disk failed at ${path}: ${reason}.`, { phase: 'local', path, cause: error })
}

/** Returns an error of the package's own, in the same form. */
export function localFault(meaning: Explanation, path: string, cause?: unknown): TransferError {
  const { code, sentence, hint } = meaning
  return new TransferError(code, `${sentence}: ${path}.`, { phase: 'local', path, hint, cause })
}

/** Runs a file operation and converts the error that it throws. */
export async function translated<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw localFailure(error, path)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

import { TransferError } from '../../errors.js'
import { ANSWERS, number, packet, text } from './packet.js'
import { Refusal, STATUS } from './refusal.js'

export function status(id: number, code: number, message: string): Buffer {
  return packet(ANSWERS.STATUS, number(id), number(code), text(message), text(''))
}

/** Encodes an error of a store as a status. */
export function statusOf(id: number, error: unknown): Buffer {
  if (error instanceof Refusal) return status(id, error.status, error.message)
  if (error instanceof TransferError)
    return status(id, CODES[error.code] ?? STATUS.FAILURE, TEXTS[error.code] ?? 'Failure')
  return status(id, STATUS.FAILURE, 'Failure')
}

const CODES: Readonly<Partial<Record<TransferError['code'], number>>> = {
  'not-found': STATUS.MISSING,
  'not-directory': STATUS.MISSING,
  'permission-denied': STATUS.DENIED,
  'unsafe-name': STATUS.DENIED,
  'bad-argument': STATUS.BAD,
  'not-supported': STATUS.UNSUPPORTED,
}

/** Texts in place of the store's own, which contain paths of the machine. */
const TEXTS: Readonly<Partial<Record<TransferError['code'], string>>> = {
  'not-found': 'No such file',
  'not-directory': 'Not a directory',
  'is-directory': 'Is a directory',
  exists: 'File exists',
  'permission-denied': 'Permission denied',
  'unsafe-name': 'Permission denied: it leads outside the served directory',
  'disk-full': 'No space is left',
  'not-supported': 'Not supported',
}

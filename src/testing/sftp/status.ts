import { TransferError } from '../../errors.js'
import { ANSWERS, number, packet, text } from './packet.js'
import { Refusal, STATUS } from './refusal.js'

export function status(id: number, code: number, says: string): Buffer {
  return packet(ANSWERS.STATUS, number(id), number(code), text(says), text(''))
}

/** What a store says, as a status. */
export function statusOf(id: number, error: unknown): Buffer {
  if (error instanceof Refusal) return status(id, error.status, error.message)
  if (error instanceof TransferError)
    return status(id, CODES[error.code] ?? STATUS.FAILURE, SAYS[error.code] ?? 'Failure')
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

/** The words of the store name paths of the machine, which are nobody's business. */
const SAYS: Readonly<Partial<Record<TransferError['code'], string>>> = {
  'not-found': 'No such file',
  'not-directory': 'Not a directory',
  'is-directory': 'A directory stands there',
  exists: 'There is something already',
  'permission-denied': 'Permission denied',
  'unsafe-name': 'Permission denied: it would lead out of what is served',
  'disk-full': 'No space is left',
  'not-supported': 'Not supported',
}

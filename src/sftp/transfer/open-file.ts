import type { Limits } from '../../deadline.js'
import { TransferError } from '../../errors.js'
import type { Asking, SftpChannel, Stats } from '../../ssh/sftp-channel.js'
import type { Pace } from '../requests/request-window.js'

/** An open handle and what is asked through it. */
export interface OpenFile {
  readonly channel: SftpChannel
  readonly pace: Pace
  readonly handle: Buffer
  readonly path: string
  readonly limits: Limits
  readonly signal?: AbortSignal
}

/** What a request for file data waits under. */
export function patience({ path, limits, signal }: OpenFile): Omit<Asking<'count'>, 'kind' | 'late'> {
  return { limit: limits.idle, signal, phase: 'transfer', what: `no answer about ${path}` }
}

export function attributesOf(file: OpenFile): Promise<Stats> {
  const { channel, handle, path, limits, signal } = file
  return channel.ask((sftp, answer) => sftp.fstat(handle, answer), {
    kind: 'attributes',
    limit: limits.reply,
    signal,
    what: `no answer to FSTAT of ${path}`,
  })
}

/** Closes the handle. The caller's signal does not end this: the server would keep the file open. */
export function closeFile(
  { channel, handle, path, limits }: OpenFile,
  limit: 'reply' | 'confirm' = 'confirm',
): Promise<void> {
  return channel.ask((sftp, answer) => sftp.close(handle, answer), {
    limit: limits[limit],
    kind: 'nothing',
    phase: 'confirm',
    what: `no answer to CLOSE of ${path}`,
  })
}

export function over(path: string): TransferError {
  return new TransferError('closed', 'This transfer is over.', { phase: 'transfer', path })
}

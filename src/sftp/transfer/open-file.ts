import type { Limits } from '../../deadline.js'
import { TransferError } from '../../errors.js'
import type { RequestOptions, SftpChannel, Stats } from '../../ssh/sftp-channel.js'
import type { RequestWindow } from '../requests/request-window.js'

/** An open handle, and what requests on it need. */
export interface OpenFile {
  readonly channel: SftpChannel
  readonly window: RequestWindow
  readonly handle: Buffer
  readonly path: string
  readonly limits: Limits
  readonly signal?: AbortSignal
}

/** Returns the deadline of a request for file data. */
export function dataDeadline({ path, limits, signal }: OpenFile): Omit<RequestOptions<'count'>, 'kind' | 'late'> {
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

import type { Limits } from '../../deadline.js'
import { TransferError } from '../../errors.js'
import { type RequestOptions, type SftpChannel, SftpStatus, SHORT, type Stats } from '../../ssh/sftp-channel.js'
import type { Lossy } from '../../store.js'
import type { SftpLearned } from '../requests/facts.js'
import type { RequestWindow } from '../requests/request-window.js'

/** An open handle, and what requests on it need. */
export interface OpenFile {
  readonly channel: SftpChannel
  readonly window: RequestWindow
  readonly learned: SftpLearned
  readonly handle: Buffer
  readonly path: string
  readonly limits: Limits
  readonly signal?: AbortSignal
  /** Called once the handle is closed. */
  readonly closed?: () => void
}

/** Returns the deadline of a request for file data: it runs from the last progress of the channel, since several MiB may be in flight before it. */
export function dataDeadline({
  channel,
  path,
  limits,
  signal,
}: OpenFile): Omit<RequestOptions<'count'>, 'kind' | 'late'> {
  const { progress } = channel
  return { limit: limits.idle, signal, phase: 'transfer', what: `no answer about ${path}`, progress }
}

/** Resolves with the reply to FSTAT of the open file; with nothing where the server refuses it, which alone does not end a transfer. */
export async function attributesOf(file: OpenFile): Promise<Partial<Stats>> {
  const { channel, handle, path, limits, signal, learned } = file
  if (learned.has('fstat-refused')) return {}
  const what = `no answer to FSTAT of ${path}`
  try {
    return await channel.ask((sftp, answer) => sftp.fstat(handle, answer), {
      kind: 'attributes',
      limit: limits.reply,
      signal,
      what,
      progress: channel.progress,
    })
  } catch (error) {
    const isRefused = error instanceof SftpStatus
    // A server that leaves it unanswered is not asked again on the session that follows.
    if (isRefused || (error instanceof TransferError && error.code === 'timeout')) learned.learn('fstat-refused')
    if (isRefused) return {}
    throw error
  }
}

/** Returns the bytes that one WRITE carries at most. */
export function longestWrite({ channel, learned }: OpenFile): number {
  return learned.has('short-writes') ? Math.min(SHORT, channel.longest) : channel.longest
}

/** Closes the handle. The caller's signal does not end this: the server would keep the file open. */
export function closeFile(
  { channel, handle, path, limits, closed }: OpenFile,
  limit: 'reply' | 'confirm' = 'confirm',
): Promise<void> {
  const closing = channel.ask((sftp, answer) => sftp.close(handle, answer), {
    limit: limits[limit],
    kind: 'nothing',
    phase: 'confirm',
    what: `no answer to CLOSE of ${path}`,
  })
  return closing.finally(closed)
}

export function over(path: string): TransferError {
  return new TransferError('closed', 'This transfer is over.', { phase: 'transfer', path })
}

/** Calls `onLost` when the connection ends while the file is open. Returns a function that ends this. */
export function watchLoss({ channel }: OpenFile, onLost: Lossy['onLost']): () => void {
  return onLost ? channel.connection.onEnd(onLost) : () => {}
}

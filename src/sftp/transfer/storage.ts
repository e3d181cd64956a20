import { TransferError } from '../../errors.js'
import { SftpStatus } from '../../ssh/sftp-channel.js'
import type { Space } from '../../store.js'
import { FAILURE, failure, refusal, UNSUPPORTED } from '../requests/status-errors.js'
import type { OpenFile } from './open-file.js'

/** fsync@openssh.com; a server that does not know it cannot promise more than it has said. */
export async function sync({ channel, handle, path, limits, signal }: OpenFile): Promise<void> {
  await channel
    .ask((sftp, answer) => sftp.ext_openssh_fsync(handle, answer), {
      limit: limits.confirm,
      kind: 'nothing',
      signal,
      phase: 'confirm',
      what: `no answer to FSYNC of ${path}`,
    })
    .catch((error: unknown) => {
      if (!(error instanceof SftpStatus) || error.code !== UNSUPPORTED) throw error
    })
}

/** What a refused write means: servers say "Failure" to a disk that is full. */
export async function whyNotWritten(error: unknown, file: OpenFile): Promise<unknown> {
  const { path } = file
  if (!(error instanceof SftpStatus) || error.code !== FAILURE) return failure(error, 'WRITE', path)
  const free = await freeBytes(file).catch(() => undefined)
  if (free !== 0) return failure(error, 'WRITE', path)
  return refusal('disk-full', error, { request: 'WRITE', path, says: `The disk of the server is full at ${path}` })
}

/** statvfs@openssh.com. */
async function freeBytes({ channel, limits, path }: OpenFile): Promise<number> {
  const { available } = await channel
    .ask((sftp, answer) => sftp.ext_openssh_statvfs(path, answer), {
      kind: 'room',
      limit: limits.reply,
      what: `no answer to STATVFS ${path}`,
    })
    .then((found) => spaceOf(found, path))
  return available
}

/** What ssh2 makes of the answer to STATVFS, in blocks of `f_frsize` bytes. */
export function spaceOf(found: unknown, path: string): Space {
  const { f_frsize: size, f_blocks, f_bfree, f_bavail } = (found ?? {}) as Readonly<Record<string, unknown>>
  const bytes = (blocks: unknown): number => {
    const product = Number(blocks) * Number(size)
    if (Number.isFinite(product) && product >= 0) return product
    throw new TransferError('protocol', `The answer about the room at ${path} has no numbers.`, {
      phase: 'command',
      path,
    })
  }
  return { total: bytes(f_blocks), free: bytes(f_bfree), available: bytes(f_bavail) }
}

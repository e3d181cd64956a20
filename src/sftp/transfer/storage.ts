import { TransferError } from '../../errors.js'
import { SftpStatus } from '../../ssh/sftp-channel.js'
import type { Space } from '../../store.js'
import { FAILURE, failure, refusal, UNSUPPORTED } from '../requests/status-errors.js'
import type { OpenFile } from './open-file.js'

/** Sends fsync@openssh.com; without it, a server that confirmed the writes can confirm no more. */
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

/** Returns the error for a refused write: servers send "Failure" when the disk is full. */
export async function writeError(error: unknown, file: OpenFile): Promise<unknown> {
  const { path } = file
  if (!(error instanceof SftpStatus) || error.code !== FAILURE) return failure(error, 'WRITE', path)
  const free = await freeBytes(file).catch(() => undefined)
  if (free !== 0) return failure(error, 'WRITE', path)
  return refusal('disk-full', error, { request: 'WRITE', path, sentence: `The disk of the server is full at ${path}` })
}

/** Resolves with the free bytes, from statvfs@openssh.com. */
async function freeBytes({ channel, limits, path }: OpenFile): Promise<number> {
  const { available } = await channel
    .ask((sftp, answer) => sftp.ext_openssh_statvfs(path, answer), {
      kind: 'space',
      limit: limits.reply,
      what: `no answer to STATVFS ${path}`,
    })
    .then((found) => spaceOf(found, path))
  return available
}

/** Converts ssh2's reply to STATVFS, in blocks of `f_frsize` bytes. */
export function spaceOf(found: unknown, path: string): Space {
  const { f_frsize: size, f_blocks, f_bfree, f_bavail } = (found ?? {}) as Readonly<Record<string, unknown>>
  const bytes = (blocks: unknown): number => {
    const product = Number(blocks) * Number(size)
    if (Number.isFinite(product) && product >= 0) return product
    throw new TransferError('protocol', `The server's answer about the free space at ${path} has no numbers.`, {
      phase: 'command',
      path,
    })
  }
  return { total: bytes(f_blocks), free: bytes(f_bfree), available: bytes(f_bavail) }
}

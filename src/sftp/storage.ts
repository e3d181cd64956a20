import { SftpStatus } from '../ssh/sftp.js'
import { FAILURE, failure, refusal, UNSUPPORTED } from './failure.js'
import type { OpenFile } from './open-file.js'

/** fsync@openssh.com; a server that does not know it cannot promise more than it has said. */
export async function sync({ channel, handle, path, limits, signal }: OpenFile): Promise<void> {
  await channel
    .ask<void>((sftp, answer) => sftp.ext_openssh_fsync(handle, answer), {
      limit: limits.confirm,
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
  const free = await freeBlocks(file).catch(() => undefined)
  if (free !== 0) return failure(error, 'WRITE', path)
  return refusal('disk-full', error, { request: 'WRITE', path, says: `The disk of the server is full at ${path}` })
}

/** statvfs@openssh.com. */
async function freeBlocks({ channel, limits, path }: OpenFile): Promise<number | undefined> {
  const found = await channel.ask<{ f_bavail?: unknown }>((sftp, answer) => sftp.ext_openssh_statvfs(path, answer), {
    limit: limits.reply,
    what: `no answer to STATVFS ${path}`,
  })
  return typeof found.f_bavail === 'number' ? found.f_bavail : undefined
}

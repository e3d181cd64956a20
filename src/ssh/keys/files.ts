import { open } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { badArgument } from '../../errors.js'

/** Bytes of a key or a configuration at most. */
const LONGEST = 1024 * 1024

/**
 * Reads a text file up to a length: /dev/zero and a pipe that is written to for ever would never end. Rejects with what the file system
 * says, or an Error with the code EFBIG.
 */
export async function readText(path: string, longest = LONGEST): Promise<string> {
  const file = await open(path, 'r')
  try {
    const chunks: Buffer[] = []
    for (let length = 0; ; ) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, null)
      if (bytesRead === 0) return Buffer.concat(chunks).toString('utf8')
      length += bytesRead
      if (length > longest) throw Object.assign(new Error(`it is longer than ${longest} bytes`), { code: 'EFBIG' })
      chunks.push(buffer.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}

/** Returns whether a file system error means that the file does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
}

/** Returns the code of a file system error, else its text. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error) return 'code' in error ? String(error.code) : error.message
  return String(error)
}

/** Returns the home directory; undefined where there is none: a container may run under a uid without a passwd entry, and without HOME. */
export function home(): string | undefined {
  try {
    return homedir() || undefined
  } catch {
    return undefined
  }
}

/** Expands a leading '~/' to the home directory. Throws `bad-argument` where there is none. */
export function fromHome(path: string): string {
  if (!path.startsWith('~/')) return path
  const dir = home()
  if (dir !== undefined) return join(dir, path.slice(2))
  throw badArgument(`There is no home directory that '${path}' could lie in.`, 'Give an absolute path, or set HOME.')
}

/** Returns the name of the user that this process runs as; undefined where its uid has no passwd entry and the environment names none. */
export function ownName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return process.env['LOGNAME'] || process.env['USER'] || undefined
  }
}

/** Returns the name to log in with where none was given. Throws `bad-argument` where there is none. */
export function defaultUser(): string {
  const own = ownName()
  if (own !== undefined) return own
  throw badArgument(
    'SSH needs a user name, and the uid of this process has none.',
    'Write it in front of the host: user@host.',
  )
}

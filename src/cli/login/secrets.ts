import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { SecretSources } from '../options/options.js'
import { usage } from '../options/usage.js'
import { type NetrcEntry, parseNetrc } from './netrc.js'

/** Bytes of the standard input in which the end of the first line must be. */
const MAX_BYTES = 64 * 1024

/** Returns the value of the environment variable named by a flag. */
export function fromEnvironment(name: string, flag: string): string {
  const value = process.env[name]
  if (value === undefined)
    throw usage(`The environment variable ${name} is not set.`, `Set it, or give ${flag} another name.`)
  return value
}

/** Resolves with the first line of the standard input, without its line end. */
export async function firstLine(input: AsyncIterable<Uint8Array | string>): Promise<string> {
  let text = ''
  for await (const chunk of input) {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')
    if (text.includes('\n') || text.length > MAX_BYTES) break
  }
  const [line = ''] = text.split('\n', 1)
  if (text === '' || line.length > MAX_BYTES)
    throw usage('No password came from the standard input.', 'Write it as the first line there.')
  return line.replace(/\r$/, '')
}

/** Resolves with the password of --password-env or --password-stdin; with undefined when neither was given. */
export async function givenPassword({ passwordEnv, passwordStdin }: SecretSources): Promise<string | undefined> {
  if (passwordEnv !== undefined && passwordStdin)
    throw usage('--password-env and --password-stdin exclude each other.', 'Give one of them.')
  if (passwordEnv !== undefined) return fromEnvironment(passwordEnv, '--password-env')
  return passwordStdin ? await firstLine(process.stdin) : undefined
}

/** Reads a .netrc, '' for the one in the home directory; calls `warn` when other users can read its passwords. */
export async function readNetrc(file: string, warn: (message: string) => void): Promise<NetrcEntry[]> {
  const path = file === '' ? join(homedir(), '.netrc') : file
  try {
    const entries = parseNetrc(await readFile(path, 'utf8'))
    const { mode } = await stat(path)
    const open = process.platform !== 'win32' && (mode & 0o077) !== 0
    if (open && entries.some(({ password }) => password !== undefined))
      warn(`${path} contains passwords and other users can read it; chmod 600 makes it private.`)
    return entries
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw usage(`The .netrc cannot be read: ${reason}.`, 'Name another one with --netrc=FILE.')
  }
}

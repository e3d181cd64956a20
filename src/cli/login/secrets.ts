import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { SecretSources } from '../options/options.js'
import { usage } from '../options/usage.js'
import { type NetrcEntry, parseNetrc } from './netrc.js'

/** Bytes of the standard input that are searched for the end of the first line. */
const LONGEST = 64 * 1024

/** The value of an environment variable that a flag names. */
export function fromEnvironment(name: string, flag: string): string {
  const value = process.env[name]
  if (value === undefined)
    throw usage(`The environment variable ${name} is not set.`, `Set it, or give ${flag} another name.`)
  return value
}

/** The first line of the standard input, without its end. */
export async function firstLine(input: AsyncIterable<Uint8Array | string>): Promise<string> {
  let text = ''
  for await (const chunk of input) {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8')
    if (text.includes('\n') || text.length > LONGEST) break
  }
  const [line = ''] = text.split('\n', 1)
  if (text === '' || line.length > LONGEST)
    throw usage('No password came from the standard input.', 'Write it as the first line there.')
  return line.replace(/\r$/, '')
}

/** The password that --password-env or --password-stdin gives, if one of them was. */
export async function givenPassword({ passwordEnv, passwordStdin }: SecretSources): Promise<string | undefined> {
  if (passwordEnv !== undefined && passwordStdin)
    throw usage('--password-env and --password-stdin exclude each other.', 'Give one of them.')
  if (passwordEnv !== undefined) return fromEnvironment(passwordEnv, '--password-env')
  return passwordStdin ? await firstLine(process.stdin) : undefined
}

/** The entries of a .netrc, '' for the one in the home directory; `warn` is told when others may read its passwords. */
export async function readNetrc(file: string, warn: (message: string) => void): Promise<NetrcEntry[]> {
  const path = file === '' ? join(homedir(), '.netrc') : file
  try {
    const entries = parseNetrc(await readFile(path, 'utf8'))
    const { mode } = await stat(path)
    const open = process.platform !== 'win32' && (mode & 0o077) !== 0
    if (open && entries.some(({ password }) => password !== undefined))
      warn(`${path} holds passwords and other users may read it; chmod 600 keeps it private.`)
    return entries
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw usage(`The .netrc cannot be read: ${reason}.`, 'Name another one with --netrc=FILE.')
  }
}

import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ParsedKey } from 'ssh2'
import { badArgument, type TransferError } from '../../errors.js'
import { fromHome, isMissing } from './host-keys.js'
import type { KeySource, SshAuth, SshSecret } from './options.js'
import { fromPkcs8, isPkcs8, toSsh2 } from './pkcs8.js'
import { fromPpk, isPpk } from './ppk.js'

/** A private key that may be offered to the server. */
export interface Identity {
  /** For messages: 'private key /home/me/.ssh/id_rsa', 'private key that was given'. */
  readonly name: string
  /** Resolves with the key; asks for the passphrase when it is encrypted. Rejects with `bad-argument` when it cannot be decrypted. */
  open(): Promise<ParsedKey>
}

/** The identities to log in with, in the order in which they are tried. */
export interface Identities {
  readonly keys: readonly Identity[]
  /** The socket of an SSH agent. */
  readonly agent?: string
}

/** Tried when no key is given, as OpenSSH does. */
const USUAL = ['id_ed25519', 'id_ecdsa', 'id_rsa']

/**
 * Reads the keys that were given; without any credentials, uses the agent of SSH_AUTH_SOCK and the default keys in ~/.ssh. Rejects
 * with `bad-argument` for a given key that cannot be read, is not a private key, or is encrypted while no passphrase is given.
 */
export async function findIdentities(auth: SshAuth): Promise<Identities> {
  const given = sourcesOf(auth.privateKey)
  // A password function is called only when needed, so it does not exclude the agent and the default keys.
  const nothing = given.length === 0 && !auth.agent && typeof auth.password !== 'string'
  if (nothing) {
    const agent = auth.agent === false ? undefined : process.env['SSH_AUTH_SOCK'] || undefined
    return { keys: await usualKeys(auth), agent }
  }
  const keys = await Promise.all(given.map((source) => givenKey(source, auth.passphrase)))
  return { keys, agent: agentOf(auth.agent) }
}

function sourcesOf(given: SshAuth['privateKey']): readonly KeySource[] {
  if (given === undefined) return []
  return typeof given === 'string' || given instanceof Uint8Array ? [given] : given
}

function agentOf(agent: SshAuth['agent']): string | undefined {
  if (agent !== true) return agent || undefined
  const socket = process.env['SSH_AUTH_SOCK']
  if (socket) return socket
  throw badArgument(
    'No agent is running: SSH_AUTH_SOCK is not set.',
    'Start one (ssh-agent), or give its socket as agent.',
  )
}

async function usualKeys({ passphrase, identityFiles }: SshAuth): Promise<Identity[]> {
  const found: Identity[] = []
  for (const path of identityFiles ?? USUAL.map((file) => join(homedir(), '.ssh', file))) {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw unreadable(path, error)
    })
    if (text !== undefined) found.push(identityOf(`private key ${path}`, text, passphrase))
  }
  return found
}

async function givenKey(source: KeySource, passphrase: SshSecret | undefined): Promise<Identity> {
  const { name, text } = await textOf(source)
  const key = await parse(name, text)
  if (key === 'encrypted' && passphrase === undefined) throw noPassphrase(name)
  return identityOf(name, text, passphrase)
}

async function textOf(source: KeySource): Promise<{ name: string; text: string }> {
  const name = 'private key that was given'
  if (typeof source !== 'string') return { name, text: Buffer.from(source).toString('utf8') }
  if (source.includes('-----BEGIN ') || source.startsWith('PuTTY-User-Key-File-')) return { name, text: source }
  const path = fromHome(source)
  try {
    return { name: `private key ${path}`, text: await readFile(path, 'utf8') }
  } catch (error) {
    throw unreadable(path, error)
  }
}

function unreadable(path: string, cause: unknown): TransferError {
  // A key text that lost its line breaks is taken for a path; it must not appear in an error.
  const name = /[\r\n]/.test(path) || path.length > 1000 ? 'that was given' : path
  const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'it is not a path'
  return badArgument(`The private key ${name} cannot be read: ${reason}.`, 'Give its path, or its text with all lines.')
}

function identityOf(name: string, text: string, passphrase: SshSecret | undefined): Identity {
  let opening: Promise<ParsedKey> | undefined
  return {
    name,
    open: () => {
      opening ??= openKey(name, text, passphrase)
      return opening
    },
  }
}

async function openKey(name: string, text: string, passphrase: SshSecret | undefined): Promise<ParsedKey> {
  const plain = await parse(name, text)
  if (plain !== 'encrypted') return plain
  if (passphrase === undefined) throw noPassphrase(name)
  const opened = await parse(name, text, typeof passphrase === 'string' ? passphrase : await passphrase(name))
  if (opened === 'encrypted') throw noPassphrase(name)
  return opened
}

function noPassphrase(name: string): TransferError {
  return badArgument(`The ${name} is encrypted and there is no passphrase.`, 'Give the passphrase.')
}

async function parse(name: string, text: string, passphrase?: string): Promise<ParsedKey | 'encrypted'> {
  const foreign = isPkcs8(text) ?? isPpk(text)
  if (foreign === 'encrypted' && !passphrase) return 'encrypted'
  try {
    const result = await parseWithSsh2(await readable(text, passphrase), foreign ? undefined : passphrase)
    if (!(result instanceof Error)) return result
    if (!passphrase && /no passphrase given$/.test(result.message)) return 'encrypted'
    throw result
  } catch (cause) {
    throw unusable(name, passphrase !== undefined, cause)
  }
}

/** Converts the key to a format that ssh2 reads; of PuTTY's formats it reads only RSA in version 2. */
async function readable(text: string, passphrase: string | undefined): Promise<string> {
  if (isPkcs8(text)) return fromPkcs8(text, passphrase)
  return isPpk(text) ? toSsh2(await fromPpk(text, passphrase)) : text
}

async function parseWithSsh2(text: string, passphrase: string | undefined): Promise<ParsedKey | Error> {
  const { utils } = (await import('ssh2')).default
  const parsed: ParsedKey | readonly ParsedKey[] | Error = utils.parseKey(text, passphrase)
  const first = Array.isArray(parsed) ? parsed[0] : parsed
  if (first === undefined || first instanceof Error) return first ?? new Error('There is no key in it')
  return first.isPrivateKey() ? first : new Error('It is a public key')
}

function unusable(name: string, opened: boolean, cause: unknown): TransferError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  if (opened) return badArgument(`The passphrase does not open the ${name}.`, `Check it (${reason}).`)
  return badArgument(`The ${name} cannot be used: ${reason}.`, 'OpenSSH, PEM, PKCS#8 and PPK keys can be read.')
}

import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { ParsedKey } from 'ssh2'
import { badArgument, TransferError } from '../../errors.js'
import { printable } from '../../printable.js'
import { fromHome, home, isMissing, readText, reasonOf } from './files.js'
import { checkCost } from './key-cost.js'
import { openSshHeader } from './openssh-key.js'
import type { KeySource, SshAuth, SshSecret } from './options.js'
import { fromPkcs8, isPkcs8, toSsh2 } from './pkcs8.js'
import { fromPpk, isPpk } from './ppk.js'
import { publicKeyIn } from './public-key.js'

/** A private key that may be offered to the server. */
export interface Identity {
  /** For messages: 'private key /home/me/.ssh/id_rsa', 'private key that was given'. */
  readonly name: string
  /** Resolves with the key; asks for the passphrase when it is encrypted. Rejects with `bad-argument` when it cannot be decrypted. */
  open(): Promise<ParsedKey>
}

/** An agent, and which of its keys are used. */
export interface AgentUse {
  readonly socket: string
  /** Public keys in SSH's encoding that are offered before all others. */
  readonly first: readonly Buffer[]
  /** No others are offered (IdentitiesOnly). */
  readonly only: boolean
}

/** The identities to log in with, in the order in which they are tried. */
export interface Identities {
  readonly keys: readonly Identity[]
  readonly agent?: AgentUse
  /** What was passed over, for warnings: default files that cannot be read. */
  readonly skipped: readonly string[]
  /** User certificates beside the keys, which are not supported. */
  readonly certificates: readonly string[]
}

/** Tried when no key is given, as OpenSSH does. */
const USUAL = ['id_ed25519', 'id_ecdsa', 'id_rsa']

/**
 * Reads the keys that were given; without any credentials, uses the agent of SSH_AUTH_SOCK and the default keys in ~/.ssh. A public
 * key picks its private half out of the agent. Rejects with `bad-argument` for a given key that cannot be read, is not a key, or is
 * encrypted while no passphrase is given.
 */
export async function findIdentities(auth: SshAuth): Promise<Identities> {
  const given = sourcesOf(auth.privateKey)
  // A password function is called only when needed, so it does not exclude the agent and the default keys.
  const nothing = given.length === 0 && !auth.agent && typeof auth.password !== 'string'
  if (nothing) return await usualIdentities(auth)
  const found = await Promise.all(given.map((source) => givenKey(source, auth.passphrase)))
  const first = found.filter((one) => Buffer.isBuffer(one))
  const socket = agentOf(auth.agent) ?? (first.length > 0 ? agentFor(auth) : undefined)
  return {
    keys: found.filter((one): one is Identity => !Buffer.isBuffer(one)),
    ...(socket !== undefined && { agent: { socket, first, only: !auth.agent } }),
    skipped: [],
    certificates: [],
  }
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

/** The agent that holds the private half of a public key. */
function agentFor(auth: SshAuth): string {
  const socket = usualAgent(auth)
  if (socket) return socket
  throw badArgument(
    'A public key was given as private key, and no agent is running that could hold its private half.',
    'Give the private key, or start an agent (ssh-agent) and add it with ssh-add.',
  )
}

function usualAgent({ agent, identityAgent }: SshAuth): string | undefined {
  if (agent === false || identityAgent === false) return undefined
  return identityAgent ?? (process.env['SSH_AUTH_SOCK'] || undefined)
}

/** What was found under one path: a private key, a public one, or both halves. */
interface Found {
  readonly identity?: Identity
  readonly publicKey?: Buffer
  readonly skipped?: string
  readonly certificate?: string
}

async function usualIdentities(auth: SshAuth): Promise<Identities> {
  const dir = home()
  const usual = dir === undefined ? [] : USUAL.map((file) => join(dir, '.ssh', file))
  const found: Found[] = []
  for (const path of auth.identityFiles ?? usual) found.push(await keyAt(path, auth))
  const first = found.flatMap(({ publicKey }) => publicKey ?? [])
  const socket = usualAgent(auth)
  const only = auth.identitiesOnly ?? false
  return {
    keys: found.flatMap(({ identity }) => identity ?? []),
    ...(socket !== undefined && !(only && first.length === 0) && { agent: { socket, first, only } }),
    skipped: found.flatMap(({ skipped }) => skipped ?? []),
    certificates: found.flatMap(({ certificate }) => certificate ?? []),
  }
}

/** The private key under a path, and its public half from beside it: the agent may hold the private one alone. */
async function keyAt(path: string, { passphrase, identityFiles }: SshAuth): Promise<Found> {
  const certificate = await access(`${path}-cert.pub`).then(
    () => `${path}-cert.pub`,
    () => undefined,
  )
  const beside = await publicKeyBeside(path)
  try {
    const text = await readText(path)
    const own = publicKeyIn(text, path)
    if (own) return { publicKey: own, certificate }
    const publicKey = openSshHeader(text)?.publicKey ?? beside
    return { identity: identityOf(`private key ${path}`, text, passphrase), publicKey, certificate }
  } catch (error) {
    if (error instanceof TransferError) throw error
    if (isMissing(error)) return { publicKey: beside, certificate }
    if (identityFiles) throw unreadable(path, error)
    return { skipped: `the private key ${path} cannot be read (${reasonOf(error)})` }
  }
}

async function publicKeyBeside(path: string): Promise<Buffer | undefined> {
  try {
    return publicKeyIn(await readText(`${path}.pub`), `${path}.pub`)
  } catch {
    return undefined // it only helps to find the key in the agent
  }
}

async function givenKey(source: KeySource, passphrase: SshSecret | undefined): Promise<Identity | Buffer> {
  const { name, text } = await textOf(source)
  const open = publicKeyIn(text, name)
  if (open) return open
  const key = await parse(name, text)
  if (key === 'encrypted' && passphrase === undefined) throw noPassphrase(name)
  return identityOf(name, text, passphrase)
}

async function textOf(source: KeySource): Promise<{ name: string; text: string }> {
  const name = 'private key that was given'
  if (typeof source !== 'string') return { name, text: Buffer.from(source).toString('utf8') }
  if (/-----BEGIN |^PuTTY-User-Key-File-|^(ssh|ecdsa|sk)-\S+ AAAA/.test(source)) return { name, text: source }
  const path = fromHome(source)
  try {
    return { name: `private key ${path}`, text: await readText(path) }
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
  checkReadable(name, text)
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

/** Throws `bad-argument` for what no passphrase makes usable, before any is asked for. */
function checkReadable(name: string, text: string): void {
  if (/-----BEGIN [^\n]*-----\\n/.test(text))
    throw badArgument(
      `The ${name} has '\\n' (a backslash and an n) where its lines should end.`,
      'Keep the line breaks when it goes through a variable or a JSON text.',
    )
  const cipher = openSshHeader(text)?.cipher ?? ''
  if (cipher.startsWith('chacha20'))
    throw badArgument(
      `The ${name} is encrypted with ${printable(cipher, 60)}, which cannot be decrypted here.`,
      'Encrypt it anew: ssh-keygen -p -Z aes256-ctr -f FILE.',
    )
  try {
    checkCost(text)
  } catch (cause) {
    throw unusable(name, false, cause)
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

/** What is wrong with the file itself, whatever the passphrase is. */
const NOT_THE_PASSPHRASE = /passphrase takes|^Argon2-|-Lines is|is not known$|unsupported/i

function unusable(name: string, opened: boolean, cause: unknown): TransferError {
  const reason = printable(cause instanceof Error ? cause.message : String(cause), 200)
  if (opened && !NOT_THE_PASSPHRASE.test(reason))
    return badArgument(`The passphrase does not open the ${name}.`, `Check it (${reason}).`)
  return badArgument(`The ${name} cannot be used: ${reason}.`, 'OpenSSH, PEM, PKCS#8 and PPK keys can be read.')
}

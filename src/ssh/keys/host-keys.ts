import { createHash } from 'node:crypto'
import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { badArgument, TransferError } from '../../errors.js'
import { printable } from '../../printable.js'
import { type Endpoint, hostPort } from '../../transport/endpoint.js'
import { parsePin } from '../../transport/tls/certificate.js'
import { fromHome, home, isMissing, readText } from './files.js'
import { type KnownKey, keyType, knownName, namesHost, parseKnownHosts } from './known-hosts.js'
import type { HostKeyOptions } from './options.js'

/** What the decision about a host key needs, read and checked. */
export interface Trust {
  /** SHA-256 in hex; when there are any, one of them must match. */
  readonly pins: readonly string[]
  readonly accept: 'known' | 'new' | 'any'
  readonly known: readonly KnownKey[]
  /** The files that were read, for messages; new keys are appended to the first. */
  readonly files: readonly string[]
  /** Lines that could not be parsed. */
  readonly problems: readonly string[]
  /** Default files that cannot be read, for a warning. */
  readonly skipped: readonly string[]
}

/** Bytes of a known_hosts file at most. */
const LONGEST = 64 * 1024 * 1024

export type Decision =
  | { readonly accepted: true; readonly by: 'fingerprint' | 'known' | 'new' | 'any'; readonly warning?: string }
  | {
      readonly accepted: false
      readonly because: 'unknown' | 'changed' | 'revoked' | 'not-pinned'
      readonly error: TransferError
    }

/** Why a host key was accepted, for messages. */
export const TRUSTED_BY: Readonly<Record<string, string>> = {
  fingerprint: 'its fingerprint was given',
  known: 'it is in known_hosts',
  new: 'the host was new, and new hosts are accepted',
  any: 'any host key is accepted',
}

/** Reads what is trusted. Rejects with `bad-argument` for an invalid value, `local` for a file that cannot be read. */
export async function readTrust(options: HostKeyOptions = {}): Promise<Trust> {
  const accept = options.accept ?? 'known'
  if (!['known', 'new', 'any'].includes(accept))
    throw badArgument(`hostKey.accept is '${String(accept)}'.`, "Use 'known', 'new' or 'any'.")
  const isDefault = options.knownHosts === undefined
  const files = isDefault ? standardFiles() : listOf(options.knownHosts ?? []).map(fromHome)
  const read = await Promise.all(files.map((file) => readKnown(file, isDefault)))
  return {
    pins: listOf(options.fingerprint ?? []).map(parsePin),
    accept,
    files,
    known: read.flatMap(({ keys }) => keys),
    problems: read.flatMap(({ problems }) => problems),
    skipped: read.flatMap(({ skipped }) => skipped ?? []),
  }
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}

function standardFiles(): string[] {
  const dir = home()
  return [...(dir === undefined ? [] : [join(dir, '.ssh', 'known_hosts')]), '/etc/ssh/ssh_known_hosts']
}

type Known = ReturnType<typeof parseKnownHosts> & { readonly skipped?: string }

async function readKnown(file: string, isDefault: boolean): Promise<Known> {
  try {
    return parseKnownHosts(await readText(file, LONGEST), file)
  } catch (cause) {
    if (isMissing(cause)) return { keys: [], problems: [] }
    const reason = cause instanceof Error ? cause.message : String(cause)
    const text = `The known hosts in ${file} cannot be read: ${reason}.`
    if (isDefault) return { keys: [], problems: [], skipped: `${text} They were passed over.` }
    throw new TransferError('local', text, { phase: 'local', cause })
  }
}

/** Returns 'SHA256:…', as OpenSSH prints it. */
export function fingerprintOf(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** Returns the lines about a host, by their marker. */
function linesFor(at: Endpoint, { known }: Trust): { keys: KnownKey[]; revoked: KnownKey[]; authorities: KnownKey[] } {
  const name = knownName(at)
  const own = known.filter((line) => namesHost(line.names, name))
  const marked = (marker: KnownKey['marker']): KnownKey[] => own.filter((line) => line.marker === marker)
  return { keys: marked(undefined), revoked: marked('revoked'), authorities: marked('cert-authority') }
}

/** Returns the key types known of a host: they are requested first, so that an honest server sends one of them. */
export function knownTypes(at: Endpoint, trust: Trust): string[] {
  return [...new Set(linesFor(at, trust).keys.map(({ type }) => type))]
}

/**
 * Decides about the host key of `at`, in this order: a revoked key is refused; given fingerprints decide alone; a known key is
 * accepted; 'any' accepts; a host with other known keys is refused; 'new' accepts. Keys known for the host's own port come first,
 * then those for port 22.
 */
export function decide(key: Buffer, at: Endpoint, trust: Trust): Decision {
  const offer = { key, at }
  const known = linesFor(at, trust)
  const elsewhere = linesFor({ ...at, port: 22 }, trust)
  const same = (line: KnownKey): boolean => line.key.equals(key)
  if ([...known.revoked, ...elsewhere.revoked].some(same)) return refuse('revoked', offer, trust)
  if (trust.pins.length > 0) {
    const pinned = trust.pins.includes(createHash('sha256').update(key).digest('hex'))
    return pinned ? { accepted: true, by: 'fingerprint' } : refuse('not-pinned', offer, trust)
  }
  if ([...known.keys, ...elsewhere.keys].some(same)) return { accepted: true, by: 'known' }
  if (trust.accept === 'any') return { accepted: true, by: 'any', warning: unchecked(key, at, known.keys) }
  if (known.keys.length > 0) return refuse('changed', offer, trust)
  if (trust.accept === 'new') return { accepted: true, by: 'new', warning: authorityIgnored(at, known.authorities) }
  return refuse('unknown', offer, trust)
}

function unchecked(key: Buffer, at: Endpoint, known: readonly KnownKey[]): string {
  const change = known.length > 0 ? ` IT HAS CHANGED: known is ${known.map(shown).join(', ')}.` : ''
  return `The host key of ${hostPort(at)} was accepted without a check (hostKey.accept is 'any'): ${offered(key)}.${change} An attacker on the path can read and change everything, including the password.`
}

function authorityIgnored(at: Endpoint, authorities: readonly KnownKey[]): string | undefined {
  if (authorities.length === 0) return undefined
  return `known_hosts trusts ${hostPort(at)} by a certificate authority (@cert-authority), which is not supported.`
}

function offered(key: Buffer): string {
  return `${printable(keyType(key) ?? 'unknown type', 64)} ${fingerprintOf(key)}`
}

function shown({ type, key, file, line }: KnownKey): string {
  return `${type} ${fingerprintOf(key)} (${file}:${line})`
}

type Refusal = Extract<Decision, { accepted: false }>

function refuse(because: Refusal['because'], { key, at }: { key: Buffer; at: Endpoint }, trust: Trust): Refusal {
  const { fault, hint } = SENTENCES[because](linesFor(at, trust), trust)
  const message = `The host key of ${hostPort(at)} ${fault}. The server sent ${offered(key)}.`
  return { accepted: false, because, error: new TransferError('host-key', message, { phase: 'connect', hint }) }
}

const VERIFY = 'Verify the fingerprint over another channel'

const SENTENCES: Readonly<
  Record<Refusal['because'], (lines: ReturnType<typeof linesFor>, trust: Trust) => { fault: string; hint: string }>
> = {
  revoked: () => ({
    fault: 'is revoked',
    hint: 'known_hosts marks it as revoked: its private key is compromised. Contact the administrator of the server.',
  }),
  'not-pinned': (_, { pins }) => ({
    fault: `is not the one in hostKey.fingerprint, ${pins.map(asPrinted).join(', ')}`,
    hint: `${VERIFY}; if the server has a new key, change hostKey.fingerprint.`,
  }),
  changed: ({ keys }) => ({
    fault: `has changed: known is ${keys.map(shown).join(', ')}`,
    hint: `An attacker may be intercepting the connection. ${VERIFY}; if the server has a new key, remove the old line, or give the new key as hostKey.fingerprint.`,
  }),
  unknown: ({ authorities }, { files }) => ({
    fault: `is not known: ${files.join(' and ')} ${files.length > 1 ? 'hold' : 'holds'} no key of it${authorities.length > 0 ? ', only a certificate authority (@cert-authority), which is not supported' : ''}`,
    hint: `${VERIFY}, then give it as hostKey.fingerprint, add the key to known_hosts, or set hostKey.accept to 'new'.`,
  }),
}

function asPrinted(hex: string): string {
  return `SHA256:${Buffer.from(hex, 'hex').toString('base64').replace(/=+$/, '')}`
}

/**
 * Appends a new key to the first known_hosts file, creating it (0600) and its directory (0700) where they are missing. Resolves
 * with the file. Rejects with the file system's error, or with `bad-argument` for a host that the format cannot hold.
 */
export async function remember(key: Buffer, at: Endpoint, { files }: Trust): Promise<string> {
  const [file] = files
  const name = knownName(at)
  if (file === undefined) throw badArgument('There is no known_hosts file to write to.')
  if (/[\s,*?!|#@]/.test(name)) throw badArgument(`'${printable(name, 80)}' cannot be written to known_hosts.`)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const before = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return ''
    throw error
  })
  const apart = before === '' || before.endsWith('\n') ? '' : '\n'
  await appendFile(file, `${apart}${name} ${keyType(key)} ${key.toString('base64')}\n`, { mode: 0o600 })
  return file
}

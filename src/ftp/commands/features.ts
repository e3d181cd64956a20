import type { HashName } from '../../store.js'
import type { Reply } from '../control/command-channel.js'
import { type Quirks, UNKNOWN_PROGRAM } from './quirks.js'

/** A way to have the server hash a file. `name` is the algorithm as OPTS HASH wants it. */
export interface Checksum {
  readonly verb: 'HASH' | 'XSHA512' | 'XSHA256' | 'XSHA1' | 'XSHA' | 'XMD5' | 'MD5' | 'XCRC'
  readonly algorithm: HashName
  readonly name?: string
}

/** What a server supports, as far as its replies have shown. A plain value; see without(). */
export interface Features {
  /** The server answered FEAT (RFC 2389). When not, everything may be tried once and is learned by refusal. */
  readonly known: boolean
  readonly quirks: Quirks
  /** Whether a command, or a feature such as TVFS, may be used: it is of RFC 959, or listed, or nothing is known; and was not refused. */
  has(verb: string): boolean
  /** Whether the FEAT reply itself lists it. */
  lists(verb: string): boolean
  /** The names of everything listed, in the server's order. */
  readonly listed: readonly string[]
  /** UTF8 is listed: names are UTF-8 (RFC 2640). */
  readonly utf8: boolean
  /** MODE Z: a file goes over as a deflate stream. Offered, or not known and not refused. */
  readonly modeZ: boolean
  /** The facts to ask for with OPTS MLST (RFC 3659 section 7.9), where the server has the fact `type` and does not send it unasked. */
  readonly factsToAsk?: string
  /** The ways to hash a file, best first; empty when nothing is known. */
  readonly checksums: readonly Checksum[]
}

interface Facts {
  readonly known: boolean
  readonly quirks: Quirks
  readonly listed: ReadonlyMap<string, string>
  readonly refused: ReadonlySet<string>
}

const facts = new WeakMap<Features, Facts>()

/** Commands of RFC 959 and RFC 1123, which no FEAT reply lists. */
const ALWAYS = new Set(
  'USER PASS ACCT CWD CDUP SMNT QUIT REIN PORT PASV TYPE STRU MODE RETR STOR STOU APPE ALLO REST RNFR RNTO ABOR DELE RMD MKD PWD LIST NLST SITE SYST STAT HELP NOOP FEAT OPTS'.split(
    ' ',
  ),
)
/** Commands that servers take without listing them: old ones have SIZE and MDTM but list them not, vsftpd's EPSV is older than its FEAT. */
const OFTEN = new Set(['SIZE', 'MDTM', 'EPSV', 'EPRT'])

const MOST_FEATURES = 1000

/**
 * Parses the reply to FEAT. A reply that is not 211, or none at all, leaves everything unknown. Before the login servers may list
 * fewer features, so FEAT is sent again after it.
 */
export function parseFeat(reply: Reply | undefined): Features {
  const known = reply !== undefined && reply.code >= 200 && reply.code < 300
  const listed = new Map<string, string>()
  for (const line of known ? reply.lines.slice(1, MOST_FEATURES) : []) {
    const [, verb = '', rest = ''] = /^\s*(\S+)\s*(.*)$/s.exec(line.slice(0, 2000)) ?? []
    if (verb !== '' && !/^end\b/i.test(line)) add(listed, verb.toUpperCase(), rest.trim())
  }
  return build({ known: known && listed.size > 0, quirks: UNKNOWN_PROGRAM, listed, refused: new Set() })
}

/** AUTH and SITE may be listed once for each of their words. */
function add(listed: Map<string, string>, verb: string, rest: string): void {
  const before = listed.get(verb)
  listed.set(verb, before === undefined ? rest : `${before};${rest}`)
}

/** The same features after the server refused a command as unknown. */
export function without(features: Features, verb: string): Features {
  const before = facts.get(features)
  if (!before) return features
  return build({ ...before, refused: new Set(before.refused).add(verb.toUpperCase()) })
}

/** The same features once it is known which program answers. */
export function withQuirks(features: Features, quirks: Quirks): Features {
  const before = facts.get(features)
  return before ? build({ ...before, quirks }) : features
}

function build(from: Facts): Features {
  const { known, quirks, listed, refused } = from
  const listsAny = (verb: string): boolean =>
    listed.has(verb) || (MACHINE_LISTING.includes(verb) && MACHINE_LISTING.some((either) => listed.has(either)))
  const may = (verb: string): boolean =>
    !known || ALWAYS.has(verb) || verb.startsWith('SITE ') || OFTEN.has(verb) || listsAny(verb)
  const has = (verb: string): boolean => !refused.has(verb) && may(verb)
  const features: Features = {
    known,
    quirks,
    has: (verb) => has(verb.toUpperCase()),
    lists: (verb) => listsAny(verb.toUpperCase()),
    listed: [...listed.keys()],
    utf8: listed.has('UTF8') && !refused.has('UTF8'),
    modeZ: !refused.has('MODE Z') && (!known || /\bZ\b/i.test(listed.get('MODE') ?? '')),
    factsToAsk: factsToAsk(listed.get('MLST') ?? ''),
    checksums: checksums(listed.get('HASH') ?? '', has, known),
  }
  facts.set(features, from)
  return features
}

/** MLST and MLSD come together and are listed as MLST (RFC 3659 section 7.8); Pure-FTPd lists both. */
const MACHINE_LISTING: readonly string[] = ['MLST', 'MLSD']

/** Facts of MLST and MLSD that make an entry. */
const USED_FACTS = new Set(
  'type size modify perm unique unix.mode unix.owner unix.uid unix.ownername unix.group unix.gid unix.groupname'.split(
    ' ',
  ),
)

/** `type;size*;` (RFC 3659 section 7.8): a star marks what comes unasked. All of that is asked for again, or it would be left out. */
function factsToAsk(text: string): string | undefined {
  const offered = text.split(';', MOST_FEATURES).map((fact) => fact.trim())
  if (!offered.some((fact) => fact.toLowerCase() === 'type')) return undefined
  const wanted = offered.filter((fact) => fact.endsWith('*') || USED_FACTS.has(fact.toLowerCase()))
  return wanted.map((fact) => `${fact.replace(/\*$/, '')};`).join('')
}

const ALGORITHMS: ReadonlyMap<string, HashName> = new Map([
  ['SHA-512', 'sha512'],
  ['SHA-256', 'sha256'],
  ['SHA-1', 'sha1'],
  ['SHA512', 'sha512'],
  ['SHA256', 'sha256'],
  ['SHA1', 'sha1'],
  ['MD5', 'md5'],
  ['CRC32', 'crc32'],
])

/** `HASH SHA-256;SHA-1*;MD5` (draft-bryan-ftpext-hash): a star marks the one in use. */
function hashNames(text: string): { name: string; algorithm?: HashName }[] {
  return text.split(';').flatMap((word) => {
    const name = word.trim().replace(/\*$/, '')
    return name === '' ? [] : [{ name, algorithm: ALGORITHMS.get(name.toUpperCase()) }]
  })
}

/** The verbs of the old ways, best first. */
const VERBS: readonly (readonly [Checksum['verb'], HashName])[] = [
  ['XSHA512', 'sha512'],
  ['XSHA256', 'sha256'],
  ['XSHA1', 'sha1'],
  ['XSHA', 'sha1'],
  ['XMD5', 'md5'],
  ['MD5', 'md5'],
  ['XCRC', 'crc32'],
]

function checksums(hash: string, has: (verb: string) => boolean, known: boolean): Checksum[] {
  if (!known) return VERBS.filter(([verb]) => has(verb)).map(([verb, algorithm]) => ({ verb, algorithm }))
  const byHash: Checksum[] = []
  for (const { name, algorithm } of has('HASH') ? hashNames(hash) : [])
    if (algorithm) byHash.push({ verb: 'HASH', algorithm, name })
  const byVerb = VERBS.filter(([verb]) => has(verb)).map(([verb, algorithm]) => ({ verb, algorithm }))
  return [...byHash, ...byVerb]
}

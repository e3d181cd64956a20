import type { Reply } from './command-channel.js'

const TRANSFERS = 'RETR STOR STOU APPE LIST NLST MLSD'
const LOGIN = 'USER PASS ACCT AUTH ADAT HOST REIN'

/**
 * Codes that only some commands are answered with (RFC 959 section 4.2.2; RFC 2228, 2389, 2428, 3659 and 7151 for later commands). A
 * code that is not here can answer any command: 200, 202, 250, a late 220, every refusal.
 */
const ONLY: readonly (readonly [codes: string, verbs: string])[] = [
  ['110 125 150', TRANSFERS],
  ['211', 'FEAT STAT HELP OPTS'],
  ['212', 'STAT'],
  ['213', 'SIZE MDTM STAT MFMT'],
  ['214', 'HELP'],
  ['215', 'SYST'],
  ['221', 'QUIT REIN'],
  ['225 226', `${TRANSFERS} ABOR STAT`],
  ['227 228 229', 'PASV EPSV'],
  ['230 231 232 331 336', LOGIN],
  ['234 235 334 335', 'AUTH ADAT'],
  ['257', 'PWD MKD CWD CDUP'],
  ['350', 'REST RNFR'],
]

/** Other commands whose replies are known. SITE, X commands and whatever a proxy defines can be answered with anything. */
const PLAIN = 'DELE RMD RNTO TYPE MODE STRU NOOP ALLO PBSZ PROT CCC PORT EPRT MLST'

const VERBS_OF = new Map(
  ONLY.flatMap(([codes, verbs]) => codes.split(' ').map((code) => [Number(code), new Set(verbs.split(' '))] as const)),
)
const KNOWN = new Set([...PLAIN.split(' '), ...Array.from(VERBS_OF.values()).flatMap((verbs) => [...verbs])])

/** The facts of an MLST reply (RFC 3659 section 7): no other command is answered with them. */
const FACTS = /^[ \t]*[a-z][\w.-]*=[^;]*;/im

/** A number that SIZE is answered with, which MDTM is not: a time has fourteen digits (RFC 3659 section 2.3). */
const NOT_A_TIME = /^\s*\d{1,11}\s*$/

/** The command of a line, in upper case. */
export function verbOf(line: string): string {
  return /^\s*([A-Za-z]+)/.exec(line)?.[1]?.toUpperCase() ?? ''
}

/** Whether a reply can be the answer to a command. One that cannot means that replies and commands are out of step. */
export function canAnswer(verb: string, { code, text }: Pick<Reply, 'code' | 'text'>): boolean {
  if (code >= 400 || code === 332 || !KNOWN.has(verb)) return true
  const verbs = VERBS_OF.get(code)
  if (verbs && !verbs.has(verb)) return false
  if (code === 250 && verb !== 'MLST' && FACTS.test(text)) return false
  return !(verb === 'MDTM' && code === 213 && NOT_A_TIME.test(text))
}

/** The code of commands whose only good answer has one: any other 2xx refuses them. */
const OWN: ReadonlyMap<string, number> = new Map([
  ['SIZE', 213],
  ['MDTM', 213],
  ['MLST', 250],
])

/** Whether a reply is the one that a command is sent for. */
export function isOwnReply(verb: string, code: number): boolean {
  const own = OWN.get(verb)
  return own === undefined ? code < 300 && isCarriedOut(verb, code) : code === own
}

/** Replies that mean: this server does not know the command (RFC 959 section 4.2, RFC 5797). */
const UNKNOWN = new Set([500, 502, 504])
/** Replies that mean the same where the command has never been answered: servers and gateways are not exact about it. */
const UNKNOWN_UNLESS_TOLD = new Set([402, 501, 503, 530])
const NOT_HERE =
  /not (?:allowed|permitted|implemented|supported|understood|recogni[sz]ed)|disabled|(?:unknown|unrecogni[sz]ed|invalid|illegal) command/i

/**
 * Whether a refusal is one of the command, not of what it was about: an older command may do then. `told`: the server has answered it
 * before.
 */
export function refusesCommand({ code, text }: Pick<Reply, 'code' | 'text'>, told = false): boolean {
  if (UNKNOWN.has(code)) return true
  return !told && (code < 400 || UNKNOWN_UNLESS_TOLD.has(code) || (code >= 500 && NOT_HERE.test(text)))
}

/** Whether a command only looks: an older way of looking may do in its place. */
export function isLook(verb: string): boolean {
  return OWN.has(verb)
}

/** Whether REST was accepted: 350, or another code that refuses nothing. */
export function takesRestart({ code }: Pick<Reply, 'code'>): boolean {
  return code >= 200 && code < 400 && code !== 202
}

/** Commands for which "superfluous at this site" (202) is as good as done (RFC 959 section 4.2). */
const MAY_BE_SUPERFLUOUS = new Set('USER PASS ACCT TYPE MODE STRU NOOP ALLO OPTS PBSZ'.split(' '))

/** Returns whether a 2xx reply confirms the command. 202 does not, and neither does a late greeting. */
export function isCarriedOut(verb: string, code: number): boolean {
  if (code === 202) return MAY_BE_SUPERFLUOUS.has(verb)
  return code !== 220 || !KNOWN.has(verb) || LOGIN.includes(verb)
}

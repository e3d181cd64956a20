import { timingSafeEqual } from 'node:crypto'
import { FACTS } from './listing.js'
import { type Command, quoted, reset, type SessionState } from './session-state.js'

const ANONYMOUS = new Set(['anonymous', 'ftp'])
const logIn = (session: SessionState): string => {
  session.stage = 'logged-in'
  return `230 User ${session.user} logged in.`
}

function user(session: SessionState, name: string): string {
  if (name === '') return '501 USER needs a name.'
  if (session.settings.tls?.required && !session.tls) return '530 Non-anonymous sessions must use encryption.'
  reset(session)
  session.user = name
  if (session.tls?.certified && session.settings.users.has(name)) return certified(session)
  if (session.settings.users.get(name)?.password === '') return logIn(session)
  session.stage = 'password'
  if (isAnonymous(session)) return '331 Anonymous login ok, send your e-mail address as the password.'
  return `331 Password required for ${name}.`
}

/** Logs in by the client's certificate, which replaces the password (RFC 4217 section 4). */
function certified(session: SessionState): string {
  logIn(session)
  return `232 User ${session.user} logged in, authorized by certificate.`
}

function isAnonymous({ settings, user }: SessionState): boolean {
  return settings.anonymous && !settings.users.has(user) && ANONYMOUS.has(user.toLowerCase())
}

function password(session: SessionState, given: string): string {
  if (session.stage !== 'password') return '503 Login with USER first.'
  if (isAnonymous(session)) return logIn(session)
  const known = session.settings.users.get(session.user)
  if (!known || !same(given, known.password)) return refuse(session)
  if (known.account === undefined) return logIn(session)
  session.stage = 'account'
  return `332 Need account for ${session.user}.`
}

function account(session: SessionState, given: string): string {
  if (session.stage === 'logged-in') return '202 No account is needed.'
  if (session.stage !== 'account') return '503 Login with USER first.'
  return same(given, session.settings.users.get(session.user)?.account ?? '') ? logIn(session) : refuse(session)
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function refuse(session: SessionState): string {
  session.stage = 'new'
  return '530 Login incorrect.'
}

function rein(session: SessionState): string {
  reset(session)
  return '220 Ready for a new user.'
}

function host(session: SessionState, name: string): string {
  if (session.stage === 'logged-in') return '503 HOST comes before the login.'
  return name === '' ? '501 HOST needs a name.' : '220 Host accepted.'
}

function type(session: SessionState, argument: string): string {
  const wanted = argument.toUpperCase()
  if (/^A( N)?$/.test(wanted)) session.type = 'A'
  else if (/^(I|L ?8)$/.test(wanted)) session.type = 'I'
  else return '504 Type not implemented.'
  return `200 Type set to ${wanted}.`
}

/** Handles STRU and MODE: accepts only the one value that clients use. */
function only(letter: string, what: string): (session: SessionState, argument: string) => string {
  return (_, argument) => (argument.toUpperCase() === letter ? `200 ${what} set to ${letter}.` : '504 Not implemented.')
}

const HASHES = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-512': 'sha512', MD5: 'md5', CRC32: 'crc32' } as const
export const HASH_NAMES = Object.entries(HASHES)

function opts(session: SessionState, argument: string): string {
  const [what = '', value = ''] = argument.split(/ +/, 2)
  const feature = what.toUpperCase()
  if (session.settings.without.has(feature)) return '501 Option not understood.'
  if (feature === 'UTF8') return '200 UTF8 is always on.'
  if (feature === 'MLST') return optsMlst(session, value)
  const hash = HASH_NAMES.find(([name]) => name === value.toUpperCase())
  if (feature !== 'HASH' || !hash) return '501 Option not understood.'
  session.hash = hash[1]
  return `200 ${hash[0]}`
}

function optsMlst(session: SessionState, value: string): string {
  const wanted = value.toLowerCase().split(';')
  session.facts = FACTS.filter((fact) => wanted.includes(fact.toLowerCase()))
  return `200 MLST OPTS ${session.facts.map((fact) => `${fact};`).join('')}`
}

/** Replies to STAT without a path. */
export function status(session: SessionState): string[] {
  return ['211-Status', ` User: ${session.user || '(none)'}`, ` Type: ${session.type}`, '211 End of status']
}

/** The commands for login and representation. */
export const ACCESS: Readonly<Record<string, Command>> = {
  USER: { run: user, open: true },
  PASS: { run: password, open: true },
  ACCT: { run: account, open: true },
  REIN: { run: rein, open: true },
  QUIT: { run: () => '221 Goodbye.', open: true, ends: true },
  HOST: { run: host, open: true, feature: () => 'HOST' },
  NOOP: { run: () => '200 NOOP ok.', open: true },
  SYST: { run: () => '215 UNIX Type: L8', open: true },
  OPTS: { run: opts, open: true },
  TYPE: { run: type },
  STRU: { run: only('F', 'Structure') },
  MODE: { run: only('S', 'Mode') },
  ALLO: { run: () => '202 No storage allocation necessary.' },
  PWD: { run: (session) => `257 ${quoted(session.cwd)} is the current directory.` },
  ABOR: { run: () => '226 Abort successful.' },
}

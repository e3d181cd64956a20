import { timingSafeEqual } from 'node:crypto'
import { FACTS } from './listing.js'
import { type Command, quoted, reset, type Visit } from './session-state.js'

const ANONYMOUS = new Set(['anonymous', 'ftp'])
const LOGGED_IN = (visit: Visit): string => {
  visit.stage = 'in'
  return `230 User ${visit.user} logged in.`
}

function user(visit: Visit, name: string): string {
  if (name === '') return '501 USER needs a name.'
  if (visit.settings.tls?.required && !visit.tls) return '530 Non-anonymous sessions must use encryption.'
  reset(visit)
  visit.user = name
  if (visit.tls?.certified && visit.settings.users.has(name)) return certified(visit)
  if (visit.settings.users.get(name)?.password === '') return LOGGED_IN(visit)
  visit.stage = 'password'
  if (isAnonymous(visit)) return '331 Anonymous login ok, send your e-mail address as the password.'
  return `331 Password required for ${name}.`
}

/** RFC 4217 section 4: the client's certificate stands for the password. */
function certified(visit: Visit): string {
  LOGGED_IN(visit)
  return `232 User ${visit.user} logged in, authorized by certificate.`
}

function isAnonymous({ settings, user }: Visit): boolean {
  return settings.anonymous && !settings.users.has(user) && ANONYMOUS.has(user.toLowerCase())
}

function password(visit: Visit, given: string): string {
  if (visit.stage !== 'password') return '503 Login with USER first.'
  if (isAnonymous(visit)) return LOGGED_IN(visit)
  const known = visit.settings.users.get(visit.user)
  if (!known || !same(given, known.password)) return refuse(visit)
  if (known.account === undefined) return LOGGED_IN(visit)
  visit.stage = 'account'
  return `332 Need account for ${visit.user}.`
}

function account(visit: Visit, given: string): string {
  if (visit.stage === 'in') return '202 No account is needed.'
  if (visit.stage !== 'account') return '503 Login with USER first.'
  return same(given, visit.settings.users.get(visit.user)?.account ?? '') ? LOGGED_IN(visit) : refuse(visit)
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function refuse(visit: Visit): string {
  visit.stage = 'new'
  return '530 Login incorrect.'
}

function rein(visit: Visit): string {
  reset(visit)
  return '220 Ready for a new user.'
}

function host(visit: Visit, name: string): string {
  if (visit.stage === 'in') return '503 HOST comes before the login.'
  return name === '' ? '501 HOST needs a name.' : '220 Host accepted.'
}

function type(visit: Visit, argument: string): string {
  const wanted = argument.toUpperCase()
  if (/^A( N)?$/.test(wanted)) visit.type = 'A'
  else if (/^(I|L ?8)$/.test(wanted)) visit.type = 'I'
  else return '504 Type not implemented.'
  return `200 Type set to ${wanted}.`
}

/** STRU and MODE: the one form everybody uses is the one there is. */
function only(letter: string, what: string): (visit: Visit, argument: string) => string {
  return (_, argument) => (argument.toUpperCase() === letter ? `200 ${what} set to ${letter}.` : '504 Not implemented.')
}

const HASHES = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-512': 'sha512', MD5: 'md5', CRC32: 'crc32' } as const
export const HASH_NAMES = Object.entries(HASHES)

function opts(visit: Visit, argument: string): string {
  const [what = '', value = ''] = argument.split(/ +/, 2)
  const feature = what.toUpperCase()
  if (visit.settings.without.has(feature)) return '501 Option not understood.'
  if (feature === 'UTF8') return '200 UTF8 is always on.'
  if (feature === 'MLST') return optsMlst(visit, value)
  const hash = HASH_NAMES.find(([name]) => name === value.toUpperCase())
  if (feature !== 'HASH' || !hash) return '501 Option not understood.'
  visit.hash = hash[1]
  return `200 ${hash[0]}`
}

function optsMlst(visit: Visit, value: string): string {
  const wanted = value.toLowerCase().split(';')
  visit.facts = FACTS.filter((fact) => wanted.includes(fact.toLowerCase()))
  return `200 MLST OPTS ${visit.facts.map((fact) => `${fact};`).join('')}`
}

/** STAT without a path. */
export function status(visit: Visit): string[] {
  return ['211-Status', ` User: ${visit.user || '(none)'}`, ` Type: ${visit.type}`, '211 End of status']
}

/** The commands that deal with who is there and how things are sent. */
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
  PWD: { run: (visit) => `257 ${quoted(visit.cwd)} is the current directory.` },
  ABOR: { run: () => '226 Abort successful.' },
}

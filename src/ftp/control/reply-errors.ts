import { type ErrorCode, type Phase, TransferError } from '../../errors.js'
import { printable } from '../../printable.js'
import { alerted } from '../../transport/tls/tls-errors.js'
import type { Reply } from './command-channel.js'

/** What was asked when the reply came: the command as it may be shown, and the path it was about. */
export interface FailureContext {
  readonly command: string
  readonly path?: string
  readonly phase: Phase
}

/** What a reply means. `codes`: three digits, 'x' for any. `phases`, `text`: only then. The first rule that fits wins. */
interface Rule {
  readonly codes: readonly string[]
  readonly phases?: readonly Phase[]
  readonly text?: RegExp
  readonly code: ErrorCode
  readonly retryable?: true
  readonly hint?: string
}

const ENTRY: readonly Phase[] = ['connect', 'greeting', 'proxy', 'login', 'tls']
const ANY = ['4xx', '5xx']
/** Codes that servers use for any error with a file; only the text is specific. */
const FILE = ['450', '451', '550', '551', '553']

const MISSING =
  /no such|not found|n[o']t find|nicht gefunden|nicht finden|introuvable|n'existe pas|(?:not|n't) exist|unknown file|non-?existent|invalid path|no files found|file existence|is not retrievable/i
/** vsftpd and FileZilla Server send no reason. */
const UNSAID = /failed to (?:open file|change directory)|couldn't open the file|could not get (?:file|modification)/i
const FULL =
  /no space|space left|disk (?:is )?full|(?:not enough|insufficient|out of) (?:disk |storage |free )?(?:space|storage)|quota/i
const REUSE = /require_ssl_reuse|session.{1,40}(?:reuse|resum)|not resumed/i
const CROWDED =
  /(?:too many|maximum|limit|\bmax\.? ?\d{0,9} ?(?:users|clients|connections|sessions))(?!.{0,30}(?:attempts|tries|fail))/i
const NEEDS_TLS = /\b(?:tls|ssl|cleartext|encryption|encrypted|secure connection|use auth)\b/i

const TOO_MANY = 'Close other sessions, lower `pool.max`, or try again later.'
const USE_TLS = 'The server wants TLS before the login: use ftpes:// (explicit) or ftps:// (implicit).'
const FIREWALL = 'Try again; if it stays, a firewall may block data connections: try the other dataMode, or a proxy.'
export const RESUME_HINT =
  'The server wants the data connection to resume the TLS session of the control connection: leave `tls.reuse` at "auto", or have the server relax it.'

const RULES: readonly Rule[] = [
  {
    codes: ['331'],
    phases: ['login'],
    code: 'login-refused',
    hint: 'The server asks for a password: give `password`.',
  },
  { codes: ['332'], phases: ['login'], code: 'login-refused', hint: 'The server asks for an account: give `account`.' },
  {
    codes: ['1xx', '2xx', '3xx'],
    code: 'protocol',
    hint: 'The server answers out of order; a proxy may stand between.',
  },
  { codes: ANY, phases: ENTRY, text: CROWDED, code: 'too-many-sessions', retryable: true, hint: TOO_MANY },
  { codes: ['421', '5xx'], phases: ['greeting', 'login'], text: NEEDS_TLS, code: 'login-refused', hint: USE_TLS },
  { codes: ['421'], code: 'session-lost', retryable: true, hint: 'The server ended the session; connect again.' },
  { codes: ['4xx'], phases: ['proxy'], code: 'proxy-refused', retryable: true },
  { codes: ['5xx'], phases: ['proxy'], code: 'proxy-refused' },
  { codes: ['425', '450', '522'], text: REUSE, code: 'data-connection', retryable: true, hint: RESUME_HINT },
  { codes: ['425', '426'], code: 'data-connection', retryable: true, hint: FIREWALL },
  { codes: ['430'], code: 'login-refused', hint: 'Check the user name and the password.' },
  { codes: ['532'], code: 'login-refused', hint: 'The server asks for an account: give `account`.' },
  { codes: ['5xx'], phases: ['login'], code: 'login-refused', hint: 'Check the user name and the password.' },
  { codes: ['530'], text: /log|user|pass|auth/i, code: 'login-refused', hint: 'Log in first: remote.login().' },
  { codes: ['530'], code: 'permission-denied', hint: 'This user may not do that.' },
  { codes: ['452', '552'], code: 'disk-full', hint: 'Free space on the server, or raise the quota of this user.' },
  { codes: FILE, text: FULL, code: 'disk-full', hint: 'Free space on the server, or raise the quota of this user.' },
  { codes: ANY, text: /ascii (?:mode|type)/i, code: 'refused', hint: 'Not in text mode: use type binary.' },
  { codes: FILE, text: /another process|\bin use\b|\bbusy\b|\blocked\b|temporar/i, code: 'busy', retryable: true },
  { codes: FILE, text: MISSING, code: 'not-found' },
  {
    codes: FILE,
    text: UNSAID,
    code: 'not-found',
    hint: 'The server does not say why: the user may also lack the right.',
  },
  {
    codes: FILE,
    text: /overwrite/i,
    code: 'permission-denied',
    hint: 'It exists, and the server lets nobody replace it.',
  },
  { codes: FILE, text: /not a directory/i, code: 'not-directory' },
  {
    codes: FILE,
    text: /is a directory|not a (?:plain |regular )?file|only .{0,20}regular files/i,
    code: 'is-directory',
  },
  { codes: FILE, text: /not empty/i, code: 'refused', hint: 'Remove what is in it first (recursive).' },
  { codes: [...FILE, '521'], text: /\bexists?\b/i, code: 'exists' },
  {
    codes: FILE,
    text: /permission|permitted|privilege|denied|not allowed|read-?only|access|forbidden|verweigert|refusé|denegado/i,
    code: 'permission-denied',
    hint: 'This user may not do that.',
  },
  { codes: ['4xx'], code: 'busy', retryable: true, hint: 'The server says that this may pass: try again later.' },
  { codes: ['500', '502', '504'], code: 'not-supported' },
  { codes: ['503'], text: NEEDS_TLS, code: 'refused', hint: USE_TLS },
  {
    codes: ['521', '533', '536'],
    code: 'refused',
    hint: 'The protection of the channel does not suit the server: see `tls.data`.',
  },
  {
    codes: ['522'],
    code: 'refused',
    hint: 'The server does not take this address family: try PASV and PORT, or the other family.',
  },
  {
    codes: ['534', '535', '537'],
    code: 'refused',
    hint: 'The server does not take these security parameters: see `tls`.',
  },
  { codes: ['553'], code: 'permission-denied', hint: 'The name is not allowed, or this user may not write there.' },
]

/**
 * Returns the error for an unexpected reply. Secrets in the reply and the command must be masked before. The message is one sentence:
 * the command and the server's reply, made printable.
 */
export function failure(reply: Reply, { command, path, phase }: FailureContext): TransferError {
  const text = wording(reply, path)
  const rule = RULES.find((one) => fits(one, reply.code, { phase, text })) ?? OTHER
  return new TransferError(rule.code, sentence(reply, command), {
    phase,
    retryable: rule.retryable ?? false,
    path,
    reply: { code: reply.code, text: reply.text },
    command: command === '' ? undefined : command,
    hint: rule.hint,
  })
}

/** Returns whether a refusal says that there is nothing under the path. Some servers use the same words for what they do not show. */
export function saysMissing(reply: Reply, path: string): boolean {
  return reply.code >= 400 && MISSING.test(wording(reply, path))
}

/** Returns whether a refusal gives no reason: nothing, or no more than the words of RFC 959. */
export function saysNothing(reply: Reply, path: string): boolean {
  return !/\w/.test(wording(reply, path).replace(EMPTY_WORDS, ''))
}

const EMPTY_WORDS = /requested (?:file )?action (?:not taken|aborted)|\b(?:list|nlst|mlsd|failed|error)\b/gi

/** Returns whether the refusal of a data connection demands a resumed TLS session. */
export function wantsReuse(reply: Reply): boolean {
  return REUSE_CODES.has(reply.code) && REUSE.test(reply.text)
}

const REUSE_CODES: ReadonlySet<number> = new Set([425, 450, 522])

const OTHER: Rule = { codes: [], code: 'refused' }

/** What the rules read: the path is taken out, because a file may be called 'not found'. */
function wording(reply: Reply, path: string | undefined): string {
  const text = reply.text.slice(0, 2000)
  return path !== undefined && path.length > 1 ? text.replaceAll(path, '') : text
}

function fits(rule: Rule, code: number, { phase, text }: { phase: Phase; text: string }): boolean {
  if (!rule.codes.some((mask) => covers(mask, code))) return false
  return (rule.phases?.includes(phase) ?? true) && (rule.text?.test(text) ?? true)
}

function covers(mask: string, code: number): boolean {
  return mask.endsWith('xx') ? mask[0] === String(code)[0] : mask === String(code)
}

function sentence(reply: Reply, command: string): string {
  const text = reply.lines.map((line) => line.trim()).filter((line) => line !== '')
  const said = printable(`${reply.code} ${text.join(' / ')}`.trimEnd(), 200)
  if (command === '') return `The server said ${said}`
  const asked = printable(command, 200)
  return reply.code < 400 ? `The server answered ${asked} with ${said}` : `The server refused ${asked}: ${said}`
}

/** Returns the error for bytes received after the reply that another layer begins after: their sender cannot be verified. */
export function glued(line: string, where: string): TransferError {
  return new TransferError(
    'protocol',
    `${where} sent more bytes right behind its answer to ${line}; they cannot be trusted.`,
    {
      phase: 'tls',
      hint: 'Somebody may have put them there (command injection before TLS). Nothing else was sent.',
    },
  )
}

/** The error for what the server has no command for. */
export function unsupported(what: string, command: string, path?: string): TransferError {
  return new TransferError('not-supported', `The server cannot ${what}: it does not know ${command}.`, {
    phase: 'command',
    command,
    path,
  })
}

/** The error for a session whose replies and commands cannot be told apart any more. */
export function outOfStep(what: string): TransferError {
  const text = `${what}; the session is out of step and was given up.`
  return new TransferError('session-lost', text, { phase: 'command', retryable: true })
}

/** The error for a control connection that ended by itself. */
export function broken(cause: unknown, peer: string): TransferError {
  const known = cause instanceof TransferError ? cause : alerted(cause, peer)
  if (known) return known
  const reason = cause instanceof Error ? `: ${cause.message}` : ''
  const text = `${peer} closed the control connection${reason}.`
  return new TransferError('session-lost', text, { phase: 'command', retryable: true, cause })
}

/** The error for a greeting that never came, with the text that came in its place. */
export function withBanner(error: unknown, banner: string): unknown {
  if (!(error instanceof TransferError) || banner === '') return error
  const text = printable(banner, 100)
  if (error.code !== 'timeout') return error.with({ message: `${error.message} It had sent this text: "${text}".` })
  const message = `The server sent something that is not an FTP reply: "${text}". ${error.message}`
  return error.with({
    code: 'protocol',
    message,
    retryable: false,
    hint: 'Check that the host and port are those of an FTP server.',
  })
}

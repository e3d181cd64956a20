/** What a proxy does with a command that it accepts. */
export type Act =
  /** Stores the value and replies 331. */
  | 'ask'
  /** Compares the proxy's user and password. */
  | 'check'
  /** Has the server's name: connects to it (or later, at USER). */
  | 'reach'
  /** Connects if necessary, sends USER to the server and passes the reply on. */
  | 'user'
  /** Sends PASS to the server and passes the reply on. */
  | 'pass'
  /** Compares the proxy's user and password, connects, sends USER and PASS to the server, passes the last reply on. */
  | 'login'

/** One command of a sign-on as the proxy expects it. */
export interface ProxyStep {
  readonly verb: string
  /** The argument: <user> <password> <host> <proxyUser> <proxyPassword>; text before the first placeholder is literal. */
  readonly form: string
  /** Which of several equal separators counts. Defaults to 'last'. */
  readonly split?: 'first' | 'last'
  readonly act: Act
  /** Sent in place of the usual 2xx or 331. */
  readonly reply?: string
}

const USER_AT_HOST: ProxyStep = { verb: 'USER', form: '<user>@<host>', act: 'user' }
const USER: ProxyStep = { verb: 'USER', form: '<user>', act: 'user' }
const PROXY_USER: ProxyStep = { verb: 'USER', form: '<proxyUser>', act: 'ask' }
const PROXY_PASS: ProxyStep = { verb: 'PASS', form: '<proxyPassword>', act: 'check' }
const OPEN: ProxyStep = { verb: 'OPEN', form: '<host>', act: 'reach' }
const SITE: ProxyStep = { verb: 'SITE', form: '<host>', act: 'reach' }

/**
 * The sign-on of each dialect, up to the point from which everything is passed on to the server. A PASS for the server that is
 * not listed is already passed on.
 */
export const DIALECTS = {
  user: [USER_AT_HOST],
  login: [PROXY_USER, PROXY_PASS, USER_AT_HOST],
  open: [OPEN, USER],
  site: [PROXY_USER, PROXY_PASS, SITE, USER],
  /** A proxy with a command of its own: `SITE GATE host:port`, answered 200, then a plain USER and PASS. */
  other: [{ verb: 'SITE', form: 'GATE <host>', act: 'reach', reply: '200 Gate is open.' }, USER],
  'login-open': [PROXY_USER, PROXY_PASS, OPEN, USER],
  joined: [
    { verb: 'USER', form: '<user>@<proxyUser>@<host>', act: 'ask' },
    { verb: 'PASS', form: '<password>@<proxyPassword>', act: 'login' },
  ],
  raptor: [
    { verb: 'USER', form: '<user>@<host> <proxyUser>', act: 'user' },
    { verb: 'PASS', form: '<password>', act: 'pass', reply: '332 Need account for login.' },
    { verb: 'ACCT', form: '<proxyPassword>', act: 'check' },
  ],
  proxyuser: [{ verb: 'USER', form: '<proxyUser>@<host>', act: 'ask' }, PROXY_PASS, USER],
  transparent: [PROXY_USER, PROXY_PASS, USER],
  novell: [
    { verb: 'USER', form: '<proxyUser>$<user>$<host>', split: 'first', act: 'ask' },
    { verb: 'PASS', form: '<proxyPassword>$<password>', split: 'first', act: 'login' },
  ],
  'site-user': [PROXY_USER, PROXY_PASS, { verb: 'SITE', form: '<user>@<host>', act: 'user' }],
  authorize: [
    USER_AT_HOST,
    { verb: 'PASS', form: '<password>', act: 'pass' },
    { verb: 'AUTH', form: '<proxyUser>', act: 'ask', reply: '331 Challenge "Sallyport".' },
    { verb: 'RESP', form: '<proxyPassword>', act: 'check' },
  ],
  /** The user has the same name at the proxy and at the server. */
  sunscreen: [
    { verb: 'USER', form: '<proxyUser>@<host>', split: 'first', act: 'ask' },
    { verb: 'PASS', form: '<proxyPassword>@<password>', split: 'first', act: 'login' },
  ],
  suse: [
    { verb: 'USER', form: '<proxyUser>%<user>@<host>', act: 'ask' },
    { verb: 'PASS', form: '<proxyPassword>%<password>', split: 'first', act: 'login' },
  ],
} satisfies Record<string, readonly ProxyStep[]>

/** The names of the dialects that `startProxy()` knows. */
export type DialectName = keyof typeof DIALECTS

/** Returns whether the dialect asks for the proxy's own user and password. */
export function needsLogin(name: DialectName): boolean {
  return DIALECTS[name].some((step) => step.form.includes('<proxyPassword>'))
}

/** Extracts the values from a command's argument by the step's form; returns undefined when it does not match. */
export function readForm({ form, split = 'last' }: ProxyStep, argument: string): Record<string, string> | undefined {
  const [prefix = '', ...parts] = form.split(/<(\w+)>/)
  if (argument.slice(0, prefix.length).toUpperCase() !== prefix.toUpperCase()) return undefined
  const names = parts.filter((_, at) => at % 2 === 0)
  const separators = parts.filter((_, at) => at % 2 === 1).slice(0, -1)
  const values = pieces(argument.slice(prefix.length), separators, split)
  if (!values || values.some((value) => value === '')) return undefined
  return Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']))
}

function pieces(text: string, separators: readonly string[], split: 'first' | 'last'): string[] | undefined {
  const order = split === 'first' ? separators : separators.toReversed()
  const found: string[] = []
  let rest = text
  for (const separator of order) {
    const at = split === 'first' ? rest.indexOf(separator) : rest.lastIndexOf(separator)
    if (at < 0) return undefined
    const [before, after] = [rest.slice(0, at), rest.slice(at + separator.length)]
    found.push(split === 'first' ? before : after)
    rest = split === 'first' ? after : before
  }
  found.push(rest)
  return split === 'first' ? found : found.reverse()
}

/** Parses host, host:port, 'host port', host,port, [v6] or [v6]:port; returns undefined for anything else. */
export function readHost(text: string): { host: string; port: number } | undefined {
  const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:,[\]]+))(?:[:, ](\d{1,5}))?$/.exec(text.trim())
  const port = Number(found?.[3] ?? 21)
  const host = found?.[1] ?? found?.[2]
  return host === undefined || port < 1 || port > 65535 ? undefined : { host, port }
}

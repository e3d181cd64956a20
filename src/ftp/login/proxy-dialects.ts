// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${…} is the step language here
import { badArgument } from '../../errors.js'
import { suggestion } from '../../nearest.js'

/**
 * One step of the login at an FTP proxy: a line that is sent. `$\{name\}` in it is replaced by a value: `user`, `password`, `account`,
 * `host`, `port`, `hostport`, `proxyUser`, `proxyPassword`, `authId`, `authResponse`, `separator`. Everything else is sent as it is.
 */
export interface Step {
  /** The line, without its CRLF. A step whose `proxyUser`, `proxyPassword` or `account` is empty is dropped. */
  readonly send: string
  /**
   * The replies that let the login go on, as codes or classes joined by `|`: `'220'`, `'2xx|331'`.
   *
   * @defaultValue '2xx|3xx'
   */
  readonly expect?: string
  /** Sent only if the step before was sent and got a reply of this class. */
  readonly when?: '2xx' | '3xx'
  /** Begins TLS once the step was accepted: the name to send as SNI, and whose certificate is expected. */
  readonly tls?: {
    /** The name to send as SNI. */
    readonly sni?: string
    /** Whose certificate is expected. */
    readonly identity: 'server' | 'proxy'
  }
}

/** How one kind of FTP proxy is passed. */
export interface Dialect {
  /** What happens after the proxy's greeting and before the server's own TLS, HOST and login. */
  readonly reach: readonly Step[]
  /** Replaces the plain USER, PASS, ACCT. */
  readonly login?: readonly Step[]
}

/** The names a step may use as `${name}`. `hostport` is the host with the port where the rules want one. */
export const VARIABLES = [
  'user',
  'password',
  'account',
  'host',
  'port',
  'hostport',
  'proxyUser',
  'proxyPassword',
  'authId',
  'authResponse',
  'separator',
] as const
export type Variable = (typeof VARIABLES)[number]

const PASSWORD: readonly Step[] = [
  { send: 'PASS ${password}', when: '3xx' },
  { send: 'ACCT ${account}', when: '3xx' },
]
const USER_AT_HOST: readonly Step[] = [{ send: 'USER ${user}@${hostport}' }, ...PASSWORD]
const PROXY_LOGIN: readonly Step[] = [{ send: 'USER ${proxyUser}' }, { send: 'PASS ${proxyPassword}', when: '3xx' }]

/** The login where no dialect replaces it (RFC 959 section 5.4). */
export const PLAIN_LOGIN: readonly Step[] = [{ send: 'USER ${user}' }, ...PASSWORD]

/** Every dialect that has a name; `ftp+NAME` is its URL scheme. */
export const DIALECTS = {
  /** Gauntlet, TIS ftp-gw, Squid `ftp_port`, mod_proxy `user@host`, SuSE ftp-proxy, ftp.proxy, DeleGate. */
  user: { reach: [], login: USER_AT_HOST },
  /** InterLock, mod_proxy `proxyuser,user@host`, WinProxy. */
  login: { reach: PROXY_LOGIN, login: USER_AT_HOST },
  site: { reach: [...PROXY_LOGIN, { send: 'SITE ${hostport}' }] },
  open: { reach: [{ send: 'OPEN ${hostport}' }] },
  'login-open': { reach: [...PROXY_LOGIN, { send: 'OPEN ${hostport}' }] },
  /** Check Point, SuSE ftp-proxy with `UserAuthMagic @auth`. */
  joined: {
    reach: [],
    login: [
      { send: 'USER ${user}@${proxyUser}@${hostport}' },
      { send: 'PASS ${password}@${proxyPassword}', when: '3xx' },
      { send: 'ACCT ${account}', when: '3xx' },
    ],
  },
  /** Symantec Raptor; the default of Blue Coat and Edge SWG. The account is the proxy's password. */
  raptor: {
    reach: [],
    login: [
      { send: 'USER ${user}@${hostport} ${proxyUser}' },
      { send: 'PASS ${password}', when: '3xx' },
      { send: 'ACCT ${proxyPassword}', when: '3xx' },
    ],
  },
  /** mod_proxy `proxyuser@host,user`. */
  proxyuser: {
    reach: [{ send: 'USER ${proxyUser}@${hostport}' }, { send: 'PASS ${proxyPassword}', when: '3xx' }],
  },
  /** Intercepting firewalls: the server's address is dialled, the firewall asks first. */
  transparent: { reach: PROXY_LOGIN },
  /** Novell BorderManager. */
  novell: {
    reach: [],
    login: [
      { send: 'USER ${proxyUser}$${user}$${hostport}' },
      { send: 'PASS ${proxyPassword}$${password}', when: '3xx' },
      { send: 'ACCT ${account}', when: '3xx' },
    ],
  },
  /** PASS has no `when`: the reply to SITE is 2xx although the server still requires its password. */
  'site-user': {
    reach: PROXY_LOGIN,
    login: [
      { send: 'SITE ${user}@${hostport}' },
      { send: 'PASS ${password}' },
      { send: 'ACCT ${account}', when: '3xx' },
    ],
  },
  /** TIS and Gauntlet strong authentication; AUTH is the firewall's own here, not the one of RFC 2228. */
  authorize: {
    reach: [],
    login: [...USER_AT_HOST, { send: 'AUTH ${authId}' }, { send: 'RESP ${authResponse}', when: '3xx' }],
  },
  /** SunScreen: one user name for both, the host after the first `@`. */
  sunscreen: {
    reach: [],
    login: [
      { send: 'USER ${proxyUser}@${hostport}' },
      { send: 'PASS ${proxyPassword}@${password}', when: '3xx' },
      { send: 'ACCT ${account}', when: '3xx' },
    ],
  },
  /** mod_proxy `user@sni`: it takes host and port from the SNI, the certificate is its own, and TLS is spent on the proxy. */
  sni: {
    reach: [{ send: 'AUTH TLS', expect: '2xx', tls: { sni: '${hostport}', identity: 'proxy' } }],
    login: PLAIN_LOGIN,
  },
  /** SuSE ftp-proxy with `UserAuthMagic auth%`; the separator is the caller's. */
  suse: {
    reach: [],
    login: [
      { send: 'USER ${proxyUser}${separator}${user}@${hostport}' },
      { send: 'PASS ${proxyPassword}${separator}${password}', when: '3xx' },
      { send: 'ACCT ${account}', when: '3xx' },
    ],
  },
  /** The caller sends everything with raw commands. */
  other: { reach: [] },
} as const satisfies Readonly<Record<string, Dialect>>

export type DialectName = keyof typeof DIALECTS

/** The dialect of this name (with or without `ftp+`). Unknown: `bad-argument` with the names that come closest. */
export function dialectNamed(name: string): Dialect {
  const plain = name.toLowerCase().replace(/^ftp\+/, '')
  if (isDialectName(plain)) return DIALECTS[plain]
  if (plain === 'custom')
    throw badArgument('The proxy dialect `custom` has no steps of its own.', 'Give them in `proxy.steps`.')
  const known = Object.keys(DIALECTS).map((each) => `ftp+${each}`)
  throw badArgument(`There is no proxy dialect ${JSON.stringify(name)}.`, suggestion(`ftp+${plain}`, known))
}

function isDialectName(name: string): name is DialectName {
  return Object.hasOwn(DIALECTS, name)
}

/**
 * Whether the server itself is at the other end once `reach` was played. Where it is not, there is no TLS to the server and no
 * HOST: the server comes into being with the login.
 */
export function reachesServerBeforeLogin(dialect: Dialect): boolean {
  return dialect.login === undefined
}

const PLACEHOLDER = /\$\{([A-Za-z]*)\}/g

/** Returns the variables of a text, in order; unknown ones are left out. */
export function variablesIn(text: string): Variable[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, name]) => name ?? '').filter(isVariable)
}

/** Puts values in the place of the variables. */
export function fillIn(text: string, value: (name: Variable) => string): string {
  return text.replace(PLACEHOLDER, (whole: string, name: string) => (isVariable(name) ? value(name) : whole))
}

function isVariable(name: string): name is Variable {
  return VARIABLES.some((each) => each === name)
}

/** Checks a dialect that a caller wrote: every fault is a `bad-argument` that names the step. */
export function checkSteps(dialect: Dialect): void {
  checkPart('reach', dialect.reach)
  if (dialect.login !== undefined) checkPart('login', dialect.login)
}

function checkPart(part: string, steps: readonly Step[]): void {
  if (!Array.isArray(steps)) throw badArgument(`The ${part} steps of the proxy dialect have to be a list.`)
  for (const [index, step] of steps.entries()) {
    const fault = faultOf(step)
    if (fault !== undefined) throw badArgument(`Step ${index + 1} of the ${part} steps ${fault}.`)
  }
}

const MASKS = /^[1-5](?:xx|[0-9]{2})(?:\|[1-5](?:xx|[0-9]{2}))*$/

function faultOf(step: Step): string | undefined {
  if (typeof step?.send !== 'string' || step.send.trim() === '') return 'has nothing to send'
  const tls = step.tls
  const { expect, when } = step
  if (expect !== undefined && !(typeof expect === 'string' && MASKS.test(expect)))
    return `expects ${JSON.stringify(expect)}; write codes or classes joined by |, as in 2xx|331`
  if (when !== undefined && when !== '2xx' && when !== '3xx')
    return `has when: ${JSON.stringify(when)}; only 2xx and 3xx are known`
  if (tls !== undefined && tls.identity !== 'server' && tls.identity !== 'proxy')
    return "has tls without identity: 'server' or 'proxy'"
  return faultOfText(step.send) ?? faultOfText(tls?.sni ?? '')
}

function faultOfText(text: string): string | undefined {
  if (/[\r\n\0]/.test(text)) return 'holds a CR, LF or NUL'
  for (const [whole, name = ''] of text.matchAll(PLACEHOLDER))
    if (!isVariable(name)) return `uses the unknown variable ${whole}; known are ${VARIABLES.join(', ')}`
  if (text.replace(PLACEHOLDER, '').includes('${')) return 'holds a ${ that no } ends'
  return undefined
}

import { isIP } from 'node:net'
import { badArgument } from '../../errors.js'
import { checkLine } from '../../path.js'
import { type Dialect, type Step, type Variable, variablesIn } from './proxy-dialects.js'

/** What a sign-on puts into its steps: the server's and the proxy's side of one connect, as the caller gave them. */
export interface SignOnValues {
  /** Absent or empty: anonymous. */
  readonly user?: string
  /** Absent: requested from `prompt`, if the server requires one. Empty is a password. */
  readonly password?: string
  readonly account?: string
  /** The server's name, never resolved here; an IPv6 literal with or without brackets. */
  readonly host: string
  readonly port: number
  readonly proxyUser?: string
  readonly proxyPassword?: string
  readonly authId?: string
  readonly authResponse?: string
  /** Between the proxy's and the server's half in `suse`. Default `%`. */
  readonly separator?: string
  /** When the server's port is written behind its name. An IPv6 literal always has it. */
  readonly serverPort: 'non-default' | 'always' | 'never'
  readonly portSeparator: ':' | ' '
}

/** The values under the names the steps use; absent where the caller gave none. */
export type Words = Readonly<Partial<Record<Variable, string>>>

const ANONYMOUS = 'anonymous'
export const ANONYMOUS_PASSWORD = 'anonymous@'

/** The values of a server's login, with the anonymous default. */
export function loginWords(values: Pick<SignOnValues, 'user' | 'password' | 'account'>): Words {
  const user = values.user || ANONYMOUS
  const password = values.password ?? (user === ANONYMOUS ? ANONYMOUS_PASSWORD : undefined)
  return { user, password, account: values.account }
}

export function wordsOf(values: SignOnValues): Words {
  const { proxyUser, proxyPassword, authId, authResponse } = values
  return {
    ...loginWords(values),
    host: bracketed(values.host),
    port: String(values.port),
    hostport: expandHost(values),
    proxyUser,
    proxyPassword,
    authId,
    authResponse,
    separator: separatorOf(values),
  }
}

function separatorOf(values: SignOnValues): string {
  return values.separator || '%'
}

/**
 * Returns the server as sent to the proxy: the name as it is, and the port as `serverPort` requires. After an IPv6 literal the port is
 * always sent: mod_proxy takes the last colon of the whole argument, so `[::1]` alone fails and `[::1]:21` works.
 */
export function expandHost(values: Pick<SignOnValues, 'host' | 'port' | 'serverPort' | 'portSeparator'>): string {
  const host = bracketed(values.host)
  const written =
    host.startsWith('[') ||
    values.serverPort === 'always' ||
    (values.serverPort === 'non-default' && values.port !== 21)
  return written ? `${host}${values.portSeparator}${values.port}` : host
}

/** A host without the brackets of an IPv6 literal, as TLS wants it. */
export function bare(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

function bracketed(host: string): string {
  return isIP(bare(host)) === 6 ? `[${bare(host)}]` : host
}

const SPOKEN = {
  user: 'user name',
  password: 'password',
  account: 'account',
  host: 'host',
  proxyUser: 'user name for the proxy',
  proxyPassword: 'password for the proxy',
  authId: 'authId',
  authResponse: 'authResponse',
  separator: 'separator',
} as const satisfies Partial<Record<keyof SignOnValues, string>>
type Text = keyof typeof SPOKEN
const TEXTS = Object.keys(SPOKEN) as Text[]

/** What a dialect has no way to carry: it splits its line there. */
function uncarriable(name: string, values: SignOnValues): { sign: string; fields: readonly Text[] } | undefined {
  if (name === 'joined' || name === 'sunscreen') return { sign: '@', fields: ['user', 'proxyUser'] }
  if (name === 'raptor') return { sign: ' ', fields: ['proxyUser'] }
  if (name === 'novell') return { sign: '$', fields: ['proxyUser', 'user', 'proxyPassword', 'password'] }
  // Split at the first separator: behind it, in the server's half, the sign does no harm.
  if (name === 'suse') return { sign: separatorOf(values), fields: ['proxyUser', 'proxyPassword'] }
  return undefined
}

/**
 * Checks the values of a sign-on before a byte goes out; throws `bad-argument`. `name` is the dialect's, for its own rules.
 * A colon in the user name is let through: `a:b@host` fails at mod_proxy, others take it.
 */
export function checkValues(dialect: Dialect, name: string, values: SignOnValues): void {
  for (const field of TEXTS) checkLine(values[field] ?? '', SPOKEN[field])
  checkServer(values)
  const never = uncarriable(name, values)
  for (const field of never?.fields ?? [])
    if (values[field]?.includes(never?.sign ?? '\0'))
      throw badArgument(
        `The ${SPOKEN[field]} holds ${JSON.stringify(never?.sign)}, which the proxy dialect ${name} cannot carry.`,
        'The proxy would split the line there. Use another dialect if the proxy speaks one.',
      )
  for (const step of [...dialect.reach, ...(dialect.login ?? [])]) checkNeeded(step, name, values)
}

function checkServer({ host, port }: SignOnValues): void {
  if (host === '' || /[\s\x00-\x20\x7f@/]/.test(host))
    throw badArgument(`${JSON.stringify(host)} is not the name of a server.`)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw badArgument(`${port} is not a port.`)
}

const DROPPABLE: readonly Variable[] = ['proxyUser', 'proxyPassword', 'account']
const SERVERS: readonly Variable[] = ['user', 'password', 'host', 'hostport', 'port']

/** Whether a step may be left out because this variable is empty: not if the server's values would go with it. */
export function isDroppable(step: Step, empty: Variable): boolean {
  return DROPPABLE.includes(empty) && !variablesIn(step.send).some((name) => SERVERS.includes(name))
}

function checkNeeded(step: Step, dialect: string, values: SignOnValues): void {
  for (const name of variablesIn(step.send)) {
    if (name !== 'proxyUser' && name !== 'account' && name !== 'authId') continue
    if (!values[name] && !isDroppable(step, name))
      throw badArgument(`The proxy dialect ${dialect} needs the ${SPOKEN[name]}.`, `It sends \`${step.send}\`.`)
  }
}

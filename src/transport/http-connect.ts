import { badArgument, type TransferError } from '../errors.js'
import { printable } from '../printable.js'
import type { Limits } from './deadline.js'
import { type Endpoint, hostPort } from './endpoint.js'
import { readMessage } from './exact.js'
import {
  authorization,
  bestOffer,
  type Challenge,
  type HttpCredentials,
  parseChallenges,
} from './http/authorization.js'
import { fieldsOf, type HttpReply, replyHead, skipBody } from './http/reply.js'
import { encrypted, type ProxyTls, type TlsToProxy, tlsToProxy } from './http/tls-to-proxy.js'
import type { Route } from './route.js'
import { describeGate, type Gate, hostForProxy, limited, reach, refused } from './tunnel.js'
import type { Wire } from './wire.js'

export { basicToken } from './http/authorization.js'
export type { ProxyTls } from './http/tls-to-proxy.js'

export interface HttpConnectOptions {
  readonly proxy: Endpoint
  /** TLS with the proxy itself (https://), with a certificate check of its own. */
  readonly secure: boolean
  readonly tls?: ProxyTls
  readonly user?: string
  readonly password?: string
  /** Fields for every request, for gateways that want one of their own. */
  readonly headers?: Readonly<Record<string, string>>
  /** How the proxy itself is reached: `direct`, or another tunnel. */
  readonly through: Route
  /** The proxy may take this long for its part of a dial. Absent: only the caller's signal ends it. */
  readonly limits?: Pick<Limits, 'connect'>
}

/** Who we are at the proxy, and what has come of saying so. All connections of one route share it. */
interface Login {
  readonly credentials?: HttpCredentials
  /** The offer that was answered last; the next request answers it at once and saves a round trip. */
  offer?: Challenge
  /** Requests that have answered it. */
  count: number
  /** Credentials that were refused are not sent again: accounts get locked that way. */
  refusal?: TransferError
}

interface HttpGate extends Gate {
  readonly tls: TlsToProxy | undefined
  readonly headers: readonly string[]
  readonly login: Login
}

/**
 * Connections through an HTTP proxy by CONNECT (RFC 9110 section 9.3.6), with Basic or Digest login when it asks for one. Nobody can
 * listen there. Throws `bad-argument`; `proxy-refused`, `wrong-protocol`, `unreachable`, `timeout` and `tls`, each with phase 'proxy'.
 */
export function httpConnect(options: HttpConnectOptions): Route {
  const { proxy, secure, through, limits, headers = {} } = options
  const gate: HttpGate = {
    proxy,
    through,
    limits,
    describe: describeGate(secure ? 'https' : 'http', proxy, through),
    tls: secure ? tlsToProxy(proxy, options.tls) : undefined,
    headers: Object.entries(headers).map(([name, value]) => checkedField(name, value)),
    login: { credentials: checkedCredentials(options), count: 0 },
  }
  return {
    describe: gate.describe,
    dial: (to, { signal } = {}) => limited(gate, signal, (stop) => connect(gate, to, stop)),
  }
}

function checkedCredentials({ user, password }: HttpConnectOptions): HttpCredentials | undefined {
  if (user === undefined && password === undefined) return undefined
  if (!user) throw badArgument('The proxy has a password but no user name.')
  if (user.includes(':')) throw badArgument("The proxy's user name holds a ':', which HTTP cannot carry.")
  if (/[\x00-\x1f\x7f]/.test(`${user}${password}`)) {
    throw badArgument("The proxy's user name or password holds a control character, which HTTP cannot carry.")
  }
  return { user, password: password ?? '' }
}

function checkedField(name: string, value: string): string {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name))
    throw badArgument(`'${printable(name, 80)}' is not the name of an HTTP field.`)
  if (/[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/.test(value)) {
    throw badArgument(`The HTTP field ${name} holds a character that HTTP cannot carry.`)
  }
  return `${name}: ${value}`
}

/** At most two requests: a refused first one says how to log in. The second takes a new connection when the proxy ends the first. */
async function connect(gate: HttpGate, to: Endpoint, signal: AbortSignal | undefined): Promise<Wire> {
  const at = { host: hostForProxy(to), port: to.port }
  if (gate.login.refusal) throw gate.login.refusal
  const wire = await reach(gate, signal, async (bare) => {
    const open = await encrypted(gate, gate.tls, bare)
    const reply = await request(gate, open, at)
    if (!reply) throw silent(gate, at)
    if (!wantsLogin(reply)) return established(gate, open, at, reply)
    takeUp(gate, reply)
    const second = (await skipBody(open, reply)) ? await request(gate, open, at) : undefined
    if (second) return established(gate, open, at, second)
    open.destroy()
    return undefined
  })
  return wire ?? (await reach(gate, signal, (bare) => connectOnce(gate, bare, at)))
}

async function connectOnce(gate: HttpGate, bare: Wire, at: Endpoint): Promise<Wire> {
  const open = await encrypted(gate, gate.tls, bare)
  const reply = await request(gate, open, at)
  if (!reply) throw silent(gate, at)
  return established(gate, open, at, reply)
}

/** Sends CONNECT; answers the final reply, undefined when the proxy ends the connection instead. */
async function request(gate: HttpGate, wire: Wire, at: Endpoint): Promise<HttpReply | undefined> {
  const { login, headers } = gate
  const target = hostPort(at)
  const lines = [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`, ...headers]
  if (login.offer && login.credentials) {
    login.count++
    const proof = authorization(login.offer, login.credentials, { target, count: login.count })
    lines.push(`Proxy-Authorization: ${proof}`)
  }
  wire.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'))
  for (let interim = 0; interim < MOST_INTERIM; interim++) {
    const head = await readMessage(wire, (arrived) => replyHead(gate, arrived))
    const reply = head && fieldsOf(gate, head)
    if (!reply || reply.status >= 200) return reply
  }
  throw refused(gate, `sent ${MOST_INTERIM} interim replies and no final one`)
}

/** Replies of the class 1xx before the final one. */
const MOST_INTERIM = 16

/** 401 belongs to servers, but tinyproxy sends it for wrong credentials. */
function wantsLogin({ status }: HttpReply): boolean {
  return status === 407 || status === 401
}

/** Chooses how to answer a proxy that wants a login. Throws when there is no sense in another request. */
function takeUp({ login, ...gate }: HttpGate, reply: HttpReply): void {
  const answered = login.offer
  const offers = parseChallenges(reply.values(['proxy-authenticate', 'www-authenticate']))
  const best = bestOffer(offers)
  if (!login.credentials) {
    throw refused(gate, 'wants a user name and a password', "Put them into the proxy's URL: user:password@host.")
  }
  // Only what was accepted before is sent unasked. A nonce ages, a password does not.
  if (answered && answered.scheme !== 'digest') throw loginRefused(gate, login, reply)
  if (!best) {
    const names = offers
      .map(({ scheme }) => printable(scheme, 20))
      .slice(0, 5)
      .join(', ')
    throw refused(gate, `knows other logins (${names || 'none it names'}) than Basic and Digest`)
  }
  login.offer = best
  login.count = 0
}

function loginRefused(gate: Gate, login: Login, reply: HttpReply): TransferError {
  const hint = "Check both in the proxy's URL; write @ and : as %40 and %3A."
  login.refusal = refused(gate, `refused the user name or the password: ${reply.shown}`, hint)
  return login.refusal
}

/** The wire to the server, with the bytes that came behind the reply. Throws unless the proxy said yes. */
function established(gate: HttpGate, wire: Wire, at: Endpoint, reply: HttpReply): Wire {
  if (wantsLogin(reply)) throw loginRefused(gate, gate.login, reply)
  if (reply.status >= 300) {
    const { hint, retryable } = HINTS[reply.status] ?? {}
    throw refused(gate, `refused a connection with ${hostPort(at)}: ${reply.shown}`, hint, retryable)
  }
  return wire.as({ dataHost: at.host, local: wire.local, peer: at })
}

const PORTS =
  "It may allow CONNECT only to some hosts or ports, often 443 alone: ask for FTP's, 21 and the server's passive range."
const SERVER = 'The proxy could not reach the server: check its name and its port.'
const WEB = 'This may be a web server, or a proxy without CONNECT.'

const HINTS: Readonly<Record<number, { hint: string; retryable?: boolean }>> = {
  400: { hint: WEB },
  403: { hint: PORTS },
  404: { hint: WEB },
  405: { hint: PORTS },
  500: { hint: SERVER, retryable: true },
  501: { hint: WEB },
  502: { hint: SERVER, retryable: true },
  503: { hint: SERVER, retryable: true },
  504: { hint: SERVER, retryable: true },
}

function silent(gate: HttpGate, at: Endpoint): TransferError {
  const hint = gate.tls ? 'It may be no HTTP proxy, or not let our address in.' : 'It may want TLS: try https://.'
  return refused(gate, `closed the connection when it was asked for ${hostPort(at)}`, hint, true)
}

import type { Limits } from '../../deadline.js'
import { badArgument, type TransferError } from '../../errors.js'
import type { Observer } from '../../events.js'
import { printable } from '../../printable.js'
import { type Endpoint, hostPort } from '../endpoint.js'
import type { Route } from '../route.js'
import { readMessage } from '../tunnel/read-message.js'
import { describeGate, type Gate, hostForProxy, limited, reach, refused } from '../tunnel/tunnel.js'
import type { Wire } from '../wire.js'
import { authorization, bestOffer, type Challenge, type HttpCredentials, parseChallenges } from './authorization.js'
import { fieldsOf, type HttpReply, replyHead, skipBody } from './reply.js'
import { encrypted, type ProxyTls, type TlsToProxy, tlsToProxy } from './tls-to-proxy.js'

export { basicToken } from './authorization.js'
export type { ProxyTls } from './tls-to-proxy.js'

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
  readonly observe?: Observer
}

/** A challenge that is being answered, and how many requests have done so. */
interface Offer {
  readonly challenge: Challenge
  count: number
}

/** Who we are at the proxy, and what has come of saying so. All connections of one route share it. */
interface Login {
  readonly credentials?: HttpCredentials
  /** The offer taken up last; later requests answer it at once and save a round trip. */
  offer?: Offer
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
    tls: secure ? tlsToProxy(proxy, options.tls, options.observe) : undefined,
    headers: Object.entries(headers).map(([name, value]) => checkedField(name, value)),
    login: { credentials: checkedCredentials(options) },
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
  const first = await reach(gate, signal, async (bare) => {
    const wire = await encrypted(gate, gate.tls, bare)
    const { offer } = gate.login
    const reply = await request(gate, wire, at, offer)
    if (!reply || !wantsLogin(reply)) return established(gate, wire, at, reply)
    const taken = takeUp(gate, reply, offer)
    const second = (await skipBody(wire, reply)) ? await request(gate, wire, at, taken) : undefined
    if (second) return established(gate, wire, at, second)
    wire.destroy()
    return taken
  })
  return 'challenge' in first ? await connectAnew(gate, at, first, signal) : first
}

function connectAnew(gate: HttpGate, at: Endpoint, offer: Offer, signal: AbortSignal | undefined): Promise<Wire> {
  return reach(gate, signal, async (bare) => {
    const wire = await encrypted(gate, gate.tls, bare)
    return established(gate, wire, at, await request(gate, wire, at, offer))
  })
}

/** Sends CONNECT; answers the final reply, undefined when the proxy ends the connection instead. */
async function request(gate: HttpGate, wire: Wire, at: Endpoint, offer?: Offer): Promise<HttpReply | undefined> {
  const target = hostPort(at)
  const lines = [`CONNECT ${target} HTTP/1.1`, `Host: ${target}`, ...gate.headers, ...proof(gate.login, target, offer)]
  wire.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'))
  for (let interim = 0; interim < MOST_INTERIM; interim++) {
    const head = await readMessage(wire, (arrived) => replyHead(gate, arrived))
    const reply = head && fieldsOf(gate, head)
    if (!reply || reply.status >= 200) return reply
  }
  throw refused(gate, `sent ${MOST_INTERIM} interim replies and no final one`)
}

function proof({ credentials }: Login, target: string, offer: Offer | undefined): string[] {
  if (!offer || !credentials) return []
  offer.count++
  return [`Proxy-Authorization: ${authorization(offer.challenge, credentials, { target, count: offer.count })}`]
}

/** Replies of the class 1xx before the final one. */
const MOST_INTERIM = 16

/** 401 belongs to servers, but tinyproxy sends it for wrong credentials. */
function wantsLogin({ status }: HttpReply): boolean {
  return status === 407 || status === 401
}

/** Chooses how to answer a proxy that wants a login. Throws when there is no sense in another request. */
function takeUp({ login, ...gate }: HttpGate, reply: HttpReply, answered: Offer | undefined): Offer {
  if (!login.credentials) {
    throw refused(gate, 'wants a user name and a password', "Put them into the proxy's URL: user:password@host.")
  }
  // Only what was accepted before is sent unasked. A nonce ages, a password does not.
  if (answered && answered.challenge.scheme !== 'digest') throw loginRefused(gate, login, reply)
  const offers = parseChallenges(reply.values(['proxy-authenticate', 'www-authenticate']))
  const challenge = bestOffer(offers)
  if (!challenge)
    throw refused(gate, `offers no login that is known here (${names(offers)})`, 'Known are Basic and Digest.')
  login.offer = { challenge, count: 0 }
  return login.offer
}

function names(offers: readonly Challenge[]): string {
  const schemes = offers.slice(0, 5).map(({ scheme }) => printable(scheme, 20))
  return schemes.join(', ') || 'it names none'
}

function loginRefused(gate: Gate, login: Login, reply: HttpReply): TransferError {
  const hint = "Check both in the proxy's URL; write @ and : as %40 and %3A."
  login.refusal = refused(gate, `refused the user name or the password: ${reply.shown}`, hint)
  return login.refusal
}

/** The wire to the server, with the bytes that came behind the reply. Throws unless the proxy said yes. */
function established(gate: HttpGate, wire: Wire, at: Endpoint, reply: HttpReply | undefined): Wire {
  if (!reply) throw silent(gate, at)
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

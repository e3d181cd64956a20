import type { Limits } from '../../deadline.js'
import { badArgument, TransferError } from '../../errors.js'
import type { Observer } from '../../events.js'
import { printable } from '../../printable.js'
import { type Endpoint, hostPort } from '../endpoint.js'
import type { Route } from '../route.js'
import { readMessage } from '../tunnel/read-message.js'
import { describeTunnel, hopsOf, hostForProxy, limited, reach, refused, type Tunnel } from '../tunnel/tunnel.js'
import type { Wire } from '../wire.js'
import {
  authorization,
  basicToken,
  bestOffer,
  type Challenge,
  type HttpCredentials,
  parseChallenges,
} from './authorization.js'
import { fieldsOf, type HttpReply, replyHead, skipBody } from './reply.js'
import { encrypted, type ProxyTls, type TlsToProxy, tlsToProxy } from './tls-to-proxy.js'

export { basicToken } from './authorization.js'
export type { ProxyTls } from './tls-to-proxy.js'

export interface HttpConnectOptions {
  readonly proxy: Endpoint
  /** TLS to the proxy itself (https://), with its own certificate check. */
  readonly secure: boolean
  readonly tls?: ProxyTls
  readonly user?: string
  readonly password?: string
  /** Fields for every request, for gateways that require one of their own. */
  readonly headers?: Readonly<Record<string, string>>
  /** The connections are FTP's: advice about ports names its passive ones. */
  readonly forFtp?: boolean
  /** The route to the proxy itself: `direct`, or another tunnel. */
  readonly through: Route
  /** Limit for the proxy's part of a dial, in ms. Absent: only the caller's signal ends it. */
  readonly limits?: Pick<Limits, 'connect'>
  readonly observe?: Observer
}

/** A challenge that is being answered, and the number of requests that answered it. */
interface Offer {
  readonly challenge: Challenge
  count: number
  /** Nothing asked for it. */
  readonly guessed?: boolean
}

/** The credentials for the proxy, and the state of the login. Shared by all connections of a route. */
interface Login {
  readonly credentials?: HttpCredentials
  /** The last challenge answered; later requests answer it at once and save a round trip. */
  offer?: Offer
  /** Kept, so that refused credentials are not sent again: proxies lock accounts that way. */
  refusal?: TransferError
  /** Basic was sent without being asked for, and did not help. */
  guessFailed?: boolean
}

interface HttpTunnel extends Tunnel {
  readonly tls: TlsToProxy | undefined
  readonly headers: readonly string[]
  readonly login: Login
  readonly forFtp: boolean
}

/**
 * Returns a route through an HTTP proxy by CONNECT (RFC 9110 section 9.3.6), with Basic or Digest login when the proxy requires it. It
 * cannot listen. A dial rejects with `bad-argument`; `proxy-refused`, `wrong-protocol`, `unreachable`, `timeout` and `tls`, each with
 * phase 'proxy'.
 */
export function httpConnect(options: HttpConnectOptions): Route {
  const { proxy, secure, through, limits, headers = {} } = options
  const tunnel: HttpTunnel = {
    proxy,
    through,
    limits,
    describe: describeTunnel(secure ? 'https' : 'http', proxy, through),
    tls: secure ? tlsToProxy(proxy, options.tls, options.observe) : undefined,
    headers: fieldsFor(headers),
    forFtp: options.forFtp ?? false,
    login: { credentials: checkedCredentials(options) },
  }
  return {
    describe: tunnel.describe,
    hops: hopsOf(through),
    dial: (to, { signal } = {}) => limited(tunnel, signal, (stop) => connect(tunnel, to, stop)),
  }
}

function checkedCredentials({ user, password }: HttpConnectOptions): HttpCredentials | undefined {
  if (user === undefined && password === undefined) return undefined
  if (!user) throw badArgument('The proxy has a password but no user name.')
  if (user.includes(':')) throw badArgument("The proxy's user name contains a ':', which HTTP cannot carry.")
  if (/[\x00-\x1f\x7f]/.test(`${user}${password}`)) {
    throw badArgument("The proxy's user name or password contains a control character, which HTTP cannot carry.")
  }
  return { user, password: password ?? '' }
}

/** The caller's fields for every request. Some proxies refuse requests that do not say what sends them. */
function fieldsFor(headers: Readonly<Record<string, string>>): string[] {
  const own = Object.entries(headers).map(([name, value]) => checkedField(name, value))
  return own.some((field) => /^user-agent:/i.test(field)) ? own : ['User-Agent: Sallyport', ...own]
}

function checkedField(name: string, value: string): string {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name))
    throw badArgument(`'${printable(name, 80)}' is not the name of an HTTP field.`)
  if (/[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/.test(value)) {
    throw badArgument(`The HTTP field ${name} contains a character that HTTP cannot carry.`)
  }
  return `${name}: ${value}`
}

/**
 * Sends at most two requests: the first refusal carries the challenge. The second uses a new connection when the proxy closes the first,
 * and when it refused in a way that names no login.
 */
async function connect(tunnel: HttpTunnel, to: Endpoint, signal: AbortSignal | undefined): Promise<Wire> {
  const at = { host: hostForProxy(to), port: to.port }
  if (tunnel.login.refusal) throw tunnel.login.refusal
  const first = await reach(tunnel, signal, async (bare) => {
    const wire = await encrypted(tunnel, tunnel.tls, bare)
    const { offer } = tunnel.login
    const exchange = { tunnel, wire, at }
    const reply = await requestOrEnd(exchange, offer)
    const next = nextOffer(tunnel, reply, offer)
    if (!next) return established(exchange, reply)
    const mayGoOn = !next.guessed && reply !== undefined && (await skipBody(wire, reply))
    const second = mayGoOn ? await request(exchange, next) : undefined
    if (second) return established(exchange, second)
    wire.destroy()
    return next
  })
  if (!('challenge' in first)) return first
  return await reach(tunnel, signal, async (bare) => {
    const exchange = { tunnel, wire: await encrypted(tunnel, tunnel.tls, bare), at }
    const reply = first.guessed ? await requestUnasked(exchange, first) : await request(exchange, first)
    return established(exchange, reply)
  })
}

/** Like request(), where a reset may mean that a login is missing. */
async function requestOrEnd(exchange: Exchange, offer: Offer | undefined): Promise<HttpReply | undefined> {
  try {
    return await request(exchange, offer)
  } catch (error) {
    if (error instanceof TransferError || !mayGuess(exchange.tunnel.login, offer)) throw error
    return undefined
  }
}

/** Sends credentials that were not asked for; what became of them holds for later dials. */
async function requestUnasked(exchange: Exchange, offer: Offer): Promise<HttpReply | undefined> {
  const { login } = exchange.tunnel
  let reply: HttpReply | undefined
  try {
    reply = await request(exchange, offer)
    return reply
  } finally {
    if (reply && reply.status < 300) login.offer = offer
    else login.guessFailed = true
  }
}

/** Credentials that no proxy has asked for are sent once, where the first request was refused without a word about a login. */
function mayGuess({ credentials, guessFailed }: Login, answered: Offer | undefined): boolean {
  return credentials !== undefined && answered === undefined && !guessFailed
}

/** What the next request answers with; undefined: there is no sense in another one. */
function nextOffer(tunnel: HttpTunnel, reply: HttpReply | undefined, answered: Offer | undefined): Offer | undefined {
  if (reply && requiresLogin(reply)) return chooseChallenge(tunnel, reply, answered)
  const isBare = reply === undefined || reply.status === 403
  return isBare && mayGuess(tunnel.login, answered) ? basicGuess() : undefined
}

function basicGuess(): Offer {
  return { challenge: { scheme: 'basic', params: new Map() }, count: 0, guessed: true }
}

/** A connection to the proxy, and the server that it is asked for. */
interface Exchange {
  readonly tunnel: HttpTunnel
  readonly wire: Wire
  readonly at: Endpoint
}

/** Sends CONNECT; resolves with the final reply, or with undefined when the proxy closes the connection instead. */
async function request({ tunnel, wire, at }: Exchange, offer?: Offer): Promise<HttpReply | undefined> {
  const target = hostPort(at)
  const lines = [
    `CONNECT ${target} HTTP/1.1`,
    `Host: ${target}`,
    ...tunnel.headers,
    ...proof(tunnel.login, target, offer),
  ]
  wire.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'))
  for (let interim = 0; interim < MAX_INTERIM; interim++) {
    const head = await readMessage(wire, (arrived) => replyHead(tunnel, arrived))
    const reply = head && fieldsOf(tunnel, head)
    if (!reply || reply.status >= 200) return reply
  }
  throw refused(tunnel, `sent ${MAX_INTERIM} interim replies and no final one`)
}

function proof({ credentials }: Login, target: string, offer: Offer | undefined): string[] {
  if (!offer || !credentials) return []
  offer.count++
  return [`Proxy-Authorization: ${authorization(offer.challenge, credentials, { target, count: offer.count })}`]
}

/** Most replies of the class 1xx before the final one. */
const MAX_INTERIM = 16

/** Returns whether the proxy requires a login. 401 is meant for servers, but tinyproxy sends it for wrong credentials. */
function requiresLogin({ status }: HttpReply): boolean {
  return status === 407 || status === 401
}

/** Chooses the challenge to answer. Throws when another request would be pointless. */
function chooseChallenge({ login, ...tunnel }: HttpTunnel, reply: HttpReply, answered: Offer | undefined): Offer {
  if (!login.credentials) {
    const hint = "Put them into the proxy's URL: user:password@host."
    throw refused(tunnel, 'requires a user name and a password', { hint })
  }
  // Stale nonces are normal for Digest; refused Basic credentials will not be accepted later.
  if (answered && answered.challenge.scheme !== 'digest') throw loginRefused(tunnel, login, reply)
  const offers = parseChallenges(reply.values(['proxy-authenticate', 'www-authenticate']))
  if (offers.length === 0 && mayGuess(login, answered)) return basicGuess()
  const challenge = bestOffer(offers)
  if (!challenge)
    throw refused(tunnel, `offers no supported login (${names(offers)})`, { hint: 'Supported are Basic and Digest.' })
  login.offer = { challenge, count: 0 }
  return login.offer
}

function names(offers: readonly Challenge[]): string {
  const schemes = offers.slice(0, 5).map(({ scheme }) => printable(scheme, 20))
  return schemes.join(', ') || 'it names none'
}

function loginRefused(tunnel: Tunnel, login: Login, reply: HttpReply): TransferError {
  const hint = "Check both in the proxy's URL; write @ and : as %40 and %3A."
  login.refusal = refused(tunnel, `refused the user name or the password: ${masked(reply.shown, login)}`, { hint })
  return login.refusal
}

/** Returns the wire to the server, including bytes received after the reply. Throws unless the reply is 2xx. */
function established({ tunnel, wire, at }: Exchange, reply: HttpReply | undefined): Wire {
  if (!reply) throw noReply(tunnel, at)
  if (requiresLogin(reply)) throw loginRefused(tunnel, tunnel.login, reply)
  if (reply.status >= 300) {
    const says = `refused a connection with ${hostPort(at)}: ${masked(reply.shown, tunnel.login)}`
    throw refused(tunnel, says, advice(tunnel, at, reply.status))
  }
  return wire.as({ dataHost: at.host, local: wire.local, peer: at })
}

/** Proxies repeat what they were sent. */
function masked(text: string, { credentials }: Login): string {
  if (!credentials) return text
  const { user, password } = credentials
  const secrets = [basicToken(user, password), password].filter((secret) => secret !== '')
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text)
}

type Advice = { readonly hint: string; readonly retryable?: boolean }

function advice({ forFtp }: HttpTunnel, at: Endpoint, status: number): Advice | undefined {
  if (status !== 403 && status !== 405) return HINTS[status]
  const ports = forFtp ? "FTP's, 21 and the server's passive range" : hostPort(at)
  return {
    hint: `It may allow CONNECT only to some hosts or ports, often only 443: ask its administrator for ${ports}.`,
  }
}

const SERVER = 'The proxy could not reach the server: check its name and its port.'
const WEB = 'This may be a web server, or a proxy without CONNECT.'

const HINTS: Readonly<Record<number, Advice>> = {
  400: { hint: WEB },
  404: { hint: WEB },
  500: { hint: SERVER, retryable: true },
  501: { hint: WEB },
  502: { hint: SERVER, retryable: true },
  503: { hint: SERVER, retryable: true },
  504: { hint: SERVER, retryable: true },
}

function noReply(tunnel: HttpTunnel, at: Endpoint): TransferError {
  const hint = tunnel.tls
    ? 'It may not be an HTTP proxy, or may not accept this address.'
    : 'It may require TLS: try https://.'
  return refused(tunnel, `closed the connection when asked for ${hostPort(at)}`, { hint, retryable: true })
}

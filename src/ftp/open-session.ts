import type { Limits } from '../deadline.js'
import { type Phase, TransferError } from '../errors.js'
import { dialServer } from '../transport/dial.js'
import { hostPort } from '../transport/endpoint.js'
import type { Wire } from '../transport/wire.js'
import { type Learned, learn } from './commands/discover.js'
import { parseFeat } from './commands/features.js'
import { type Quirks, quirksOf } from './commands/quirks.js'
import { Commands } from './commands/session-commands.js'
import { charset } from './control/charset.js'
import { ControlConnection } from './control/control-connection.js'
import { KeepAlive } from './control/keep-alive.js'
import { withBanner } from './control/reply-errors.js'
import { Turns } from './control/session-lock.js'
import { loggedIn, newState } from './control/session-state.js'
import {
  goneAfterHandshake,
  type Protection,
  protectData,
  secureAtOnce,
  secureBy,
  secureExplicitly,
} from './control/tls-commands.js'
import { DataChannel } from './data/data-connection.js'
import { Pipeline } from './data/pipelining.js'
import { login } from './login/login.js'
import { checkValues, play, type SignOnValues } from './login/login-script.js'
import { hungUpAtHost, noHostThrough, sayHost } from './login/virtual-host.js'
import { FtpSession } from './session.js'
import type { FtpProxy, FtpTarget, FtpTls } from './target.js'
import type { SessionParts } from './transfer/session-context.js'

/** Connects, passes the proxy, logs in and learns what the server can do. A server that hangs up at HOST is asked again without it. */
export async function openSession(target: FtpTarget, signal?: AbortSignal): Promise<FtpSession> {
  try {
    return await dialogue(target, signal)
  } catch (error) {
    if (!hungUpAtHost(error, target.virtualHost)) throw error
    return await dialogue({ ...target, virtualHost: undefined }, signal)
  }
}

/** A connection whose session is being opened. */
interface Opening {
  readonly control: ControlConnection
  readonly target: FtpTarget
  readonly protection?: Protection
  readonly signal?: AbortSignal
}

/** The dialogue in the order it goes over the wire. */
async function dialogue(target: FtpTarget, signal?: AbortSignal): Promise<FtpSession> {
  const { proxy, limits, redactor, observe, tls } = target
  if (proxy?.dialect.login && target.virtualHost?.required) throw noHostThrough(proxy.name)
  if (proxy) checkValues(proxy.dialect, proxy.name, signOnValues(target, proxy))
  const names = await charset(target.encoding === 'auto' ? 'utf-8' : target.encoding)
  const protection = tls && (await protectionFor(tls, limits))
  const plain = await dial(target, signal)
  const wire = tls?.begins === 'implicit' && protection ? await secureAtOnce(plain, protection, { signal }) : plain
  const control = new ControlConnection(wire, { charset: names, redactor, observe, limits })
  const state = newState(target.login)
  const opening: Opening = { control, target, protection, signal }
  try {
    if (tls?.begins === 'implicit') announce(control, target, protection)
    await greet(control, target, signal)
    if (begins(tls, 'proxy')) await secure(opening)
    if (proxy) await playPart('reach', opening, proxy)
    if (begins(tls, 'server')) await secure(opening)
    if (target.virtualHost && !proxy?.dialect.login) await sayHost(control, target.virtualHost, signal)
    if (target.login) await logIn(control, target, signal)
    const learned = await prepared({ control, protection, state }, target, signal)
    return assembled({ control, state, protection }, target, learned)
  } catch (error) {
    await control.close()
    throw goneAfterHandshake(error, control, protection)
  }
}

/** The session over a control connection that is logged in, if a login is wanted. */
function assembled(
  { control, state, protection }: Pick<SessionParts, 'control' | 'protection' | 'state'>,
  target: FtpTarget,
  learned: Learned,
): FtpSession {
  const { limits, observe, proxy, keepAlive: rule } = target
  const data = new DataChannel({
    control,
    route: target.route,
    limits,
    observe,
    options: { ...target.data, throughProxy: proxy !== undefined },
    history: target.passive,
  })
  const commands = new Commands(control, state, learned.features)
  if (target.login) loggedIn(state, learned)
  const turns = new Turns()
  const keepAlive = rule && new KeepAlive({ rule, control, turns, limits, observe })
  if (target.login || rule?.beforeLogin) keepAlive?.start()
  const able = proxy === undefined && !rule?.duringTransfer
  const quirks = (): Quirks => commands.features.quirks
  const isSecure = (): boolean => state.protection === 'secure'
  const pipeline = new Pipeline({ control, turns, rule: target.pipelining, able, quirks, isSecure })
  commands.pipelining = () => pipeline.open
  return new FtpSession({
    control,
    state,
    commands,
    data,
    limits,
    observe,
    protection,
    describe: target.describe,
    turns,
    keepAlive,
    pipeline,
    habits: target.habits,
  })
}

async function protectionFor({ identity, refused }: FtpTls, limits: Limits): Promise<Protection> {
  const { TlsSession } = await import('../transport/tls/tls-session.js')
  return { session: new TlsSession(identity, limits.connect), control: undefined, data: 'clear', reuse: refused }
}

async function secure({ control, target, protection, signal }: Opening): Promise<void> {
  if (!protection) return
  await secureExplicitly(control, protection, { signal })
  announce(control, target, protection)
}

/** Reports that the control connection has TLS, and warns when its certificate is accepted only because of trustAny. */
function announce(control: ControlConnection, { observe }: FtpTarget, protection: Protection | undefined): void {
  const { session } = protection ?? {}
  if (!session?.security) return
  const { warning, security } = session
  observe({ type: 'secured', session: control.session, channel: 'control', reused: security.reused })
  if (warning) observe(warning)
}

/** Whether explicit TLS begins with this peer. Without a proxy there is only the server. */
function begins(tls: FtpTls | undefined, peer: 'proxy' | 'server'): boolean {
  return tls?.begins === 'explicit' && tls.scope === peer
}

/** Logs in a session that was opened without a login, or another user. The features are discovered again. */
export async function logInAgain(session: FtpSession, target: FtpTarget, signal?: AbortSignal): Promise<void> {
  await session.exclusive(
    async (commands) => {
      await logIn(commands.control, target, signal)
      commands.learn(await learnAbout(commands.control, target, signal))
      session.parts.keepAlive?.start()
    },
    { signal },
  )
}

/** Asks what the server can do for a user who was logged in by commands of the caller's. */
export async function learnLate(session: FtpSession, target: FtpTarget, signal?: AbortSignal): Promise<void> {
  await session.exclusive(
    async (commands) => {
      if (commands.unasked) commands.learn(await learnAbout(commands.control, target, signal))
    },
    { signal },
  )
}

const NOTHING_LEARNED: Learned = { features: parseFeat(undefined), binary: false }

/** Sends PBSZ and PROT and discovers the features: in one flight where the server, by its greeting, accepts that. */
async function prepared(
  { control, protection, state }: Pick<SessionParts, 'control' | 'protection' | 'state'>,
  target: FtpTarget,
  signal?: AbortSignal,
): Promise<Learned> {
  const { tls, login } = target
  const together = pipelinesAtOnce(control, target)
  const protect = async (): Promise<void> => {
    if (tls && protection) await protectData({ control, protection, state }, tls.data, { together, signal })
  }
  const ask = async (): Promise<Learned> => (login ? await learnAbout(control, target, signal) : NOTHING_LEARNED)
  if (together) return (await control.together(() => Promise.all([protect(), ask()])))[1]
  await protect()
  return await ask()
}

function learnAbout(control: ControlConnection, target: FtpTarget, signal?: AbortSignal): Promise<Learned> {
  const { encoding, proxy } = target
  const together = pipelinesAtOnce(control, target)
  return learn(control, { encoding, throughProxy: proxy !== undefined, together, signal })
}

/** The greeting behind an FTP proxy is the proxy's. */
function pipelinesAtOnce({ greeting }: ControlConnection, { proxy, pipelining }: FtpTarget): boolean {
  return !proxy && !pipelining.off && quirksOf(greeting?.text ?? '').pipelining === true
}

async function dial(target: FtpTarget, signal?: AbortSignal): Promise<Wire> {
  const { route, proxy, server, limits, observe } = target
  try {
    const phase: Phase = proxy ? 'proxy' : 'connect'
    return await dialServer(proxy?.endpoint ?? server, { route, limits, observe, phase, signal })
  } catch (error) {
    throw proxy ? blameProxy(error, proxy, 'The proxy cannot be reached. ') : error
  }
}

/** Waits for 220, or 120 and then 220 (RFC 959 section 5.4). A peer with another beginning may use another protocol; the error names it. */
async function greet(
  control: ControlConnection,
  { proxy, limits, server, tls }: FtpTarget,
  signal?: AbortSignal,
): Promise<void> {
  const phase: Phase = proxy ? 'proxy' : 'greeting'
  try {
    const reply = await control.listen({ phase, limit: limits.connect, signal })
    if (reply.code >= 300) throw control.failure(reply, '', { phase })
    control.greeting = reply
    if (!proxy) control.telnet = !quirksOf(reply.text).literalTelnet
  } catch (failed) {
    const error = withBanner(failed, control.banner)
    if (proxy) throw blameProxy(error, proxy, `On the way to ${hostPort(server)}: `)
    throw tls?.begins === 'implicit' ? error : silence(error)
  }
}

/** An FTP server sends first; one with implicit TLS waits for the client. */
function silence(error: unknown): unknown {
  if (!(error instanceof TransferError) || error.code !== 'timeout') return error
  const hint = 'A port that accepts and is silent may want TLS at once: try ftps:// (implicit TLS, usually port 990).'
  return error.with({ hint })
}

function blameProxy(error: unknown, proxy: FtpProxy, prefix: string): unknown {
  if (!(error instanceof TransferError)) return error
  const message = error.message.replace(/^The server /, `The proxy ${hostPort(proxy.endpoint)} `)
  return error.with({ message: prefix + message, phase: 'proxy', cause: error })
}

async function logIn(control: ControlConnection, target: FtpTarget, signal?: AbortSignal): Promise<void> {
  const { proxy, server, credentials, limits, prompt } = target
  if (proxy?.dialect.login) await playPart('login', { control, target, signal }, proxy)
  else
    await login(control, {
      ...credentials,
      server: hostPort(server),
      throughProxy: proxy && hostPort(proxy.endpoint),
      dialect: proxy?.name,
      routeLimit: limits.connect + limits.reply,
      prompt,
      signal,
    })
  control.account = credentials.account
}

async function playPart(
  part: 'reach' | 'login',
  { control, target, protection, signal }: Opening,
  proxy: FtpProxy,
): Promise<void> {
  const { limits, server, prompt } = target
  const secure = protection && {
    secure: async (line: string, { sni }: { readonly sni?: string }) => {
      const reply = await secureBy(control, protection, { line, signal, sni })
      announce(control, target, protection)
      return reply
    },
  }
  await play(
    control,
    { steps: proxy.dialect[part] ?? [], values: signOnValues(target, proxy) },
    {
      part,
      dialect: proxy.name,
      proxy: hostPort(proxy.endpoint),
      server: hostPort(server),
      routeLimit: limits.connect + limits.reply,
      prompt,
      signal,
      ...secure,
    },
  )
}

function signOnValues({ credentials, server }: FtpTarget, { values }: FtpProxy): SignOnValues {
  return { ...values, ...credentials, host: server.host, port: server.port }
}

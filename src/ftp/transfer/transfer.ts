import { inTime, within } from '../../deadline.js'
import { aborted, type Phase, TransferError } from '../../errors.js'
import type { Slab } from '../../slab.js'
import type { Wire } from '../../transport/wire.js'
import type { Reply } from '../control/command-channel.js'
import { takesRestart } from '../control/expected-replies.js'
import type { Exchange } from '../control/pending-commands.js'
import { protectData } from '../control/tls-commands.js'
import type { PendingData } from '../data/data-connection.js'
import { dataOf, entered, type PipelinedTransfer } from '../data/pipelining.js'
import { reuseRefused } from '../data/tls-resumption.js'
import type { SessionParts } from './session-context.js'

/** A transfer that has begun: the command is answered and the data connection is open. */
export interface Running {
  readonly link: SessionParts
  readonly wire: Wire
  readonly exchange: Exchange
  /** 1xx, or already the final reply. */
  readonly first: Reply
  readonly path: string
  /** Whether the data connection's TLS resumed the control connection's session; absent without TLS. */
  readonly sessionReused?: boolean
}

export interface Begin {
  readonly command: string
  readonly path: string
  /** Start at this byte (REST, RFC 3659 section 5); it is sent immediately before the command. */
  readonly rest?: number
  /** The directory to be in, for a listing (CWD). */
  readonly directory?: string
  /** The bytes come to us and are many. */
  readonly bulk?: boolean
  /** The command has gone out already, together with what makes its data connection. */
  readonly pipelined?: PipelinedTransfer
  readonly signal?: AbortSignal
}

/**
 * Opens the data connection and sends a transfer command (RFC 959 section 5.4), in the order that every server takes: TCP connect,
 * command, TLS handshake, first reply. When it throws, the data connection is closed and the session can be used once
 * control.settled().
 */
export async function begin(link: SessionParts, options: Begin): Promise<Running> {
  const { command, path, signal } = options
  const started = await sent(link, options)
  const { pending, exchange } = started
  try {
    // Some servers send their 1xx only after the handshake, others refuse without one: both are awaited concurrently.
    const opening = opened(link, started, signal)
    opening.catch(() => {})
    const first = await firstReply(link, exchange, signal)
    if (await link.control.gaveAccount(first, { signal, phase: 'transfer' })) {
      pending.discard()
      return await begin(link, { ...options, pipelined: undefined })
    }
    if (!isBeginning(first.code)) throw refusal(link, first, { command, path })
    link.state.restart = false
    const running = { link, exchange, first, path, ...(await opening) }
    if (running.sessionReused && link.protection) link.protection.session.hasResumed = true
    breakOnRefusal(running)
    link.keepAlive?.during(running)
    return running
  } catch (error) {
    pending.discard()
    throw error
  }
}

/** Returns whether a transfer has begun: 1xx, or its end at once. Another 2xx (202) refuses it. */
function isBeginning(code: number): boolean {
  return code < 200 || code === 225 || code === 226 || code === 250
}

/** A transfer command that was sent, and its data connection. */
interface Started {
  readonly pending: PendingData
  readonly exchange: Exchange
}

/** The data connection as far as it is opened before the transfer command, and that command. */
async function sent(link: SessionParts, options: Begin): Promise<Started> {
  const { control, commands, data, protection, pipeline, state } = link
  const { command, path, rest = 0, directory, signal } = options
  if (protection && state.protection !== protection.data)
    await protectData({ control, protection, state }, protection.data, { together: pipeline.open, signal })
  const secure = protection !== undefined && state.protection === 'secure'
  const bulk = (options.bulk ?? false) && !secure
  // These servers accept a handshake that begins before the command, which follows as soon as TCP is connected.
  const tls = options.bulk && secure && pipeline.open ? protection.session : undefined
  const pipelined = options.pipelined ?? (await pipelinedFor(link, options))
  if (pipelined) {
    await entered(pipelined, control, { path, signal })
    if (directory !== undefined) state.directory = directory
    const pending = await dataOf(pipelined, { control, pipeline }, { signal, bulk, tls })
    return { pending, exchange: pipelined.transfer }
  }
  if (directory !== undefined) {
    const along = pipeline.open ? data.prefetchWith.bind(data) : undefined
    await commands.changeTo(directory, { signal, along })
  }
  const pending = await data.prepare({ signal, bulk, tls })
  try {
    await restart(link, rest, { signal, path })
    return { pending, exchange: control.start(command, { phase: 'transfer' }) }
  } catch (error) {
    pending.discard()
    throw error
  }
}

/** A read may be sent together with what makes its data connection, once it is known how that is done here. */
async function pipelinedFor(link: SessionParts, options: Begin): Promise<PipelinedTransfer | undefined> {
  const { pipeline, data, state, commands } = link
  const { command, bulk, rest = 0, directory, signal } = options
  const restartable = rest === 0 ? !state.restart : commands.restWorks
  const offer = bulk && restartable && pipeline.open ? await data.offer(signal) : undefined
  if (!offer) return undefined
  if (directory !== undefined) await commands.leaveHome({ signal })
  if (rest > 0) state.restart = true
  return pipeline.send(offer, command, { from: rest, directory })
}

/** What the refusal of a transfer means. */
export function refusal(link: SessionParts, reply: Reply, about: { command: string; path: string }): TransferError {
  const error = link.control.failure(reply, about.command, { phase: 'transfer', path: about.path })
  return reuseRefused(error, reply, link)
}

/**
 * REST for this transfer; and `REST 0` when an earlier one was never used up, because its command was refused or cancelled, or may
 * not have been: one that was cancelled before its answer came counts too.
 */
async function restart(
  link: SessionParts,
  rest: number,
  options: { signal?: AbortSignal; path: string },
): Promise<void> {
  const { state, commands } = link
  const stood = state.restart
  if (rest === 0 && !stood) return
  const line = `REST ${rest}`
  state.restart = true
  const reply = await link.control.ask(line, { ...options, phase: 'transfer' })
  if (takesRestart(reply)) {
    state.restart = rest > 0
    commands.restWorks = true
    return
  }
  state.restart = stood && rest > 0
  if (rest > 0) throw restRefused(link.control.failure(reply, line, { ...options, phase: 'transfer' }))
}

/** Whatever the code of the refusal: this file cannot be begun in the middle here. */
function restRefused(error: TransferError): TransferError {
  const { code, reply = { code: 0 } } = error
  if (reply.code < 500 || code === 'login-refused') return error
  return error.with({ code: 'not-supported', cause: error })
}

async function opened(
  link: SessionParts,
  { pending, exchange }: Started,
  signal?: AbortSignal,
): Promise<{ wire: Wire; sessionReused?: boolean }> {
  const { protection } = link
  const wire = pending.wire ?? (await connected(link, { pending, exchange }, signal))
  if (!protection || link.state.protection !== 'secure') return { wire }
  try {
    // Handshake and command come over connections of their own: through a forwarded port, or when a packet is lost, in any order.
    if (link.commands.features.quirks.handshakesLast) await firstReply(link, exchange, signal)
    const { tunnelled } = link.data
    const securing = pending.secured ?? protection.session.secureData(wire, { signal, tunnelled })
    const { wire: secured, reused } = await securing
    link.observe({ type: 'secured', session: link.control.session, channel: 'data', reused })
    return { wire: secured, sessionReused: reused }
  } catch (error) {
    throw await handshakeRefused(link, exchange, error)
  }
}

/**
 * Explains a failed data handshake: its reason is mostly on the control connection (the session was not resumed). An error of this side
 * (another certificate) counts by itself, whatever the server replies: such an error has no cause.
 */
async function handshakeRefused(link: SessionParts, exchange: Exchange, error: unknown): Promise<unknown> {
  if (!(error instanceof TransferError) || error.code === 'aborted') return error
  if (error.code === 'tls' && error.cause === undefined) return error
  const reply = await link.control.final(exchange, link.limits.reply).catch(() => undefined)
  if (!reply || reply.code < 300) return error
  const refused = refusal(link, reply, { command: exchange.shown, path: '' })
  return refused.with({ message: `${error.message} ${refused.message}`, path: undefined, phase: 'tls', cause: error })
}

function firstReply({ control, limits }: SessionParts, exchange: Exchange, signal?: AbortSignal): Promise<Reply> {
  const what = `no reply to ${exchange.shown}`
  const onTimeout = (error: TransferError): void => void control.lose(error)
  if (exchange.said && !signal?.aborted) return Promise.resolve(exchange.said)
  return inTime({ limit: limits.reply, signal, phase: 'transfer', what, onTimeout }, () => exchange.first)
}

/** In active mode the server may also answer 425 instead of connecting; whichever comes first decides. */
async function connected(
  { control, limits }: SessionParts,
  { pending, exchange }: Started,
  signal?: AbortSignal,
): Promise<Wire> {
  const hint = 'A firewall may block connections from the server to us; use passive mode.'
  const deadline = {
    limit: limits.connect,
    signal,
    phase: 'data' as Phase,
    what: 'the server opened no data connection',
    hint,
  }
  return await within(deadline, async (stop) => {
    const refused = exchange.final.then((reply) => {
      if (reply.code >= 300) throw control.failure(reply, exchange.shown, { phase: 'data' })
      return new Promise<never>(() => {})
    })
    return await Promise.race([pending.connect(stop), refused])
  })
}

/** A refusal in the middle of a transfer ends it at once: some servers leave the data connection open and silent. */
function breakOnRefusal({ exchange, wire }: Running): void {
  exchange.final.then(
    (reply) => {
      if (reply.code >= 300) wire.stream.destroy(new Error(`the server answered ${reply.code}`))
    },
    () => {},
  )
}

/** How the turn on the session ends, once all replies are in. */
export type Done = () => void

/**
 * Resolves with the final reply, once no NOOP beside the transfer is pending. When the control connection ends before it, although every
 * byte was sent, the outcome is unknown: that is `unconfirmed`, and the engine checks the file.
 */
export async function finalReply({ link, exchange, path, wire }: Running): Promise<Reply> {
  try {
    // What was written may still be in the kernel's send queue.
    const { progress } = wire
    const reply = exchange.ended ?? (await link.control.final(exchange, link.limits.confirm, { progress }))
    if (link.keepAlive) await link.keepAlive.answered()
    return reply
  } catch (cause) {
    if (!(cause instanceof TransferError) || (cause.code !== 'session-lost' && cause.code !== 'timeout')) throw cause
    const text = `All bytes of ${path} went over, but the server never confirmed the end: ${cause.message}`
    throw new TransferError('unconfirmed', text, { phase: 'confirm', retryable: true, path, cause })
  }
}

/** More of what comes, or undefined at its end. What has come already is not waited for. */
export function nextSlab(
  running: Running,
  doing: string,
  signal?: AbortSignal,
): Slab | undefined | Promise<Slab | undefined> {
  if (signal?.aborted) return Promise.reject(aborted(signal, 'transfer'))
  const next = running.wire.slabs().next()
  return next instanceof Promise ? slabInTime(running, next, { doing, signal }) : next
}

async function slabInTime(
  running: Running,
  next: Promise<Slab | undefined>,
  { doing, signal }: { doing: string; signal?: AbortSignal },
): Promise<Slab | undefined> {
  const { link, exchange, wire } = running
  const { progress } = wire
  const what = `no data for ${exchange.shown}`
  try {
    return await inTime({ limit: link.limits.idle, signal, phase: 'transfer', what, progress }, () => next)
  } catch (error) {
    throw error instanceof TransferError ? error : await explain(running, error, doing)
  }
}

/** What broke the data connection, with the server's own words when it has any. Waits for them, but not long. */
export async function explain(
  { link, exchange, path }: Running,
  cause: unknown,
  doing: string,
): Promise<TransferError> {
  const reply = await link.control.final(exchange, link.limits.reply).catch(() => undefined)
  if (reply && reply.code >= 300) {
    return refusal(link, reply, { command: exchange.shown, path }).with({ cause })
  }
  const reason = cause instanceof Error ? cause.message : String(cause)
  const said = reply && { code: reply.code, text: reply.text }
  const text = `The data connection broke while ${doing}: ${reason}.`
  return new TransferError('data-connection', text, { phase: 'transfer', retryable: true, path, cause, reply: said })
}

import { type Phase, type ReplyText, TransferError } from '../../errors.js'
import { printable } from '../../printable.js'
import type { Redactor } from '../../redact.js'
import type { Reply } from '../control/command-channel.js'
import { failure } from '../control/reply-errors.js'

/** Who is on the other side of a sign-on, for the texts and for the blame. */
export interface Parties {
  /** `host:port` of the FTP proxy; absent on a direct connection. */
  readonly proxy?: string
  /** `host:port` of the server. */
  readonly server: string
  /** The proxy's dialect, for the hint. */
  readonly dialect?: string
}

/** A command of a sign-on, and on whose account a refusal of it goes. */
export interface Attempt {
  /** As it may be shown. */
  readonly command: string
  /**
   * `proxy`: only the proxy can have refused it. `names-server`: the proxy too, it dials out at this command. `server`: 530, 430 and 532
   * are the server's; anything else is the proxy's, if there is one, for some dial out as late as PASS.
   */
  readonly side: 'proxy' | 'names-server' | 'server'
  readonly redactor: Redactor
}

const LONGEST = 300

/** The error for a reply that ends a sign-on. */
export function refused(reply: Reply, attempt: Attempt, parties: Parties): TransferError {
  const meaning = failure(maskedReply(reply, attempt), { command: masked(attempt.command, attempt), phase: 'login' })
  if (meaning.code === 'too-many-sessions') return crowded({ reply, meaning }, attempt, parties)
  if (parties.proxy !== undefined && isProxys(reply.code, attempt.side)) return byProxy(reply, attempt, parties)
  const { code, phase, retryable, hint, command } = meaning
  return new TransferError(code, `${theServer(parties)} ${what(reply, attempt)}`, {
    phase,
    retryable,
    hint,
    command,
    reply: meaning.reply,
  })
}

function isProxys(code: number, side: Attempt['side']): boolean {
  return side !== 'server' || !CREDENTIALS.includes(code)
}

/** Wrong user, password or account. */
const CREDENTIALS = [530, 430, 532, 332]

function byProxy(reply: Reply, attempt: Attempt, parties: Parties): TransferError {
  return new TransferError('proxy-refused', `The proxy ${parties.proxy} ${what(reply, attempt)}`, {
    phase: 'proxy',
    retryable: reply.code >= 400 && reply.code < 500,
    reply: shownReply(reply, attempt),
    command: masked(attempt.command, attempt),
    hint: proxyHint(attempt, parties),
  })
}

function proxyHint({ side }: Attempt, { dialect = 'it was given', server }: Parties): string {
  if (side === 'proxy')
    return `Check the user name and the password for the proxy (they are not the server's), and that it speaks the dialect ${dialect}.`
  if (side === 'names-server')
    return `Check the name and the port of the server, that this proxy may reach it, and that it speaks the dialect ${dialect}.`
  return `Many proxies dial out only at this command: it may be that the proxy cannot reach ${server}. Connect anew to try again.`
}

function theServer({ proxy, server }: Parties): string {
  return proxy === undefined ? `The server ${server}` : `The server ${server} (through the proxy ${proxy})`
}

function what(reply: Reply, attempt: Attempt): string {
  const command = printable(masked(attempt.command, attempt), LONGEST)
  const verb = reply.code < 400 ? 'answered' : 'refused'
  return `${verb} \`${command}\`: ${said(reply, attempt)}`
}

function said(reply: Reply, attempt: Attempt): string {
  const text = masked(reply.lines.map((line) => line.trim()).join(' / '), attempt)
  return `${reply.code} ${printable(text, LONGEST)}`
}

function shownReply(reply: Reply, attempt: Attempt): ReplyText {
  return { code: reply.code, text: masked(reply.text, attempt) }
}

function masked(text: string, { redactor }: Attempt): string {
  return redactor.mask(text)
}

function maskedReply(reply: Reply, attempt: Attempt): Reply {
  const mask = (text: string): string => masked(text, attempt)
  return { code: reply.code, lines: reply.lines.map(mask), text: mask(reply.text) }
}

function crowded(
  { reply, meaning }: { reply: Reply; meaning: TransferError },
  attempt: Attempt,
  parties: Parties,
): TransferError {
  const byProxy = parties.proxy !== undefined && attempt.side !== 'server'
  const who = byProxy ? `The proxy ${parties.proxy}` : theServer(parties)
  return new TransferError('too-many-sessions', `${who} takes no more sessions: ${said(reply, attempt)}`, {
    phase: phaseOf(attempt, parties),
    retryable: true,
    reply: meaning.reply,
    command: meaning.command,
    hint: meaning.hint,
  })
}

/** Returns the phase of a sign-on command. */
export function phaseOf({ side }: Pick<Attempt, 'side'>, { proxy }: Parties): Phase {
  return proxy !== undefined && side !== 'server' ? 'proxy' : 'login'
}

/** Returns the error for a secret that the peer requires and the caller has not given. */
export function wanted(
  { secret, reply }: { secret: string; reply: Reply | undefined },
  attempt: Attempt,
  parties: Parties,
): TransferError {
  const byProxy = parties.proxy !== undefined && attempt.side !== 'server'
  const who = byProxy ? `The proxy ${parties.proxy}` : theServer(parties)
  const asked = reply === undefined ? '' : `: ${said(reply, attempt)}`
  return new TransferError(
    byProxy ? 'proxy-refused' : 'login-refused',
    `${who} asks for ${secret}, and none was given${asked}`,
    {
      phase: byProxy ? 'proxy' : 'login',
      reply: reply && shownReply(reply, attempt),
      command: masked(attempt.command, attempt),
      hint: `Give ${secret}${byProxy ? ' for the proxy' : ''}, or a \`prompt\` that asks for it.`,
    },
  )
}

/** What a thrown loss of the connection means while a command of the sign-on was out; any other error stays as it is. */
export function lostAt(error: unknown, attempt: Attempt, parties: Parties): unknown {
  if (!(error instanceof TransferError) || error.code !== 'session-lost') return error
  const said = error.reply && asReply(error.reply)
  const meaning = said && refused(said, attempt, parties)
  if (meaning?.code === 'too-many-sessions') return withCause(meaning, error)
  if (parties.proxy === undefined || (attempt.side !== 'names-server' && !said)) return error
  return said ? withCause(byProxy(said, attempt, parties), error) : closedAt(attempt, parties, error)
}

/** The same error, with the loss of the connection behind it. */
function withCause({ code, message, ...details }: TransferError, cause: TransferError): TransferError {
  return new TransferError(code, message, { ...details, cause })
}

function closedAt(attempt: Attempt, { proxy, server }: Parties, cause: TransferError): TransferError {
  const command = masked(attempt.command, attempt)
  const text = `The proxy ${proxy} closed the connection without an answer to \`${printable(command, LONGEST)}\`.`
  return new TransferError('proxy-refused', text, {
    phase: 'proxy',
    retryable: true,
    command,
    hint: `Some proxies (SuSE ftp-proxy) close silently when the server refuses the connection: check that ${server} can be reached from there.`,
    cause,
  })
}

function asReply({ code, text }: ReplyText): Reply {
  return { code, text, lines: text.split('\n') }
}

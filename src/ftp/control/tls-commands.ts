import { TransferError } from '../../errors.js'
import type { Secured, TlsSession } from '../../transport/tls/tls-session.js'
import type { Wire } from '../../transport/wire.js'
import type { Reply } from './command-channel.js'
import type { ControlConnection } from './control-connection.js'
import type { Exchange } from './pending-commands.js'
import { unsupported } from './reply-errors.js'
import type { SessionState } from './session-state.js'

/** Sessions whose very first data connection was refused for want of a resumed TLS session. Those of one connection count together. */
export interface ReuseRule {
  refusals: number
}

/** What protects one session: whose TLS it is, the layer on the control connection, and whether data is to be protected too. */
export interface Protection {
  readonly session: TlsSession
  control: Secured | undefined
  /** What was asked for. What holds now is in the state of the session. */
  data: 'clear' | 'secure'
  readonly reuse: ReuseRule
}

interface Options {
  readonly signal?: AbortSignal
}

/** Sends AUTH TLS, and AUTH SSL where that is refused (RFC 4217 section 4). When both are refused, rejects; nothing more is sent. */
export async function secureExplicitly(
  control: ControlConnection,
  protection: Protection,
  options: Options,
): Promise<void> {
  for (const mechanism of ['TLS', 'SSL']) {
    const done = await control.switchTo(`AUTH ${mechanism}`, (wire) => handshake(wire, protection, options), {
      ...options,
      expect: '234|334',
      phase: 'tls',
    })
    if (done) return
  }
  const { code, text } = control.lastReply ?? { code: 0, text: '' }
  const said = control.redactor.mask(text)
  throw new TransferError('tls', `The server refuses TLS: it answered AUTH TLS and AUTH SSL with ${code} ${said}`, {
    phase: 'tls',
    reply: { code, text: said },
    hint: 'Nothing was sent in the clear. If the server has implicit TLS, use ftps://; ftp:// would send the password in the clear.',
  })
}

/** TLS from the first byte, before any greeting. */
export async function secureAtOnce(wire: Wire, protection: Protection, { signal }: Options): Promise<Wire> {
  try {
    return await handshake(wire, protection, { signal })
  } catch (error) {
    throw silentOrGone(error)
  }
}

/** A peer that meets a hello with silence, or by closing, may be a server without TLS at this port. */
function silentOrGone(error: unknown): unknown {
  if (!(error instanceof TransferError) || error.hint !== undefined) return error
  if (error.code !== 'timeout' && error.code !== 'tls') return error
  const hint = 'This port may not have implicit TLS: try ftpes:// (explicit TLS, usually port 21).'
  return error.with({ phase: 'tls', hint })
}

/**
 * Under TLS 1.3 a server looks at our certificate when the handshake is over for us and the next command on its way. Its alert may be
 * lost in the reset that follows (ProFTPD), so a session that ends before its first reply under TLS gets the hint that the alert would.
 */
export function goneAfterHandshake(error: unknown, control: ControlConnection, protection?: Protection): unknown {
  if (!(error instanceof TransferError) || error.code !== 'session-lost' || error.hint !== undefined) return error
  if (protection?.session.security?.protocol !== 'TLSv1.3') return error
  const { code } = control.lastReply ?? { code: 234 }
  if (code !== 234 && code !== 334) return error
  const hint =
    'A server that demands a client certificate, or refuses ours, may end like this: see tls.cert and tls.key.'
  return error.with({ hint })
}

async function handshake(
  wire: Wire,
  protection: Protection,
  { signal, sni }: Options & { readonly sni?: string },
): Promise<Wire> {
  protection.control = await protection.session.secureControl(wire, { signal, sni })
  return protection.control.wire
}

/** TLS by a line of a proxy's dialect, with the name it asks for; answers the reply to the line. */
export async function secureBy(
  control: ControlConnection,
  protection: Protection,
  { line, ...options }: Options & { readonly line: string; readonly sni?: string },
): Promise<Reply> {
  await control.switchTo(line, (wire) => handshake(wire, protection, options), {
    ...options,
    expect: '2xx',
    phase: 'tls',
  })
  return control.lastReply ?? { code: 0, lines: [], text: '' }
}

export interface ProtectedSession {
  readonly control: ControlConnection
  readonly protection: Protection
  readonly state: SessionState
}

/** Codes of a server without PBSZ or PROT; one that supports them and forbids clear data replies 534 or 536. */
const NO_PROT = new Set([500, 501, 502])

/**
 * Sends PBSZ 0 and PROT (RFC 4217 section 9). Refused protection that was requested is an error; it is never left out silently. A server
 * without these commands has unprotected data, which satisfies PROT C. `together`: both are sent at once.
 */
export async function protectData(
  { control, protection, state }: ProtectedSession,
  level: 'clear' | 'secure',
  { together, signal }: Options & { readonly together?: boolean },
): Promise<void> {
  const lines = ['PBSZ 0', level === 'secure' ? 'PROT P' : 'PROT C']
  const start = (line: string): Exchange => control.start(line, { phase: 'tls' })
  const sent = together ? control.together(() => lines.map(start)) : []
  for (const [at, line] of lines.entries()) {
    const reply = await control.answer(sent[at] ?? start(line), { signal })
    if (reply.code < 300) continue
    const clearAnyway = level === 'clear' && state.protection !== 'secure' && NO_PROT.has(reply.code)
    if (!clearAnyway) throw refusedProtection(control.failure(reply, line, { phase: 'tls' }), level)
  }
  state.protection = level
  protection.data = level
}

function refusedProtection(error: TransferError, level: 'clear' | 'secure'): TransferError {
  const hint =
    level === 'secure'
      ? "Data would go in the clear; if that is acceptable, set tls.data to 'clear'."
      : 'Data stays protected.'
  return error.with({ code: 'tls', phase: 'tls', hint, cause: error })
}

/** Sends CCC: the control connection continues in plaintext (RFC 4217 section 12.3). It cannot be undone; refused: nothing changes. */
export async function clearControl(
  control: ControlConnection,
  protection: Protection,
  options: Options,
): Promise<void> {
  const secured = protection.control
  if (!secured?.clear) throw unsupported('clear the control connection', 'CCC')
  const endTls = secured.clear
  const done = await control.switchTo('CCC', () => endTls(), { ...options, expect: '2xx', phase: 'tls' })
  if (!done && control.lastReply) throw control.failure(control.lastReply, 'CCC', { phase: 'tls' })
  protection.control = undefined
}

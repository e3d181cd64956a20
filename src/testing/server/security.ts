import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { FaultAction } from '../network/faults.js'
import { acceptTls, DetachableStream, ignoreUntilClosed, isCertified } from '../network/tls.js'
import type { Command, SessionState } from './session-state.js'

const UNKNOWN = '502 Command not implemented.'

/** Begins TLS on the control connection. Rejects, with the connection reset, when the handshake fails. */
export async function secureLink(session: SessionState, { stallTls }: FaultAction): Promise<void> {
  const { settings, link } = session
  if (!settings.tls) return
  const { control: context, clientCa } = settings.tls
  const layer = new DetachableStream(link.detach())
  try {
    const askCertificate = clientCa !== undefined
    const socket = await acceptTls(layer, { context, askCertificate, signal: link.signal, stall: stallTls })
    session.tls = { socket, layer, certified: isCertified(socket, clientCa) }
    link.resumeOn(socket)
  } catch (error) {
    link.reset()
    throw error
  }
}

async function auth(session: SessionState, argument: string, fault: FaultAction): Promise<string | undefined> {
  if (!session.settings.tls) return UNKNOWN
  if (session.tls) return '503 TLS is on already.'
  if (!/^(TLS|TLS-C|SSL)$/i.test(argument)) return '504 Only TLS and SSL.'
  session.link.detach()
  if (fault.finalReply !== null)
    await session.link.send(fault.finalReply ?? `234 AUTH ${argument} successful.`, fault.drip)
  await secureLink(session, fault).catch(() => {})
  return undefined
}

function pbsz(session: SessionState, argument: string): string {
  if (!session.settings.tls) return UNKNOWN
  if (!session.tls) return '503 AUTH comes first.'
  session.pbsz = true
  return argument === '0' ? '200 PBSZ=0' : '200 PBSZ=0 is enough.'
}

function prot(session: SessionState, argument: string): string {
  if (!session.settings.tls) return UNKNOWN
  if (!session.pbsz) return '503 PBSZ comes first.'
  const level = argument.toUpperCase()
  if (level !== 'P' && level !== 'C') return /^[SE]$/.test(level) ? '536 Not with TLS.' : '504 Unknown level.'
  session.protects = level === 'P'
  return `200 Protection set to ${level}.`
}

/** Handles CCC (RFC 4217 section 12.3): the reply is still sent over TLS, then both sides send close_notify. */
async function ccc(session: SessionState, _: string, fault: FaultAction): Promise<string | undefined> {
  const { tls, link } = session
  if (!session.settings.tls) return UNKNOWN
  if (!tls) return '533 The control connection does not use TLS.'
  const raw = link.detach()
  tls.layer.expectLastRecord()
  if (fault.finalReply !== null) await link.send(fault.finalReply ?? '200 Clear now.')
  const left = ended(tls.socket)
  if (fault.stallTls) await left.then(() => ignoreUntilClosed(raw, link.signal))
  tls.socket.end()
  await left
  session.tls = undefined
  link.resumeOn(raw)
  return undefined
}

/** Resolves when the client has sent close_notify. */
function ended(socket: TLSSocket): Promise<void> {
  return new Promise((resolve) => socket.once('end', resolve).once('close', resolve).resume())
}

/** Begins TLS on a data connection; resolves with the reply that refuses it on failure. */
export async function secureData(
  session: SessionState,
  raw: Socket,
  { signal, stall }: { signal: AbortSignal; stall?: boolean },
): Promise<TLSSocket | string> {
  const { tls } = session.settings
  if (!tls) return UNKNOWN
  try {
    const askCertificate = tls.clientCa !== undefined
    const socket = await acceptTls(raw, { context: tls.data, askCertificate, signal, stall })
    if (socket.isSessionReused() || !tls.requireReuse) return socket
    socket.destroy()
    return '522 SSL connection failed: session reuse required.'
  } catch {
    raw.destroy()
    return '425 The TLS handshake of the data connection failed.'
  }
}

/** The commands of RFC 4217. */
export const SECURITY: Readonly<Record<string, Command>> = {
  AUTH: { run: auth, open: true, repliesItself: true, feature: ({ settings }) => settings.tls && 'AUTH TLS' },
  PBSZ: { run: pbsz, open: true, feature: ({ settings }) => settings.tls && 'PBSZ' },
  PROT: { run: prot, open: true, feature: ({ settings }) => settings.tls && 'PROT' },
  CCC: { run: ccc, repliesItself: true, feature: ({ settings }) => settings.tls && 'CCC' },
}

import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { FaultAction } from '../network/faults.js'
import { acceptTls, isCertified, Layer, outlasted } from '../network/tls.js'
import type { Command, Visit } from './session-state.js'

const UNKNOWN = '502 Command not implemented.'

/** TLS on the control connection. Rejects, with the connection reset, when the handshake fails. */
export async function secureLink(visit: Visit, { stallTls }: FaultAction): Promise<void> {
  const { settings, link } = visit
  if (!settings.tls) return
  const { control: context, clientCa } = settings.tls
  const layer = new Layer(link.hold())
  try {
    const askCertificate = clientCa !== undefined
    const socket = await acceptTls(layer, { context, askCertificate, signal: link.signal, stall: stallTls })
    visit.tls = { socket, layer, certified: isCertified(socket, clientCa) }
    link.over(socket)
  } catch (error) {
    link.reset()
    throw error
  }
}

async function auth(visit: Visit, argument: string, fault: FaultAction): Promise<string | undefined> {
  if (!visit.settings.tls) return UNKNOWN
  if (visit.tls) return '503 TLS is on already.'
  if (!/^(TLS|TLS-C|SSL)$/i.test(argument)) return '504 Only TLS and SSL.'
  visit.link.hold()
  if (fault.finalReply !== null)
    await visit.link.say(fault.finalReply ?? `234 AUTH ${argument} successful.`, fault.drip)
  await secureLink(visit, fault).catch(() => {})
  return undefined
}

function pbsz(visit: Visit, argument: string): string {
  if (!visit.settings.tls) return UNKNOWN
  if (!visit.tls) return '503 AUTH comes first.'
  visit.pbsz = true
  return argument === '0' ? '200 PBSZ=0' : '200 PBSZ=0 is enough.'
}

function prot(visit: Visit, argument: string): string {
  if (!visit.settings.tls) return UNKNOWN
  if (!visit.pbsz) return '503 PBSZ comes first.'
  const level = argument.toUpperCase()
  if (level !== 'P' && level !== 'C') return /^[SE]$/.test(level) ? '536 Not with TLS.' : '504 Unknown level.'
  visit.protects = level === 'P'
  return `200 Protection set to ${level}.`
}

/** RFC 4217 section 12.3: the answer still goes over TLS, then both sides say close_notify. */
async function ccc(visit: Visit, _: string, fault: FaultAction): Promise<string | undefined> {
  const { tls, link } = visit
  if (!visit.settings.tls) return UNKNOWN
  if (!tls) return '533 The control connection is in the clear.'
  const raw = link.hold()
  tls.layer.expectLastRecord()
  if (fault.finalReply !== null) await link.say(fault.finalReply ?? '200 Clear now.')
  const left = ended(tls.socket)
  if (fault.stallTls) await left.then(() => outlasted(raw, link.signal))
  tls.socket.end()
  await left
  visit.tls = undefined
  link.over(raw)
  return undefined
}

/** Resolves when the client has said close_notify. */
function ended(socket: TLSSocket): Promise<void> {
  return new Promise((resolve) => socket.once('end', resolve).once('close', resolve).resume())
}

/** TLS on a data connection; the reply that refuses it instead. */
export async function secureData(
  visit: Visit,
  raw: Socket,
  { signal, stall }: { signal: AbortSignal; stall?: boolean },
): Promise<TLSSocket | string> {
  const { tls } = visit.settings
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
  AUTH: { run: auth, open: true, speaks: true, feature: ({ settings }) => settings.tls && 'AUTH TLS' },
  PBSZ: { run: pbsz, open: true, feature: ({ settings }) => settings.tls && 'PBSZ' },
  PROT: { run: prot, open: true, feature: ({ settings }) => settings.tls && 'PROT' },
  CCC: { run: ccc, speaks: true, feature: ({ settings }) => settings.tls && 'CCC' },
}

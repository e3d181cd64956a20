import { isIPv4 } from 'node:net'
import { type Endpoint, readExtended, readSix, writeSix } from '../network/addresses.js'
import { dialLater, listenOnce, type Prepared } from '../network/data-connections.js'
import type { FaultAction } from '../network/faults.js'
import type { Command, SessionState } from './session-state.js'

const NO_PORT = '425 No port is free for the data connection.'
const FAMILY = (session: SessionState): string => (isIPv4(session.local) ? '1' : '2')

function replace(session: SessionState, data: Prepared): void {
  session.data?.drop()
  session.data = data
}

async function openPort(session: SessionState, fault: FaultAction): Promise<number | undefined> {
  const ports = session.settings.passivePorts
  try {
    const passive = await listenOnce({ host: session.local, peer: session.peer, ports, track: session.track })
    if (fault.noData) passive.drop()
    replace(session, passive)
    return passive.port
  } catch {
    return undefined
  }
}

async function pasv(session: SessionState, _: string, fault: FaultAction): Promise<string> {
  if (session.epsvOnly) return '501 PASV is not allowed after EPSV ALL.'
  if (!isIPv4(session.local)) return '425 PASV is for IPv4; use EPSV.'
  const port = await openPort(session, fault)
  if (port === undefined) return NO_PORT
  const host = session.settings.pasvAddress ?? session.local
  return `227 Entering Passive Mode (${writeSix({ host, port })}).`
}

async function epsv(session: SessionState, argument: string, fault: FaultAction): Promise<string> {
  if (argument.toUpperCase() === 'ALL') {
    session.epsvOnly = true
    return '200 EPSV ALL ok.'
  }
  if (argument !== '' && argument !== FAMILY(session)) return `522 Protocol not supported, use (${FAMILY(session)}).`
  const port = await openPort(session, fault)
  return port === undefined ? NO_PORT : `229 Entering Extended Passive Mode (|||${port}|)`
}

function port(session: SessionState, argument: string): string {
  return setActive(session, readSix(argument), 'PORT')
}

function eprt(session: SessionState, argument: string): string {
  const to = readExtended(argument)
  if (to === 'family') return `522 Protocol not supported, use (${FAMILY(session)}).`
  return setActive(session, to, 'EPRT')
}

/** Accepts only the client's own address and a port of 1024 or more: others are a bounce attack (RFC 2577 section 3). */
function setActive(session: SessionState, to: Endpoint | undefined, verb: string): string {
  if (session.epsvOnly) return `501 ${verb} is not allowed after EPSV ALL.`
  if (!to) return `501 ${verb} needs an address.`
  if (to.host !== session.peer || to.port < 1024) return `500 Illegal ${verb} command.`
  replace(session, dialLater(to, session.local, session.track))
  return `200 ${verb} command successful.`
}

/** The commands that set up a data connection. */
export const ENDPOINTS: Readonly<Record<string, Command>> = {
  PASV: { run: pasv, feature: () => 'PASV' },
  EPSV: { run: epsv, feature: () => 'EPSV' },
  PORT: { run: port },
  EPRT: { run: eprt, feature: () => 'EPRT' },
}

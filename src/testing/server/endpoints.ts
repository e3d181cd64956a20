import { isIPv4 } from 'node:net'
import { type Endpoint, readExtended, readSix, writeSix } from '../network/addresses.js'
import { dialLater, listenOnce, type Prepared } from '../network/data-connections.js'
import type { FaultAction } from '../network/faults.js'
import type { Command, Visit } from './session-state.js'

const NO_PORT = '425 No port is free for the data connection.'
const FAMILY = (visit: Visit): string => (isIPv4(visit.local) ? '1' : '2')

function replace(visit: Visit, data: Prepared): void {
  visit.data?.drop()
  visit.data = data
}

async function openPort(visit: Visit, fault: FaultAction): Promise<number | undefined> {
  const ports = visit.settings.passivePorts
  try {
    const passive = await listenOnce({ host: visit.local, peer: visit.peer, ports, track: visit.track })
    if (fault.noData) passive.drop()
    replace(visit, passive)
    return passive.port
  } catch {
    return undefined
  }
}

async function pasv(visit: Visit, _: string, fault: FaultAction): Promise<string> {
  if (visit.epsvOnly) return '501 PASV is not allowed after EPSV ALL.'
  if (!isIPv4(visit.local)) return '425 PASV is for IPv4; use EPSV.'
  const port = await openPort(visit, fault)
  if (port === undefined) return NO_PORT
  const host = visit.settings.pasvAddress ?? visit.local
  return `227 Entering Passive Mode (${writeSix({ host, port })}).`
}

async function epsv(visit: Visit, argument: string, fault: FaultAction): Promise<string> {
  if (argument.toUpperCase() === 'ALL') {
    visit.epsvOnly = true
    return '200 EPSV ALL ok.'
  }
  if (argument !== '' && argument !== FAMILY(visit)) return `522 Protocol not supported, use (${FAMILY(visit)}).`
  const port = await openPort(visit, fault)
  return port === undefined ? NO_PORT : `229 Entering Extended Passive Mode (|||${port}|)`
}

function port(visit: Visit, argument: string): string {
  return aim(visit, readSix(argument), 'PORT')
}

function eprt(visit: Visit, argument: string): string {
  const to = readExtended(argument)
  if (to === 'family') return `522 Protocol not supported, use (${FAMILY(visit)}).`
  return aim(visit, to, 'EPRT')
}

/** Only the client's own address and no well-known port: anything else is a bounce attack (RFC 2577 section 3). */
function aim(visit: Visit, to: Endpoint | undefined, verb: string): string {
  if (visit.epsvOnly) return `501 ${verb} is not allowed after EPSV ALL.`
  if (!to) return `501 ${verb} needs an address.`
  if (to.host !== visit.peer || to.port < 1024) return `500 Illegal ${verb} command.`
  replace(visit, dialLater(to, visit.local, visit.track))
  return `200 ${verb} command successful.`
}

/** The commands that agree on a data connection. */
export const ENDPOINTS: Readonly<Record<string, Command>> = {
  PASV: { run: pasv, feature: () => 'PASV' },
  EPSV: { run: epsv, feature: () => 'EPSV' },
  PORT: { run: port },
  EPRT: { run: eprt, feature: () => 'EPRT' },
}

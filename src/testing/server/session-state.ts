import type { Server, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { join, resolve } from '../../path.js'
import type { HashName, Store } from '../../store.js'
import type { ControlLink, Lines } from '../network/control-link.js'
import type { Prepared } from '../network/data-connections.js'
import type { FaultAction } from '../network/faults.js'
import type { Layer, TlsSettings } from '../network/tls.js'

export interface Account {
  readonly password: string
  /** Asked for with 332 after the password. */
  readonly account?: string
}

/** What all sessions of one server share. */
export interface Settings {
  readonly store: Store
  readonly root: string
  /** The directory a session begins in. */
  readonly home: string
  readonly users: ReadonlyMap<string, Account>
  readonly anonymous: boolean
  readonly without: ReadonlySet<string>
  readonly listStyle: 'unix' | 'dos'
  readonly readOnly: boolean
  readonly passivePorts?: readonly [number, number]
  readonly pasvAddress?: string
  readonly dataTimeoutMs: number
  readonly greeting: readonly string[]
  /** Absent: a server without TLS. */
  readonly tls?: TlsSettings
}

/** TLS on a control connection. */
export interface ControlTls {
  readonly socket: TLSSocket
  readonly layer: Layer
  /** The client showed a certificate that we know. */
  readonly certified: boolean
}

/** One control connection as the commands see it. */
export interface Visit {
  readonly settings: Settings
  readonly link: ControlLink
  /** Addresses of the two ends of the control connection. */
  readonly local: string
  readonly peer: string
  stage: 'new' | 'password' | 'account' | 'in'
  user: string
  cwd: string
  type: 'A' | 'I'
  /** The offset that REST gave, for the next transfer. */
  restart: number
  renameFrom: string | undefined
  /** EPSV ALL was sent (RFC 2428 section 4). */
  epsvOnly: boolean
  hash: HashName
  facts: readonly string[]
  /** Absent: the control connection is in the clear. */
  tls: ControlTls | undefined
  /** PBSZ was said, which PROT needs (RFC 4217 section 9). */
  pbsz: boolean
  /** PROT P: data connections have TLS. */
  protects: boolean
  /** The data connection that PASV, EPSV, PORT or EPRT agreed on. */
  data: Prepared | undefined
  /** Stops the transfer that runs. */
  transfer: AbortController | undefined
  readonly track: (thing: Socket | Server) => void
  readonly countData: () => void
}

/** Answers the reply, without CRLF; undefined when it has been said already. */
export type Handler = (visit: Visit, argument: string, fault: FaultAction) => Promise<Lines | undefined> | Lines

export interface Command {
  readonly run: Handler
  /** May be used before the login. */
  readonly open?: boolean
  /** Changes the store: refused when the server is read-only. */
  readonly writes?: boolean
  /** The control connection ends after the answer. */
  readonly ends?: boolean
  /** Says its answer by itself, a fault's finalReply included. */
  readonly speaks?: boolean
  /** Its line in FEAT, if it has one. */
  readonly feature?: (visit: Visit) => string | undefined
}

/** Where the session stands after USER, REIN and HOST: nobody is logged in and nothing is agreed on. */
export function reset(visit: Visit): void {
  visit.data?.drop()
  Object.assign(visit, { stage: 'new', user: '', cwd: visit.settings.home, type: 'A', restart: 0, epsvOnly: false })
  Object.assign(visit, { renameFrom: undefined, data: undefined })
}

/** The path a client means, as the client sees it. */
export function pathOf(visit: Visit, argument: string): string {
  return resolve(visit.cwd, argument)
}

/** The same in the store. */
export function placeOf(visit: Visit, argument: string): string {
  const path = pathOf(visit, argument)
  if (visit.settings.root === '/') return path
  return path === '/' ? visit.settings.root : join(visit.settings.root, path.slice(1))
}

/** A path as it stands between the quotes of a 257: quotes doubled (RFC 959 appendix II), line breaks unsayable. */
export function quoted(path: string): string {
  return `"${sayable(path).replaceAll('"', '""')}"`
}

/** Text that cannot break the line it stands in. */
export function sayable(text: string): string {
  return text.replace(/[\r\n\0]/g, '?')
}

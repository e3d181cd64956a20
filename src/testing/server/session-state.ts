import type { Server, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { join, resolve } from '../../path.js'
import type { HashName, Store } from '../../store.js'
import type { ControlLink, Lines } from '../network/control-link.js'
import type { Prepared } from '../network/data-connections.js'
import type { FaultAction } from '../network/faults.js'
import type { DetachableStream, TlsSettings } from '../network/tls.js'

/** A user of the server. */
export interface Account {
  /** With an empty one USER alone logs in. */
  readonly password: string
  /** Requested with 332 after the password. */
  readonly account?: string
}

/** Settings that all sessions of one server share. */
export interface Settings {
  readonly store: Store
  readonly root: string
  /** The initial directory of a session. */
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
  readonly layer: DetachableStream
  /** The client presented a trusted certificate. */
  readonly certified: boolean
}

/** The state of one session (control connection). */
export interface SessionState {
  readonly settings: Settings
  readonly link: ControlLink
  /** Addresses of the two ends of the control connection. */
  readonly local: string
  readonly peer: string
  stage: 'new' | 'password' | 'account' | 'logged-in'
  user: string
  cwd: string
  type: 'A' | 'I'
  /** The offset of REST, for the next transfer. */
  restart: number
  renameFrom: string | undefined
  /** EPSV ALL was sent (RFC 2428 section 4). */
  epsvOnly: boolean
  hash: HashName
  facts: readonly string[]
  /** Absent: the control connection has no TLS. */
  tls: ControlTls | undefined
  /** PBSZ was received, which PROT requires (RFC 4217 section 9). */
  pbsz: boolean
  /** PROT P: data connections have TLS. */
  protects: boolean
  /** The data connection set up by PASV, EPSV, PORT or EPRT. */
  data: Prepared | undefined
  /** Stops the transfer in progress. */
  transfer: AbortController | undefined
  readonly track: (thing: Socket | Server) => void
  readonly countData: () => void
}

/** Executes a command and returns the reply, without CRLF; undefined when it was sent already. */
export type Handler = (
  session: SessionState,
  argument: string,
  fault: FaultAction,
) => Promise<Lines | undefined> | Lines

export interface Command {
  readonly run: Handler
  /** Allowed before login. */
  readonly open?: boolean
  /** Changes the store: refused when the server is read-only. */
  readonly writes?: boolean
  /** The control connection is closed after the reply. */
  readonly ends?: boolean
  /** Sends its reply by itself, including a fault's finalReply. */
  readonly repliesItself?: boolean
  /** Its line in FEAT, if it has one. */
  readonly feature?: (session: SessionState) => string | undefined
}

/** Resets the session to its state after USER, REIN or HOST: no user is logged in and nothing is set up. */
export function reset(session: SessionState): void {
  session.data?.drop()
  Object.assign(session, { stage: 'new', user: '', cwd: session.settings.home, type: 'A', restart: 0, epsvOnly: false })
  Object.assign(session, { renameFrom: undefined, data: undefined })
}

/** Returns the path of a command's argument, as the client sees it. */
export function pathOf(session: SessionState, argument: string): string {
  return resolve(session.cwd, argument)
}

/** Returns the same path in the store. */
export function storePathOf(session: SessionState, argument: string): string {
  const path = pathOf(session, argument)
  if (session.settings.root === '/') return path
  return path === '/' ? session.settings.root : join(session.settings.root, path.slice(1))
}

/** Formats a path as between the quotes of a 257: quotes doubled (RFC 959 appendix II), line breaks replaced. */
export function quoted(path: string): string {
  return `"${singleLine(path).replaceAll('"', '""')}"`
}

/** Replaces characters that would break the line the text is sent in. */
export function singleLine(text: string): string {
  return text.replace(/[\r\n\0]/g, '?')
}

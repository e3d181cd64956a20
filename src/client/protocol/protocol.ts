import type { Limits } from '../../deadline.js'
import type { NamingLearned } from '../../engine/pool/naming-facts.js'
import type { ReplyText, TransferError } from '../../errors.js'
import type { Observer } from '../../events.js'
import type { Store } from '../../store.js'
import type { CallOptions, Security, SshSecurity } from '../options/options.js'

/** Who the next session logs in as. */
export interface Who {
  readonly user?: string
  readonly password?: string
  readonly account?: string
}

/** The sessions of a connection, as far as a protocol has to do with them. */
export interface Sessions {
  /** Runs something short on one of them. */
  on<T>(signal: AbortSignal | undefined, work: (store: Store) => Promise<T>): Promise<T>
  /** Ends all of them and opens a new one; `undo` runs when that fails. */
  replace(undo: () => void, signal: AbortSignal | undefined): Promise<void>
  /** Runs the caller's onConnect on a session that is logged in only now. */
  greet(store: Store, signal: AbortSignal | undefined): Promise<void>
}

/** What a session reports of itself. */
export interface About {
  readonly security?: Security | SshSecurity
  readonly features: readonly string[]
  readonly lastReply?: ReplyText
}

/** What one protocol brings to a connection: how its sessions are opened, and what a Store does not know. */
export interface Protocol {
  readonly name: 'ftp' | 'sftp'
  /** Scheme, user, host and port. */
  readonly describe: string
  readonly observe: Observer
  /** What is known of the names that the server takes; shared by all transfers. */
  readonly naming: NamingLearned
  /** Shared with every session, so that a change holds for all. */
  readonly limits: { -readonly [K in keyof Limits]: Limits[K] }
  /** Why a second session cannot be opened behind the caller's back, as half a sentence; absent where it can. */
  readonly unrepeatable?: string
  /** Whether sessions are logged in when they are open. */
  readonly logsIn: boolean
  open(signal?: AbortSignal): Promise<Store>
  /** Why a session was lost; undefined while it is not. */
  lostBy(store: Store): TransferError | undefined
  /** Resolves when no call is at work on a session; it can be lost by then. `raw`: a command of the caller's comes next. */
  quiet(store: Store, options: CallOptions & { raw?: boolean }): Promise<void>
  /** Brings a session in line with what was asked of another one. `raw`: a command of the caller's comes next. */
  prepare(store: Store, options: CallOptions & { raw?: boolean }): Promise<void>
  /** Throws unless there is a directory that can be entered. */
  enter(store: Store, path: string, options: CallOptions): Promise<void>
  /** Sends a command of the caller's. `newUser`: it has logged in a user, or logged him out. */
  command(store: Store, line: string, options: CallOptions): Promise<{ reply: ReplyText; newUser: boolean }>
  about(store: Store | undefined): About
  /** Keeps in mind that the server has refused a session beside others. */
  full?(): void
  /** How data connections are made from now on. */
  setDataMode(mode: 'passive' | 'active' | 'auto'): void
  login(who: Who | undefined, sessions: Sessions, signal?: AbortSignal): Promise<void>
  logout(sessions: Sessions, signal?: AbortSignal): Promise<void>
  setChannelMode(change: ChannelChange, sessions: Sessions, signal?: AbortSignal): Promise<void>
}

export interface ChannelChange {
  readonly channel: 'command' | 'data'
  readonly mode: 'clear' | 'secure'
}

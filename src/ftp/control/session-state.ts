import type { Exchange } from './pending-commands.js'

/**
 * What one session is in: everything that a server keeps from one command to the next, as far as it is known. There is one such object
 * a session, so that a raw command of the caller's, a login and REIN reset all of it.
 */
export interface SessionState {
  /** TYPE (RFC 959 section 3.1.1). Not known until it was sent: servers begin with either. */
  type: 'A' | 'I' | undefined
  /** MODE (RFC 959 section 3.4). */
  mode: 'S' | 'Z' | undefined
  /** STRU (RFC 959 section 3.1.2). */
  structure: 'F' | undefined
  /** PROT (RFC 4217 section 9): what the server does with data connections. */
  protection: 'clear' | 'secure' | undefined
  /** OPTS MLST was sent (RFC 3659 section 7.9). */
  facts: boolean
  /** A REST was accepted, or may have been, and nothing has used it up: the next transfer would start there. */
  restart: boolean
  /** An RNFR went out, and no RNTO yet. */
  rename: PendingRename | undefined
  /** The login directory, where relative paths begin. */
  home: string | undefined
  /** The working directory is not the login directory any more, or may not be. */
  moved: boolean
  /** Where the last CWD led. Another client may have renamed it since, so it is never relied on for the meaning of a path. */
  directory: string | undefined
}

export interface PendingRename {
  /** It was sent before the rename() that will follow, and holds as long as nothing else is sent. */
  readonly pipelined?: { readonly path: string; readonly asked: Exchange; readonly sent: number }
}

/** Returns the state of a new session; before the login there is no working directory. */
export function newState(loggedIn: boolean): SessionState {
  return {
    type: undefined,
    mode: 'S',
    structure: 'F',
    protection: 'clear',
    facts: false,
    restart: false,
    rename: undefined,
    home: undefined,
    moved: !loggedIn,
    directory: undefined,
  }
}

/** What a command of the caller's may have changed, one that is not known not to: all of it is sent again before it matters. */
export function forget(state: SessionState): void {
  state.type = undefined
  state.mode = undefined
  state.structure = undefined
  state.protection = undefined
  state.facts = false
  state.restart = true
  state.moved = true
  state.directory = undefined
}

/** A user has logged in (USER leaves the transfer parameters alone: RFC 959 section 4.1.1). `home`: where it was asked for. */
export function loggedIn(state: SessionState, { binary, home }: { binary: boolean; home?: string }): void {
  state.type = binary ? 'I' : undefined
  state.rename = undefined
  state.home = home
  state.moved = false
  state.directory = undefined
}

/** REIN: no user is logged in. */
export function loggedOut(state: SessionState): void {
  forget(state)
  state.rename = undefined
  state.home = undefined
}

/** The replies that complete a login (RFC 959 section 5.4; 232: RFC 4217 section 10.1). */
const LOGGED_IN: ReadonlySet<number> = new Set([230, 232, 202])

/** What a command of the caller's did to the login, by its reply. undefined: nothing. */
export function loginChange(line: string, code: number): 'in' | 'out' | undefined {
  if (/^(?:USER|PASS|ACCT)\b/i.test(line) && LOGGED_IN.has(code)) return 'in'
  return /^REIN\b/i.test(line) && code >= 200 && code < 300 ? 'out' : undefined
}

/** Commands that change nothing of a session's state. */
const CHANGES_NOTHING = new Set('NOOP STAT HELP SYST FEAT PWD XPWD SIZE MDTM MLST DELE MKD XMKD'.split(' '))

/** Whether a line of the caller's may change the state of the session. A line that begins with anything but a letter may. */
export function mayChange(line: string): boolean {
  return !CHANGES_NOTHING.has(/^[a-z]+/i.exec(line)?.[0].toUpperCase() ?? '')
}

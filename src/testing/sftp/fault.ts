/** What goes wrong with an SFTP request. The members combine: `{ delayMs: 50, status: { code: 4 } }` waits, then refuses. */
export interface SftpFaultAction {
  /** Waits before anything else happens; later requests wait too. */
  readonly delayMs?: number
  /** The request is not carried out and never answered; later ones are. */
  readonly silent?: boolean
  /** Answered in place of carrying it out: a code of SSH_FXP_STATUS (4: failure, 3: permission denied) and its words. */
  readonly status?: { readonly code: number; readonly text?: string }
  /**
   * What the attributes carry in the answer to LSTAT, STAT, FSTAT and READDIR: 'none' nothing at all, 'untyped' all but the type of
   * the file, as servers do that keep no POSIX modes.
   */
  readonly attributes?: 'none' | 'untyped'
  /** READDIR: the line for people is the bare name, in place of one as `ls -l` writes it. */
  readonly bareNames?: boolean
  /** FSTAT, STAT and LSTAT: the size that they tell of a file, as object stores tell an old one until the file is closed. */
  readonly size?: number
  /** READDIR: 'repeat' sends the first answer again and again; 'invent' makes names up. Neither comes to an end. */
  readonly endless?: 'repeat' | 'invent'
  /** READ brings at most this many bytes, READDIR this many names. */
  readonly short?: number
  /** Ends the connection in place of the answer. */
  readonly close?: boolean
  /** The same, with a TCP reset. */
  readonly reset?: boolean
}

/** A fault: on which request, how often, and what goes wrong. */
export interface SftpFault {
  /** The name of a request ('READ', 'OPEN', 'EXTENDED' …), a list of them, or '*' for every one. */
  readonly on: string | readonly string[]
  /** How often it fires. Default: for ever. */
  readonly times?: number
  /** How many occasions pass before it fires first. Default 0. */
  readonly skip?: number
  readonly do: SftpFaultAction
}

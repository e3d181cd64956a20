/** What goes wrong with an SFTP request. The members combine: `{ delayMs: 50, status: { code: 4 } }` waits, then refuses. */
export interface SftpFaultAction {
  /** Waits before anything else happens, in milliseconds; later requests wait too. */
  readonly delayMs?: number
  /** The request is not executed and gets no reply; later ones are answered. */
  readonly silent?: boolean
  /** Sent in place of executing the request: a code of SSH_FXP_STATUS (4: failure, 3: permission denied) and its text. */
  readonly status?: {
    /** A code of SSH_FXP_STATUS. */
    readonly code: number
    /** Its text. */
    readonly text?: string
  }
  /**
   * What the attributes carry in the answer to LSTAT, STAT, FSTAT and READDIR: 'none' nothing at all, 'untyped' all but the type of
   * the file, as servers do that keep no POSIX modes.
   */
  readonly attributes?: 'none' | 'untyped'
  /** READDIR: the line for people is the bare name, in place of one as `ls -l` writes it. */
  readonly bareNames?: boolean
  /** FSTAT, STAT and LSTAT: the size that they report, like object stores, which report an old one until the file is closed. */
  readonly size?: number
  /** READDIR: 'repeat' sends the first answer again and again; 'invent' makes names up. Neither comes to an end. */
  readonly endless?: 'repeat' | 'invent'
  /** A reply to READ carries at most this many bytes, one to READDIR this many names. */
  readonly short?: number
  /** Closes the connection in place of the reply. */
  readonly close?: boolean
  /** Like `close`, with a TCP reset. */
  readonly reset?: boolean
}

/** A fault: on which request, how often, and what goes wrong. */
export interface SftpFault {
  /** The name of a request ('READ', 'OPEN', 'EXTENDED' …), a list of them, or '*' for every one. */
  readonly on: string | readonly string[]
  /** How many times it fires. Defaults to always. */
  readonly times?: number
  /** How many matching requests are skipped before it fires first. Defaults to 0. */
  readonly skip?: number
  /** What goes wrong. */
  readonly do: SftpFaultAction
}

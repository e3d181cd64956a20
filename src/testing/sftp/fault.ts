/** What goes wrong with an SFTP request. The members combine: `{ delayMs: 50, status: { code: 4 } }` waits, then refuses. */
export interface SftpFaultAction {
  /** Waits before anything else happens, in milliseconds; later requests wait too. */
  readonly delayMs?: number
  /** The request is not executed and gets no reply; later ones are answered. */
  readonly silent?: boolean
  /** Sent in place of executing the request: a code of SSH_FXP_STATUS (4: failure, 3: permission denied) and its text. */
  readonly status?: { readonly code: number; readonly text?: string }
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
  readonly do: SftpFaultAction
}

import type { TransferError } from './errors.js'

/** One thing that happened; secrets are masked. Progress lines, logs and user interfaces read this one union. */
export type TransferEvent =
  | {
      /** A host is being dialled. */
      readonly type: 'connecting'
      /** The host that is dialled: the server's, or an FTP proxy's. */
      readonly host: string
      /** Its port. */
      readonly port: number
      /** The route: 'direct', or the tunnels. */
      readonly via: string
    }
  | {
      /** A connection is open. */
      readonly type: 'connected'
      /** The host that was dialled. */
      readonly host: string
      /** Its port. */
      readonly port: number
      /** The address that answered, with its port. */
      readonly address: string
    }
  | {
      /** A line was sent on a control connection, or an SFTP request. */
      readonly type: 'command'
      /** Numbers the control connections of this process. */
      readonly session: number
      /** The line that was sent. */
      readonly text: string
    }
  | {
      /** A reply was received. */
      readonly type: 'reply'
      /** Numbers the control connections of this process. */
      readonly session: number
      /** Three digits: 226; 0: text that was received before the greeting. */
      readonly code: number
      /** The lines that were received, without the code. */
      readonly lines: readonly string[]
    }
  | {
      /** A data connection is open. */
      readonly type: 'data-open'
      /** Numbers the control connections of this process. */
      readonly session: number
      /** Who connected: we ('passive') or the server ('active'). */
      readonly mode: 'passive' | 'active'
      /** The address of the other end, with its port. */
      readonly address: string
    }
  | {
      /** TLS is established. */
      readonly type: 'secured'
      /** Numbers the control connections of this process. */
      readonly session: number
      /** The connection that has TLS now. */
      readonly channel: 'control' | 'data'
      /** Whether it resumed a TLS session. */
      readonly reused: boolean
    }
  | {
      /** How far a transfer is, about every 250 ms. */
      readonly type: 'progress'
      /** Where the bytes go. */
      readonly direction: Direction
      /** The source's path. */
      readonly path: string
      /** Bytes of the file that are there now, those of an earlier try included. */
      readonly bytes: number
      /** Size of the file in bytes, when it is known. */
      readonly total?: number
      /** 0 to 100, when the total is known. */
      readonly percent?: number
      /** Bytes per second, over the last few seconds. */
      readonly rate: number
      /** Seconds to go, when the total is known. */
      readonly eta?: number
      /** True in the last event of a transfer. */
      readonly done: boolean
    }
  | {
      /** A transfer started, finished or failed. */
      readonly type: 'transfer'
      /** What has become of the transfer. */
      readonly state: 'started' | 'finished' | 'failed'
      /** Where the bytes go. */
      readonly direction: Direction
      /** The source's path. */
      readonly path: string
      /** The target's path. */
      readonly target: string
      /** Bytes that were transferred, when it finished. */
      readonly bytes?: number
      /** The final reply was lost: how a fresh session found every byte. */
      readonly confirmedBy?: string
      /** Why it failed. */
      readonly error?: TransferError
    }
  | {
      /** A transfer was verified. */
      readonly type: 'verified'
      /** The target's path. */
      readonly path: string
      /** The hash that was compared, or 'size'. */
      readonly method: string
    }
  | {
      /** A transfer is tried again. */
      readonly type: 'retry'
      /** The source's path. */
      readonly path: string
      /** The number of the try that failed, from 1. */
      readonly attempt: number
      /** Milliseconds until the next one. */
      readonly delayMs: number
      /** Why the last try failed. */
      readonly error: TransferError
    }
  | {
      /** A line of a listing could not be parsed, or its name is not safe. */
      readonly type: 'unreadable-entry'
      /** The directory that was listed. */
      readonly dir: string
      /** The line as it was received. */
      readonly raw: string
      /** Why it is not used. */
      readonly problem: string
    }
  | {
      /** Something was found out about the server that holds for the rest of the connection. */
      readonly type: 'learned'
      /** A stable string that a program can switch on. */
      readonly name: string
      /** One sentence for people. */
      readonly text: string
    }
  | {
      /** Something is not as asked for, but the call goes on. */
      readonly type: 'warning'
      /** A stable string that a program can switch on. */
      readonly code: string
      /** One sentence for people. */
      readonly message: string
    }
  | {
      /** A control connection was closed or lost. */
      readonly type: 'closed'
      /** Numbers the control connections of this process. */
      readonly session: number
      /** Why, in one sentence. */
      readonly reason: string
    }

/** Where the bytes of a transfer go. */
export type Direction = 'download' | 'upload' | 'copy'

let sessions = 0

/** The number of a new session in events. */
export function nextSession(): number {
  return ++sessions
}

/** Receives every event, in order, synchronously. An observer that throws breaks nothing. */
export type Observer = (event: TransferEvent) => void

/** The observer where there is none: events need not be made for it. */
export const nobody: Observer = () => {}

/** Returns an observer that is safe to call: what it throws becomes a warning of Node, because logging must not end a transfer. */
export function quietObserver(observe: Observer | undefined): Observer {
  if (!observe || observe === nobody) return nobody
  return (event) => {
    try {
      observe(event)
    } catch (error) {
      process.emitWarning(
        `The observer threw: ${error instanceof Error ? error.message : String(error)}`,
        'SallyportWarning',
      )
    }
  }
}

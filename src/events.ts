import type { TransferError } from './errors.js'

/** One thing that happened. Progress lines, logs and user interfaces are readers of this one union. */
export type TransferEvent =
  | { readonly type: 'connecting'; readonly host: string; readonly port: number; readonly via: string }
  | { readonly type: 'connected'; readonly host: string; readonly port: number; readonly address: string }
  /** A line that was sent, secrets masked. `session` numbers the control connections of this process. */
  | { readonly type: 'command'; readonly session: number; readonly text: string }
  /** A reply, secrets masked; code 0: text that was sent before the greeting. */
  | { readonly type: 'reply'; readonly session: number; readonly code: number; readonly lines: readonly string[] }
  | {
      readonly type: 'data-open'
      readonly session: number
      readonly mode: 'passive' | 'active'
      readonly address: string
    }
  | {
      readonly type: 'secured'
      readonly session: number
      readonly channel: 'control' | 'data'
      readonly reused: boolean
    }
  | {
      readonly type: 'progress'
      readonly direction: Direction
      readonly path: string
      /** Bytes of the file that are there now, what an earlier try left included. */
      readonly bytes: number
      readonly total?: number
      /** 0–100, when the total is known. */
      readonly percent?: number
      /** Bytes per second, over the last few seconds. */
      readonly rate: number
      /** Seconds to go, when the total is known. */
      readonly eta?: number
      readonly done: boolean
    }
  | {
      readonly type: 'transfer'
      readonly state: 'started' | 'finished' | 'failed'
      readonly direction: Direction
      readonly path: string
      readonly target: string
      readonly bytes?: number
      /** The final reply was lost: how a fresh session found every byte. */
      readonly confirmedBy?: string
      readonly error?: TransferError
    }
  | { readonly type: 'verified'; readonly path: string; readonly method: string }
  | {
      readonly type: 'retry'
      readonly path: string
      readonly attempt: number
      readonly delayMs: number
      readonly error: TransferError
    }
  | { readonly type: 'unreadable-entry'; readonly dir: string; readonly raw: string; readonly problem: string }
  /** Something was found out about the server that holds for the rest of the connection. `name` is stable, `text` a sentence. */
  | { readonly type: 'learned'; readonly name: string; readonly text: string }
  | { readonly type: 'warning'; readonly code: string; readonly message: string }
  | { readonly type: 'closed'; readonly session: number; readonly reason: string }

export type Direction = 'download' | 'upload' | 'copy'

let sessions = 0

/** The number of a new session in events. */
export function nextSession(): number {
  return ++sessions
}

/** Receives every event, in order, synchronously. An observer that throws breaks nothing. */
export type Observer = (event: TransferEvent) => void

/** Stands where nobody observes: what would be told need not be put together. */
export const nobody: Observer = () => {}

/** An observer that is safe to call: absent becomes silence, a throw is swallowed because logging must not end a transfer. */
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

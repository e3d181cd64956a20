import { setTimeout as wait } from 'node:timers/promises'
import type { ControlLink, Lines } from './control-link.js'

/**
 * What goes wrong. The members combine: `{ delayMs: 50, reply: '550 no' }` waits, then refuses. Every wait ends when the client
 * closes the control connection.
 */
export interface FaultAction {
  /** Waits before anything else happens, in milliseconds. */
  readonly delayMs?: number
  /** The command is not executed and gets no reply; the connection stays open and later commands are answered. */
  readonly silent?: boolean
  /** Sent in place of executing the command. `{ on: 'REST', do: { reply: '350 ok' } }` makes a server that ignores the offset. */
  readonly reply?: Lines
  /** Sends the replies to this command one byte at a time: `true` without a pause, a number with that many milliseconds between bytes. */
  readonly drip?: boolean | number
  /** Closes the control connection: after `reply`, `finalReply` or the cut when one of them is given, otherwise in place of the reply. */
  readonly close?: boolean
  /** Like `close`, with a TCP reset. */
  readonly reset?: boolean
  /**
   * The command is executed, and this is sent in place of its last reply (the 226 of a transfer, the 227 of PASV, whose port is
   * open). `null`: that reply is never sent.
   */
  readonly finalReply?: Lines | null
  /** Sent in place of the 150 of a transfer. */
  readonly firstReply?: Lines
  /** Sends the last reply of a transfer right after its 150, before the data. */
  readonly finalReplyEarly?: boolean
  /** Sends only this many bytes over the data connection, then does what `with` names. */
  readonly cutDataAt?: number
  /**
   * How the data is cut: 'end' (default) closes it in order and replies 226 as after a complete transfer, 'reset' resets it and
   * replies 426, 'stall' leaves it open without another byte until ABOR or the end of the session, 'fin' closes TCP under TLS without
   * a close_notify and replies 226. `finalReply` changes the reply.
   */
  readonly with?: 'end' | 'reset' | 'stall' | 'fin'
  /** Inverts the bits of this byte (counted from 0 in this transfer) of the data served or stored. */
  readonly flipByteAt?: number
  /** Sent over the data connection by LIST, NLST and MLSD in place of the directory. */
  readonly listLines?: Lines
  /** The TLS handshake is never answered: on AUTH that of the control connection, on a transfer that of its data connection, on 'connect' that of implicit TLS. On CCC TLS is never ended. */
  readonly stallTls?: boolean
  /** The port in the reply to PASV or EPSV refuses connections. */
  readonly noData?: boolean
}

/** A fault: on which command, how often, and what goes wrong. */
export interface Fault {
  /** The verb of a command, a list of verbs, '*' for every command, or 'connect' (in place of or before the greeting). */
  readonly on: string | readonly string[]
  /** How many times it fires. Defaults to always. */
  readonly times?: number
  /** How many matching commands are skipped before it fires first. Defaults to 0. */
  readonly skip?: number
  /** What goes wrong. */
  readonly do: FaultAction
}

/** A fault of any kind of server. */
interface Occasion<Action> extends Omit<Fault, 'do'> {
  readonly do: Action
}

interface Armed<Action> {
  readonly fault: Occasion<Action>
  skip: number
  left: number
}

/** The faults of one server or proxy. */
export class FaultList<Action extends object = FaultAction> {
  #armed: Armed<Action>[] = []

  constructor(faults: readonly Occasion<Action>[] = []) {
    for (const fault of faults) this.add(fault)
  }

  add(fault: Occasion<Action>): void {
    this.#armed.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? Number.POSITIVE_INFINITY })
  }

  clear(): void {
    this.#armed = []
  }

  /** Returns what goes wrong on this occasion: all matching faults merged, later ones over earlier ones; {} for none. */
  take(occasion: string): Partial<Action> {
    const actions = this.#armed.filter((armed) => matches(armed.fault, occasion) && fires(armed))
    return Object.assign({}, ...actions.map((armed) => armed.fault.do))
  }
}

function matches({ on }: Pick<Fault, 'on'>, occasion: string): boolean {
  const verbs = typeof on === 'string' ? [on] : on
  return verbs.some((verb) => {
    if (verb === '*') return occasion !== 'connect'
    return verb.toUpperCase() === occasion.toUpperCase()
  })
}

function fires(armed: Armed<object>): boolean {
  if (armed.left <= 0) return false
  if (armed.skip > 0) {
    armed.skip--
    return false
  }
  armed.left--
  return true
}

/** Applies what a fault does before a command or in place of it. Resolves with true when the command must not be executed. */
export async function applyBefore(fault: FaultAction, link: ControlLink): Promise<boolean> {
  if (fault.delayMs !== undefined) await wait(fault.delayMs, undefined, { signal: link.signal }).catch(() => {})
  if (fault.silent || link.signal.aborted) return true
  if (fault.reply !== undefined) {
    await link.send(fault.reply, fault.drip)
    await hangUp(fault, link)
    return true
  }
  if (fault.cutDataAt !== undefined || fault.finalReply !== undefined) return false
  return hangUp(fault, link)
}

/** Sends the last reply of a command, or what a fault puts in its place. */
export async function applyAfter(fault: FaultAction, link: ControlLink, answer: Lines | undefined): Promise<void> {
  const last = fault.finalReply !== undefined ? fault.finalReply : fault.close || fault.reset ? null : answer
  if (last !== null && last !== undefined) await link.send(last, fault.drip)
  await hangUp(fault, link)
}

async function hangUp(fault: FaultAction, link: ControlLink): Promise<boolean> {
  if (fault.reset) {
    await beforeReset(link.signal)
    link.reset()
  } else if (fault.close) link.end()
  return Boolean(fault.reset || fault.close)
}

const RESET_AFTER_MS = 20

/**
 * Waits so that the client reads what was sent before a reset: a client that receives bytes and the reset at once may lose the bytes
 * (Windows) or take the reset for an orderly end (libuv).
 */
export async function beforeReset(signal: AbortSignal): Promise<void> {
  await wait(RESET_AFTER_MS, undefined, { signal }).catch(() => {})
}

import { within } from '../../deadline.js'
import { TransferError } from '../../errors.js'
import { checkLine } from '../../path.js'
import type { Quirks } from '../commands/quirks.js'
import type { ControlConnection } from '../control/control-connection.js'
import { takesRestart } from '../control/expected-replies.js'
import type { Exchange } from '../control/pending-commands.js'
import type { Turns } from '../control/session-lock.js'
import type { DialData, Offer, PendingData } from './data-connection.js'
import { isCrowded } from './passive-ports.js'

/** Whether commands are pipelined at all. All sessions of one connection share it: the first sign of trouble ends it for all. */
export interface PipelineRule {
  off: boolean
}

/** A transfer whose commands were sent together, before the first was answered. The replies come in this order. */
export interface PipelinedTransfer {
  readonly offer: Offer
  /** CWD. Absent: it does not matter where the session is. */
  readonly entering?: Exchange
  readonly opening: Exchange
  /** Absent: from the beginning. */
  readonly restart?: Exchange
  readonly transfer: Exchange
}

/** The download that has the next turn. */
export interface QueuedTransfer {
  /** Its turn has come: what was sent for it meanwhile, if anything. */
  take(): PipelinedTransfer | undefined
  /** Its turn will not come, or was taken (then it does nothing). */
  drop(): void
}

interface Waiting {
  readonly offer: Offer
  readonly command: string
  pipelined?: PipelinedTransfer
}

interface Parts {
  readonly control: ControlConnection
  readonly turns: Turns
  readonly rule: PipelineRule
  /** False where replies come astray or are not told apart: behind an FTP proxy, and with NOOPs beside transfers. */
  readonly able: boolean
  readonly quirks: () => Quirks
  /** Data connections are under TLS. */
  readonly isSecure: () => boolean
}

/**
 * Saves round trips of downloads: the command for the data connection and RETR are sent together, and, where that is safe, those
 * of the next download as soon as the server has begun the present one (its 150). Never for writes: a STOR whose data port is not
 * dialled truncates the file.
 */
export class Pipeline {
  readonly #parts: Parts
  /** The download that runs now, between its 150 and its end. */
  #running: Exchange | undefined
  #next: Waiting | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get open(): boolean {
    const { able, rule, quirks } = this.#parts
    return able && !rule.off && quirks().pipelining === true
  }

  /** The next download may go out while the present one runs. */
  get queues(): boolean {
    const { quirks, isSecure } = this.#parts
    const { queuesDuringTransfer: when } = quirks()
    return this.open && (when === 'always' || (when === 'plaintext' && !isSecure()))
  }

  /** The commands of a download were sent whose turn has not come. */
  get hasQueued(): boolean {
    return this.#next?.pipelined !== undefined
  }

  /** Whether a download that asks now would have the turn after the present one. */
  get canQueue(): boolean {
    const { turns } = this.#parts
    return this.queues && turns.taken && turns.waiting === 0 && !this.#next
  }

  /** Sends what one download or listing needs, all at once. `from`: REST (RFC 3659 section 5); `directory`: CWD. */
  send(
    offer: Offer,
    command: string,
    { from = 0, directory }: { from?: number; directory?: string } = {},
  ): PipelinedTransfer {
    const { control } = this.#parts
    for (const line of [command, directory ?? '']) checkLine(line, 'command')
    return control.together(() => ({
      offer,
      ...(directory !== undefined && { entering: control.start(`CWD ${directory}`) }),
      opening: control.start(offer.line, { phase: 'data' }),
      ...(from > 0 && { restart: control.start(`REST ${from}`, { phase: 'transfer' }) }),
      transfer: control.start(command, { phase: 'transfer' }),
    }))
  }

  /** Takes the place after the present download. To be called right before the turn is asked for, and only where `canQueue`. */
  queue(offer: Offer, command: string): QueuedTransfer {
    const next: Waiting = { offer, command }
    this.#next = next
    this.#launch()
    return {
      take: () => {
        this.#leave(next)
        if (!next.pipelined) offer.discard()
        return next.pipelined
      },
      drop: () => {
        if (this.#next !== next) return
        this.#leave(next)
        offer.discard()
        if (next.pipelined) this.#parts.control.lose(orphaned(command))
      },
    }
  }

  /** The server has begun to send a whole file. */
  begun(transfer: Exchange): void {
    this.#running = transfer
    const over = (): void => {
      if (this.#running === transfer) this.#running = undefined
    }
    transfer.final.then(over, over)
    this.#launch()
  }

  /** The server does not take pipelined commands as it should: it is sent no more of them. */
  trouble(): void {
    this.#parts.rule.off = true
  }

  #launch(): void {
    const next = this.#next
    if (!next || next.pipelined || !this.#running || this.#parts.control.lost) return
    next.pipelined = this.send(next.offer, next.command)
  }

  #leave(next: Waiting): void {
    if (this.#next === next) this.#next = undefined
  }
}

/**
 * The data connection of a pipelined transfer. Its transfer command is out already: when nothing can be connected, the server would wait for us
 * for a minute, so the session is given up.
 */
export async function dataOf(
  pipelined: PipelinedTransfer,
  { control, pipeline }: { readonly control: ControlConnection; readonly pipeline: Pipeline },
  options: DialData,
): Promise<PendingData> {
  const { offer, opening } = pipelined
  try {
    return await connected(pipelined, control, options)
  } catch (error) {
    if (options.signal?.aborted) {
      letThrough(pipelined, control)
      throw error
    }
    offer.discard()
    // That the server had no port says nothing about pipelining. The transfer command is out all the same.
    if (isCrowded(error)) {
      control.lose(error)
      throw error
    }
    control.lose(givenUp(error, opening.shown))
    pipeline.trouble()
    throw control.lost
  }
}

/** Waits for the answer to a pipelined CWD. Refused, the rest of the transfer comes to its end by itself: it is about another directory. */
export async function entered(
  pipelined: PipelinedTransfer,
  control: ControlConnection,
  { path, signal }: { readonly path: string; readonly signal?: AbortSignal },
): Promise<void> {
  const { entering } = pipelined
  if (!entering) return
  try {
    const reply = await control.answer(entering, { signal })
    if (reply.code >= 300) throw control.failure(reply, entering.shown, { path })
  } catch (error) {
    letThrough(pipelined, control)
    throw error
  }
}

async function connected(
  { offer, opening, restart }: PipelinedTransfer,
  control: ControlConnection,
  options: DialData,
): Promise<PendingData> {
  const reply = await control.answer(opening, options)
  const pending = await offer.open(reply, options)
  try {
    const restarted = restart && (await control.answer(restart, options))
    if (!restarted || takesRestart(restarted)) return pending
    throw control.failure(restarted, restart.shown, { phase: 'transfer' })
  } catch (error) {
    pending.discard()
    throw error
  }
}

/** How long a cancelled pipelined transfer may take to come to its end, in ms; its session is given up then. */
const LAST_MILE = 2_000

/**
 * A cancelled pipelined transfer goes on all the same: until its data connection comes, vsftpd sits there for a minute, holds a port and counts as
 * a session, even when the control connection has gone. So it gets one that is closed at once, and the session is as good as new.
 */
function letThrough({ offer, opening, transfer }: PipelinedTransfer, control: ControlConnection): void {
  const deadline = { limit: LAST_MILE, phase: 'data' as const, what: `${opening.shown} was cancelled and never ended` }
  const through = within(deadline, async (signal) => {
    const reply = await control.answer(opening, { signal })
    // One that was just being opened when it was cancelled may have reached the server: it takes no second.
    const pending = await offer.open(reply, { signal, bulk: false }).catch(() => undefined)
    pending?.discard()
    await transfer.final
  })
  through.catch((error: unknown) => {
    offer.discard()
    control.lose(givenUp(error, opening.shown))
  })
}

function orphaned(command: string): TransferError {
  const text = `The session was given up: ${command} was under way when it was cancelled.`
  return new TransferError('session-lost', text, { phase: 'transfer', retryable: true })
}

function givenUp(cause: unknown, command: string): TransferError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const text = `The session was given up: a transfer was under way when ${command} failed. ${reason}`
  return new TransferError('session-lost', text, { phase: 'data', retryable: true, cause })
}

import { inTime, type Limits } from '../../deadline.js'
import { TransferError } from '../../errors.js'
import type { Observer } from '../../events.js'
import type { Wire } from '../../transport/wire.js'
import type { ControlWatcher, Reply } from './command-channel.js'
import type { ControlConnection } from './control-connection.js'
import type { Exchange } from './pending-commands.js'
import type { Turns } from './session-lock.js'

/** Whether and when a server is sent NOOPs. All sessions of one connection share it: what one of them learns holds for all. */
export interface KeepAliveRule {
  /** Milliseconds without a command after which a NOOP goes out. */
  readonly idleMs: number
  /** Also while data flows. */
  readonly duringTransfer: boolean
  /** Also before a user is logged in. */
  readonly beforeLogin?: boolean
  /** The server does not take NOOPs: it is not sent another. */
  off: boolean
}

/** A transfer that has begun. */
export interface Flow {
  readonly exchange: Exchange
  /** Its data connection. */
  readonly wire: Wire
}

interface Parts {
  readonly rule: KeepAliveRule
  readonly control: ControlConnection
  readonly turns: Turns
  readonly limits: Limits
  readonly observe: Observer
}

/** With what a NOOP may be answered beside a transfer; every other reply is the transfer's. */
const BESIDE_A_TRANSFER: ReadonlySet<number> = new Set([200, 500, 501, 502])
/** The server does not support NOOP, or not now: Pure-FTPd replies 500 to any command during a transfer, except ABOR. */
const REFUSED: ReadonlySet<number> = new Set([500, 501, 502])

/**
 * Keeps one session from being forgotten by its server, or by a middlebox on the way: a NOOP (RFC 959 section 4.1.3) when no
 * command went out for a while, one at a time. A refusal switches it off and harms nothing; a NOOP that is never answered switches
 * it off and costs the session, whose replies could not be told apart any more; so does a session that is lost with a NOOP beside
 * its transfer, so that the next try goes without.
 */
export class KeepAlive implements ControlWatcher {
  readonly #parts: Parts
  #timer: NodeJS.Timeout | undefined
  #started = false
  #flow: Flow | undefined
  /** The NOOP that is out, until it is answered or given up. */
  #out: Promise<void> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    parts.control.watcher = this
  }

  /** Begins to count; called at the login, whoever sent it, or before it where the rule says so. */
  start(): void {
    this.#started = true
    this.#rearm()
  }

  sent(): void {
    this.#rearm()
  }

  lost(): void {
    this.#started = false
    clearTimeout(this.#timer)
  }

  /** Data flows from now on, until the final reply or the end of the data connection. */
  during(flow: Flow): void {
    this.#flow = flow
    const over = (): void => {
      if (this.#flow === flow) this.#flow = undefined
    }
    flow.exchange.final.then(over, over)
  }

  /** The last byte has gone, or has come: this transfer gets no further NOOP. */
  lastByte(): void {
    this.#flow = undefined
  }

  /** Resolves when no NOOP is out any more: answered, or given up together with the session. Never rejects. */
  async answered(): Promise<void> {
    await this.#out
  }

  #rearm(): void {
    clearTimeout(this.#timer)
    const { rule } = this.#parts
    if (!this.#started || rule.off) return
    this.#timer = setTimeout(() => this.#beat(), rule.idleMs)
    this.#timer.unref()
  }

  #beat(): void {
    this.#rearm()
    const { rule, turns } = this.#parts
    if (rule.off || this.#out) return
    if (this.#flow) {
      if (rule.duringTransfer && isOpen(this.#flow)) this.#goOut(this.#flow)
      return
    }
    if (this.#isBetween) return
    const done = turns.takeNow()
    if (done) this.#goOut(undefined, done)
  }

  /** USER, RNFR and REST wait for the command that goes with them (3yz: RFC 959 section 4.2.1); servers take a NOOP for it. */
  get #isBetween(): boolean {
    const { code = 0 } = this.#parts.control.lastReply ?? {}
    return code >= 300 && code < 400
  }

  #goOut(flow?: Flow, done = (): void => {}): void {
    this.#out = this.#noop(flow).finally(() => {
      this.#out = undefined
      done()
    })
  }

  async #noop(flow?: Flow): Promise<void> {
    const { control, limits } = this.#parts
    const limit = limits.reply
    try {
      const accepts = flow && ((code: number) => BESIDE_A_TRANSFER.has(code))
      const noop = control.start('NOOP', { aside: true, accepts })
      const reply = await this.#reply(noop, limit, flow)
      if (REFUSED.has(reply.code)) this.#switchOff(`the server answered NOOP with ${reply.code}`)
    } catch (error) {
      if (!control.lost) this.#silence(limit, error)
      // A download through mod_proxy stalls from the NOOP on.
      else if (flow && isUnexplained(control.lost))
        this.#switchOff('a session was lost with a NOOP beside its transfer')
    }
  }

  /** vsftpd reads nothing while it sends: the time for an answer begins with the end of the transfer. */
  async #reply(noop: Exchange, limit: number, flow?: Flow): Promise<Reply> {
    if (flow) await Promise.race([noop.final, flow.exchange.final])
    return await inTime({ limit, phase: 'command', what: 'no reply to a keep-alive NOOP' }, () => noop.final)
  }

  #silence(limit: number, cause: unknown): void {
    const what = `the server left a NOOP unanswered for ${limit} ms`
    this.#switchOff(`${what}; that session was given up`)
    const text = `The session was given up: ${what}, so later replies could not be told apart.`
    this.#parts.control.lose(new TransferError('session-lost', text, { phase: 'command', retryable: true, cause }))
  }

  #switchOff(why: string): void {
    const { rule, observe } = this.#parts
    clearTimeout(this.#timer)
    if (rule.off) return
    rule.off = true
    observe({ type: 'warning', code: 'keep-alive-off', message: `Keep-alive is off for this connection: ${why}.` })
  }
}

/** Returns whether the session ended without a reason from the server (421) or the caller. */
function isUnexplained({ code, reply }: TransferError): boolean {
  return (code === 'session-lost' || code === 'timeout') && reply === undefined
}

/** False once either end is known to have sent its last byte. */
function isOpen({ wire: { stream } }: Flow): boolean {
  return !stream.readableEnded && !stream.writableEnded && !stream.destroyed
}

import { type Deadline, inTime, type Limits } from '../../deadline.js'
import { TransferError } from '../../errors.js'
import { nextSession, nobody, type Observer } from '../../events.js'
import { checkLine } from '../../path.js'
import { MASK, type Redactor } from '../../redact.js'
import { hostPort } from '../../transport/endpoint.js'
import type { Wire } from '../../transport/wire.js'
import { type Charset, overTelnet } from './charset.js'
import {
  type AskOptions,
  type ControlOptions,
  type ControlWatcher,
  matches,
  type Reply,
  type Talk,
} from './command-channel.js'
import { isCarriedOut, verbOf } from './expected-replies.js'
import { type Entering, type Exchange, Ledger } from './pending-commands.js'
import { broken, failure, glued, outOfStep } from './reply-errors.js'
import type { RawReply } from './reply-parser.js'
import { ReplyReader } from './reply-reader.js'

/** How long close() waits for the answer to QUIT, in ms. */
const QUIT_LIMIT = 1_000

/**
 * The control connection (RFC 959 section 5): sends commands, reads replies, and matches them. Commands in flight are kept in a
 * queue, oldest first; a reply goes to the first one that accepts it. An unexpected reply, or one that is never received, means that
 * commands and replies can no longer be matched: the session is given up.
 */
export class ControlConnection implements Talk {
  /** Numbers the control connections of this process, for events. */
  readonly session = nextSession()
  readonly redactor: Redactor
  /** The charset of names and texts on this connection; changed when the server turns out to use another. */
  charset: Charset
  /** A byte 0xFF in a command is sent twice, as RFC 959 asks; false for servers that read it as it is. */
  telnet = true
  /** The last reply to what the caller asked; those to our own NOOPs are left out. */
  lastReply: Reply | undefined
  watcher: ControlWatcher | undefined
  /** The reply that greeted us. */
  greeting: Reply | undefined
  /** The first line of text that came before the greeting, secrets masked. */
  banner = ''
  /** The account of the user who is logged in, until the server asks for it. */
  #account: string | undefined
  /** Commands that went out. */
  sent = 0
  #wire: Wire
  readonly #observe: Observer
  readonly #limits: Limits
  readonly #reader = new ReplyReader()
  readonly #ledger = new Ledger()
  #lost: TransferError | undefined
  /** Another layer (TLS) begins after the next final reply: reading pauses there until it is ready. */
  #switching: { readonly over: Promise<void>; readonly go: () => void } | undefined
  /** Commands that go out together as soon as the last of them is given. */
  #together: Uint8Array[] | undefined

  constructor(wire: Wire, options: ControlOptions) {
    this.#wire = wire
    this.charset = options.charset
    this.redactor = options.redactor
    this.#observe = options.observe
    this.#limits = options.limits
    const over = (cause?: unknown): unknown => this.lose(this.#broken(cause))
    const replies = this.#reader.run(() => this.#wire, this.#receive.bind(this))
    replies.then(() => over(), over)
  }

  get wire(): Wire {
    return this.#wire
  }

  /** Why nothing will work any more; undefined while it does. */
  get lost(): TransferError | undefined {
    return this.#lost
  }

  /** Commands whose final reply has not come. */
  get inFlight(): number {
    return this.#ledger.size
  }

  /** Whether the final reply of this command is still to come. */
  awaits(exchange: Exchange): boolean {
    return this.#ledger.holds(exchange)
  }

  async ask(line: string, options: AskOptions = {}): Promise<Reply> {
    const reply = await this.answer(this.start(line, options), options)
    const again = await this.gaveAccount(reply, options)
    return again ? await this.answer(this.start(line, options), options) : reply
  }

  set account(account: string | undefined) {
    this.#account = account
  }

  /** Gives the account to a server that asks for one (332, 532; RFC 959 section 4.1.1), once. True: its command is worth sending again. */
  async gaveAccount({ code }: Reply, options: AskOptions = {}): Promise<boolean> {
    const account = this.#account
    if ((code !== 332 && code !== 532) || !account) return false
    this.#account = undefined
    const exchange = this.start(`ACCT ${account}`, { phase: options.phase, shown: `ACCT ${MASK}` })
    return (await this.answer(exchange, options)).code < 300
  }

  async listen(options: AskOptions = {}): Promise<Reply> {
    const unclaimed = this.#ledger.nextUnclaimed()
    if (unclaimed) return unclaimed
    const { signal, phase = 'greeting', limit = this.#limits.reply } = options
    const exchange = this.#ledger.enter('greeting', phase)
    const what = `${hostPort(this.#wire.peer)} sent no reply`
    return await this.#await(exchange.final, { signal, phase, limit, what })
  }

  /** Sends one command and answers its final reply if it is of the expected class or code ('2xx', '350'), else throws what it means. */
  async send(line: string, expect = '2xx', options: AskOptions & { path?: string } = {}): Promise<Reply> {
    const reply = await this.ask(line, options)
    if (matches(expect, reply.code) && isCarriedOut(verbOf(line), reply.code)) return reply
    throw this.failure(reply, line, options)
  }

  /** Writes one command and leaves its replies to the caller. Nothing is written when the line holds CR, LF or NUL. */
  start(line: string, { shown = line, phase = 'command', accepts, aside }: AskOptions & Entering = {}): Exchange {
    checkLine(line, 'command')
    this.checkStep()
    if (this.#lost) throw this.#lost
    const encoded = this.charset.encode(`${line}\r\n`)
    const bytes = this.telnet ? overTelnet(encoded) : encoded
    const exchange = this.#ledger.enter(this.redactor.mask(shown), phase, { accepts, aside, verb: verbOf(line) })
    if (this.#observe !== nobody) this.#observe({ type: 'command', session: this.session, text: exchange.shown })
    if (this.#together) this.#together.push(bytes)
    else this.#wire.write(bytes)
    this.sent++
    this.watcher?.sent()
    return exchange
  }

  /** Sends commands together, in one write: a corked stream would gather them again. */
  together<T>(start: () => T): T {
    if (this.#together) return start()
    const gathered: Uint8Array[] = []
    this.#together = gathered
    try {
      return start()
    } finally {
      this.#together = undefined
      if (gathered.length > 0) this.#wire.write(Buffer.concat(gathered))
    }
  }

  /** Resolves with the final reply to a command that start() sent; one that does not come costs the connection. */
  answer(exchange: Exchange, options: { signal?: AbortSignal; limit?: number } = {}): Promise<Reply> {
    const { signal, limit = this.#limits.reply } = options
    const { phase, shown } = exchange
    return this.#await(exchange.final, { signal, phase, limit, what: `no reply to ${shown}` })
  }

  /**
   * Sends a command after whose reply another layer begins or ends (AUTH, CCC), and puts `next` on the wire. Resolves with undefined,
   * nothing changed, for another reply than `expect`. Rejects with `protocol` if bytes follow the reply: the new layer would read them.
   */
  async switchTo(
    line: string,
    next: (wire: Wire) => Promise<Wire>,
    options: AskOptions & { readonly expect: string },
  ): Promise<Reply | undefined> {
    let go = (): void => {}
    const over = new Promise<void>((resolve) => {
      go = resolve
    })
    this.#switching = { over, go }
    try {
      const reply = await this.ask(line, options)
      if (!matches(options.expect, reply.code)) return undefined
      if (this.#reader.pending) throw glued(line, hostPort(this.#wire.peer))
      this.#wire = await next(this.#wire)
      return reply
    } catch (error) {
      this.lose(this.#broken(error))
      throw error
    } finally {
      this.#switching = undefined
      go()
    }
  }

  /** What a refusing reply means, secrets masked. */
  failure(
    reply: Reply,
    line: string,
    { shown = line, phase = 'command', path }: AskOptions & { path?: string } = {},
  ): TransferError {
    const mask = (text: string): string => this.redactor.mask(text)
    return failure(
      { ...reply, lines: reply.lines.map(mask), text: mask(reply.text) },
      { command: mask(shown), phase, path },
    )
  }

  /** Waits for the final reply of an exchange; a reply that does not come costs the connection. */
  final(exchange: Exchange, limit: number, options: Pick<Deadline, 'signal' | 'progress'> = {}): Promise<Reply> {
    const what = `the end of ${exchange.shown} was never confirmed`
    return this.#await(exchange.final, { ...options, phase: 'confirm', limit, what })
  }

  /** Resolves when every command has had its final reply, or the connection is lost (which it is after the reply limit). */
  async settled(): Promise<void> {
    if (this.#ledger.size === 0 || this.#lost) return
    const what = `no reply to ${this.#ledger.oldest?.shown ?? ''}`
    await this.#await(this.#ledger.quiet(), { phase: 'command', limit: this.#limits.reply, what }).catch(() => {})
  }

  /**
   * Synchronizes again after a command that may get no reply or two: a NOOP's 200 answers nothing older, so commands in flight before it
   * will get no reply and are dropped. Resolves with the replies that matched no command.
   */
  async resynchronize(limit = this.#limits.reply): Promise<Reply[]> {
    const forgetOlder = this.#ledger.mark()
    const noop = this.start('NOOP', { accepts: (code) => code === 200 })
    await this.#await(noop.final, { phase: 'command', limit, what: 'no reply to NOOP' })
    forgetOlder()
    return this.#ledger.takeUnclaimed()
  }

  /** Gives the connection up: everything in flight fails with this error, and so does whatever is asked later. */
  lose(error: TransferError): TransferError {
    if (this.#lost) return this.#lost
    this.#lost = error
    this.#reader.stop()
    this.#wire.destroy()
    this.#ledger.fail(error)
    this.watcher?.lost()
    this.#observe({ type: 'closed', session: this.session, reason: this.redactor.mask(error.message) })
    return error
  }

  /** Gives the connection up because replies and commands cannot be told apart any more; returns the error. */
  giveUp(what: string): TransferError {
    return this.lose(outOfStep(what))
  }

  /** Sends QUIT when nothing is in flight, waits briefly for the reply, and closes. Never rejects. */
  async close(): Promise<void> {
    if (!this.#lost && this.#ledger.size === 0) {
      await this.ask('QUIT', { phase: 'close', limit: Math.min(QUIT_LIMIT, this.#limits.reply) }).catch(() => {})
    }
    this.lose(new TransferError('closed', 'This connection was closed by close().', { phase: 'close' }))
  }

  #await<T>(work: Promise<T>, deadline: Omit<Deadline, 'onTimeout'>): Promise<T> {
    return inTime({ ...deadline, onTimeout: (error) => void this.lose(error) }, () => work)
  }

  #receive(raw: RawReply): Promise<void> | undefined {
    if (this.#lost) return undefined
    const lines = raw.lines.map((line) => this.charset.decode(line))
    const reply = { code: raw.code, lines, text: lines.join('\n') }
    // When the last line of a reply has another code than its first, the command decides which counts.
    const { endCode } = raw
    this.#deliver(endCode === undefined || this.#ledger.accepts(reply) ? reply : { ...reply, code: endCode })
    return raw.code >= 200 ? this.#switching?.over : undefined
  }

  #deliver(reply: Reply): void {
    const shown = (): string[] => reply.lines.map((line) => this.redactor.mask(line))
    if (this.#observe !== nobody)
      this.#observe({ type: 'reply', session: this.session, code: reply.code, lines: shown() })
    if (reply.code === 421) return this.#dismissed(reply)
    if (reply.code === 0) this.banner ||= this.redactor.mask(reply.text)
    if (reply.code === 0) return
    const whose = this.#ledger.deliver(reply)
    if (whose !== 'aside') this.lastReply = reply
    const trouble = whose ? undefined : this.#ledger.keep(reply)
    if (trouble) this.giveUp(trouble)
  }

  /** 421: the server ends the session whatever was asked (RFC 959 section 4.2.1). */
  #dismissed(reply: Reply): void {
    this.lastReply = reply
    const { shown, phase } = this.#ledger.oldest ?? { shown: '', phase: 'command' as const }
    this.lose(this.failure(reply, shown, { phase }))
  }

  /**
   * Gives the connection up when a reply has come that answers no command: the next command would take it for its own. A second
   * greeting (220) is harmless: a proxy's is followed by the server's.
   */
  checkStep(): void {
    const stray = this.#ledger.takeUnclaimed().find(({ code }) => code !== 220 && code >= 200)
    if (stray) this.giveUp(`The server sent a reply (${stray.code}) to no command`)
  }

  #broken(cause: unknown): TransferError {
    return broken(cause, hostPort(this.#wire.peer))
  }
}

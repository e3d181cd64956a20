import type { Phase, TransferError } from '../../errors.js'
import type { Reply } from './command-channel.js'
import { canAnswer, verbOf } from './expected-replies.js'

/** A command with two replies: 1xx when the transfer begins, 2xx or a refusal when it is over. */
export interface Exchange {
  /** The command as it may be shown. */
  readonly shown: string
  readonly phase: Phase
  /** The first reply: 1xx, or the final one when there was no 1xx. */
  readonly first: Promise<Reply>
  readonly final: Promise<Reply>
  /** The first reply, if it has come. */
  readonly said: Reply | undefined
  /** The final reply, if it has come. */
  readonly ended: Reply | undefined
  /**
   * Its data connection was closed early: the next reply is its last. Pure-FTPd sends only a second 150 then.
   */
  leave(): void
}

/** A reply that is received once, or never. The promise is created only when it is awaited: most are not. */
class Awaited {
  #reply: Reply | undefined
  #error: TransferError | undefined
  #promise: Promise<Reply> | undefined
  #resolve: (reply: Reply) => void = () => {}
  #reject: (error: TransferError) => void = () => {}

  get promise(): Promise<Reply> {
    this.#promise ??= this.#promised()
    return this.#promise
  }

  get reply(): Reply | undefined {
    return this.#reply
  }

  settle(reply: Reply): void {
    if (this.#reply || this.#error) return
    this.#reply = reply
    this.#resolve(reply)
  }

  fail(error: TransferError): void {
    if (this.#reply || this.#error) return
    this.#error = error
    this.#reject(error)
  }

  #promised(): Promise<Reply> {
    if (this.#reply) return Promise.resolve(this.#reply)
    const promise = new Promise<Reply>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      if (this.#error) reject(this.#error)
    })
    // A caller that stops waiting does so before it fails.
    promise.catch(() => {})
    return promise
  }
}

/** Preliminary replies (1xx) that one command may be answered with: some servers repeat them while they work. */
const MOST_PRELIMINARY = 100

/** Replies to no command that are kept; a server that sends more is out of step. */
const MOST_UNCLAIMED = 8

const NONE: Reply[] = []

/** A command in flight: which replies belong to it, and who waits for them. */
class Entry implements Exchange {
  readonly shown: string
  readonly phase: Phase
  readonly aside: boolean
  /** Replies are in doubt while this command is in flight: what it does not accept may belong to nothing. */
  readonly isChoosy: boolean
  readonly #accepts: (reply: Reply) => boolean
  readonly #first = new Awaited()
  readonly #final = new Awaited()
  #left = false
  #preliminary = 0

  constructor(shown: string, phase: Phase, { accepts, aside = false, verb = verbOf(shown) }: Entering) {
    this.shown = shown
    this.phase = phase
    this.isChoosy = accepts !== undefined
    this.#accepts = accepts ? ({ code }) => accepts(code) : (reply) => canAnswer(verb, reply)
    this.aside = aside
  }

  get first(): Promise<Reply> {
    return this.#first.promise
  }

  get final(): Promise<Reply> {
    return this.#final.promise
  }

  get said(): Reply | undefined {
    return this.#first.reply
  }

  get ended(): Reply | undefined {
    return this.#final.reply
  }

  leave(): void {
    this.#left = true
  }

  accepts(reply: Reply): boolean {
    return this.#left || (this.#accepts(reply) && this.#preliminary < MOST_PRELIMINARY)
  }

  /** True when this was its last reply. */
  take(reply: Reply): boolean {
    this.#first.settle(reply)
    if (reply.code < 200 && !this.#left) {
      this.#preliminary++
      return false
    }
    this.#final.settle(reply)
    return true
  }

  fail(error: TransferError): void {
    const own = forExchange(error, this)
    this.#first.fail(own)
    this.#final.fail(own)
  }
}

/** How a command enters the ledger. */
export interface Entering {
  /** The replies that can be its own, by code. Default: those that its verb is ever answered with. */
  readonly accepts?: (code: number) => boolean
  /** Its verb in upper case. Default: the first word of `shown`. */
  readonly verb?: string
  /** Ours, not the caller's, beside whatever else is in flight: it has the first claim to the replies it accepts. */
  readonly aside?: boolean
}

/**
 * The commands in flight, oldest first. A reply belongs to the oldest, after those aside; commands with a choice of their own
 * (`accepts`) leave what they do not accept to the next.
 */
export class Ledger {
  #entries: Entry[] = []
  #quiet: (() => void)[] = []
  readonly #unclaimed: Reply[] = []

  get size(): number {
    return this.#entries.length
  }

  get oldest(): Exchange | undefined {
    return this.#entries[0]
  }

  /** Whether this one still waits for its final reply. */
  holds(exchange: Exchange): boolean {
    return this.#entries.some((entry) => entry === exchange)
  }

  enter(shown: string, phase: Phase, how: Entering = {}): Exchange {
    const entry = new Entry(shown, phase, how)
    this.#entries.push(entry)
    return entry
  }

  /** Passes a reply to the command that it answers and returns that command; undefined when none matches. */
  deliver(reply: Reply): 'asked' | 'aside' | undefined {
    const entry = this.#whose(reply)
    if (!entry) return undefined
    if (entry.take(reply)) {
      this.#entries.splice(this.#entries.indexOf(entry), 1)
      this.#tellQuiet()
    }
    return entry.aside ? 'aside' : 'asked'
  }

  /**
   * Keeps a reply that belongs to no command where a dialogue may still account for it: a second greeting, ABOR. Returns why it
   * cannot: a command has to be answered now, and not with this; or there are too many.
   */
  keep(reply: Reply): string | undefined {
    const due = this.#entries.find((entry) => !entry.aside) ?? this.#entries[0]
    if (due && !due.isChoosy) return `The server answered ${due.shown} with ${reply.code}, which is no answer to it`
    this.#unclaimed.push(reply)
    return this.#unclaimed.length > MOST_UNCLAIMED
      ? `The server sent ${this.#unclaimed.length} replies to no command`
      : undefined
  }

  /** The oldest reply that belongs to no command. */
  nextUnclaimed(): Reply | undefined {
    return this.#unclaimed.shift()
  }

  takeUnclaimed(): Reply[] {
    return this.#unclaimed.length > 0 ? this.#unclaimed.splice(0) : NONE
  }

  /** Whether a reply would belong to a command in flight. */
  accepts(reply: Reply): boolean {
    return this.#whose(reply) !== undefined
  }

  #whose(reply: Reply): Entry | undefined {
    let first: Entry | undefined
    let passed = false
    for (const entry of this.#entries) {
      if (entry.aside && entry.accepts(reply)) return entry
      if (entry.aside || passed || first) continue
      if (entry.accepts(reply)) first = entry
      // An ordinary command is answered in its turn: a later one is not answered before it.
      else passed = !entry.isChoosy
    }
    return first
  }

  /** Everything in flight fails with the end of the connection, as seen by each command. */
  fail(error: TransferError): void {
    for (const entry of this.#entries.splice(0)) entry.fail(error)
    this.#tellQuiet()
  }

  /** What is in flight now; forget() drops those of them that are still unanswered. */
  mark(): () => void {
    const older = new Set(this.#entries)
    return () => {
      this.#entries = this.#entries.filter((entry) => !older.has(entry))
      this.#tellQuiet()
    }
  }

  /** Resolves when nothing is in flight. */
  async quiet(): Promise<void> {
    if (this.#entries.length === 0) return
    await new Promise<void>((resolve) => {
      this.#quiet.push(resolve)
    })
  }

  #tellQuiet(): void {
    if (this.#entries.length > 0) return
    for (const tell of this.#quiet.splice(0)) tell()
  }
}

function forExchange(error: TransferError, { shown, phase }: Exchange): TransferError {
  if (error.code !== 'session-lost' || error.reply) return error
  const message = `${error.message.replace(/\.$/, '')} before it answered ${shown}.`
  return error.with({ message, phase, command: shown })
}

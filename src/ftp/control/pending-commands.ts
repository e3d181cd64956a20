import type { Phase, TransferError } from '../../errors.js'
import type { Reply } from './command-channel.js'

/** A command whose replies come in two steps: 1yz when the transfer begins, 2yz or worse when it is over. */
export interface Exchange {
  /** The command as it may be shown. */
  readonly shown: string
  readonly phase: Phase
  /** The first reply: 1yz, or the final one when there was no 1yz. */
  readonly first: Promise<Reply>
  readonly final: Promise<Reply>
  /** The first reply, if it has come. */
  readonly said: Reply | undefined
  /** The final reply, if it has come. */
  readonly ended: Reply | undefined
  /**
   * Its data connection was closed early: whatever is said next is its last reply. Pure-FTPd says nothing but a second 150 then.
   */
  leave(): void
}

/** A reply that comes once, or never. It is a promise only from the moment somebody waits for it: most are looked at by nobody. */
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
    // Whoever stops waiting for it does so before it fails.
    promise.catch(() => {})
    return promise
  }
}

/** A command in flight: which replies belong to it, and who waits for them. */
class Entry implements Exchange {
  readonly shown: string
  readonly phase: Phase
  readonly aside: boolean
  readonly #accepts: ((code: number) => boolean) | undefined
  readonly #first = new Awaited()
  readonly #final = new Awaited()
  #left = false

  constructor(shown: string, phase: Phase, { accepts, aside = false }: Entering) {
    this.shown = shown
    this.phase = phase
    this.#accepts = accepts
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

  accepts(code: number): boolean {
    return this.#accepts === undefined || this.#accepts(code)
  }

  /** True when this was its last reply. */
  take(reply: Reply): boolean {
    this.#first.settle(reply)
    if (reply.code < 200 && !this.#left) return false
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
  /** The replies that can be its own, by code. Default: all. */
  readonly accepts?: (code: number) => boolean
  /** Ours, not the caller's, beside whatever else is in flight: it has the first claim to the replies it accepts. */
  readonly aside?: boolean
}

/** The commands in flight, oldest first. A reply belongs to the first one that accepts it, those aside being asked before the others. */
export class Ledger {
  #entries: Entry[] = []
  #quiet: (() => void)[] = []

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

  /** Hands a reply to the command it answers, and says whose it was; undefined when nobody waits for such a one. */
  deliver(reply: Reply): 'asked' | 'aside' | undefined {
    const entry = this.#whose(reply.code)
    if (!entry) return undefined
    if (entry.take(reply)) {
      this.#entries.splice(this.#entries.indexOf(entry), 1)
      this.#tellQuiet()
    }
    return entry.aside ? 'aside' : 'asked'
  }

  #whose(code: number): Entry | undefined {
    let first: Entry | undefined
    for (const entry of this.#entries) {
      if (!entry.accepts(code)) continue
      if (entry.aside) return entry
      first ??= entry
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

import { type Phase, TransferError } from '../errors.js'
import type { Reply } from './talk.js'

/** A command whose replies come in two steps: 1yz when the transfer begins, 2yz or worse when it is over. */
export interface Exchange {
  /** The command as it may be shown. */
  readonly shown: string
  readonly phase: Phase
  /** The first reply: 1yz, or the final one when there was no 1yz. */
  readonly first: Promise<Reply>
  readonly final: Promise<Reply>
  /**
   * Its data connection was closed early: whatever is said next is its last reply. Pure-FTPd says nothing but a second 150 then.
   */
  leave(): void
}

/** A command in flight: which replies belong to it, and who waits for them. */
interface Entry {
  readonly exchange: Exchange
  readonly aside: boolean
  left: boolean
  readonly accepts: (code: number) => boolean
  readonly preliminary: (reply: Reply) => void
  readonly settle: (reply: Reply) => void
  readonly fail: (error: TransferError) => void
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
    return this.#entries[0]?.exchange
  }

  /** Whether this one still waits for its final reply. */
  holds(exchange: Exchange): boolean {
    return this.#entries.some((entry) => entry.exchange === exchange)
  }

  enter(shown: string, phase: Phase, { accepts = () => true, aside = false }: Entering = {}): Exchange {
    let preliminary: (reply: Reply) => void = () => {}
    let settle: (reply: Reply) => void = () => {}
    let fail: (error: TransferError) => void = () => {}
    const final = new Promise<Reply>((resolve, reject) => {
      settle = resolve
      fail = reject
    })
    const first = new Promise<Reply>((resolve, reject) => {
      preliminary = resolve
      final.then(resolve, reject)
    })
    for (const promise of [first, final]) promise.catch(() => {})
    const leave = (): void => {
      entry.left = true
    }
    const exchange = { shown, phase, first, final, leave }
    const entry: Entry = { exchange, aside, left: false, accepts, preliminary, settle, fail }
    this.#entries.push(entry)
    return exchange
  }

  /** Hands a reply to the command it answers, and says whose it was; undefined when nobody waits for such a one. */
  deliver(reply: Reply): 'asked' | 'aside' | undefined {
    const able = this.#entries.filter((entry) => entry.accepts(reply.code))
    const entry = able.find((one) => one.aside) ?? able[0]
    if (!entry) return undefined
    if (reply.code < 200 && !entry.left) entry.preliminary(reply)
    else {
      this.#entries.splice(this.#entries.indexOf(entry), 1)
      entry.settle(reply)
      this.#tellQuiet()
    }
    return entry.aside ? 'aside' : 'asked'
  }

  /** Everything in flight fails with the end of the connection, as seen by each command. */
  fail(error: TransferError): void {
    for (const { exchange, fail } of this.#entries.splice(0)) fail(forExchange(error, exchange))
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
  return new TransferError(error.code, `${error.message.replace(/\.$/, '')} before it answered ${shown}.`, {
    phase,
    retryable: error.retryable,
    command: shown,
    hint: error.hint,
    cause: error.cause,
  })
}

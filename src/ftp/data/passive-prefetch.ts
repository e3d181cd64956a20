import type { ControlConnection } from '../control/control-connection.js'
import type { Exchange } from '../control/pending-commands.js'

/** Time for which a port is used, in ms: a firewall may drop one that is not dialled. */
const GOOD_FOR = 5_000

/**
 * A passive port that is asked for before its transfer, together with another question: a round trip less. One that is never
 * dialled harms nothing: the server drops it at the next. Only for servers that take pipelined commands.
 */
export class PrefetchedPort {
  readonly #control: ControlConnection
  #asked: { readonly method: string; readonly exchange: Exchange; readonly since: number } | undefined

  constructor(control: ControlConnection) {
    this.#control = control
  }

  /** The next data connection has its port, or will have it. */
  get stands(): boolean {
    return this.#asked !== undefined && performance.now() - this.#asked.since < GOOD_FOR
  }

  /** Asks for a port, unless one was asked for; returns the question. */
  ask(method: string): Exchange | undefined {
    if (this.stands || this.#control.lost) return undefined
    const exchange = this.#control.start(method, { phase: 'data' })
    this.#asked = { method, exchange, since: performance.now() }
    return exchange
  }

  /** The question, if it was this one; it is used once. */
  take(method: string): Exchange | undefined {
    const exchange = this.stands && this.#asked?.method === method ? this.#asked.exchange : undefined
    this.forget()
    return exchange
  }

  /** The server may listen elsewhere by now, or not any more. */
  forget(): void {
    this.#asked = undefined
  }
}

import type { Wire } from '../../transport/wire.js'
import { type RawReply, ReplyParser } from './reply-parser.js'

/** How long a reply may go on after a line that looks like its last but for the code, in ms. */
const OTHER_END = 2_000

/** Reads the replies of a control connection one after the other. */
export class ReplyReader {
  readonly #parser = new ReplyParser()
  #timer: NodeJS.Timeout | undefined

  /** Whether bytes are held that belong to no reply yet. */
  get pending(): boolean {
    return this.#parser.pending
  }

  /**
   * Hands every reply to `deliver`, until the connection ends; a promise that it returns is waited for before the next byte is read.
   * `wire` is asked for each read: another layer may have begun. Rejects with what reading failed with, and with what the parser throws.
   */
  async run(wire: () => Wire, deliver: (reply: RawReply) => Promise<void> | undefined): Promise<void> {
    for (;;) {
      const chunk = await wire().read(true)
      clearTimeout(this.#timer)
      if (!chunk) return
      this.#parser.push(chunk)
      for (let reply = this.#parser.next(); reply; reply = this.#parser.next()) {
        const pause = deliver(reply)
        if (pause) await pause
      }
      if (this.#parser.isEndedOtherwise)
        this.#timer = setTimeout(() => void deliver(this.#parser.endOtherwise()), OTHER_END)
    }
  }

  /** Nothing is delivered any more. */
  stop(): void {
    clearTimeout(this.#timer)
  }
}

import { inTime } from '../../deadline.js'
import { TransferError } from '../../errors.js'
import { SftpStatus } from '../../ssh/sftp-channel.js'
import type { SftpLearned } from './facts.js'

interface OpenFilesOptions {
  readonly learned: SftpLearned
  /** How long a file waits for others to be closed, in ms. */
  readonly limit: () => number
}

/** An open handle, and what is to be called once it is closed. */
export interface Opened {
  readonly handle: Buffer
  readonly closed: () => void
}

/**
 * The files that a session has open. Some servers allow one alone (an object store behind them, a limit of handles): an OPEN that is
 * refused beside another file is sent again once no other is open, and where that succeeds files are opened one at a time from then on.
 */
export class OpenFiles {
  readonly #options: OpenFilesOptions
  readonly #waiting: (() => void)[] = []
  #last: Promise<unknown> = Promise.resolve()
  #open = 0

  constructor(options: OpenFilesOptions) {
    this.#options = options
  }

  async open(send: () => Promise<Buffer>, signal: AbortSignal | undefined): Promise<Opened> {
    const { learned } = this.#options
    if (learned.has('one-open-file')) return await this.#alone(send, signal)
    const before = this.#open
    try {
      return await this.#counted(send)
    } catch (error) {
      if (before + this.#open === 0 || !mayBeFull(error)) throw error
      // What it was refused for first is what counts where the others are not closed.
      const again = await this.#alone(send, signal).catch((second: unknown) => {
        throw second instanceof TransferError && second.code === 'aborted' ? second : error
      })
      learned.learn('one-open-file')
      return again
    }
  }

  async #counted(send: () => Promise<Buffer>): Promise<Opened> {
    this.#open++
    const closed = once(() => this.#close())
    try {
      return { handle: await send(), closed }
    } catch (error) {
      closed()
      throw error
    }
  }

  /** Once no other file is open. Those who wait are served in turn. */
  #alone(send: () => Promise<Buffer>, signal: AbortSignal | undefined): Promise<Opened> {
    const turn = this.#last.then(() => this.#noneOpen(signal)).then(() => this.#counted(send))
    this.#last = turn.catch(() => {})
    return turn
  }

  async #noneOpen(signal: AbortSignal | undefined): Promise<void> {
    const what = 'the server allows one open file, and another one is open on this session'
    const free = async (): Promise<void> => {
      while (this.#open > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    await inTime({ limit: this.#options.limit(), signal, phase: 'command', what }, free)
  }

  #close(): void {
    this.#open--
    for (const tell of this.#waiting.splice(0)) tell()
  }
}

function once(work: () => void): () => void {
  let done = false
  return () => {
    if (!done) work()
    done = true
  }
}

/** Codes that are specific, all but "Permission denied", which some servers send for a limit. */
function mayBeFull(error: unknown): boolean {
  if (!(error instanceof TransferError) || !(error.cause instanceof SftpStatus)) return false
  if (error.code === 'permission-denied') return /\b(open|many|limit|busy|handles?)\b/i.test(error.cause.message)
  return ['refused', 'protocol', 'busy', 'not-supported'].includes(error.code)
}

import { SftpStatus } from '../../ssh/sftp-channel.js'
import { FAILURE } from './status-errors.js'

/** SSH_FX_FAILURE, _BAD_MESSAGE and version 6's _INVALID_HANDLE: what servers say that cannot follow several requests at once. */
const STUMBLES: ReadonlySet<number> = new Set([FAILURE, 5, 9])

/**
 * How many requests of a session are in flight at once. Most servers take as many as there are; when one fails beside others and
 * then goes through alone, the server gets one at a time from then on.
 */
export class Pace {
  #single = false
  #flying = 0
  #last: Promise<unknown> = Promise.resolve()
  readonly #idle: (() => void)[] = []

  /** Whether requests go out one by one. */
  get single(): boolean {
    return this.#single
  }

  async run<T>(request: () => Promise<T>): Promise<T> {
    if (this.#single) return await this.alone(request)
    try {
      return await this.#fly(request)
    } catch (error) {
      if (!(error instanceof SftpStatus) || !STUMBLES.has(error.code)) throw error
      const answer = await this.alone(request)
      this.#single = true
      return answer
    }
  }

  /** Once nothing else of the session's files is in flight. */
  alone<T>(request: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#quiet()).then(() => this.#fly(request))
    this.#last = turn.catch(() => {})
    return turn
  }

  async #fly<T>(request: () => Promise<T>): Promise<T> {
    this.#flying++
    try {
      return await request()
    } finally {
      this.#flying--
      if (this.#flying === 0) for (const tell of this.#idle.splice(0)) tell()
    }
  }

  #quiet(): Promise<void> {
    return this.#flying === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve))
  }
}

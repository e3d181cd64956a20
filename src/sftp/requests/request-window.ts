import { SftpStatus } from '../../ssh/sftp-channel.js'
import type { SftpLearned } from './facts.js'
import { FAILURE } from './status-errors.js'

/** SSH_FX_FAILURE, _BAD_MESSAGE and version 6's _INVALID_HANDLE: the statuses of servers that cannot handle concurrent requests. */
export const SERIAL_STATUSES: ReadonlySet<number> = new Set([FAILURE, 5, 9])

/**
 * Limits how many requests of a session are in flight at once. Most servers accept any number. When a request fails beside others
 * and then succeeds alone, the server is sent one request at a time from then on.
 */
export class RequestWindow {
  readonly #learned: SftpLearned
  #pending = 0
  #last: Promise<unknown> = Promise.resolve()
  readonly #idle: (() => void)[] = []

  constructor(learned: SftpLearned) {
    this.#learned = learned
  }

  /** Whether requests are sent one at a time. */
  get single(): boolean {
    return this.#learned.has('one-request')
  }

  async run<T>(request: () => Promise<T>): Promise<T> {
    if (this.single) return await this.alone(request)
    try {
      return await this.#send(request)
    } catch (error) {
      if (!(error instanceof SftpStatus) || !SERIAL_STATUSES.has(error.code)) throw error
      const answer = await this.alone(request)
      this.#learned.learn('one-request')
      return answer
    }
  }

  /** Runs a request once no other request of the session's files is in flight. */
  alone<T>(request: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#drained()).then(() => this.#send(request))
    this.#last = turn.catch(() => {})
    return turn
  }

  async #send<T>(request: () => Promise<T>): Promise<T> {
    this.#pending++
    try {
      return await request()
    } finally {
      this.#pending--
      if (this.#pending === 0) for (const resolve of this.#idle.splice(0)) resolve()
    }
  }

  #drained(): Promise<void> {
    return this.#pending === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve))
  }
}

import { unlessAborted } from '../../deadline.js'

let supplies = 0

/**
 * Orders leases from pools with a limit, to avoid deadlocks: a job that needs two sessions takes the one of the lower-numbered supply
 * first, and two of the same supply only while no other job does.
 */
export class Supply {
  readonly order = ++supplies
  #taken: Promise<void> | undefined

  /** Runs the work once no other `alone` of this supply runs. Rejects with `aborted` when the signal fires before. */
  async alone<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    while (this.#taken) await unlessAborted(this.#taken, signal, 'connect')
    const running = work()
    const over = (): void => {
      this.#taken = undefined
    }
    this.#taken = running.then(over, over)
    return await running
  }
}

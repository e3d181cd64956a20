import { unlessAborted } from '../../deadline.js'

let supplies = 0

/**
 * Where sessions come from when there are only so many. A job that needs two takes the one of the lower number first, and two of the
 * same supply only while nobody else does: so jobs wait for each other in one direction alone, and never in a circle.
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

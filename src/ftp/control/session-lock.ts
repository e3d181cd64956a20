import { aborted, type Phase, throwIfAborted } from '../../errors.js'
import { onAbort } from '../../on-abort.js'

/** Serializes the commands of a session: one holder at a time, in the order of the requests. */
export class Turns {
  readonly #waiting: (() => void)[] = []
  #taken = false

  get taken(): boolean {
    return this.#taken
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Resolves with the function that ends the turn (harmless when called twice). Rejects when the signal fires while waiting. */
  async take(signal: AbortSignal | undefined, phase: Phase = 'command'): Promise<() => void> {
    throwIfAborted(signal, phase)
    if (this.#taken) await this.#wait(signal, phase)
    return this.#begin()
  }

  /** Returns the function that releases the lock, if it is free; else undefined. */
  takeNow(): (() => void) | undefined {
    if (this.#taken) return undefined
    return this.#begin()
  }

  /** The lock stays taken while it is passed on, so that no other caller gets in between. */
  #next(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#taken = false
  }

  #begin(): () => void {
    this.#taken = true
    let held = true
    return () => {
      if (!held) return
      held = false
      this.#next()
    }
  }

  #wait(signal: AbortSignal | undefined, phase: Phase): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        forget()
        resolve()
      }
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1)
        if (signal) reject(aborted(signal, phase))
      }
      this.#waiting.push(go)
      const forget = onAbort(signal, leave)
    })
  }
}

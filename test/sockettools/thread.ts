import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type * as S from '../../src/sockettools/index.js'

type Functions = { [N in keyof typeof S as N extends `Ftp${string}` ? N : never]: (typeof S)[N] }

/** What a function answered in a thread, and the arguments as it left them: pointers are filled in. */
export interface Told {
  readonly result: unknown
  readonly args: readonly unknown[]
  readonly lastError: number
}

export type Reply = { readonly told: Told } | { readonly event: readonly unknown[] } | { readonly ready: number }

/** A worker thread that calls functions of sockettools when told to. */
export class Thread {
  readonly id: number
  readonly events: (readonly unknown[])[] = []
  readonly #worker: Worker
  readonly #waiting: ((told: Told) => void)[] = []

  private constructor(worker: Worker, id: number) {
    this.#worker = worker
    this.id = id
    worker.on('message', (reply: Reply) => {
      if ('told' in reply) this.#waiting.shift()?.(reply.told)
      else if ('event' in reply) this.events.push(reply.event)
    })
  }

  static async start(): Promise<Thread> {
    const worker = new Worker(new URL('./worker.js', import.meta.url))
    const [first] = (await once(worker, 'message')) as [Reply]
    assert.ok('ready' in first)
    return new Thread(worker, first.ready)
  }

  /** Calls a function there. '$event' among the arguments becomes a function that reports its calls. */
  async call(name: keyof Functions, ...args: unknown[]): Promise<Told> {
    const told = new Promise<Told>((resolve) => this.#waiting.push(resolve))
    this.#worker.postMessage({ name, args })
    return await told
  }

  /** The exit code, once it has ended by itself. */
  async end(): Promise<number> {
    const exit = once(this.#worker, 'exit') as Promise<[number]>
    this.#worker.postMessage('end')
    return (await exit)[0]
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }
}

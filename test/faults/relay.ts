import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { OTHER } from '../wire/other-host.js'

export type Channel = 'control' | 'data'

/** Where the next cut falls: after so many bytes of that kind, in either direction, of all connections together. */
export interface Cut {
  readonly on: Channel
  readonly after: number
  /** An orderly end of both sides, or a reset of both. */
  readonly with: 'end' | 'reset'
}

export interface RelayOptions {
  /** The server's control port on 127.0.0.1. */
  readonly port: number
  /** First and last port of the server's data connections. */
  readonly passivePorts: readonly [number, number]
  /** Asked for the next cut after each one; undefined: no more. Absent: none. */
  readonly next?: () => Cut | undefined
  /** Milliseconds that a data connection rests after each piece: who sends on it is held up. */
  readonly slow?: number
  readonly onCut?: (cut: Cut) => void
}

/**
 * A cable between a client and a server, at another address with the same ports, so that passive data connections pass through it
 * too, whatever TLS hides. It is cut at exact bytes: what came before is delivered.
 */
export class Relay {
  readonly host = OTHER
  cuts = 0
  readonly #options: RelayOptions
  readonly #servers: Server[] = []
  readonly #open = new Set<Socket>()
  #armed: Cut | undefined
  #left = 0

  private constructor(options: RelayOptions) {
    this.#options = options
  }

  static async open(options: RelayOptions): Promise<Relay> {
    const relay = new Relay(options)
    const [low, high] = options.passivePorts
    try {
      await relay.#listen(options.port, 'control')
      for (let port = low; port <= high; port++) await relay.#listen(port, 'data')
    } catch (error) {
      await relay.close()
      throw error
    }
    relay.#arm()
    return relay
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy()
    for (const server of this.#servers) {
      server.close()
      await once(server, 'close')
    }
  }

  #arm(): void {
    this.#armed = this.#options.next?.()
    this.#left = this.#armed?.after ?? 0
  }

  async #listen(port: number, channel: Channel): Promise<void> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
      const far = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#open.add(from)
        from.on('error', () => to.resetAndDestroy())
        from.on('close', () => {
          this.#open.delete(from)
          if (from.errored === null) to.destroySoon()
        })
        from.on('end', () => to.end())
        from.on('data', (chunk: Buffer) => this.#pass(channel, { from, to }, chunk))
      }
    })
    server.listen(port, OTHER)
    await once(server, 'listening')
    this.#servers.push(server)
  }

  #pass(channel: Channel, { from, to }: { from: Socket; to: Socket }, chunk: Buffer): void {
    const cut = this.#armed
    if (cut?.on !== channel || this.#left >= chunk.length) {
      if (cut?.on === channel) this.#left -= chunk.length
      if (to.writable) this.#hand(channel, { from, to }, chunk)
      return
    }
    const first = beforeCut(chunk, this.#left, cut)
    this.cuts++
    this.#options.onCut?.(cut)
    this.#arm()
    for (const socket of [from, to]) socket.removeAllListeners('data').removeAllListeners('end').resume()
    const last = (): void => {
      if (cut.with === 'reset') for (const socket of [from, to]) socket.resetAndDestroy()
      else for (const socket of [from, to]) socket.destroySoon()
    }
    if (first.length > 0 && to.writable) to.write(first, last)
    else last()
  }

  #hand(channel: Channel, { from, to }: { from: Socket; to: Socket }, chunk: Buffer): void {
    const { slow } = this.#options
    const full = !to.write(chunk)
    if (slow !== undefined && channel === 'data') {
      from.pause()
      setTimeout(() => from.resume(), slow)
    } else if (full) {
      from.pause()
      to.once('drain', () => from.resume())
    }
  }
}

/** An orderly end right behind a line cannot be told from a whole listing, by nobody: there, one byte less is let through. */
function beforeCut(chunk: Buffer, length: number, cut: Cut): Buffer {
  const seemsWhole = cut.with === 'end' && chunk[length - 1] === 10
  return chunk.subarray(0, seemsWhole ? length - 1 : length)
}

import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { plainAddress } from './addresses.js'

/** A listening socket and everything opened behind it, so that close() leaves nothing open. */
export class Listener {
  readonly #server: Server
  readonly #open = new Set<{ destroy(): void; closed: Promise<unknown> }>()
  #closed: Promise<void> | undefined

  private constructor(server: Server) {
    this.#server = server
  }

  /** Listens; each control connection is tracked and passed to `receive`. Rejects with Node's error when the port is taken. */
  static async open(host: string, port: number, receive: (socket: Socket) => void): Promise<Listener> {
    const server = createServer({ allowHalfOpen: true, noDelay: true })
    const listener = new Listener(server)
    server.on('connection', (socket) => {
      listener.track(socket)
      receive(socket)
    })
    server.listen(port, host)
    await once(server, 'listening')
    return listener
  }

  get host(): string {
    const address = this.#server.address()
    return typeof address === 'object' && address ? plainAddress(address.address) : ''
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address ? address.port : 0
  }

  /** 'host:port' as in a URL. */
  get authority(): string {
    return `${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`
  }

  /** Registers a socket or listener to be closed with this one, if it is still open then. */
  readonly track = (thing: Socket | Server): void => {
    const destroy = () => ('destroy' in thing ? thing.destroy() : thing.close())
    const entry = { destroy, closed: new Promise<void>((resolve) => thing.once('close', resolve)) }
    this.#open.add(entry)
    thing.on('error', () => {})
    thing.once('close', () => this.#open.delete(entry))
    if (this.#closed) destroy()
  }

  /** Destroys every socket and listener; resolves once all are closed. */
  close(): Promise<void> {
    this.#closed ??= this.#closeAll()
    return this.#closed
  }

  async #closeAll(): Promise<void> {
    const gone = once(this.#server, 'close')
    this.#server.close()
    const entries = [...this.#open]
    for (const entry of entries) entry.destroy()
    await Promise.all([gone, ...entries.map((entry) => entry.closed)])
  }
}

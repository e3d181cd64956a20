import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { type Endpoint, plainAddress } from './addresses.js'

/** A data connection that is prepared and not yet used. */
export interface Prepared {
  /** Resolves with the connected socket. Rejects when it cannot be connected or the signal fires. */
  open(signal: AbortSignal): Promise<Socket>
  /** Discards it. Does nothing after open(). */
  drop(): void
}

export interface Passive extends Prepared {
  readonly port: number
}

export type Track = (thing: Socket | Server) => void

export interface ListenOptions {
  readonly host: string
  /** The one address that connections are accepted from; others are closed. */
  readonly peer: string
  /** First and last port to choose from. Defaults to any port. */
  readonly ports?: readonly [number, number]
  readonly track: Track
}

/** Listens for one data connection. Rejects when none of the ports is free. */
export async function listenOnce({ host, peer, ports, track }: ListenOptions): Promise<Passive> {
  const server = createServer({ allowHalfOpen: true, noDelay: true })
  track(server)
  const arrived = new Promise<Socket>((resolve) => {
    server.on('connection', (socket) => {
      track(socket)
      if (plainAddress(socket.remoteAddress) !== peer || !server.listening) return socket.destroy()
      server.close()
      resolve(socket)
    })
  })
  const port = await listenOnFree(server, host, ports ?? [0, 0])
  let taken = false
  return {
    port,
    open(signal) {
      taken = true
      return orAborted(arrived, signal, () => server.close())
    },
    drop() {
      if (taken) return
      server.close()
      arrived.then((socket) => socket.destroy())
    },
  }
}

/** The next port to try first, so that a port that was just used is not reused at once. */
let turn = 0

async function listenOnFree(server: Server, host: string, [low, high]: readonly [number, number]): Promise<number> {
  const count = high - low + 1
  const start = turn++
  for (let step = 0; step < count; step++) {
    const port = await tryListen(server, host, low + ((start + step) % count))
    if (port !== undefined) return port
  }
  throw new Error(`no port between ${low} and ${high} is free`)
}

async function tryListen(server: Server, host: string, port: number): Promise<number | undefined> {
  try {
    server.listen(port, host)
    await once(server, 'listening')
  } catch {
    return undefined
  }
  const address = server.address()
  return typeof address === 'object' && address ? address.port : undefined
}

/** Prepares a connection that is dialled when the data connection is needed. */
export function dialLater(to: Endpoint, from: string | undefined, track: Track): Prepared {
  return { open: (signal) => dial(to, from, { signal, track }), drop() {} }
}

/** Connects over TCP. Rejects with Node's error, or when the signal fires. */
export function dial(
  to: Endpoint,
  from: string | undefined,
  { signal, track }: { signal: AbortSignal; track: Track },
): Promise<Socket> {
  const socket = connect({ host: to.host, port: to.port, localAddress: from, allowHalfOpen: true, noDelay: true })
  track(socket)
  const connected = new Promise<Socket>((resolve, reject) => {
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
  return orAborted(connected, signal, () => socket.destroy())
}

async function orAborted<T>(promise: Promise<T>, signal: AbortSignal, give: () => void): Promise<T> {
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      give()
      reject(new Error('given up'))
    }
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

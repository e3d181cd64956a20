import net from 'node:net'
import { unlessAborted } from '../deadline.js'
import { badArgument, TransferError, throwIfAborted } from '../errors.js'
import { type Endpoint, ends, KEEP_ALIVE, plainAddress } from './endpoint.js'
import { Wire } from './wire.js'

/** Ports that a listener may use, both ends included. */
export type PortRange = readonly [low: number, high: number]

/** A listener for exactly one connection. */
export interface Listener {
  readonly address: Endpoint
  /** Resolves with the connection from the expected peer. Others are closed. */
  accept(signal: AbortSignal): Promise<Wire>
  /** Stops listening. An accepted connection stays open. */
  close(): void
}

/** Listens on `host` for one connection from `peer`; connections from other addresses are closed (another client's, or an attack). */
export async function listen(options: {
  host: string
  peer: string
  ports?: PortRange
  signal?: AbortSignal
}): Promise<Listener> {
  const { host, peer, ports, signal } = options
  throwIfAborted(signal, 'data')
  const server = net.createServer({ noDelay: true, pauseOnConnect: true, ...KEEP_ALIVE })
  const port = await bind(server, host, portsToTry(ports))
  const accepted = new Promise<Wire>((resolve, reject) => {
    server.on('error', reject)
    server.on('close', () =>
      reject(new TransferError('data-connection', 'The listener was closed.', { phase: 'data' })),
    )
    server.on('connection', (socket) => {
      if (plainAddress(socket.remoteAddress ?? '') !== peer) {
        socket.destroy()
        return
      }
      resolve(new Wire(socket, ends(socket)))
      server.close()
    })
  })
  accepted.catch(() => {})
  let taken = false
  return {
    address: { host, port },
    accept: async (until) => {
      const wire = await unlessAborted(accepted, until, 'data')
      taken = true
      return wire
    },
    close: () => {
      server.close()
      if (!taken) accepted.then((wire) => wire.destroy()).catch(() => {})
    },
  }
}

/** Throws unless the value is a range of ports. */
export function checkPortRange(range: PortRange): void {
  const [low, high]: readonly unknown[] = Array.isArray(range) ? range : []
  if (isPort(low) && isPort(high) && low <= high) return
  throw badArgument(
    `activePorts ${low}-${high} is not a range of ports.`,
    'Give [low, high] with 1 ≤ low ≤ high ≤ 65535.',
  )
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535
}

function* portsToTry(ports: PortRange | undefined): Iterable<number> {
  if (!ports) return yield 0
  checkPortRange(ports)
  const [low, high] = ports
  // A random start: a port that was just used may still be remembered by the firewall.
  const count = high - low + 1
  const first = Math.floor(Math.random() * count)
  for (let i = 0; i < count; i++) yield low + ((first + i) % count)
}

async function bind(server: net.Server, host: string, ports: Iterable<number>): Promise<number> {
  let last: unknown
  for (const port of ports) {
    try {
      return await bindTo(server, host, port)
    } catch (error) {
      last = error
    }
  }
  throw new TransferError('data-connection', `No local port can be listened on at ${host}.`, {
    phase: 'data',
    hint: 'Widen activePorts, or use passive mode.',
    cause: last,
  })
}

function bindTo(server: net.Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const refused = (error: Error): void => {
      server.off('listening', bound)
      reject(error)
    }
    const bound = (): void => {
      server.off('error', refused)
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    }
    server.once('error', refused).once('listening', bound)
    server.listen({ host, port, exclusive: true, backlog: 1 })
  })
}

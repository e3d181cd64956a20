import type dns from 'node:dns'
import net from 'node:net'
import { aborted, type Phase, TransferError, throwIfAborted } from '../errors.js'
import { onAbort } from '../on-abort.js'
import { SocketReader } from './bulk-reader.js'
import { type Endpoint, ends, hostPort, KEEP_ALIVE } from './endpoint.js'
import { type Listener, listen, type PortRange } from './listen.js'
import { Wire } from './wire.js'

export interface DialOptions {
  readonly signal?: AbortSignal
  /** The connection will carry a file to this side, without TLS: a route that supports it reads straight into slabs. */
  readonly bulk?: boolean
}

/** How connections are made. The same route serves the control connection and every data connection. */
export interface Route {
  /** Opens a connection; the route resolves the name. Rejects with `unreachable`, or with a tunnel's own error. */
  dial(to: Endpoint, options?: DialOptions): Promise<Wire>
  /** Listens for one connection from the control connection's peer. Absent: the route does not support active mode. */
  listen?(options: { control: Wire; ports?: PortRange; signal?: AbortSignal }): Promise<Listener>
  /** For messages and logs: 'direct', 'socks5://gate:1080'. */
  readonly describe: string
  /** Tunnels that a dial goes through, each with a connect limit of its own. Absent: 0. */
  readonly hops?: number
}

export interface DirectOptions {
  /** Tries IPv6 first where a name has both kinds of addresses. Defaults to IPv4 first. */
  readonly preferIPv6?: boolean
  /** Resolves names; tests pass their own. */
  readonly lookup?: typeof dns.lookup
}

/** Returns the route straight over TCP. A name with several addresses is tried in both families, the next one after 250 ms (RFC 8305). */
export function directRoute(options: DirectOptions = {}): Route {
  return {
    describe: 'direct',
    dial: (to, dial = {}) => connectTcp(to, dial, options),
    listen: ({ control, ports, signal }) =>
      listen({ host: control.local.host, peer: control.peer.host, ports, signal }),
  }
}

async function connectTcp(to: Endpoint, { signal, bulk }: DialOptions, options: DirectOptions): Promise<Wire> {
  throwIfAborted(signal, 'connect')
  const bulkReader = bulk ? new SocketReader() : undefined
  const order = options.preferIPv6 ? 'ipv6first' : 'ipv4first'
  const socket = net.connect({
    ...to,
    noDelay: !bulk,
    // At the end of a file nothing is left to send: the connection is closed at once, not in two steps.
    allowHalfOpen: bulk,
    ...KEEP_ALIVE,
    autoSelectFamily: true,
    lookup: ((name, how, done) => {
      const { lookup = process.getBuiltinModule('node:dns').lookup } = options
      lookup(name, { ...how, order } as dns.LookupAllOptions, done as never)
    }) as net.LookupFunction,
    onread: bulkReader?.onread,
  })
  if (bulk) socket.once('end', () => socket.destroy())
  return await connectedWire(socket, to, { bulkReader, signal })
}

/** Resolves with the wire over a socket once it is connected. */
export function connectedWire(
  socket: net.Socket,
  to: Endpoint,
  { bulkReader, signal }: { readonly bulkReader?: SocketReader; readonly signal?: AbortSignal },
): Promise<Wire> {
  bulkReader?.bind(socket)
  return new Promise((resolve, reject) => {
    // Passing a fired `signal` to connect can end the process with an uncaught exception, so it is watched here.
    const stop = (): void => fail(signal ? aborted(signal, 'connect') : new Error('aborted'))
    const fail = (error: Error): void => {
      forget()
      socket.destroy()
      bulkReader?.drop()
      reject(error)
    }
    const refused = (error: Error): void => fail(unreachable(to, error))
    const forget = onAbort(signal, stop)
    socket.once('error', refused)
    socket.once('connect', () => {
      forget()
      const wire = new Wire(socket, ends(socket), bulkReader)
      socket.off('error', refused)
      resolve(wire)
    })
  })
}

const REASONS: Readonly<Record<string, { reason: string; hint: string }>> = {
  ENOTFOUND: { reason: 'the name does not resolve', hint: 'Check the spelling of the host.' },
  EAI_AGAIN: { reason: 'the name server does not answer', hint: 'Check the network, then try again.' },
  ECONNREFUSED: { reason: 'nothing listens there', hint: 'Check the port, and that the server runs.' },
  EHOSTUNREACH: {
    reason: 'there is no route to that host',
    hint: 'A firewall or a missing network: is a proxy needed?',
  },
  ENETUNREACH: {
    reason: 'there is no route to that network',
    hint: 'A firewall or a missing network: is a proxy needed?',
  },
  ETIMEDOUT: { reason: 'there was no answer', hint: 'A firewall may drop the packets: is a proxy needed?' },
  ECONNRESET: { reason: 'the connection was reset', hint: 'A firewall or the server itself closed it.' },
}

/** Returns the error for an endpoint that could not be reached, with a hint. */
export function unreachable(to: Endpoint, error: Error, phase: Phase = 'connect'): TransferError {
  const known = REASONS[codeOf(error) ?? '']
  const reason = known?.reason ?? error.message
  return new TransferError('unreachable', `Cannot connect to ${hostPort(to)}: ${reason}.`, {
    phase,
    retryable: codeOf(error) !== 'ENOTFOUND',
    hint: known?.hint,
    cause: error,
  })
}

/** Returns the errno of a socket error; when several addresses were tried, of the first that has one. */
function codeOf(error: Error): string | undefined {
  if ('code' in error && typeof error.code === 'string') return error.code
  const inner: unknown[] = error instanceof AggregateError ? error.errors : []
  return inner.map((one) => (one instanceof Error ? codeOf(one) : undefined)).find(Boolean)
}

export type { Endpoint, Listener, PortRange }

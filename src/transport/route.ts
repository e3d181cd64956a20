import type dns from 'node:dns'
import net from 'node:net'
import { aborted, type Phase, TransferError, throwIfAborted } from '../errors.js'
import { RingIntake } from './bulk-reader.js'
import { type Endpoint, ends, hostPort, KEEP_ALIVE } from './endpoint.js'
import { type Listener, listen, type PortRange } from './listen.js'
import { Wire } from './wire.js'

export interface DialOptions {
  readonly signal?: AbortSignal
  /** The wire will carry a file towards us, in the clear: a route that can reads it straight into slabs. */
  readonly bulk?: boolean
}

/** How bytes reach an endpoint. The same route serves the control connection and every data connection. */
export interface Route {
  /** Opens a connection; name look-up is the route's business. Throws `unreachable`, or what a tunnel has to say. */
  dial(to: Endpoint, options?: DialOptions): Promise<Wire>
  /** Waits for one connection from the control connection's peer. Absent: active mode cannot work on this route. */
  listen?(options: { control: Wire; ports?: PortRange; signal?: AbortSignal }): Promise<Listener>
  /** For people and logs: 'direct', 'socks5://gate:1080'. */
  readonly describe: string
}

export interface DirectOptions {
  /** Try IPv6 first where a name has both kinds of addresses. Default: IPv4 first. */
  readonly preferIPv6?: boolean
  /** Looks names up; tests give their own. */
  readonly lookup?: typeof dns.lookup
}

/** Straight over TCP. A name with several addresses is tried in both families, the next one after 250 ms (RFC 8305). */
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
  const intake = bulk ? new RingIntake() : undefined
  const order = options.preferIPv6 ? 'ipv6first' : 'ipv4first'
  const socket = net.connect({
    ...to,
    noDelay: !bulk,
    // At the end of a file there is nothing left to say: the connection is closed at once, not in two steps.
    allowHalfOpen: bulk,
    ...KEEP_ALIVE,
    autoSelectFamily: true,
    lookup: ((name, how, done) => {
      const { lookup = process.getBuiltinModule('node:dns').lookup } = options
      lookup(name, { ...how, order } as dns.LookupAllOptions, done as never)
    }) as net.LookupFunction,
    onread: intake?.onread,
  })
  if (bulk) socket.once('end', () => socket.destroy())
  return await standing(socket, to, { intake, signal })
}

/** The wire over a socket that is being connected, once it stands. */
export function standing(
  socket: net.Socket,
  to: Endpoint,
  { intake, signal }: { readonly intake?: RingIntake; readonly signal?: AbortSignal },
): Promise<Wire> {
  intake?.bind(socket)
  return new Promise((resolve, reject) => {
    // Passing `signal` to connect can abort the whole process when it has fired already, so it is watched by hand.
    const stop = (): void => fail(signal ? aborted(signal, 'connect') : new Error('aborted'))
    const fail = (error: Error): void => {
      signal?.removeEventListener('abort', stop)
      socket.destroy()
      intake?.drop()
      reject(error)
    }
    const refused = (error: Error): void => fail(unreachable(to, error))
    signal?.addEventListener('abort', stop, { once: true })
    socket.once('error', refused)
    socket.once('connect', () => {
      signal?.removeEventListener('abort', stop)
      const wire = new Wire(socket, ends(socket), intake)
      socket.off('error', refused)
      resolve(wire)
    })
  })
}

const REASONS: Readonly<Record<string, { says: string; hint: string }>> = {
  ENOTFOUND: { says: 'the name does not resolve', hint: 'Check the spelling of the host.' },
  EAI_AGAIN: { says: 'the name service does not answer', hint: 'Check the network, then try again.' },
  ECONNREFUSED: { says: 'nothing listens there', hint: 'Check the port, and that the server runs.' },
  EHOSTUNREACH: { says: 'there is no way to that host', hint: 'A firewall or a missing network: is a proxy needed?' },
  ENETUNREACH: { says: 'there is no way to that network', hint: 'A firewall or a missing network: is a proxy needed?' },
  ETIMEDOUT: { says: 'nobody answers', hint: 'A firewall may drop the packets: is a proxy needed?' },
  ECONNRESET: { says: 'the connection was reset', hint: 'A firewall or the server itself cut it.' },
}

/** The error for an endpoint that could not be reached, with what to do about it. */
export function unreachable(to: Endpoint, error: Error, phase: Phase = 'connect'): TransferError {
  const reason = REASONS[codeOf(error) ?? '']
  const says = reason?.says ?? error.message
  return new TransferError('unreachable', `Cannot connect to ${hostPort(to)}: ${says}.`, {
    phase,
    retryable: codeOf(error) !== 'ENOTFOUND',
    hint: reason?.hint,
    cause: error,
  })
}

/** The errno of a socket error; of the first that has one when several addresses were tried. */
function codeOf(error: Error): string | undefined {
  if ('code' in error && typeof error.code === 'string') return error.code
  const inner: unknown[] = error instanceof AggregateError ? error.errors : []
  return inner.map((one) => (one instanceof Error ? codeOf(one) : undefined)).find(Boolean)
}

export type { Endpoint, Listener, PortRange }

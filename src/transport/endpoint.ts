import type { Socket } from 'node:net'

/** An address to connect to: a host name or an address without brackets, and a port. */
export interface Endpoint {
  /** A host name, or an address without brackets. */
  readonly host: string
  /** A TCP port. */
  readonly port: number
}

/** Returns 'host:port', an IPv6 address in brackets. */
export function hostPort({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Converts an IPv4 address mapped into IPv6 to plain IPv4; a scope id is kept. */
export function plainAddress(address: string): string {
  if (!address.includes(':')) return address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  return mapped?.[1] ?? address
}

/** Returns both ends of a connected socket. Data connections use the address that answered; the name is not looked up again. */
export function ends(socket: Socket): { dataHost: string; local: Endpoint; peer: Endpoint } {
  const peer = { host: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 }
  let local: Endpoint | undefined
  return {
    dataHost: peer.host,
    peer,
    // Computed only for active mode, where a peer connects to this address: it costs a system call.
    get local() {
      local ??= { host: plainAddress(socket.localAddress ?? ''), port: socket.localPort ?? 0 }
      return local
    },
  }
}

/** For every socket: TCP keep-alive probes after this time without traffic, in ms, since middleboxes drop idle connections. */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelay: 15_000 } as const

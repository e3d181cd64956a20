import type { Socket } from 'node:net'

/** Where something listens: a name or an address without brackets, and a port. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** 'host:port', an IPv6 address in brackets. */
export function hostPort({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** An IPv4 address mapped into IPv6 as plain IPv4; a scope id stays. */
export function plainAddress(address: string): string {
  if (!address.includes(':')) return address
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  return mapped?.[1] ?? address
}

/** Both ends of a connected socket. Data connections go to the address that answered, never to a second look-up. */
export function ends(socket: Socket): { dataHost: string; local: Endpoint; peer: Endpoint } {
  const peer = { host: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 }
  let local: Endpoint | undefined
  return {
    dataHost: peer.host,
    peer,
    // Asked for where somebody is to connect to us, and for no other connection: it costs a system call.
    get local() {
      local ??= { host: plainAddress(socket.localAddress ?? ''), port: socket.localPort ?? 0 }
      return local
    },
  }
}

/** For every socket: TCP probes begin after this time without traffic, in ms, since middleboxes forget idle connections. */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelay: 15_000 } as const

import { readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** What Node's public counters leave out: bytesWritten counts a write in full as soon as it is begun, however little was taken of it. */
interface Handle {
  readonly bytesRead?: number
  readonly bytesWritten?: number
  /** Bytes that the kernel has not taken yet. */
  readonly writeQueueSize?: number
  /** The handle below a TLS socket's. */
  readonly _parent?: Handle
}

/**
 * Returns a number that changes whenever bytes arrive on a socket or leave it, in the middle of a write and below TLS too. It reads
 * a file of the kernel: to be called only when a wait has become long.
 */
export function socketProgress(stream: Duplex): number {
  if (!(stream instanceof Socket)) return -stream.writableLength
  let handle = (stream as { readonly _handle?: Handle | null })._handle ?? undefined
  while (handle?._parent) handle = handle._parent
  const { bytesRead = stream.bytesRead, bytesWritten = stream.bytesWritten } = handle ?? {}
  return bytesRead + bytesWritten - (handle?.writeQueueSize ?? stream.writableLength) - unacknowledged(stream)
}

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6']

/**
 * Returns the bytes in the kernel's send queue, from Linux's table of connections (proc(5)); 0 elsewhere. A kernel whose queue is
 * full takes no more until a third of it is free, which a slow peer may need minutes for: meanwhile only this number moves.
 */
function unacknowledged({ localPort, remotePort }: Socket): number {
  if (process.platform !== 'linux' || localPort === undefined || remotePort === undefined) return 0
  const ends = new RegExp(`:${hex(localPort)} [0-9A-F]+:${hex(remotePort)} [0-9A-F]{2} ([0-9A-F]{8}):`, 'g')
  let sum = 0
  for (const table of TABLES)
    for (const [, queued] of contentOf(table).matchAll(ends)) sum += Number.parseInt(queued ?? '0', 16)
  return sum
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0')
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return '' // no IPv6, or no /proc in a container
  }
}

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** Where every socket goes that this process opens while `work` runs, as 'address:port'. */
export async function dialled(work: () => Promise<void>): Promise<string[]> {
  const sockets: Socket[] = []
  const note = (message: unknown): void => void sockets.push((message as { socket: Socket }).socket)
  const found = new Set<string>()
  subscribe('net.client.socket', note)
  // A socket forgets its peer when it is closed.
  const watch = setInterval(() => {
    for (const { remoteAddress, remotePort } of sockets) if (remotePort) found.add(`${remoteAddress}:${remotePort}`)
  }, 1)
  try {
    await work()
  } finally {
    clearInterval(watch)
    unsubscribe('net.client.socket', note)
  }
  return [...found].sort()
}

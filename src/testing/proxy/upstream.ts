import type { Server, Socket } from 'node:net'
import { type Endpoint, plainAddress } from '../network/addresses.js'
import { ControlLink } from '../network/control-link.js'
import { dial } from '../network/data-connections.js'

/** A reply of the server, line by line as received. */
export interface ServerReply {
  readonly code: number
  readonly lines: readonly string[]
}

/** The proxy's control connection to the server. */
export interface Upstream {
  readonly link: ControlLink
  /** Addresses of the two ends. */
  readonly local: string
  readonly peer: string
  /** The server's greeting. */
  readonly banner: ServerReply
  /** Sends a line and resolves with the next reply; without a line, with the next reply alone. Rejects when the server has closed. */
  ask(line?: string): Promise<ServerReply>
  close(): void
}

const LINE_LIMIT = 64 * 1024
const MAX_LINES = 10_000

/** Connects to a server and waits for its greeting. Rejects when it cannot be reached or its greeting is not 2xx. */
export async function reachServer(
  to: Endpoint,
  options: { signal: AbortSignal; track: (thing: Socket | Server) => void },
): Promise<Upstream> {
  const socket = await dial(to, undefined, options)
  const link = new ControlLink(socket, { limit: LINE_LIMIT, peer: 'server' })
  const ask = async (line?: string) => {
    if (line !== undefined) await link.send(line)
    return readReply(link)
  }
  const banner = await ask()
  if (banner.code < 200 || banner.code > 299) {
    link.end()
    throw new Error(banner.lines.at(-1))
  }
  const close = () => socket.destroy()
  const ends = { local: plainAddress(socket.localAddress), peer: plainAddress(socket.remoteAddress) }
  return { link, ...ends, banner, ask, close }
}

async function readReply(link: ControlLink): Promise<ServerReply> {
  const lines: string[] = []
  for (;;) {
    const line = await link.next()
    if (!line) throw new Error('the server closed the connection')
    lines.push(line.text)
    const code = /^(\d{3}) ?/.exec(line.text)?.[1]
    const first = lines[0] ?? ''
    if (code && first.startsWith(code) && line.text[3] !== '-') return { code: Number(code), lines }
    if (lines.length > MAX_LINES || !/^\d{3}/.test(first)) throw new Error('the server does not use FTP')
  }
}

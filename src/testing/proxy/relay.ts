import { once } from 'node:events'
import { createServer, isIPv4, type Server, type Socket } from 'node:net'
import { type Endpoint, readExtended, readPassivePort, readSix, writeExtended, writeSix } from '../network/addresses.js'
import { dial, dialLater, listenOnce, type Prepared } from '../network/data-connections.js'
import type { ServerReply, Upstream } from './upstream.js'

/** What a data connection through the proxy needs. */
export interface DataPath {
  readonly upstream: Upstream
  /** Addresses of the two ends of the control connection to the client. */
  readonly local: string
  readonly peer: string
  readonly track: (thing: Socket | Server) => void
}

/** The proxy's reply, and the data connection that is ready; `data` is absent when there is none. */
export interface DataAnswer {
  readonly reply: string | readonly string[]
  readonly data?: { drop(): void }
}

/** Handles PASV and EPSV: asks the server for its port and replies with a port of the proxy's own. */
export async function passive(path: DataPath, verb: 'PASV' | 'EPSV'): Promise<DataAnswer> {
  const { upstream, local, peer, track } = path
  if (verb === 'PASV' && !isIPv4(local)) return { reply: '425 PASV is for IPv4; use EPSV.' }
  const asked = isIPv4(upstream.peer) ? verb : 'EPSV'
  const reply = await upstream.ask(asked)
  const server = serverPort(reply)
  if (server === undefined) return { reply: reply.lines }
  const ours = await listenOnce({ host: local, peer, track })
  const theirs = dialLater({ host: upstream.peer, port: server }, undefined, track)
  const data = bridge(ours, theirs)
  const text = verb === 'PASV' ? `227 Entering Passive Mode (${writeSix({ host: local, port: ours.port })})` : undefined
  return { reply: text ?? `229 Entering Extended Passive Mode (|||${ours.port}|)`, data }
}

/** Returns the server's port; the data connection goes to the server's control address whatever address the reply names. */
function serverPort({ code, lines }: ServerReply): number | undefined {
  const text = lines.at(-1) ?? ''
  if (code === 229) return readPassivePort(text)
  return code === 227 ? readSix(text)?.port : undefined
}

/** Handles PORT and EPRT: dials the client's port once the server has dialled the proxy's. */
export async function active(path: DataPath, verb: 'PORT' | 'EPRT', argument: string): Promise<DataAnswer> {
  const { upstream, local, peer, track } = path
  const client = verb === 'PORT' ? readSix(argument) : readExtended(argument)
  if (client === 'family') return { reply: '522 Network protocol not supported.' }
  if (client?.host !== peer) return { reply: '501 Prohibited parameter value.' }
  const ours = await listenOnce({ host: upstream.local, peer: upstream.peer, track })
  const reply = await upstream.ask(activeCommand({ host: upstream.local, port: ours.port }))
  if (reply.code > 299) {
    ours.drop()
    return { reply: reply.lines }
  }
  const data = bridge(ours, dialLater(client, local, track))
  return { reply: `200 ${verb} command successful.`, data }
}

function activeCommand(to: Endpoint): string {
  return isIPv4(to.host) ? `PORT ${writeSix(to)}` : `EPRT ${writeExtended(to)}`
}

/** Connects the second side once the first has connected, and passes bytes both ways. drop() discards it before that. */
function bridge(first: Prepared, second: Prepared): { drop(): void } {
  const stop = new AbortController()
  connectBoth(first, second, stop.signal).catch(() => {})
  return { drop: () => stop.abort() }
}

async function connectBoth(first: Prepared, second: Prepared, signal: AbortSignal): Promise<void> {
  const near = await first.open(signal)
  const far = await second.open(signal).catch(() => undefined)
  if (!far) return void near.destroy()
  pipe(near, far)
  pipe(far, near)
}

/** Passes on every byte both ways, unread; resolves when both connections have closed. */
export async function relay(client: Socket, server: Socket): Promise<void> {
  const closed = [client, server].map((socket) => new Promise<void>((resolve) => socket.once('close', resolve)))
  pipe(client, server)
  pipe(server, client)
  await Promise.all(closed)
}

export interface Forward {
  readonly host: string
  readonly ports: readonly [number, number]
  /** The server's address. */
  readonly to: string
  readonly track: (thing: Socket | Server) => void
}

/** Forwards each of these ports to the same port of the server, for data connections whose negotiation cannot be read. */
export async function forward({ host, ports: [low, high], to, track }: Forward): Promise<void> {
  for (let port = low; port <= high; port++) {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, async (client) => {
      track(client)
      const far = await dial({ host: to, port }, undefined, { signal: new AbortController().signal, track }).catch(
        () => {},
      )
      if (far) await relay(client, far)
      else client.destroy()
    })
    track(server)
    server.listen(port, host)
    // A port that is in use is already forwarded there by an earlier session.
    await once(server, 'listening').catch(() => {})
  }
}

/** Pipes one direction: an end is passed on as an end, a reset as a reset. */
function pipe(from: Socket, to: Socket): void {
  from.pipe(to)
  from.once('error', () => to.resetAndDestroy())
  from.once('close', () => from.readableEnded || to.destroy())
}

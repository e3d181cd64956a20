import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

/** One client of the scripted server. */
export interface Peer {
  readonly socket: Socket
  /** Sends bytes as they are. */
  say(text: string | Uint8Array): void
  /** Sends the bytes one at a time. */
  drip(text: string): Promise<void>
  /** Listens for a data connection; answers its port on 127.0.0.1. */
  listen(): Promise<number>
  /** The data connection that came to the last such port. */
  data(): Promise<Socket>
}

/** A whole reply with its line ends, undefined for silence, or a function that replies itself. */
export type Answer =
  | string
  | undefined
  | ((argument: string, peer: Peer) => string | undefined | Promise<string | undefined>)

export interface RawOptions {
  /** Defaults to '220 ready'. A function may reply itself. */
  readonly greeting?: string | ((peer: Peer) => void)
  /** By verb; over the answers that every server gives. Verbs with `undefined` stay unanswered. */
  readonly on?: Readonly<Record<string, Answer>>
}

export interface RawServer {
  readonly port: number
  readonly url: string
  readonly lines: readonly string[]
  /** Control connections so far. */
  readonly sessions: number
  close(): Promise<void>
}

const USUAL: Readonly<Record<string, Answer>> = {
  USER: '331 password\r\n',
  PASS: '230 in\r\n',
  FEAT: '211-Features\r\n EPSV\r\n PASV\r\n SIZE\r\n211 End\r\n',
  OPTS: '200 ok\r\n',
  TYPE: '200 ok\r\n',
  PWD: '257 "/" is here\r\n',
  CWD: '250 ok\r\n',
  NOOP: '200 ok\r\n',
  SIZE: '550 no such file\r\n',
  ABOR: '226 aborted\r\n',
  QUIT: '221 bye\r\n',
}

/** A server that sends exactly what a test tells it to: for replies that the embedded server does not send. */
export async function rawServer({ greeting = '220 ready\r\n', on = {} }: RawOptions): Promise<RawServer> {
  const open = new Set<Socket | Server>()
  const track = <T extends Socket | Server>(thing: T): T => {
    open.add(thing)
    thing.on('error', () => {})
    thing.once('close', () => open.delete(thing))
    return thing
  }
  const lines: string[] = []
  let sessions = 0
  const server = track(
    createServer({ noDelay: true }, (socket) => {
      sessions++
      const peer = serve(track(socket), { on: { ...USUAL, ...on }, lines, track })
      if (typeof greeting === 'string') peer.say(greeting)
      else greeting(peer)
    }),
  )
  const port = await listening(server)
  return {
    port,
    url: `ftp://127.0.0.1:${port}`,
    lines,
    get sessions() {
      return sessions
    },
    async close() {
      const gone = [...open].map((thing) => once(thing, 'close'))
      for (const thing of open) 'destroy' in thing ? thing.destroy() : thing.close()
      await Promise.all(gone)
    },
  }
}

interface Desk {
  readonly on: Readonly<Record<string, Answer>>
  readonly lines: string[]
  readonly track: <T extends Socket | Server>(thing: T) => T
}

function serve(socket: Socket, { on, lines, track }: Desk): Peer {
  let data: Promise<Socket> = Promise.reject(new Error('no data port'))
  data.catch(() => {})
  const passive = async (): Promise<number> => {
    const server = track(createServer({ allowHalfOpen: true, noDelay: true }))
    const port = await listening(server)
    data = once(server, 'connection').then(([arrived]) => {
      server.close()
      return track(arrived as Socket)
    })
    data.catch(() => {})
    return port
  }
  const peer: Peer = {
    socket,
    listen: passive,
    say: (text) => void (socket.writable && socket.write(text)),
    async drip(text) {
      for (const byte of Buffer.from(text)) {
        await new Promise((sent) => socket.write(Uint8Array.of(byte), sent))
        await new Promise((turn) => setImmediate(turn))
      }
    },
    data: () => data,
  }
  const answer = async (line: string): Promise<void> => {
    const at = line.indexOf(' ')
    const verb = (at < 0 ? line : line.slice(0, at)).toUpperCase()
    const given = on[verb]
    if (given === undefined && verb in on) return
    if (verb === 'EPSV' && given === undefined) return peer.say(`229 ok (|||${await passive()}|)\r\n`)
    const said = await talk(given, at < 0 ? '' : line.slice(at + 1), peer)
    if (said !== undefined) peer.say(said)
    else if (given === undefined) peer.say('502 unknown\r\n')
  }
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    const parts = (text + chunk.toString('latin1')).split('\r\n')
    text = parts.pop() ?? ''
    for (const line of parts) {
      lines.push(line)
      void answer(line).catch(() => {})
    }
  })
  return peer
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

/** What an answer comes to. */
export async function talk(answer: Answer, argument: string, peer: Peer): Promise<string | undefined> {
  return typeof answer === 'function' ? await answer(argument, peer) : answer
}

/** A command that sends these bytes over the data connection, then 226. */
export function sends(bytes: string | Uint8Array, last = '226 done\r\n'): Answer {
  return async (_, peer) => {
    peer.say('150 here it comes\r\n')
    const data = await peer.data()
    data.end(bytes)
    data.resume()
    await once(data, 'close').catch(() => {})
    return last
  }
}

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A client that only sends and receives lines, so that tests see what is on the wire. */
export interface RawClient {
  readonly socket: Socket
  /** Sends a line, if one is given, and answers the next reply: its lines joined by '|'. */
  ask(line?: string): Promise<string>
  /** Sends a line and answers nothing. */
  send(bytes: string | Uint8Array): void
  /** Resolves when the control connection has closed, with 'reset' or 'end'. */
  readonly closed: Promise<'reset' | 'end'>
  /** PASV, or EPSV, and the data connection it leads to. */
  data(verb?: 'PASV' | 'EPSV'): Promise<Socket>
  close(): void
}

export async function rawClient(port: number, login?: readonly [string, string]): Promise<RawClient> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const next = replyReader(socket)
  const closed = new Promise<'reset' | 'end'>((resolve) => {
    socket.once('error', () => resolve('reset'))
    socket.once('close', () => resolve('end'))
  })
  await once(socket, 'connect')
  const client: RawClient = {
    socket,
    closed,
    ask(line) {
      if (line !== undefined) socket.write(`${line}\r\n`)
      return next()
    },
    send: (bytes) => void socket.write(bytes),
    data: async (verb = 'EPSV') => dataSocket(await client.ask(verb)),
    close: () => void socket.destroy(),
  }
  if (!login) return client
  await client.ask()
  await client.ask(`USER ${login[0]}`)
  await client.ask(`PASS ${login[1]}`)
  return client
}

function replyReader(socket: Socket): () => Promise<string> {
  let text = ''
  const wake: (() => void)[] = []
  const stir = () => {
    for (const resume of wake.splice(0)) resume()
  }
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
    stir()
  })
  socket.on('close', stir)
  return async () => {
    for (;;) {
      const reply = /^(?:(\d{3})-[\s\S]*?\r\n\1 |\d{3} )[^\r]*\r\n/.exec(text)
      if (reply) {
        text = text.slice(reply[0].length)
        return reply[0].trimEnd().replaceAll('\r\n', '|')
      }
      if (socket.destroyed) return `(closed)${text}`
      await new Promise<void>((resolve) => wake.push(resolve))
    }
  }
}

async function dataSocket(reply: string): Promise<Socket> {
  const six = /(\d+),(\d+)\)/.exec(reply)
  const port = six ? Number(six[1]) * 256 + Number(six[2]) : Number(/\|(\d+)\|/.exec(reply)?.[1])
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true })
  await once(socket, 'connect')
  return socket
}

/** All bytes of a data connection; rejects when it is reset. */
export async function drain(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  socket.destroy()
  return Buffer.concat(chunks)
}

/** Runs a command that sends data: what came, and the replies before and after. */
export async function receive(client: RawClient, command: string): Promise<{ data: Buffer; replies: string[] }> {
  const socket = await client.data()
  const first = await client.ask(command)
  if (!first.startsWith('1')) {
    socket.destroy()
    return { data: Buffer.alloc(0), replies: [first] }
  }
  const data = await drain(socket)
  return { data, replies: [first, await client.ask()] }
}

/** Runs a command that takes data; answers the replies. */
export async function deliver(client: RawClient, command: string, data: string | Uint8Array): Promise<string[]> {
  const socket = await client.data()
  socket.on('error', () => {})
  const first = await client.ask(command)
  if (first.startsWith('1')) socket.end(data)
  else socket.destroy()
  socket.resume()
  return first.startsWith('1') ? [first, await client.ask()] : [first]
}

/** Listens for a data connection of active mode. */
export async function awaitData(): Promise<{ port: number; arrived: Promise<Socket>; six: string }> {
  const server = createServer({ allowHalfOpen: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const arrived = once(server, 'connection').then(([socket]) => {
    server.close()
    return socket as Socket
  })
  return { port, arrived, six: `127,0,0,1,${port >> 8},${port & 255}` }
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** Another address of this machine, which nothing may be dialled at unless it was asked for. */
export const OTHER = '127.0.0.2'

/** A listener that counts who came. */
export interface Trap {
  readonly port: number
  readonly visits: number
  close(): Promise<void>
}

/** Listens at the other address, on `port` of its own choice when it is 0. Each visitor is sent `bytes` and an end. */
export async function trapAt(host: string, port = 0, bytes = ''): Promise<Trap> {
  let visits = 0
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    visits++
    open.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => open.delete(socket))
    socket.end(bytes)
  })
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    get visits() {
      return visits
    },
    async close() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const DEAF = `
const server = require('node:net').createServer()
server.listen({ port: 0, host: process.argv[1], backlog: 1 }, () => {
  require('node:fs').writeSync(1, String(server.address().port))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
})`

/** A port whose packets go unanswered, as behind a firewall: its process never accepts, and its queue is full. */
export async function filteredPort(host = '127.0.0.1'): Promise<{ readonly port: number; close(): Promise<void> }> {
  const child = spawn(process.execPath, ['-e', DEAF, host], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [text] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(text.toString())
  const fillers = Array.from({ length: 6 }, () => connect({ host, port }).on('error', () => {}))
  await once(fillers[0] ?? child, 'connect')
  return {
    port,
    async close() {
      for (const socket of fillers) socket.destroy()
      child.kill('SIGKILL')
      await once(child, 'close')
    },
  }
}

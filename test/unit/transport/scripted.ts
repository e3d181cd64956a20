import assert from 'node:assert/strict'
import { once } from 'node:events'
import net, { type AddressInfo, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { TransferError } from '../../../src/errors.js'
import type { Endpoint } from '../../../src/transport/endpoint.js'
import { Wire } from '../../../src/transport/wire.js'

/** One connection of a scripted peer. */
export interface Visit {
  readonly socket: Socket
  /** Exactly `count` bytes; fewer when the other side ends. */
  take(count: number): Promise<Buffer>
  /** Everything up to and with an empty line. */
  head(): Promise<string>
  say(bytes: string | Uint8Array | readonly number[]): void
  /** The same, one byte a packet. */
  dribble(bytes: string | Uint8Array | readonly number[]): Promise<void>
}

export interface Peer extends AsyncDisposable {
  readonly endpoint: Endpoint
  readonly port: number
  /** Connections so far. */
  readonly count: number
  /** Resolves when every connection so far is closed at this end too. */
  gone(): Promise<void>
}

/** A peer on loopback that plays `talk` with everyone who connects; `at` counts the connections. */
export async function peer(talk: (visit: Visit, at: number) => unknown, host = '127.0.0.1'): Promise<Peer> {
  const sockets: Socket[] = []
  const closed: Promise<unknown>[] = []
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {})
    closed.push(new Promise((resolve) => socket.once('close', resolve)))
    sockets.push(socket)
    Promise.resolve(talk(visitOn(socket), sockets.length - 1)).catch(() => socket.destroy())
  })
  server.listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: { host, port },
    port,
    get count() {
      return sockets.length
    },
    gone: async () => {
      await Promise.all(closed)
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function visitOn(socket: Socket): Visit {
  let held = Buffer.alloc(0)
  let over = false
  let wake = (): void => {}
  socket.on('data', (chunk) => {
    held = Buffer.concat([held, chunk])
    wake()
  })
  socket.on('close', () => {
    over = true
    wake()
  })
  const until = async (enough: () => number | undefined): Promise<Buffer> => {
    for (;;) {
      const count = enough() ?? (over ? held.length : undefined)
      if (count !== undefined) {
        const taken = held.subarray(0, count)
        held = held.subarray(count)
        return taken
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return {
    socket,
    take: (count) => until(() => (held.length >= count ? count : undefined)),
    head: async () => {
      const end = (): number | undefined => {
        const at = held.indexOf('\r\n\r\n')
        return at < 0 ? undefined : at + 4
      }
      return (await until(end)).toString('latin1')
    },
    say: (bytes) => socket.write(asBytes(bytes)),
    dribble: async (bytes) => {
      for (const byte of asBytes(bytes)) {
        if (socket.destroyed) return
        socket.write(Buffer.of(byte))
        await setImmediate()
      }
    },
  }
}

function asBytes(bytes: string | Uint8Array | readonly number[]): Buffer {
  return typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : Buffer.from(bytes)
}

/** A wire over a stream that the test feeds; what is written to it is gathered. */
export function wireOf(): { wire: Wire; stream: Duplex; sent: Buffer[] } {
  const sent: Buffer[] = []
  const stream = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      sent.push(chunk)
      done()
    },
  })
  const end = { host: '127.0.0.1', port: 1 }
  return { wire: new Wire(stream, { dataHost: end.host, local: end, peer: end }), stream, sent }
}

/** The text of the next `length` bytes. */
export async function readText(wire: Wire, length: number): Promise<string> {
  let text = ''
  while (text.length < length) {
    const chunk = await wire.read()
    if (!chunk) break
    text += Buffer.from(chunk).toString('latin1')
  }
  return text
}

/** The TransferError that `work` ends with. */
export async function failureOf(work: Promise<unknown>): Promise<TransferError> {
  try {
    await work
  } catch (error) {
    assert(error instanceof TransferError, String(error))
    return error
  }
  return assert.fail('it did not fail')
}

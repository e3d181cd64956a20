import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, connect as dial, type Socket } from 'node:net'
import { Writable } from 'node:stream'
import { type ConnectOptions, connect, type Remote, TransferError } from '../../src/index.js'
import { random } from '../conformance/bytes.js'

/** A server to be cut off, with a file of a few MiB, a directory of some hundred names and one to write to. */
export interface Victim {
  readonly host: string
  readonly port: number
  readonly options: ConnectOptions
  readonly file: string
  readonly list: string
  readonly write: string
}

/** A wire that breaks. */
export interface Cutter extends AsyncDisposable {
  readonly port: number
  /** Every connection made from now on breaks after that many bytes, with a RST or a FIN; undefined: none does. */
  after(bytes: number | undefined, rudely?: boolean): void
  /** Nothing passes any more, and neither side is notified. */
  hold(): void
}

export async function cutterTo({ host, port }: Pick<Victim, 'host' | 'port'>): Promise<Cutter> {
  const sockets = new Set<Socket>()
  let limit: number | undefined
  let isRude = false
  let isHeld = false
  const keep = (socket: Socket): Socket => {
    sockets.add(socket)
    socket.on('error', () => {})
    return socket.once('close', () => sockets.delete(socket))
  }
  const server = createServer({ noDelay: true }, (near) => {
    let left = limit ?? Number.POSITIVE_INFINITY
    const rude = isRude
    const far = keep(dial({ host, port, noDelay: true }))
    keep(near)
    const pass = (from: Socket, to: Socket): void => {
      from.on('data', (chunk: Buffer) => {
        if (isHeld) return
        to.write(chunk.subarray(0, left))
        left -= chunk.length
        if (left > 0) return
        far.destroy()
        if (rude) near.resetAndDestroy()
        else near.end()
      })
      from.on('close', () => to.destroy())
    }
    pass(near, far)
    pass(far, near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert(typeof address === 'object' && address)
  return {
    port: address.port,
    after(bytes, rudely = false) {
      limit = bytes
      isRude = rudely
    },
    hold() {
      isHeld = true
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/**
 * Lets a client live `times` times on a wire that breaks at random moments, from the first byte to the last of a download, an upload,
 * a listing and a look that overlap. Every call must settle, with its answer or a TransferError; a connection whose wire is whole again must
 * work; nothing may be thrown where nobody can catch it. Answers how often each part of a life was cut.
 */
export async function dieOften(victim: Victim, times: number, seed: number): Promise<Map<string, number>> {
  const loose: unknown[] = []
  const catchLoose = (error: unknown): unknown => loose.push(error)
  process.on('uncaughtException', catchLoose).on('unhandledRejection', catchLoose)
  const outcomes = new Map<string, number>()
  const pick = random(seed)
  try {
    await using cutter = await cutterTo(victim)
    for (let time = 0; time < times; time++) {
      // A fifth while connecting, the others anywhere in what moves.
      cutter.after(time % 5 === 0 ? pick(5_000) : 5_000 + pick(6_000_000), pick(2) === 0)
      for (const outcome of await live(victim, cutter)) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
    await new Promise(setImmediate)
    assert.deepEqual(loose, [])
  } finally {
    process.off('uncaughtException', catchLoose).off('unhandledRejection', catchLoose)
  }
  return outcomes
}

async function live(victim: Victim, cutter: Cutter): Promise<string[]> {
  const url = `sftp://127.0.0.1:${cutter.port}`
  const remote = await connect(url, victim.options).catch((error: unknown) => outcomeOf('connect', error))
  if (typeof remote === 'string') return [remote]
  const ends = await Promise.all(work(remote, victim).map(([what, call]) => settled(what, call)))
  cutter.after(undefined)
  await remote.stat(victim.file).catch((error: unknown) => outcomeOf('stat', error))
  assert.ok((await remote.stat(victim.file))?.size, 'it works again')
  await remote.close()
  return ends
}

function work(remote: Remote, { file, list, write }: Victim): [string, Promise<unknown>][] {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  return [
    ['download', remote.download(file, nowhere)],
    ['upload', remote.upload(Buffer.alloc(2_500_000, 'x'), write)],
    ['list', names(remote, list)],
    ['look', remote.exists(write)],
  ]
}

async function names(remote: Remote, dir: string): Promise<number> {
  let count = 0
  for await (const _ of remote.list(dir)) count++
  return count
}

async function settled(what: string, call: Promise<unknown>): Promise<string> {
  return await call.then(
    () => `${what} whole`,
    (error: unknown) => outcomeOf(what, error),
  )
}

const EXPECTED = new Set(['session-lost', 'unreachable', 'truncated', 'unconfirmed', 'wrong-protocol', 'timeout'])

function outcomeOf(what: string, error: unknown): string {
  assert(error instanceof TransferError, String(error))
  assert.ok(EXPECTED.has(error.code), `${what}: ${error.code}: ${error.message}`)
  return `${what} cut`
}

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { TransferError } from '../../errors.js'
import { slabOf } from '../../slab.js'
import { type ByteSink, type ByteSource, isReceipt, type WriteAt } from '../../store.js'
import type { Lines } from '../network/control-link.js'
import { Cut, corrupted, fromWireText, toWireText } from '../network/data-text.js'
import { beforeReset, type FaultAction } from '../network/faults.js'
import { dataLines, target } from './directory.js'
import { replyTo } from './replies.js'
import { secureData } from './security.js'
import { type Command, pathOf, quoted, type SessionState, singleLine, storePathOf } from './session-state.js'

interface Transfer {
  readonly opening: string
  readonly done: string
  readonly fault: FaultAction
  /** Moves the bytes; the error that it rejects with decides the reply. */
  run(socket: Socket): Promise<void>
}

const CUT = '426 Connection closed; transfer aborted.'

/** Runs a transfer: 150, the data connection, the bytes, and the last reply. */
async function transfer(session: SessionState, plan: Transfer): Promise<Lines | undefined> {
  const data = session.data
  session.data = undefined
  session.restart = 0
  if (!data) return '425 Use PASV or PORT first.'
  const stop = new AbortController()
  session.transfer = stop
  if (session.link.signal.aborted) stop.abort()
  try {
    await session.link.send(plan.fault.firstReply ?? plan.opening, plan.fault.drip)
    const early = plan.fault.finalReplyEarly === true
    if (early) await session.link.send(plan.fault.finalReply ?? plan.done)
    const last = await connected(session, { data, stop: stop.signal }, plan)
    return early ? undefined : last
  } finally {
    session.transfer = undefined
    data.drop()
  }
}

async function connected(
  session: SessionState,
  { data, stop }: { data: NonNullable<SessionState['data']>; stop: AbortSignal },
  plan: Transfer,
): Promise<string> {
  const limit = AbortSignal.any([stop, AbortSignal.timeout(session.settings.dataTimeoutMs)])
  const raw = await data.open(limit).catch(() => undefined)
  if (!raw) return stop.aborted ? CUT : '425 Cannot open the data connection.'
  session.countData()
  const abort = () => raw.destroy()
  stop.addEventListener('abort', abort)
  if (stop.aborted) abort()
  try {
    const socket = session.protects
      ? await secureData(session, raw, { signal: limit, stall: plan.fault.stallTls })
      : raw
    if (typeof socket === 'string') return socket
    return await moved({ socket, raw, stop }, plan)
  } finally {
    stop.removeEventListener('abort', abort)
  }
}

/** A connected data connection: the raw socket, and the TLS socket over it where it is protected. */
interface Open {
  readonly socket: Socket
  readonly raw: Socket
  readonly stop: AbortSignal
}

async function moved(open: Open, plan: Transfer): Promise<string> {
  try {
    await plan.run(open.socket)
    return plan.done
  } catch (error) {
    return await failed(error, open, plan)
  }
}

async function failed(error: unknown, { socket, raw, stop }: Open, { fault, done }: Transfer): Promise<string> {
  if (error instanceof Cut && fault.with === 'stall') {
    if (!stop.aborted) await once(stop, 'abort')
    return CUT
  }
  if (error instanceof Cut && fault.with !== 'reset') {
    if (fault.with === 'fin') raw.destroy()
    else socket.destroySoon()
    return done
  }
  if (error instanceof Cut) {
    await beforeReset(stop)
    raw.resetAndDestroy()
  }
  socket.destroy()
  return error instanceof TransferError && !stop.aborted ? replyTo(error) : CUT
}

/** Sends the bytes, each piece once the one before was written, and closes in order. */
async function sendAll(socket: Socket, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  socket.resume()
  for await (const piece of bytes) await settled((done) => socket.write(piece, done))
  await settled((done) => socket.end(done))
}

function settled(act: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => act((error) => (error ? reject(error) : resolve())))
}

async function* bytesOfSource(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let next = await source.next(); !isReceipt(next); next = await source.next()) {
    yield* next.chunks
    next.release()
  }
}

async function retr(session: SessionState, argument: string, fault: FaultAction): Promise<Lines | undefined> {
  const { store } = session.settings
  const path = storePathOf(session, argument)
  const from = session.restart
  const size = (await store.stat(path))?.size
  if (size !== undefined && from > size) return `554 Restart offset ${from} is beyond the end.`
  const source = await store.read(path, { range: { from } })
  const text = session.type === 'A'
  const announced = size === undefined || text ? '' : ` (${size - from} bytes)`
  const bytes = text ? toWireText(bytesOfSource(source)) : bytesOfSource(source)
  let ended = false
  const reply = await transfer(session, {
    opening: `150 Opening ${text ? 'ASCII' : 'BINARY'} mode data connection for ${singleLine(argument)}${announced}.`,
    done: '226 Transfer complete.',
    fault,
    async run(socket) {
      await sendAll(socket, corrupted(bytes, fault))
      ended = true
    },
  })
  if (!ended) await source.cancel()
  return reply
}

/** Receives all bytes from the client and stores them; on failure, what was stored is kept. */
async function receiveAll(
  session: SessionState,
  socket: Socket,
  { sink, fault }: { sink: ByteSink; fault: FaultAction },
) {
  const arriving: AsyncIterable<Uint8Array> = socket.iterator({ destroyOnReturn: false })
  const bytes = session.type === 'A' ? fromWireText(arriving) : arriving
  try {
    for await (const piece of corrupted(bytes, fault)) if (piece.length > 0) await sink.write(slabOf([piece]))
    await sink.finish()
    socket.end()
  } catch (error) {
    const kept = error instanceof Cut && (fault.with ?? 'end') === 'end'
    await (kept ? sink.finish() : sink.abort(error))
    throw error
  }
}

async function store(
  session: SessionState,
  path: string,
  options: { at: WriteAt; opening?: string; fault: FaultAction },
) {
  const sink = await session.settings.store.write(path, { at: options.at })
  let used = false
  const reply = await transfer(session, {
    opening: options.opening ?? '150 Ok to send data.',
    done: '226 Transfer complete.',
    fault: options.fault,
    run(socket) {
      used = true
      return receiveAll(session, socket, { sink, fault: options.fault })
    },
  })
  if (!used) await sink.abort()
  return reply
}

async function stor(session: SessionState, argument: string, fault: FaultAction): Promise<Lines | undefined> {
  const offset = session.restart > 0 ? session.restart : undefined
  const path = storePathOf(session, argument)
  const size = offset && ((await session.settings.store.stat(path))?.size ?? 0)
  if (offset && size !== undefined && offset > size) return `554 Restart offset ${offset} is beyond the end.`
  return store(session, path, { at: { offset }, fault })
}

function appe(session: SessionState, argument: string, fault: FaultAction): Promise<Lines | undefined> {
  return store(session, storePathOf(session, argument), { at: { append: true }, fault })
}

async function stou(session: SessionState, argument: string, fault: FaultAction): Promise<Lines | undefined> {
  const base = argument === '' ? 'stou' : argument
  for (let number = 1; ; number++) {
    const name = argument !== '' && number === 1 ? base : `${base}.${number}`
    if (await session.settings.store.stat(storePathOf(session, name))) continue
    const opening = `150 FILE: ${singleLine(name)}`
    return store(session, storePathOf(session, name), { at: { exclusive: true }, opening, fault })
  }
}

function rest(session: SessionState, argument: string): string {
  if (!/^\d{1,15}$/.test(argument)) return '501 REST needs a number of bytes.'
  session.restart = Number(argument)
  return `350 Restarting at ${argument}.`
}

function listing(style: 'LIST' | 'NLST' | 'MLSD'): Command['run'] {
  return async (session, argument, fault) => {
    const found = await target(session, argument, style)
    if (typeof found === 'string') return found
    return transfer(session, {
      opening: `150 Here comes the listing of ${quoted(pathOf(session, found.path))}.`,
      done: '226 Listing complete.',
      fault,
      run: (socket) => sendAll(socket, corrupted(dataLines(session, found, fault.listLines), fault)),
    })
  }
}

/** The commands that use a data connection, and REST. */
export const TRANSFERS: Readonly<Record<string, Command>> = {
  RETR: { run: retr },
  STOR: { run: stor, writes: true },
  APPE: { run: appe, writes: true },
  STOU: { run: stou, writes: true },
  REST: { run: rest, feature: () => 'REST STREAM' },
  LIST: { run: listing('LIST') },
  NLST: { run: listing('NLST') },
  MLSD: { run: listing('MLSD') },
}

import { once } from 'node:events'
import type { Socket } from 'node:net'
import { TransferError } from '../../errors.js'
import { slabOf } from '../../slab.js'
import { type ByteSink, type ByteSource, isReceipt, type WriteAt } from '../../store.js'
import type { Lines } from '../network/control-link.js'
import { Cut, fromWireText, spoilt, toWireText } from '../network/data-text.js'
import { beforeReset, type FaultAction } from '../network/faults.js'
import { dataLines, target } from './directory.js'
import { replyTo } from './replies.js'
import { secureData } from './security.js'
import { type Command, pathOf, placeOf, quoted, sayable, type Visit } from './session-state.js'

interface Transfer {
  readonly opening: string
  readonly done: string
  readonly fault: FaultAction
  /** Moves the bytes; what it throws decides the reply. */
  run(socket: Socket): Promise<void>
}

const CUT = '426 Connection closed; transfer aborted.'

/** 150, the data connection, the bytes, and the last reply. */
async function transfer(visit: Visit, plan: Transfer): Promise<Lines | undefined> {
  const data = visit.data
  visit.data = undefined
  visit.restart = 0
  if (!data) return '425 Use PASV or PORT first.'
  const stop = new AbortController()
  visit.transfer = stop
  if (visit.link.signal.aborted) stop.abort()
  try {
    await visit.link.say(plan.fault.firstReply ?? plan.opening, plan.fault.drip)
    const early = plan.fault.finalReplyEarly === true
    if (early) await visit.link.say(plan.fault.finalReply ?? plan.done)
    const last = await connected(visit, { data, stop: stop.signal }, plan)
    return early ? undefined : last
  } finally {
    visit.transfer = undefined
    data.drop()
  }
}

async function connected(
  visit: Visit,
  { data, stop }: { data: NonNullable<Visit['data']>; stop: AbortSignal },
  plan: Transfer,
): Promise<string> {
  const limit = AbortSignal.any([stop, AbortSignal.timeout(visit.settings.dataTimeoutMs)])
  const raw = await data.open(limit).catch(() => undefined)
  if (!raw) return stop.aborted ? CUT : '425 Cannot open the data connection.'
  visit.countData()
  const abort = () => raw.destroy()
  stop.addEventListener('abort', abort)
  if (stop.aborted) abort()
  try {
    const socket = visit.protects ? await secureData(visit, raw, { signal: limit, stall: plan.fault.stallTls }) : raw
    if (typeof socket === 'string') return socket
    return await moved({ socket, raw, stop }, plan)
  } finally {
    stop.removeEventListener('abort', abort)
  }
}

/** A data connection that carries bytes: the one below, and TLS on it where it is protected. */
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

/** Sends the bytes, each piece once the one before is with the system, and closes in order. */
async function pour(socket: Socket, bytes: AsyncIterable<Uint8Array>): Promise<void> {
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

async function retr(visit: Visit, argument: string, fault: FaultAction): Promise<Lines | undefined> {
  const { store } = visit.settings
  const path = placeOf(visit, argument)
  const from = visit.restart
  const size = (await store.stat(path))?.size
  if (size !== undefined && from > size) return `554 Restart offset ${from} is beyond the end.`
  const source = await store.read(path, { range: { from } })
  const text = visit.type === 'A'
  const announced = size === undefined || text ? '' : ` (${size - from} bytes)`
  const bytes = text ? toWireText(bytesOfSource(source)) : bytesOfSource(source)
  let ended = false
  const reply = await transfer(visit, {
    opening: `150 Opening ${text ? 'ASCII' : 'BINARY'} mode data connection for ${sayable(argument)}${announced}.`,
    done: '226 Transfer complete.',
    fault,
    async run(socket) {
      await pour(socket, spoilt(bytes, fault))
      ended = true
    },
  })
  if (!ended) await source.cancel()
  return reply
}

/** Takes all bytes from the client and has them stored; what has landed stays when it fails. */
async function drain(visit: Visit, socket: Socket, { sink, fault }: { sink: ByteSink; fault: FaultAction }) {
  const arriving: AsyncIterable<Uint8Array> = socket.iterator({ destroyOnReturn: false })
  const bytes = visit.type === 'A' ? fromWireText(arriving) : arriving
  try {
    for await (const piece of spoilt(bytes, fault)) if (piece.length > 0) await sink.write(slabOf([piece]))
    await sink.finish()
    socket.end()
  } catch (error) {
    const kept = error instanceof Cut && (fault.with ?? 'end') === 'end'
    await (kept ? sink.finish() : sink.abort(error))
    throw error
  }
}

async function store(visit: Visit, path: string, options: { at: WriteAt; opening?: string; fault: FaultAction }) {
  const sink = await visit.settings.store.write(path, { at: options.at })
  let used = false
  const reply = await transfer(visit, {
    opening: options.opening ?? '150 Ok to send data.',
    done: '226 Transfer complete.',
    fault: options.fault,
    run(socket) {
      used = true
      return drain(visit, socket, { sink, fault: options.fault })
    },
  })
  if (!used) await sink.abort()
  return reply
}

async function stor(visit: Visit, argument: string, fault: FaultAction): Promise<Lines | undefined> {
  const offset = visit.restart > 0 ? visit.restart : undefined
  const path = placeOf(visit, argument)
  const size = offset && ((await visit.settings.store.stat(path))?.size ?? 0)
  if (offset && size !== undefined && offset > size) return `554 Restart offset ${offset} is beyond the end.`
  return store(visit, path, { at: { offset }, fault })
}

function appe(visit: Visit, argument: string, fault: FaultAction): Promise<Lines | undefined> {
  return store(visit, placeOf(visit, argument), { at: { append: true }, fault })
}

async function stou(visit: Visit, argument: string, fault: FaultAction): Promise<Lines | undefined> {
  const base = argument === '' ? 'stou' : argument
  for (let number = 1; ; number++) {
    const name = argument !== '' && number === 1 ? base : `${base}.${number}`
    if (await visit.settings.store.stat(placeOf(visit, name))) continue
    const opening = `150 FILE: ${sayable(name)}`
    return store(visit, placeOf(visit, name), { at: { exclusive: true }, opening, fault })
  }
}

function rest(visit: Visit, argument: string): string {
  if (!/^\d{1,15}$/.test(argument)) return '501 REST needs a number of bytes.'
  visit.restart = Number(argument)
  return `350 Restarting at ${argument}.`
}

function listing(style: 'LIST' | 'NLST' | 'MLSD'): Command['run'] {
  return async (visit, argument, fault) => {
    const found = await target(visit, argument, style)
    if (typeof found === 'string') return found
    return transfer(visit, {
      opening: `150 Here comes the listing of ${quoted(pathOf(visit, found.path))}.`,
      done: '226 Listing complete.',
      fault,
      run: (socket) => pour(socket, spoilt(dataLines(visit, found, fault.listLines), fault)),
    })
  }
}

/** The commands that use a data connection, and REST, which belongs to them. */
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

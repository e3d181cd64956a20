/**
 * Handles: plain numbers that are valid in every thread of the process. A handle encodes which thread holds it, since a connection
 * cannot move to another; that thread alone decides who owns it.
 */
import { type Answer, type Caller, checkArguments } from '../calls/call.js'
import { type ArgumentsOf, type CallName, callNamed } from '../calls/table.js'
import type { Client } from '../client/client.js'
import { Failure, invalid, ST_ERROR_INVALID_CLIENT_HANDLE, ST_ERROR_THREAD_ENDED } from '../constants/errors.js'
import type { FTPEVENTPROC } from '../constants/structures.js'
import { acceptPeers, ownThread, type Peer, peerOf, type Request, type Service } from './threads.js'

const SERIALS = 2 ** 28
/** Every handle is a multiple of this prime, so that most other numbers are recognized as invalid. */
const MARK = 251

const clients = new Map<number, Client>()
/** Handles whose owner thread ended. */
const orphans = new Set<number>()
let serial = 0

/** Returns a handle of this thread for a client. */
export function handleFor(client: Client): number {
  acceptPeers(service)
  const handle = (ownThread * SERIALS + ++serial) * MARK
  clients.set(handle, client)
  return handle
}

function threadOf(handle: unknown): number {
  const number = typeof handle === 'number' && Number.isSafeInteger(handle) ? handle / MARK : 0
  if (!Number.isSafeInteger(number) || number < SERIALS) throw new Failure(ST_ERROR_INVALID_CLIENT_HANDLE)
  return Math.floor(number / SERIALS)
}

/** Runs a function on a handle, here or in the thread that holds it. */
export async function ask<N extends CallName>(name: N, handle: number, args: ArgumentsOf<N>): Promise<Answer> {
  checkArguments(callNamed(name)?.takes ?? [], args)
  const thread = threadOf(handle)
  if (thread === ownThread) return await perform({ name, handle, args }, here(handle))
  const peer = await peerOf(thread, service)
  return await peer.ask({ name, handle, args })
}

/** Closes a handle: it is invalid afterwards. */
export async function close(handle: number): Promise<void> {
  const client = clients.get(handle)
  clients.delete(handle)
  await client?.close()
}

/** Closes all handles that this thread holds. */
export async function closeAll(): Promise<void> {
  await Promise.all([...clients.keys()].map(close))
}

/** Runs a call in this thread, which holds the handle. */
async function perform({ name, handle, args }: Request, caller: Caller): Promise<Answer> {
  const client = clients.get(handle)
  if (!client) throw new Failure(orphans.has(handle) ? ST_ERROR_THREAD_ENDED : ST_ERROR_INVALID_CLIENT_HANDLE)
  const call = callNamed(name)
  if (!call) throw invalid(`The thread that holds the handle does not support ${name}.`)
  const end = (): Promise<void> => close(handle)
  if (call.always) return await call.run(client, args, { signal: NEVER, caller, end })
  client.admit(caller.thread)
  return await client.inTurn(call.completes, async (signal) => {
    // The handle may have a new owner by now, or be closed.
    if (!clients.has(handle)) throw new Failure(ST_ERROR_INVALID_CLIENT_HANDLE)
    client.admit(caller.thread)
    client.require(call.needs)
    client.status = call.status
    return await call.run(client, args, { signal, caller, end })
  })
}

const NEVER = new AbortController().signal

function here(handle: number): Caller {
  return { thread: ownThread, notify: (event, error) => service.notified(handle, event, error) }
}

const service: Service = {
  answer: (request, from: Peer) =>
    perform(request, {
      thread: from.thread,
      notify: (event, error) => from.notify(request.handle, event, error),
    }),
  notified(handle, event, error) {
    const { proc, dwParam } = procedures.get(handle)?.get(event) ?? {}
    try {
      proc?.(handle, event, error, dwParam)
    } catch (thrown) {
      // An exception in an event function must not fail the transfer.
      process.emitWarning(`An event function threw: ${String(thrown)}`, 'SallyportWarning')
    }
  },
  ended(thread) {
    for (const [handle, client] of clients) {
      if (client.owner !== thread || client.plan.parsed.freeThread) continue
      orphans.add(handle)
      void close(handle)
    }
  },
}

interface Procedure {
  readonly proc: FTPEVENTPROC
  readonly dwParam: unknown
}

/** The functions that this thread registered, by handle and event. They stay here; only the events are posted. */
const procedures = new Map<number, Map<number, Procedure>>()

export function setProcedure(handle: number, event: number, procedure: Procedure | undefined): void {
  const known = procedures.get(handle) ?? new Map<number, Procedure>()
  if (procedure) known.set(event, procedure)
  else known.delete(event)
  if (known.size > 0) procedures.set(handle, known)
  else procedures.delete(handle)
}

/** Removes the functions that this thread registered for a closed handle. */
export function forgetProcedures(handle: number): void {
  procedures.delete(handle)
}

/**
 * Calls between the threads of a process. A socket cannot change threads in Node, so a call is posted to the thread that holds it: the
 * first call posts one end of a MessageChannel there, with `postMessageToThread`, and everything after that uses the channel. A
 * channel closes when either thread ends, for whatever reason: pending calls then fail.
 */
import { MessageChannel, type MessagePort, postMessageToThread, threadId } from 'node:worker_threads'
import type { Answer } from '../calls/call.js'
import {
  Failure,
  ST_ERROR_INVALID_CLIENT_HANDLE,
  ST_ERROR_OPERATION_TIMEOUT,
  ST_ERROR_THREAD_ENDED,
  ST_ERROR_UNEXPECTED,
} from '../constants/errors.js'

/** Threads as FtpAttachThread counts them: those of node:worker_threads plus one, since 0 means the caller's own there. */
export const ownThread = threadId + 1

export interface Request {
  readonly name: string
  readonly handle: number
  readonly args: readonly unknown[]
}

/** What a thread does for others. */
export interface Service {
  answer(request: Request, from: Peer): Promise<Answer>
  /** Calls the function that this thread registered for an event. */
  notified(handle: number, event: number, error: number): void
  /** Handles the end of a thread that had a channel to this one. */
  ended(thread: number): void
}

/** Time in ms in which a busy thread must start a call. The call itself has limits of its own. */
const ACCEPT_TIMEOUT = 30_000

const GREETING = 'sallyport/sockettools'

interface Greeting {
  readonly [GREETING]: MessagePort
}

interface Question {
  readonly ask: number
  readonly request: Request
  readonly state: SharedArrayBuffer
}

type Message =
  | Question
  | { readonly answered: number; readonly answer: Answer }
  | { readonly failed: number; readonly code: number; readonly detail: string }
  | { readonly event: readonly [handle: number, event: number, error: number] }

/** States of a request: the caller may withdraw it until it is started. */
const ASKED = 0
const TAKEN = 1
const WITHDRAWN = 2

interface Waiting {
  readonly resolve: (answer: Answer) => void
  readonly reject: (failure: Failure) => void
}

const peers = new Map<number, Promise<Peer>>()

/** Another thread that holds or uses handles. */
export class Peer {
  readonly thread: number
  readonly #port: MessagePort
  readonly #service: Service
  readonly #waiting = new Map<number, Waiting>()
  #asked = 0
  #gone = false

  constructor(thread: number, port: MessagePort, service: Service) {
    this.thread = thread
    this.#port = port
    this.#service = service
    port.on('message', (message: Message) => this.#receive(message))
    port.once('close', () => this.#closed())
    // An open channel keeps no thread alive; a pending call does.
    port.unref()
  }

  async ask(request: Request): Promise<Answer> {
    if (this.#gone) throw new Failure(ST_ERROR_THREAD_ENDED)
    const state = new SharedArrayBuffer(4)
    const id = ++this.#asked
    const answer = new Promise<Answer>((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
    const timer = setTimeout(() => this.#withdraw(id, state), ACCEPT_TIMEOUT)
    this.#port.ref()
    try {
      // Posting a view would copy the whole memory behind it.
      const args = request.args.map((one) => (one instanceof Uint8Array ? new Uint8Array(one) : one))
      this.#port.postMessage({ ask: id, request: { ...request, args }, state } satisfies Message)
      return await answer
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(id)
      if (this.#waiting.size === 0) this.#port.unref()
    }
  }

  notify(handle: number, event: number, error: number): void {
    this.#port.postMessage({ event: [handle, event, error] } satisfies Message)
  }

  /** Closes a channel whose other end was not received. */
  discard(): void {
    this.#gone = true
    this.#port.close()
  }

  #withdraw(id: number, state: SharedArrayBuffer): void {
    if (Atomics.compareExchange(new Int32Array(state), 0, ASKED, WITHDRAWN) !== ASKED) return
    const detail = `Thread ${this.thread}, which holds the handle, was busy for ${ACCEPT_TIMEOUT} ms; nothing was done.`
    this.#waiting.get(id)?.reject(new Failure(ST_ERROR_OPERATION_TIMEOUT, detail))
  }

  #receive(message: Message): void {
    if ('ask' in message) void this.#serve(message)
    else if ('event' in message) this.#service.notified(...message.event)
    else if ('answer' in message) this.#waiting.get(message.answered)?.resolve(message.answer)
    else this.#waiting.get(message.failed)?.reject(new Failure(message.code, message.detail))
  }

  async #serve({ ask, request, state }: Question): Promise<void> {
    if (Atomics.compareExchange(new Int32Array(state), 0, ASKED, TAKEN) !== ASKED) return
    try {
      const answer = await this.#service.answer(request, this)
      this.#port.postMessage({ answered: ask, answer } satisfies Message, buffersIn(answer))
    } catch (error) {
      // Posted errors lose their class, so their members are posted.
      const { code, message } = error instanceof Failure ? error : new Failure(ST_ERROR_UNEXPECTED, String(error))
      this.#port.postMessage({ failed: ask, code, detail: message } satisfies Message)
      if (!(error instanceof Failure)) throw error
    }
  }

  #closed(): void {
    if (this.#gone) return
    this.#gone = true
    peers.delete(this.thread)
    for (const { reject } of this.#waiting.values()) reject(new Failure(ST_ERROR_THREAD_ENDED))
    this.#service.ended(this.thread)
  }
}

/** Transfers buffers instead of copying them. */
function buffersIn({ out = [] }: Answer): ArrayBuffer[] {
  return out.flatMap((one) => {
    const value: unknown = 'value' in one ? one.value : undefined
    return value instanceof Uint8Array && value.buffer instanceof ArrayBuffer ? [value.buffer] : []
  })
}

/** Lets other threads call this one. Done once per thread, when it has its first handle. */
let open = false

export function acceptPeers(service: Service): void {
  if (open) return
  open = true
  process.on('workerMessage', (value: unknown, from: number) => {
    if (!isGreeting(value)) return
    const peer = new Peer(from + 1, value[GREETING], service)
    if (!peers.has(peer.thread)) peers.set(peer.thread, Promise.resolve(peer))
  })
}

function isGreeting(value: unknown): value is Greeting {
  return typeof value === 'object' && value !== null && GREETING in value
}

/** Resolves with the other thread. Rejects with a Failure when there is none, or it holds no handles. */
export function peerOf(thread: number, service: Service): Promise<Peer> {
  const known = peers.get(thread)
  if (known) return known
  const greeted = greet(thread, service)
  peers.set(thread, greeted)
  greeted.catch(() => peers.delete(thread))
  return greeted
}

async function greet(thread: number, service: Service): Promise<Peer> {
  const { port1, port2 } = new MessageChannel()
  // Listens before the other end is posted: the thread may end as soon as it has received it.
  const peer = new Peer(thread, port1, service)
  // A pending postMessageToThread keeps no thread alive: a thread with nothing else to do would exit before it resolves.
  const alive = setInterval(() => {}, ACCEPT_TIMEOUT)
  try {
    await postMessageToThread(thread - 1, { [GREETING]: port2 } satisfies Greeting, [port2], ACCEPT_TIMEOUT)
    return peer
  } catch (cause) {
    peer.discard()
    throw missingThread(thread, cause)
  } finally {
    clearInterval(alive)
  }
}

/** Returns the failure for a missing thread. The main thread always exists: it holds no handles then. Another one has ended, or never existed. */
function missingThread(thread: number, cause: unknown): Failure {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ERR_WORKER_MESSAGING_TIMEOUT')
    return new Failure(ST_ERROR_OPERATION_TIMEOUT, `Thread ${thread} was busy for ${ACCEPT_TIMEOUT} ms.`, { cause })
  if (code !== 'ERR_WORKER_MESSAGING_FAILED') throw cause
  return new Failure(thread === 1 ? ST_ERROR_INVALID_CLIENT_HANDLE : ST_ERROR_THREAD_ENDED, '', { cause })
}

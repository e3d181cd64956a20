import { pacedSink, pacedSource } from '../../engine/flow/rate-limit.js'
import { type Verify, verifyPlan } from '../../engine/flow/verify.js'
import { aborted, asTransferError, TransferError } from '../../errors.js'
import { onAbort } from '../../on-abort.js'
import type { ByteSink, ByteSource, CallOptions, Range, Store, WriteAt } from '../../store.js'
import { isReceipt } from '../../store.js'
import { required } from '../options/checks.js'
import type { Borrowed, Connection } from './connection.js'
import { type Verified, verifiedSink, verifiedSource, warnPart } from './verified-stream.js'

export interface TextChoice {
  readonly type?: 'binary' | 'ascii'
}

export interface VerifyChoice {
  /** How the whole file is compared at its end. */
  readonly verify?: Verify
}

export interface Held {
  /** Called when the transfer is ended while nothing is asked of it: by the signal, the limit, or the loss of its session. */
  readonly onEnd?: (error: TransferError) => void
  /** Milliseconds for the whole of it. */
  readonly total?: number
}

/** A source that holds its session until it is over. */
export async function sourceOn(
  connection: Connection,
  path: string,
  { from, to, type, verify, signal: own, ...held }: CallOptions & Held & Range & TextChoice & VerifyChoice,
): Promise<ByteSource> {
  const hold = new Hold(connection.signal(own), held, path)
  const { signal, onLost } = hold
  const range = from === undefined && to === undefined ? undefined : { from, to }
  return await hold.open(connection, async (store) => {
    const form = type ?? connection.type
    const part = (from ?? 0) > 0 || (to ?? Number.POSITIVE_INFINITY) < Number.POSITIVE_INFINITY
    const about = verification(connection, { store, path, verify: form === 'ascii' ? false : verify, part, signal })
    const source = pacedSource(
      await view(store, form).read(path, { signal, onLost, range }),
      connection.limiter,
      signal,
    )
    return holdSource(about ? verifiedSource(source, about) : source, hold)
  })
}

/** A sink that holds its session until it is over. */
export async function sinkOn(
  connection: Connection,
  path: string,
  { type, at, verify, signal: own, ...held }: CallOptions & Held & TextChoice & VerifyChoice & { at: WriteAt },
): Promise<ByteSink> {
  const hold = new Hold(connection.signal(own), held, path)
  const { signal, onLost } = hold
  return await hold.open(connection, async (store) => {
    const form = type ?? connection.type
    const part = at.append === true || (at.offset ?? 0) > 0
    const about = verification(connection, { store, path, verify: form === 'ascii' ? false : verify, part, signal })
    const sink = pacedSink(await view(store, form).write(path, { signal, onLost, at }), connection.limiter, signal)
    return holdSink(about ? verifiedSink(sink, about) : sink, hold)
  })
}

/** What is to be compared, if anything is: a part of a file cannot be, which is said. */
function verification(
  connection: Connection,
  { verify, part, ...about }: Pick<Verified, 'store' | 'path' | 'signal'> & VerifyChoice & { part: boolean },
): Verified | undefined {
  const plan = verifyPlan(verify)
  if (!plan) return undefined
  const { observe } = connection.protocol
  if (!part) return { ...about, plan, observe }
  warnPart({ observe, path: about.path })
  return undefined
}

function view(store: Store, type: 'binary' | 'ascii'): Store {
  return type === 'ascii' ? required(store, 'asText', 'convert line ends')() : store
}

/** The session of a stream that is open, and what may end it from outside. */
class Hold {
  readonly signal: AbortSignal
  readonly onLost = (error: TransferError): void => this.#end(error)
  readonly #onEnd: ((error: TransferError) => void) | undefined
  readonly #forget: () => void
  readonly #timer: NodeJS.Timeout | undefined
  #borrowed: Borrowed | undefined
  #stop: ((error: TransferError) => Promise<void>) | undefined
  #busy = false
  #over = false
  #ended: TransferError | undefined

  constructor(signal: AbortSignal | undefined, { onEnd, total }: Held, path: string) {
    const limit = new AbortController()
    this.signal = signal ? AbortSignal.any([signal, limit.signal]) : limit.signal
    this.#onEnd = onEnd
    this.#forget = onAbort(this.signal, () => this.#end(aborted(this.signal, 'transfer')))
    if (total === undefined) return
    const text = `Gave up after ${total} ms: the stream of ${path} took longer than timeouts.total.`
    const error = new TransferError('timeout', text, { phase: 'transfer', retryable: true, path })
    this.#timer = setTimeout(() => limit.abort(error), total)
  }

  /** Opens what is held. When that fails, nothing is. */
  async open<T>(connection: Connection, work: (store: Store) => Promise<T>): Promise<T> {
    try {
      this.#borrowed = await connection.borrow({ signal: this.signal, kind: 'stream' })
      return await work(this.#borrowed.store)
    } catch (error) {
      this.release()
      throw error
    }
  }

  /** Says how the transfer is ended from outside. */
  endBy(stop: (error: TransferError) => Promise<void>): void {
    this.#stop = stop
    if (this.#ended) this.#endNow(this.#ended)
  }

  /** Runs one step of the transfer, whose own failure counts more than what ends it meanwhile. */
  async step<T>(work: () => Promise<T>): Promise<T> {
    if (this.#over && this.#ended) throw this.#ended
    this.#busy = true
    try {
      return await work()
    } catch (error) {
      this.#ended ??= asTransferError(error, { code: 'local', phase: 'transfer' })
      this.release()
      throw error
    } finally {
      this.#busy = false
      if (this.#ended && !this.#over) this.#endNow(this.#ended)
    }
  }

  /** Gives the session back. Safe to call twice. */
  release(): void {
    this.#over = true
    clearTimeout(this.#timer)
    this.#forget()
    this.#borrowed?.release()
  }

  #end(error: TransferError): void {
    if (this.#over) return
    this.#ended ??= error
    if (!this.#busy && this.#stop) this.#endNow(error)
  }

  #endNow(error: TransferError): void {
    const stop = this.#stop
    if (!stop || this.#over) return
    this.#over = true
    stop(error)
      .catch(() => {})
      .finally(() => this.release())
    this.#onEnd?.(error)
  }
}

function holdSource(source: ByteSource, hold: Hold): ByteSource {
  hold.endBy((error) => source.cancel(error))
  return {
    next: () =>
      hold.step(async () => {
        const next = await source.next()
        if (isReceipt(next)) hold.release()
        return next
      }),
    cancel: (reason) => source.cancel(reason).finally(() => hold.release()),
  }
}

function holdSink(sink: ByteSink, hold: Hold): ByteSink {
  hold.endBy((error) => sink.abort(error))
  return {
    get landed() {
      return sink.landed
    },
    write: (slab) => hold.step(() => sink.write(slab)),
    finish: () => hold.step(() => sink.finish().finally(() => hold.release())),
    abort: (reason) => sink.abort(reason).finally(() => hold.release()),
  }
}

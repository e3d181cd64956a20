import { inTime } from '../../deadline.js'
import { TransferError } from '../../errors.js'
import type { Slab } from '../../slab.js'
import type { ByteSink, Lossy, NextOptions, Receipt, WriteAt } from '../../store.js'
import { sizeBeforeRename, sizeOf } from '../commands/stat.js'
import type { Reply } from '../control/command-channel.js'
import { abort } from './abort.js'
import { type TextFilter, toNetwork } from './ascii.js'
import { type Form, formed, isAsItIs } from './representation.js'
import type { SessionParts } from './session-context.js'
import { begin, type Done, explain, finalReply, type Running, refusal } from './transfer.js'

export interface SinkOptions extends Lossy {
  /** The offset of the first byte. */
  readonly start: number
  /** Bytes of the file so far, where what is sent is not the file as it is. */
  readonly counted?: () => number
  readonly filter?: TextFilter
  /** Resolves with the size of the file on the server now; with undefined when it cannot report it. */
  readonly size?: () => Promise<number | undefined>
  readonly signal?: AbortSignal
  readonly done: Done
}

export interface Upload extends Lossy {
  readonly path: string
  readonly at: WriteAt
  readonly next?: NextOptions['next']
  readonly form: Form
  readonly signal?: AbortSignal
  readonly done: Done
}

/** Begins to send a file. */
export async function startUpload(
  parts: SessionParts,
  { path, at, next, form, signal, onLost, done }: Upload,
): Promise<ByteSink> {
  const { commands } = parts
  const packed = !isAsItIs(parts, form) && (await formed(parts, form, { sends: true, signal }))
  const together = next === 'rename' && commands.pipelining() && commands.features.has('SIZE')
  const size = (): Promise<number | undefined> =>
    together ? sizeBeforeRename(commands, path) : sizeOf(commands, path, {})
  const before = at.append && !form.text ? await size() : undefined
  const command = `${at.append ? 'APPE' : 'STOR'} ${path}`
  const running = await begin(parts, { command, path, rest: at.offset, signal })
  const start = at.offset ?? before ?? 0
  const options = { start, size, filter: form.text ? toNetwork() : undefined, signal, onLost, done }
  if (!packed) return new UploadSink(running, options)
  const { deflating } = await import('./mode-z.js')
  return deflating((counted) => new UploadSink(running, { ...options, counted }))
}

/** A file being uploaded. finish() resolves after the server's final 2xx and, where it can be checked, the right size. */
export class UploadSink implements ByteSink {
  readonly #running: Running
  readonly #options: SinkOptions
  #sent = 0
  #over = false

  constructor(running: Running, options: SinkOptions) {
    this.#running = running
    this.#options = options
    // The peer's end of the data connection has to be read: TLS tickets left unread would reset it.
    Promise.resolve(running.wire.slabs().next())
      .then((slab) => slab?.release())
      .catch(() => {})
    if (options.onLost) this.#watch(options.onLost)
  }

  get landed(): number {
    const { start, counted } = this.#options
    return start + (counted ? counted() : this.#sent)
  }

  async write(slab: Slab): Promise<void> {
    const { link, exchange } = this.#running
    const out = this.#options.filter ? this.#options.filter.next(slab) : slab
    const { length } = out
    try {
      await this.#idle(`the server takes no data for ${exchange.shown}`, () => this.#running.wire.send(out))
    } catch (error) {
      throw await this.#failed(error)
    }
    if (link.control.lost) throw await this.#failed(link.control.lost)
    this.#sent += length
  }

  async finish(): Promise<Receipt> {
    const { link, wire, exchange, path } = this.#running
    try {
      await this.#idle(`the server takes no data for ${exchange.shown}`, () => wire.flush())
    } catch (error) {
      throw await this.#failed(error)
    }
    wire.end()
    const reply = await finalReply(this.#running).catch(async (error: unknown) => {
      throw await this.#failed(error)
    })
    this.#over = true
    wire.destroy()
    try {
      if (reply.code >= 300) throw refusal(link, reply, { command: exchange.shown, path })
      return await this.#receipt(reply)
    } finally {
      this.#options.done()
    }
  }

  async abort(): Promise<void> {
    if (this.#over) return
    this.#over = true
    await abort(this.#running)
    this.#options.done()
  }

  /** A refusal in the middle ends the transfer as the loss of the session does. */
  #watch(onLost: (error: TransferError) => void): void {
    const { link, exchange, path } = this.#running
    const lost = (error: TransferError): void => {
      if (!this.#over) onLost(error)
    }
    exchange.final.then((reply) => {
      if (reply.code >= 400) lost(refusal(link, reply, { command: exchange.shown, path }))
    }, lost)
  }

  async #receipt(reply: Reply): Promise<Receipt> {
    const { path, link } = this.#running
    const said = { code: reply.code, text: reply.text }
    // The file is confirmed, whatever became of the session since: a NOOP left unanswered ends it too.
    const silent = this.#options.filter !== undefined || link.control.lost !== undefined
    const size = silent ? undefined : await this.#options.size?.()
    if (size !== undefined && size !== this.landed) {
      const text = `The server confirmed ${path} but holds ${size} bytes of ${this.landed}.`
      throw new TransferError('truncated', text, { phase: 'confirm', retryable: true, path, reply: said })
    }
    const { sessionReused } = this.#running
    const integrity = size === undefined ? 'unproven' : 'sized'
    return { bytes: this.#sent, announced: size, sessionReused, reply: said, integrity }
  }

  async #idle(what: string, work: () => Promise<void>): Promise<void> {
    const { signal } = this.#options
    const { link, wire } = this.#running
    await inTime({ limit: link.limits.idle, signal, phase: 'transfer', what, progress: wire.progress }, work)
  }

  async #failed(error: unknown): Promise<unknown> {
    if (this.#over) return error
    this.#over = true
    const known = error instanceof TransferError
    const cause = known ? error : await explain(this.#running, error, `sending ${this.#running.path}`)
    await abort(this.#running)
    this.#options.done()
    return cause
  }
}

/** Something has the name that was to be new. */
export function taken(path: string): TransferError {
  return new TransferError('exists', `There is something named ${path} on the server already.`, {
    phase: 'command',
    path,
  })
}

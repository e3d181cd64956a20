import { TransferError } from '../../errors.js'
import { type Slab, sliceSlab } from '../../slab.js'
import type { ByteSource, Entry, Lossy, Receipt } from '../../store.js'
import { sizeOf } from '../commands/stat.js'
import type { Reply } from '../control/command-channel.js'
import type { PipelinedTransfer } from '../data/pipelining.js'
import { abort, leave } from './abort.js'
import { fromNetwork, type TextFilter } from './ascii.js'
import { type Form, formed, isAsItIs } from './representation.js'
import type { SessionParts } from './session-context.js'
import { begin, type Done, finalReply, nextSlab, type Running, refusal } from './transfer.js'

/** The size that a 150 text names in parentheses: 'Opening BINARY mode data connection for x (1234 bytes)'. */
export function announcedSize(reply: Reply): number | undefined {
  const found = /\((\d{1,15}) bytes?\)/i.exec(reply.text)
  return found ? Number(found[1]) : undefined
}

export interface SourceOptions extends Lossy {
  /** Bytes to read; absent: to the end of the file. */
  readonly length?: number
  /** Bytes that will come when the whole rest is read, when it is known. */
  readonly expected?: number
  /** The offset of the first byte, for texts. */
  readonly from?: number
  /** What comes is not the file as it is: its bytes are not compared with any size. */
  readonly packed?: boolean
  readonly filter?: TextFilter
  readonly signal?: AbortSignal
  readonly done: Done
}

export interface Download extends Lossy {
  readonly path: string
  readonly from: number
  readonly to: number
  readonly entry?: Entry
  readonly form: Form
  readonly signal?: AbortSignal
  readonly done: Done
  /** The commands have gone out already. */
  readonly pipelined?: PipelinedTransfer
}

/** Begins to fetch a file. */
export async function startDownload(parts: SessionParts, what: Download): Promise<ByteSource> {
  const { path, from, to, entry, form, signal, onLost, done, pipelined } = what
  const packed = !pipelined && !isAsItIs(parts, form) && (await formed(parts, form, { signal }))
  const known = entry ? entry.size : form.text ? undefined : await size(parts, what)
  const running = await begin(parts, { command: `RETR ${path}`, path, rest: from, bulk: true, signal, pipelined })
  if (isWhole(what)) parts.pipeline.begun(running.exchange)
  const expected = known === undefined || form.text ? undefined : Math.max(0, known - from)
  if (packed) {
    const { inflated } = await import('./mode-z.js')
    return inflated(new DownloadSource(running, { packed, signal, onLost, done }), { path, expected })
  }
  const length = to === Number.POSITIVE_INFINITY ? undefined : to - from
  const filter = form.text ? fromNetwork() : undefined
  return new DownloadSource(running, { from, expected, length, filter, signal, onLost, done })
}

/** A part is begun by REST, which goes out with its own port. */
function size(
  { commands, pipeline, data }: SessionParts,
  { path, from, signal }: Download,
): Promise<number | undefined> {
  const ask = (): Promise<number | undefined> => sizeOf(commands, path, { signal })
  return from === 0 && pipeline.open ? data.prefetchWith(ask) : ask()
}

/** Nothing is left out and nothing changed on the way: the next such download can be asked for meanwhile. */
export function isWhole({ from, to, form }: Pick<Download, 'from' | 'to' | 'form'>): boolean {
  return !form.text && !form.packed && from === 0 && to === Number.POSITIVE_INFINITY
}

/** A file being downloaded. It ends with the server's final 2xx, not with the end of the data connection. */
export class DownloadSource implements ByteSource {
  readonly #running: Running
  readonly #options: SourceOptions
  /** Bytes that are to come, as far as the server has told; a text's size changes on the way. */
  readonly #due: number | undefined
  #received = 0
  #delivered = 0
  #over = false
  #heldGiven = false

  constructor(running: Running, options: SourceOptions) {
    this.#running = running
    this.#options = options
    this.#due = options.filter || options.packed ? undefined : (options.expected ?? announcedSize(running.first))
    const { onLost } = options
    const lost = (error: TransferError): void => {
      if (!this.#over) onLost?.(error)
    }
    // Once the final reply is here, the control connection is needed no more.
    if (onLost) running.exchange.final.catch(lost)
  }

  async next(): Promise<Slab | Receipt> {
    if (this.#over)
      throw new TransferError('closed', 'This transfer is over.', { phase: 'transfer', path: this.#running.path })
    try {
      return await this.#next()
    } catch (error) {
      await this.#stop()
      throw error
    }
  }

  async cancel(): Promise<void> {
    if (this.#over) return
    this.#over = true
    await abort(this.#running)
    this.#options.done()
  }

  async #next(): Promise<Slab | Receipt> {
    const { length, filter } = this.#options
    if (length !== undefined && this.#received >= length) return await this.#rangeReached()
    const slab = await nextSlab(this.#running, `receiving ${this.#running.path}`, this.#options.signal)
    if (!slab) return filter ? await this.#lastText(filter) : await this.#confirm()
    const left = length === undefined ? slab.length : Math.min(slab.length, length - this.#received)
    this.#received += left
    if (this.#due !== undefined && this.#received >= this.#due) this.#running.link.keepAlive?.lastByte()
    const cut = left < slab.length ? sliceSlab(slab, 0, left) : slab
    const out = filter ? filter.next(cut) : cut
    this.#delivered += out.length
    return out
  }

  async #lastText(filter: TextFilter): Promise<Slab | Receipt> {
    const rest = filter.end()
    if (!rest || this.#heldGiven) return await this.#confirm()
    this.#heldGiven = true
    this.#delivered += rest.length
    return rest
  }

  async #confirm(): Promise<Receipt> {
    const { link, exchange, wire, path } = this.#running
    const { from = 0 } = this.#options
    wire.end()
    const reply = await finalReply(this.#running)
    if (reply.code >= 300) throw refusal(link, reply, { command: exchange.shown, path })
    this.#finish()
    const announced = this.#due
    if (announced !== undefined && this.#received < announced)
      throw truncated(path, { received: from + this.#received, expected: from + announced }, reply)
    const integrity = announced === this.#received ? 'sized' : 'unproven'
    const { sessionReused } = this.#running
    return {
      bytes: this.#delivered,
      announced,
      integrity,
      sessionReused,
      reply: { code: reply.code, text: reply.text },
    }
  }

  /** Ends after enough was read: the data connection is closed, and any final reply (226, 426, 451) is accepted. */
  async #rangeReached(): Promise<Receipt> {
    const reply = await leave(this.#running)
    this.#finish()
    const said = reply && { code: reply.code, text: reply.text }
    const { sessionReused } = this.#running
    return { bytes: this.#delivered, announced: this.#received, integrity: 'sized', sessionReused, reply: said }
  }

  #finish(): void {
    this.#over = true
    this.#running.wire.destroy()
    this.#options.done()
  }

  async #stop(): Promise<void> {
    if (this.#over) return
    this.#over = true
    await abort(this.#running)
    this.#options.done()
  }
}

function truncated(
  path: string,
  { received, expected }: { received: number; expected: number },
  reply: Reply,
): TransferError {
  const text = `Only ${received} of ${expected} bytes of ${path} arrived, though the server says it is done.`
  return new TransferError('truncated', text, {
    phase: 'transfer',
    retryable: true,
    path,
    reply: { code: reply.code, text: reply.text },
  })
}

/** An empty range: there is nothing to ask the server for. */
export const nothingToRead: ByteSource = {
  next: async () => ({ bytes: 0, integrity: 'sized' }),
  cancel: async () => {},
}

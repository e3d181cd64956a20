import type { Client, ClientChannel } from 'ssh2'
import { unlessAborted } from '../deadline.js'
import { aborted, TransferError, throwIfAborted } from '../errors.js'
import { printable } from '../printable.js'
import { type Endpoint, hostPort } from '../transport/endpoint.js'
import type { Wire } from '../transport/wire.js'
import { ChannelStream } from './channel.js'
import { lost, type Stage } from './failure.js'
import type { SshSecurity } from './security.js'

/** Longest time that close() takes, in ms, whatever the server does. */
const CLOSE_WITHIN = 2_000

/**
 * An SSH connection over a wire. It handles every 'error' of ssh2 from creation to end, so that none becomes an uncaught exception;
 * pending calls reject with a TransferError instead.
 */
export class SshConnection {
  /** ssh2's client, for the modules that implement a protocol on top of SSH; not to be used elsewhere. */
  readonly client: Client
  readonly describe: string
  /** The local address of the underlying connection. */
  readonly local: Endpoint
  security: SshSecurity | undefined
  /** The server's identification: 'SSH-2.0-OpenSSH_9.2p1'. */
  server = ''
  /** The stage that the connection is in, for errors. */
  stage: Stage
  /** Turns an error of ssh2 into a TransferError; undefined: the error is ignored and the connection stays open. */
  explain: (error: Error | undefined) => TransferError | undefined = (error) => lost(this.stage, error)
  readonly #wire: Wire
  readonly #gone: Promise<void>
  readonly #streams = new Set<ChannelStream>()
  readonly #waiting = new Set<(error: TransferError) => void>()
  #over: TransferError | undefined
  #gathering = false
  #closing: Promise<void> | undefined

  constructor(wire: Wire, { client, describe, stage }: Pick<SshConnection, 'client' | 'describe' | 'stage'>) {
    this.client = client
    this.describe = describe
    this.local = wire.local
    this.stage = stage
    this.#wire = wire
    this.#gone = new Promise((resolve) => wire.stream.once('close', resolve))
    client.on('error', (error: Error) => this.#fault(error))
    client.on('end', () => this.#fault(undefined))
    client.on('close', () => this.#fault(undefined))
  }

  /** Why the connection is unusable: it was lost or closed. */
  get over(): TransferError | undefined {
    return this.#over
  }

  /** Calls back once when the connection ends. Returns a function that removes the callback. */
  onEnd(callback: (error: TransferError) => void): () => void {
    if (this.#over) callback(this.#over)
    else this.#waiting.add(callback)
    return () => this.#waiting.delete(callback)
  }

  /** Changes whenever bytes of the connection move. */
  get progress(): number {
    return this.#wire.progress()
  }

  /** Sends everything written until the end of this turn of the event loop in one write: ssh2 writes each packet of 32 KiB by itself. */
  gather(): void {
    const { stream } = this.#wire
    if (this.#gathering || stream.destroyed) return
    this.#gathering = true
    stream.cork()
    process.nextTick(() => {
      this.#gathering = false
      stream.uncork()
    })
  }

  /** Ends the connection at once with this error. */
  lose(error: TransferError): void {
    this.#finish(error)
    this.#wire.destroy()
  }

  /** Asks the server to connect to `to`. Rejects with `proxy-refused` and the server's reason, or with the reason the connection ended. */
  async forwardOut(to: Endpoint, signal?: AbortSignal): Promise<ChannelStream> {
    throwIfAborted(signal, 'proxy')
    const channel = await unlessAborted(this.#openChannel(to, signal), signal, 'proxy')
    const stream = new ChannelStream(channel)
    this.#streams.add(stream)
    stream.on('error', () => {}) // an error may come before the caller has added its own listener
    stream.once('close', () => this.#streams.delete(stream))
    return stream
  }

  /** Disconnects and closes the connection, within 2 seconds. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  async #end(): Promise<void> {
    this.#finish(new TransferError('closed', `The connection to ${this.stage.where} was closed.`, { phase: 'close' }))
    try {
      this.client.end()
    } catch {
      this.#wire.destroy() // ssh2 throws when its side has ended already
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CLOSE_WITHIN)
      void this.#gone.then(() => {
        clearTimeout(timer)
        resolve()
      })
    })
    this.#wire.destroy()
  }

  #fault(error: Error | undefined): void {
    if (this.#over) return
    const reason = this.explain(error)
    if (reason) this.lose(reason)
  }

  #finish(error: TransferError): void {
    if (this.#over) return
    this.#over = error
    for (const stream of this.#streams) stream.cut(error)
    for (const callback of this.#waiting) callback(error)
    this.#waiting.clear()
  }

  #openChannel(to: Endpoint, signal: AbortSignal | undefined): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      const forget = this.onEnd(reject)
      const opened = (error: Error | undefined, channel: ClientChannel): void => {
        forget()
        if (error) reject(this.#over ?? refusedForward(this.describe, to, error))
        else if (!signal?.aborted) resolve(channel)
        else {
          channel.close()
          reject(aborted(signal, 'proxy'))
        }
      }
      try {
        if (!this.#over) this.client.forwardOut('127.0.0.1', 0, to.host, to.port, opened)
      } catch (error) {
        this.lose(lost(this.stage, error instanceof Error ? error : undefined))
      }
    })
  }
}

/** By the reason code of RFC 4254 section 5.1. */
const REASONS: Readonly<Record<string, { text: string; hint?: string; retryable?: boolean }>> = {
  1: {
    text: 'does not allow it',
    hint: 'AllowTcpForwarding or PermitOpen in its sshd_config forbid forwarding there.',
  },
  2: {
    text: 'could not connect there',
    hint: 'Check that the server is reachable from the jump host.',
    retryable: true,
  },
  3: { text: 'does not support forwarding' },
  4: { text: 'allows no more channels', retryable: true },
}

function refusedForward(describe: string, to: Endpoint, error: Error): TransferError {
  const reason = 'reason' in error ? REASONS[String(error.reason)] : undefined
  const own = printable(error.message.replace('(SSH) Channel open failure: ', ''), 200)
  const text = `${describe} refused a connection to ${hostPort(to)}: it ${reason?.text ?? 'failed'} (${own}).`
  const { hint, retryable } = reason ?? {}
  return new TransferError('proxy-refused', text, { phase: 'proxy', hint, retryable, cause: error })
}

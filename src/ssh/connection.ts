import type { Duplex } from 'node:stream'
import type { Client, ClientChannel } from 'ssh2'
import { unlessAborted } from '../deadline.js'
import { aborted, TransferError, throwIfAborted } from '../errors.js'
import { printable } from '../printable.js'
import { type Endpoint, hostPort } from '../transport/endpoint.js'
import type { Wire } from '../transport/wire.js'
import { ChannelStream } from './channel.js'
import { lost, type Standing } from './failure.js'

/** What protects a connection. */
export interface SshSecurity {
  readonly protocol: 'SSH-2.0'
  readonly keyExchange: string
  readonly cipher: string
  readonly mac: string
  /** False when the host key was accepted only because any would have been. */
  readonly trusted: boolean
  /** By what the host key is trusted. */
  readonly reason: string
  /** SSH has host keys instead. */
  readonly certificate?: undefined
  readonly hostKey: { readonly type: string; readonly fingerprint: string; readonly trustedBy: string }
}

/** close() takes no longer than this, in ms, whatever the server does. */
const CLOSE_WITHIN = 2_000

/**
 * An SSH connection over a wire. It listens for every fault of ssh2 from its first moment to its end, so that none becomes an
 * uncaught exception; whoever waits for something gets a TransferError instead.
 */
export class SshConnection {
  /** ssh2's side of it, for the rooms that speak a protocol of SSH's; nobody else touches it. */
  readonly client: Client
  readonly describe: string
  /** Our own end of the wire below. */
  readonly local: Endpoint
  security: SshSecurity | undefined
  /** How the server calls itself: 'SSH-2.0-OpenSSH_9.2p1'. */
  server = ''
  /** How far it is; errors say so. */
  standing: Standing
  /** What a fault of ssh2 means; undefined: nothing, the connection lives on. */
  explain: (error: Error) => TransferError | undefined = (error) => lost(this.standing, error)
  readonly #wire: Wire
  readonly #gone: Promise<void>
  readonly #streams = new Set<ChannelStream>()
  readonly #waiting = new Set<(error: TransferError) => void>()
  #over: TransferError | undefined
  #gathering = false
  #closing: Promise<void> | undefined

  constructor(client: Client, wire: Wire, describe: string, standing: Standing) {
    this.client = client
    this.describe = describe
    this.local = wire.local
    this.standing = standing
    this.#wire = wire
    this.#gone = new Promise((resolve) => wire.stream.once('close', resolve))
    client.on('error', (error: Error) => this.#fault(error))
    client.on('end', () => this.#fault(undefined))
    client.on('close', () => this.#fault(undefined))
  }

  /** Why nothing works any more: it was lost, or closed. */
  get over(): TransferError | undefined {
    return this.#over
  }

  /** Calls back once when it is over. Answers how to stop waiting for that. */
  whenOver(tell: (error: TransferError) => void): () => void {
    if (this.#over) tell(this.#over)
    else this.#waiting.add(tell)
    return () => this.#waiting.delete(tell)
  }

  /** What is sent until the end of this turn of the loop goes out in one piece: ssh2 writes each packet of 32 KiB by itself. */
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

  /** Ends it at once for that reason. */
  lose(error: TransferError): void {
    this.#finish(error)
    this.#wire.destroy()
  }

  /** Asks the server for a connection to `to`. Throws `proxy-refused` with the server's reason, or why the connection is over. */
  async forwardOut(to: Endpoint, signal?: AbortSignal): Promise<Duplex> {
    throwIfAborted(signal, 'proxy')
    const channel = await unlessAborted(this.#openChannel(to, signal), signal, 'proxy')
    const stream = new ChannelStream(channel)
    this.#streams.add(stream)
    stream.on('error', () => {}) // whoever reads it listens too; nobody may be there yet
    stream.once('close', () => this.#streams.delete(stream))
    return stream
  }

  /** Says good-bye and ends it, within 2 seconds. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  async #end(): Promise<void> {
    this.#finish(
      new TransferError('closed', `The connection to ${this.standing.where} was closed.`, { phase: 'close' }),
    )
    try {
      this.client.end()
    } catch {
      this.#wire.destroy() // ssh2 throws when its side of it has ended already
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
    const reason = error ? this.explain(error) : lost(this.standing)
    if (reason) this.lose(reason)
  }

  #finish(error: TransferError): void {
    if (this.#over) return
    this.#over = error
    for (const stream of this.#streams) stream.cut(error)
    for (const tell of this.#waiting) tell(error)
    this.#waiting.clear()
  }

  #openChannel(to: Endpoint, signal: AbortSignal | undefined): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      const forget = this.whenOver(reject)
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
        this.lose(lost(this.standing, error instanceof Error ? error : undefined))
      }
    })
  }
}

/** By the reason of RFC 4254 section 5.1. */
const REASONS: Readonly<Record<string, { says: string; hint?: string; retryable?: boolean }>> = {
  1: {
    says: 'does not allow it',
    hint: 'AllowTcpForwarding or PermitOpen in its sshd_config forbid forwarding there.',
  },
  2: {
    says: 'could not connect there',
    hint: 'Check that the server is reachable from the jump host.',
    retryable: true,
  },
  3: { says: 'does not know forwarding' },
  4: { says: 'has no more channels', retryable: true },
}

function refusedForward(describe: string, to: Endpoint, error: Error): TransferError {
  const reason = 'reason' in error ? REASONS[String(error.reason)] : undefined
  const own = printable(error.message.replace('(SSH) Channel open failure: ', ''), 200)
  const text = `${describe} refused a connection to ${hostPort(to)}: it ${reason?.says ?? 'failed'} (${own}).`
  const { hint, retryable } = reason ?? {}
  return new TransferError('proxy-refused', text, { phase: 'proxy', hint, retryable, cause: error })
}

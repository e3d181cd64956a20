import { type Limits, unlessAborted } from '../deadline.js'
import { type ErrorCode, TransferError, throwIfAborted } from '../errors.js'
import type { Observer } from '../events.js'
import { type Endpoint, hostPort } from '../transport/endpoint.js'
import type { Route } from '../transport/route.js'
import { type Gate, hostForProxy, limited, reach } from '../transport/tunnel/tunnel.js'
import { Wire } from '../transport/wire.js'
import { openSsh, type SshConnection } from './connect.js'
import type { AlgorithmPreset, HostKeyOptions, SshAuth } from './keys/options.js'

export interface SshJumpOptions {
  /** The jump host. */
  readonly proxy: Endpoint
  readonly user: string
  readonly auth: SshAuth
  readonly hostKey?: HostKeyOptions
  readonly algorithms?: AlgorithmPreset
  /** How the jump host itself is reached: `direct`, or another tunnel. */
  readonly through: Route
  /** The jump host may take this long for each of its steps. Absent: only the caller's signal ends it. */
  readonly limits?: Pick<Limits, 'connect'>
  readonly observe?: Observer
}

/**
 * Connections that an SSH server makes for us (`ssh -J`). All of them share one SSH connection: the first dial opens it, a dial
 * after it was lost opens another, and it is closed with the last of them. Nobody can listen there. Throws `host-key`;
 * `bad-argument` for our own keys; `proxy-refused`, `wrong-protocol`, `unreachable` and `timeout`, each with phase 'proxy'.
 */
export function sshJump(options: SshJumpOptions): Route {
  const jump = new Jump(options)
  return { describe: jump.describe, dial: (to, { signal } = {}) => jump.dial(to, signal) }
}

class Jump implements Gate {
  readonly proxy: Endpoint
  readonly through: Route
  readonly limits?: Pick<Limits, 'connect'>
  readonly describe: string
  readonly #options: SshJumpOptions
  #opening: Promise<SshConnection> | undefined
  #connection: SshConnection | undefined
  #giveUp = new AbortController()
  /** A login that was refused is not tried again: accounts get locked that way. */
  #refusal: TransferError | undefined
  /** Dials under way and wires that are open. */
  #users = 0

  constructor(options: SshJumpOptions) {
    this.#options = options
    this.proxy = options.proxy
    this.through = options.through
    this.limits = options.limits
    const own = `ssh://${options.user}@${hostPort(options.proxy)}`
    this.describe = options.through.describe === 'direct' ? own : `${own} via ${options.through.describe}`
  }

  async dial(to: Endpoint, signal: AbortSignal | undefined): Promise<Wire> {
    const target = { host: hostForProxy(to), port: to.port }
    throwIfAborted(signal, 'proxy')
    this.#users++
    try {
      return await this.#forward(target, signal)
    } catch (error) {
      this.#leave()
      throw atProxy(this, error)
    }
  }

  async #forward(to: Endpoint, signal: AbortSignal | undefined): Promise<Wire> {
    const connection = await unlessAborted(this.#share(), signal, 'proxy')
    const stream = await limited(this, signal, (stop) => connection.forwardOut(to, stop))
    stream.once('close', () => this.#leave())
    return new Wire(stream, { dataHost: to.host, local: connection.local, peer: to })
  }

  /** The connection that stands or is being opened; a new one when there is none. */
  #share(): Promise<SshConnection> {
    if (this.#opening && !this.#connection?.over) return this.#opening
    this.#connection = undefined
    const opening = this.#open(this.#giveUp.signal)
    this.#opening = opening
    opening.then(
      (connection) => {
        if (this.#opening === opening) this.#connection = connection
      },
      () => {
        if (this.#opening === opening) this.#opening = undefined
      },
    )
    return opening
  }

  async #open(signal: AbortSignal): Promise<SshConnection> {
    if (this.#refusal) throw this.#refusal
    const { user, auth, hostKey, algorithms, limits, observe } = this.#options
    const wire = await limited(this, signal, (stop) => reach(this, stop, async (reached) => reached))
    try {
      return await openSsh({ ...this.proxy, wire, user, auth, hostKey, algorithms, limits, observe, signal })
    } catch (error) {
      const isFinal = error instanceof TransferError && error.code === 'login-refused'
      if (isFinal && typeof auth.password !== 'function') this.#refusal = error
      throw error
    }
  }

  #leave(): void {
    this.#users--
    if (this.#users > 0) return
    const last = this.#opening
    this.#opening = undefined
    this.#connection = undefined
    this.#giveUp.abort()
    this.#giveUp = new AbortController()
    last?.then((connection) => connection.close()).catch(() => {})
  }
}

/** Faults of our own, and the host key's, which is one whoever shows it. */
const UNCHANGED: readonly ErrorCode[] = ['bad-argument', 'local', 'aborted', 'host-key']
/** What the phase alone puts to the proxy; everything else is the proxy's no. */
const KEPT: readonly ErrorCode[] = ['timeout', 'unreachable', 'wrong-protocol']

function atProxy({ describe }: Gate, error: unknown): unknown {
  if (!(error instanceof TransferError) || error.phase === 'proxy' || UNCHANGED.includes(error.code)) return error
  const { code, hint, retryable } = error
  const text = `The jump host ${describe}: ${error.message}`
  return new TransferError(KEPT.includes(code) ? code : 'proxy-refused', text, {
    phase: 'proxy',
    hint,
    retryable,
    cause: error,
  })
}

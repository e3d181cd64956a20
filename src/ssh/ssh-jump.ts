import { type Limits, unlessAborted } from '../deadline.js'
import { type ErrorCode, TransferError, throwIfAborted } from '../errors.js'
import type { Observer } from '../events.js'
import { type Endpoint, hostPort } from '../transport/endpoint.js'
import type { Route } from '../transport/route.js'
import { hopsOf, hostForProxy, limited, reach, type Tunnel } from '../transport/tunnel/tunnel.js'
import { Wire } from '../transport/wire.js'
import { openSsh, type SshConnection } from './connect.js'
import type { AlgorithmPreset, HostKeyOptions, SshAuth } from './keys/options.js'

export interface SshJumpOptions {
  /** The jump host. */
  readonly proxy: Endpoint
  /** The name that the host key is looked up by, where it is not the host's. */
  readonly keyName?: Endpoint
  readonly user: string
  readonly auth: SshAuth
  readonly hostKey?: HostKeyOptions
  readonly algorithms?: AlgorithmPreset
  /** The route to the jump host itself: `direct`, or another tunnel. */
  readonly through: Route
  /** Limit for each step of the jump host's, in ms. Absent: only the caller's signal ends it. */
  readonly limits?: Pick<Limits, 'connect'>
  readonly observe?: Observer
}

/**
 * Returns a route through an SSH server (`ssh -J`). All dials share one SSH connection: the first dial opens it, a dial after it was
 * lost opens another, and it is closed with the last forwarded connection. It cannot listen. A dial rejects with `host-key`;
 * `bad-argument` for the caller's own keys; `proxy-refused`, `wrong-protocol`, `unreachable` and `timeout`, each with phase 'proxy'.
 */
export function sshJump(options: SshJumpOptions): Route {
  const jump = new Jump(options)
  return {
    describe: jump.describe,
    hops: hopsOf(options.through) + LOGIN_HOPS,
    dial: (to, { signal } = {}) => jump.dial(to, signal),
  }
}

/** A jump host's login has limits of its own, twice that of a step, besides those for reaching it and for the forwarding. */
const LOGIN_HOPS = 3

class Jump implements Tunnel {
  readonly proxy: Endpoint
  readonly through: Route
  readonly limits?: Pick<Limits, 'connect'>
  readonly describe: string
  readonly #options: SshJumpOptions
  #opening: Promise<SshConnection> | undefined
  #connection: SshConnection | undefined
  #giveUp = new AbortController()
  /** Kept, so that a refused login is not tried again: servers lock accounts that way. */
  #refusal: TransferError | undefined
  /** Dials in progress and forwarded connections that are open. */
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
    const progress = (): number => stream.moved
    return new Wire(stream, { dataHost: to.host, local: connection.local, peer: to, progress })
  }

  /** Resolves with the connection that is open or being opened; opens one when there is none. */
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
    const { user, auth, hostKey, algorithms, limits, observe, keyName = this.proxy } = this.#options
    const wire = await limited(this, signal, (stop) => reach(this, stop, async (reached) => reached))
    try {
      return await openSsh({ ...keyName, wire, user, auth, hostKey, algorithms, limits, observe, signal })
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

/** Codes that are passed on: the caller's own faults, and the host key's. */
const UNCHANGED: readonly ErrorCode[] = ['bad-argument', 'local', 'aborted', 'host-key']
/** Codes that keep their meaning with phase 'proxy'; all others become `proxy-refused`. */
const KEPT: readonly ErrorCode[] = ['timeout', 'unreachable', 'wrong-protocol']

function atProxy({ describe }: Tunnel, error: unknown): unknown {
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

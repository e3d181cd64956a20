import type { Duplex } from 'node:stream'
import type { BaseAgent, SignCallback, SigningRequestOptions } from 'ssh2'
import type { AgentUse } from '../keys/identity.js'

/** What an agent needs to know of the connection that it signs for. */
export interface Lifetime {
  readonly over: unknown
  onEnd(tell: () => void): () => void
}

export interface AgentOptions {
  readonly use: AgentUse
  readonly connection: Lifetime
  /** The server's limit does not run while the agent works. */
  readonly asked: (answered: boolean) => void
}

/** Limits in ms. Signing may wait for a person who confirms it or touches a token. */
const LIST_WITHIN = 5_000
const SIGN_WITHIN = 30_000

type Listed = Parameters<Parameters<BaseAgent['getIdentities']>[0]>

/**
 * Wraps an agent: it has limits of its own, its keys are offered in the order that was asked for, and its answers are dropped once the
 * connection has ended, since ssh2 would write to the connection, and that throws where it cannot be caught.
 */
export function guardedAgent(agent: BaseAgent, options: AgentOptions): BaseAgent {
  const streams = new Set<Duplex>()
  const { connection, use } = options
  const guard = new Guard(options, streams)
  const stream = agent.getStream?.bind(agent)
  agent.getStream =
    stream &&
    ((tell) =>
      stream((error, socket) => {
        const forget = connection.onEnd(() => socket?.destroy())
        if (socket) streams.add(socket)
        socket?.once('close', () => {
          forget()
          streams.delete(socket)
        })
        tell(error, socket)
      }))
  const identities = agent.getIdentities.bind(agent)
  agent.getIdentities = (tell) =>
    identities(
      guard.during<Listed>(LIST_WITHIN, 'the agent did not list its keys', (error, keys) =>
        tell(error, keys && chosen(keys, use)),
      ),
    )
  guardSigning(agent, guard)
  return agent
}

/** The callback comes last, with or without options before it. */
type Signing = [options: SigningRequestOptions | SignCallback, tell?: SignCallback]

function guardSigning(agent: BaseAgent, guard: Guard): void {
  const sign = agent.sign.bind(agent)
  const guarded = (tell: SignCallback | undefined): SignCallback =>
    guard.during<Parameters<SignCallback>>(SIGN_WITHIN, 'the agent did not sign', (error, signature) =>
      tell?.(error, signature),
    )
  agent.sign = (key: string | Buffer, data: Buffer, ...[options, tell]: Signing) => {
    if (typeof options === 'function') sign(key, data, guarded(options))
    else sign(key, data, options, guarded(tell))
  }
}

/** Puts limits on calls of an agent. */
class Guard {
  readonly #options: AgentOptions
  readonly #streams: ReadonlySet<Duplex>

  constructor(options: AgentOptions, streams: ReadonlySet<Duplex>) {
    this.#options = options
    this.#streams = streams
  }

  /** Returns `tell` as a callback that is called once: with the agent's answer, or with an error when it has not come in time. */
  during<A extends unknown[]>(limit: number, what: string, tell: (...answer: A) => void): (...answer: A) => void {
    const { connection, use, asked } = this.#options
    asked(false)
    let done = false
    const once = (...answer: A): void => {
      if (done) return
      done = true
      clearTimeout(timer)
      forget()
      if (connection.over) return
      asked(true)
      tell(...answer)
    }
    const timer = setTimeout(() => {
      once(...([new Error(`${what} within ${limit} ms (${use.socket})`)] as unknown as A))
      for (const stream of this.#streams) stream.destroy()
    }, limit)
    const forget = connection.onEnd(() => clearTimeout(timer))
    return once
  }
}

/** The agent's keys in the order in which they are offered: servers count every one of them against MaxAuthTries. */
function chosen<K>(keys: readonly K[], { first, only }: AgentUse): K[] {
  const rank = (key: K): number => {
    const blob = publicKeyOf(key)
    return first.findIndex((wanted) => blob?.equals(wanted) === true)
  }
  const named = keys.filter((key) => rank(key) >= 0).sort((one, other) => rank(one) - rank(other))
  return only ? named : [...named, ...keys.filter((key) => rank(key) < 0)]
}

function publicKeyOf(key: unknown): Buffer | undefined {
  if (Buffer.isBuffer(key)) return key
  const has = typeof key === 'object' && key !== null && 'getPublicSSH' in key && typeof key.getPublicSSH === 'function'
  return has ? (key as { getPublicSSH(): Buffer }).getPublicSSH() : undefined
}

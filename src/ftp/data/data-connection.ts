import { type Limits, within } from '../../deadline.js'
import { TransferError } from '../../errors.js'
import type { Observer } from '../../events.js'
import { type Endpoint, hostPort } from '../../transport/endpoint.js'
import type { Listener, PortRange, Route } from '../../transport/route.js'
import type { SecuredData, TlsSession } from '../../transport/tls/tls-session.js'
import type { Wire } from '../../transport/wire.js'
import type { Reply } from '../control/command-channel.js'
import type { ControlConnection } from '../control/control-connection.js'
import type { Exchange } from '../control/pending-commands.js'
import { formatEprt, formatPort, parseEpsv, parsePasv, pickDataHost } from './address.js'
import { isCrowded, type Passive, type PassiveHistory, portRefused } from './passive-ports.js'
import { PrefetchedPort } from './passive-prefetch.js'

export interface DataOptions {
  /** Who opens data connections: we ('passive'), the server ('active'), or whichever works ('auto', passive first). */
  readonly mode: 'passive' | 'active' | 'auto'
  /** Which address is dialled in passive mode: the control connection's peer, the one in the reply, or a sensible mix. */
  readonly passiveAddress: 'control' | 'reply' | 'auto'
  readonly activePorts?: PortRange
  /** The address PORT and EPRT name; default: our end of the control connection. */
  readonly activeAddress?: string
  /** There is an FTP proxy: it supports PASV better than EPSV, and replies may be out of order. */
  readonly throughProxy: boolean
}

/** A data connection being opened. In passive mode it is connected before the transfer command is sent, in active mode after it. */
export interface PendingData {
  readonly mode: 'passive' | 'active'
  readonly wire?: Wire
  /** Its TLS handshake is under way. */
  readonly secured?: Promise<SecuredData>
  connect(signal: AbortSignal): Promise<Wire>
  discard(): void
}

/** How a data connection is dialled. */
export interface DialData {
  readonly signal?: AbortSignal
  /** It carries a download without TLS. */
  readonly bulk: boolean
  /** It carries a download under TLS, and the server accepts a handshake that begins as soon as TCP is connected. */
  readonly tls?: TlsSession
}

/** A data connection as it will be asked for, now that it is known what works here. */
export interface Offer {
  /** EPSV, PASV, EPRT … or PORT …. */
  readonly line: string
  /** What the server's reply to it makes of it. */
  open(reply: Reply, options: DialData): Promise<PendingData>
  /** It will not be used. */
  discard(): void
}

/** The first passive dial with a method that has not worked yet may take this long, in ms, while another method is left. */
const FIRST_TRY = 5_000

/** Replies after which another way of opening the data connection is worth a try: unknown, not supported, wrong family, not allowed. */
const TRY_ANOTHER = new Set([200, 202, 220, 250, 402, 425, 500, 501, 502, 503, 504, 522, 530, 550])

/** Opens the data connections of one session and remembers what works with its server. */
export class DataChannel {
  readonly options: DataOptions
  readonly #control: ControlConnection
  readonly #route: Route
  readonly #limits: Limits
  readonly #observe: Observer
  readonly #history: PassiveHistory
  /** Passive methods left to try, best first. One that fails is never tried again in this session. */
  #methods: readonly Passive[]
  #proven = false
  #mode: 'passive' | 'active'
  readonly #prefetched: PrefetchedPort

  constructor(parts: {
    control: ControlConnection
    route: Route
    limits: Limits
    observe: Observer
    options: DataOptions
    history?: PassiveHistory
  }) {
    this.#control = parts.control
    this.#route = parts.route
    this.#limits = parts.limits
    this.#observe = parts.observe
    this.options = parts.options
    this.#history = parts.history ?? {}
    this.#prefetched = new PrefetchedPort(parts.control)
    this.#mode = parts.options.mode === 'active' ? 'active' : 'passive'
    // RFC 2428 section 1: PASV and PORT cannot carry an IPv6 address.
    if (this.#overIPv6) this.#methods = ['EPSV']
    else this.#methods = parts.options.throughProxy ? ['PASV', 'EPSV'] : ['EPSV', 'PASV']
    const { worked } = this.#history
    if (worked) this.#methods = [worked, ...this.#methods.filter((other) => other !== worked)]
  }

  /** The channel that goes on with other options; what was learned about passive methods is learned anew. */
  with(options: Partial<DataOptions>): DataChannel {
    const parts = { control: this.#control, route: this.#route, limits: this.#limits, observe: this.#observe }
    return new DataChannel({ ...parts, history: this.#history, options: { ...this.options, ...options } })
  }

  /** Asks something and, sent together with it, for the passive port of the next data connection; prepare() finds it. */
  prefetchWith<T>(ask: () => Promise<T>): Promise<T> {
    return this.#control.together(() => {
      const answer = ask()
      const [method] = this.#methods
      if (this.#mode === 'passive' && method) this.#watch(this.#prefetched.ask(method), method)
      return answer
    })
  }

  /** A command was sent that may have made the server listen elsewhere. */
  forgetPrefetched(): void {
    this.#prefetched.forget()
  }

  /** Undefined: it has to be found out first, or was asked for already; prepare() knows. */
  async offer(signal?: AbortSignal): Promise<Offer | undefined> {
    if (!this.#proven || this.#prefetched.stands) return undefined
    if (this.#mode === 'active') return await this.#activeOffer(signal)
    const [method] = this.#methods
    if (!method) return undefined
    this.#prefetched.forget()
    return {
      line: method,
      open: (reply, options) => this.#dial(this.#named(reply, method), options),
      discard: () => {},
    }
  }

  async prepare(options: DialData): Promise<PendingData> {
    if (this.#mode === 'active') return await this.#active(options.signal)
    try {
      return await this.#passive(options)
    } catch (error) {
      if (this.options.mode !== 'auto' || this.#proven || isCrowded(error) || !isDataTrouble(error)) throw error
      const pending = await this.#active(options.signal)
      this.#mode = 'active'
      return pending
    }
  }

  /** Data goes through something that carries bytes for us. */
  get tunnelled(): boolean {
    return this.#route.describe !== 'direct'
  }

  get #overIPv6(): boolean {
    return this.#control.wire.peer.host.includes(':')
  }

  async #passive(options: DialData): Promise<PendingData> {
    let trouble: unknown
    for (const method of this.#methods) {
      try {
        const pending = await this.#passiveBy(method, options)
        this.#methods = [method]
        this.#proven = true
        this.#history.worked = method
        return pending
      } catch (error) {
        if (!isDataTrouble(error) || isCrowded(error)) throw error
        // That EPSV is unknown explains nothing once PASV fails too.
        if (!(trouble instanceof TransferError) || trouble.code === 'not-supported') trouble = error
        if (!this.#proven && this.#methods.length > 1) this.#methods = this.#methods.filter((other) => other !== method)
      }
    }
    throw trouble
  }

  /** TCP is connected before a transfer command is sent: a STOR whose data port is not dialled truncates the file. */
  async #passiveBy(method: Passive, options: DialData): Promise<PendingData> {
    const { signal } = options
    const prefetched = this.#prefetched.take(method)
    const reply = await (prefetched
      ? this.#control.answer(prefetched, { signal })
      : this.#control.ask(method, { signal, phase: 'data' }))
    return await this.#dial(this.#named(reply, method), options)
  }

  async #dial(to: Endpoint, { signal, bulk, tls }: DialData): Promise<PendingData> {
    const alternatives = this.#methods.length > 1 && !this.#proven
    const limit = alternatives ? Math.min(FIRST_TRY, this.#limits.connect) : this.#limits.connect
    const what = `the data port ${hostPort(to)} does not answer`
    const hint = 'A firewall may block the passive ports of the server; try dataMode active, or a proxy.'
    try {
      const deadline = { limit, signal, phase: 'data' as const, what, hint }
      const direct = tls && !this.tunnelled ? tls : undefined
      const dialled = await within(
        deadline,
        async (stop): Promise<Pick<PendingData, 'secured'> & { wire: Wire }> =>
          direct
            ? await direct.dialData(to, { stop, signal })
            : { wire: await this.#route.dial(to, { signal: stop, bulk }) },
      )
      this.#observe({ type: 'data-open', session: this.#control.session, mode: 'passive', address: hostPort(to) })
      const { wire } = dialled
      return { mode: 'passive', ...dialled, connect: () => Promise.resolve(wire), discard: () => wire.destroy() }
    } catch (error) {
      throw asDataTrouble(error, `The data connection to ${hostPort(to)} could not be opened`, hint)
    }
  }

  #named(reply: Reply, method: Passive): Endpoint {
    const accepted = reply.code === 229 || reply.code === 227
    if (!accepted) throw portRefused(this.#control, reply, { method, ...this.#history })
    const { dataHost } = this.#control.wire
    // Some servers answer EPSV with a 227 and the reverse; the code decides how to parse it.
    if (reply.code === 229) return { host: dataHost, port: parseEpsv(reply.text) }
    const named = parsePasv(reply.text)
    return { host: pickDataHost(this.options.passiveAddress, named.host, dataHost), port: named.port }
  }

  /** The refusal of a port that was asked for early is noted at once: the server may end the session after it. */
  #watch(asked: Exchange | undefined, method: Passive): void {
    const refused = (reply: Reply): void => {
      if (reply.code >= 300) portRefused(this.#control, reply, { method, ...this.#history })
    }
    asked?.final.then(refused, () => {})
  }

  async #active(signal?: AbortSignal): Promise<PendingData> {
    const offer = await this.#activeOffer(signal)
    try {
      return await offer.open(await this.#control.ask(offer.line, { signal, phase: 'data' }))
    } catch (error) {
      offer.discard()
      throw error
    }
  }

  async #activeOffer(signal?: AbortSignal): Promise<Offer & { open(reply: Reply): Promise<PendingData> }> {
    this.#prefetched.forget()
    const { activePorts: ports, activeAddress } = this.options
    const control = this.#control.wire
    if (!this.#route.listen) {
      throw new TransferError(
        'not-supported',
        `Active mode cannot work over ${this.#route.describe}: nobody can listen there.`,
        {
          phase: 'data',
          hint: "Use dataMode 'passive'.",
        },
      )
    }
    const listener = await this.#route.listen({ control, ports, signal })
    const address = { host: activeAddress ?? listener.address.host, port: listener.address.port }
    const line = address.host.includes(':') ? formatEprt(address) : formatPort(address)
    return {
      line,
      open: async (reply) => {
        if (reply.code >= 300) throw this.#control.failure(reply, line, { phase: 'data' })
        return this.#accepting(listener)
      },
      discard: () => listener.close(),
    }
  }

  #accepting(listener: Listener): PendingData {
    return {
      mode: 'active',
      connect: async (signal) => {
        const wire = await listener.accept(signal)
        this.#proven = true
        this.#observe({
          type: 'data-open',
          session: this.#control.session,
          mode: 'active',
          address: hostPort(listener.address),
        })
        return wire
      },
      discard: () => listener.close(),
    }
  }
}

/** True when only this way of opening a data connection failed, and the session can try another. */
function isDataTrouble(error: unknown): boolean {
  if (!(error instanceof TransferError)) return false
  // A tunnel that refuses the data port may still let the server in (BIND).
  if (error.code === 'proxy-refused') return true
  // An answer to EPSV that names no port that can be dialled leaves PASV to be tried.
  if (error.code === 'protocol' && error.phase === 'data') return true
  return error.code === 'data-connection' || (error.reply !== undefined && TRY_ANOTHER.has(error.reply.code))
}

function asDataTrouble(error: unknown, message: string, hint: string): unknown {
  if (!(error instanceof TransferError) || (error.code !== 'unreachable' && error.code !== 'timeout')) return error
  const reason = error.message.replace(/\.$/, '')
  return new TransferError('data-connection', `${message}: ${reason}.`, {
    phase: 'data',
    retryable: true,
    hint,
    cause: error,
  })
}

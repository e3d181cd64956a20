import { type ConnectOpts, isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import tls, { type ConnectionOptions, type SecureContext, type TLSSocket } from 'node:tls'
import { inTime, within } from '../../deadline.js'
import { TransferError } from '../../errors.js'
import type { TransferEvent } from '../../events.js'
import { RingIntake } from '../bulk-reader.js'
import { type Endpoint, KEEP_ALIVE } from '../endpoint.js'
import { standing } from '../route.js'
import { Wire } from '../wire.js'
import { type CertificateInfo, judge, peerCertificate, type Trust, trustedAnyway, untrusted } from './certificate.js'
import { Shim } from './detachable-stream.js'
import { curveOf, type Security, settled } from './security-info.js'
import { handshakeFailed, otherProtocol, speaksFirst } from './tls-errors.js'

/** Everything that TLS to one peer needs; made once a session and never changed, since resumption depends on it. */
export interface TlsIdentity extends Trust {
  /** The name that the certificate has to be for, also sent as SNI unless it is an address. */
  readonly servername: string
  /** For people: 'host:port'. */
  readonly where: string
  readonly context: Pick<ConnectionOptions, 'secureContext' | 'minDHSize'>
  /** The same for handshakes that offer this elliptic curve and no other ('prime256v1'). */
  readonly contextWith: (curve: string) => SecureContext
  /** Whether data connections resume the control connection's session. */
  readonly reuse: 'auto' | 'require' | 'never'
}

/** Connections that have TLS, and what the handshake settled. */
export interface Secured {
  readonly wire: Wire
  readonly security: Security
  /** Ends TLS and goes on in the clear on the same connection (CCC, RFC 4217 section 12.3). Control connections only. */
  clear?(): Promise<Wire>
}

/** A data connection that has TLS. */
export interface SecuredData {
  readonly wire: Wire
  /** It resumed the control connection's session; else it showed the same certificate. */
  readonly reused: boolean
}

/** The TLS sessions of one control connection: tickets from its own and from its data handshakes, newest first, shared with nobody. */
export class TlsSession {
  readonly identity: TlsIdentity
  readonly #limit: number
  readonly #tickets: Buffer[] = []
  #sni: string | undefined
  #security: Security | undefined
  /** Whether the last data connection resumed the session. */
  resumed = false
  /** A data connection resumed it, and the server took that. */
  hasResumed = false
  /** Tickets are for one use (RFC 8446 section 4.6.1). */
  #single = false
  /** The server turned the key of the first hello down for this curve: vsftpd and Pure-FTPd take no other. */
  #curve: string | undefined

  constructor(identity: TlsIdentity, limit: number) {
    this.identity = identity
    this.#limit = limit
  }

  /** What was settled on the control connection. */
  get security(): Security | undefined {
    return this.#security
  }

  /** What to warn of when the control connection stands only because anything would. */
  get warning(): Extract<TransferEvent, { type: 'warning' }> | undefined {
    if (!this.#security || this.#security.trusted) return undefined
    return trustedAnyway(this.identity.where, this.#security.reason, this.#security.certificate)
  }

  /**
   * TLS on a control connection, over a shim so that it can be taken off again. `sni`: the name that is sent, where it is not the
   * one that the certificate has to be for (a proxy that takes its destination from it).
   */
  async secureControl(wire: Wire, { signal, sni }: { signal?: AbortSignal; sni?: string } = {}): Promise<Secured> {
    this.#sni = sni
    if (wire.glued) throw speaksFirst(wire, this.identity)
    const shim = new Shim(wire.stream)
    const socket = await this.#handshake({ socket: shim }, signal).catch((error: unknown) => {
      wire.destroy()
      throw otherProtocol(shim.first, this.identity, error) ?? error
    })
    this.#single = socket.getProtocol() === 'TLSv1.3'
    this.#curve = this.#single ? curveOf(socket) : undefined
    const certificate = peerCertificate(socket)
    const verdict = judge(socket, certificate, this.identity)
    if (!verdict.trusted && !this.identity.trustAny) {
      socket.destroy()
      wire.destroy()
      throw untrusted(this.identity.where, this.identity.servername, verdict.reason, certificate)
    }
    this.#security = settled(socket, certificate, verdict.trusted, verdict.trusted ? verdict.by : verdict.reason)
    const secured = new Wire(socket, wire)
    // TLS over a stream that is no socket of Node's does not close what is below it.
    const closeBelow = (): void => wire.destroy()
    socket.once('close', closeBelow)
    const clear = (): Promise<Wire> => {
      socket.off('close', closeBelow)
      return takeOff(socket, shim, wire, this.#limit)
    }
    return { wire: secured, security: this.#security, clear }
  }

  /**
   * TLS on a data connection: it resumes the control connection's session, or shows the same certificate. Through a tunnel its end is
   * told by close_notify alone: microsocks takes a FIN for the end of both directions, and what the server had not read yet is lost.
   */
  async secureData(
    wire: Wire,
    { signal, tunnelled }: { signal?: AbortSignal; tunnelled: boolean },
  ): Promise<SecuredData> {
    const options = { socket: tunnelled ? new Shim(wire.stream) : wire.stream, ...this.#asBefore() }
    const socket = await this.#handshake(options, signal)
    if (tunnelled) socket.once('close', () => wire.destroy())
    const reused = this.#judged(socket)
    // Ended within the turn of its handshake, a TLS 1.2 connection that was resumed goes without a close_notify (an empty upload).
    await new Promise((resolve) => setImmediate(resolve))
    return { wire: new Wire(socket, wire), reused }
  }

  /**
   * The same, dialled here and read straight into pooled buffers: for a download over no tunnel, from a server that takes a handshake
   * which begins as soon as TCP stands. That is when this resolves. `stop` ends the dialling, `signal` the handshake too.
   */
  async dialData(
    to: Endpoint,
    { stop, signal }: { readonly stop: AbortSignal; readonly signal?: AbortSignal },
  ): Promise<{ readonly wire: Wire; readonly secured: Promise<SecuredData> }> {
    const intake = new RingIntake()
    const socket = this.#connect({ ...to, ...this.#asBefore(), onread: intake.onread })
    const shaken = this.#shaken(() => socket, signal)
    shaken.catch(() => {})
    const wire = await standing(socket, to, { intake, signal: stop })
    socket.setKeepAlive(KEEP_ALIVE.keepAlive, KEEP_ALIVE.keepAliveInitialDelay)
    const secured = shaken.then((): SecuredData => ({ wire, reused: this.#judged(socket) }))
    secured.catch(() => {})
    return { wire, secured }
  }

  /** Whether it resumed the session. Throws for a connection that is not the same server's. */
  #judged(socket: TLSSocket): boolean {
    this.resumed = socket.isSessionReused()
    const fault = this.resumed ? undefined : this.#dataFault(peerCertificate(socket))
    if (!fault) return this.resumed
    socket.destroy()
    throw fault
  }

  #dataFault(certificate: CertificateInfo | undefined): TransferError | undefined {
    const { where, reuse } = this.identity
    if (reuse === 'require') {
      const text = `The data connection of ${where} did not resume the TLS session of the control connection.`
      return new TransferError('tls', text, {
        phase: 'tls',
        hint: "Use tls.reuse 'auto' if the server does not offer resumption.",
      })
    }
    if (certificate?.fingerprint256 === this.#security?.certificate?.fingerprint256) return undefined
    const text = `The data connection of ${where} shows another certificate (${certificate?.fingerprint256}) than the control connection (${this.#security?.certificate?.fingerprint256}).`
    return new TransferError('tls', text, { phase: 'tls', hint: 'Somebody may stand between; no data was sent.' })
  }

  /** A TLS 1.3 ticket is used once while there is another; a TLS 1.2 session serves any number of times. */
  #ticket(): Buffer | undefined {
    if (this.identity.reuse === 'never') return undefined
    return this.#single && this.#tickets.length > 1 ? this.#tickets.pop() : this.#tickets.at(-1)
  }

  /**
   * What the control connection has taught: its session, and the curve the server wants. With the key of another one a data
   * connection's first hello would be sent back (RFC 8446 section 4.1.4), a round trip more each time.
   */
  #asBefore(): ConnectionOptions {
    const context = this.#curve !== undefined && { secureContext: this.identity.contextWith(this.#curve) }
    return { session: this.#ticket(), ...context }
  }

  async #handshake(options: ConnectionOptions & { socket: Duplex }, signal?: AbortSignal): Promise<TLSSocket> {
    try {
      return await this.#shaken(() => this.#connect(options), signal)
    } catch (error) {
      options.socket.destroy()
      throw error
    }
  }

  /** `onread` is documented, but not in the types. */
  #connect(options: ConnectionOptions & Pick<ConnectOpts, 'onread'>): TLSSocket {
    const { identity } = this
    const socket = tls.connect({
      ...identity.context,
      ...names(this.#sni ?? identity.servername),
      checkServerIdentity: (_, shown) => tls.checkServerIdentity(identity.servername, shown),
      rejectUnauthorized: false,
      ...options,
    })
    socket.on('session', (ticket) => this.#keep(ticket))
    return socket
  }

  /** The socket once its handshake is over. */
  async #shaken(open: () => TLSSocket, signal?: AbortSignal): Promise<TLSSocket> {
    const { where } = this.identity
    const what = `the TLS handshake with ${where} did not end`
    let socket: TLSSocket | undefined
    try {
      return await within({ limit: this.#limit, signal, phase: 'tls', what }, () => {
        socket = open()
        return established(socket)
      })
    } catch (error) {
      socket?.destroy()
      throw error instanceof TransferError ? error : handshakeFailed(error, this.identity)
    }
  }

  #keep(ticket: Buffer): void {
    this.#tickets.push(ticket)
    if (this.#tickets.length > 16) this.#tickets.shift()
  }
}

/** The same three values for every handshake of a session: Node resumes silently not at all when one of them differs. */
function names(servername: string): ConnectionOptions {
  const name = isIP(servername.replace(/^\[|\]$/g, '')) === 0 ? servername : ''
  return { host: servername, servername: name }
}

async function established(socket: TLSSocket): Promise<TLSSocket> {
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the connection was closed')))
    socket.once('end', () => socket.end())
  })
  return socket
}

/** close_notify both ways, then the connection below is read and written in the clear again. */
async function takeOff(socket: TLSSocket, shim: Shim, wire: Wire, limit: number): Promise<Wire> {
  const over = new Promise<void>((resolve) => socket.once('end', resolve).once('close', resolve))
  socket.end()
  socket.resume()
  try {
    await inTime({ limit, phase: 'tls', what: 'the server did not end TLS after CCC' }, () => over)
  } catch (error) {
    wire.destroy()
    throw error
  }
  shim.detach()
  socket.destroy()
  return new Wire(wire.stream, wire)
}

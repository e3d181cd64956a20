import { type ConnectOpts, isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import tls, { type ConnectionOptions, type SecureContext, type TLSSocket } from 'node:tls'
import { inTime, within } from '../../deadline.js'
import { TransferError } from '../../errors.js'
import type { TransferEvent } from '../../events.js'
import { SocketReader } from '../bulk-reader.js'
import { type Endpoint, KEEP_ALIVE } from '../endpoint.js'
import { connectedWire } from '../route.js'
import { Wire } from '../wire.js'
import {
  type CertificateInfo,
  decideTrust,
  peerCertificate,
  type Trust,
  trustAnyWarning,
  untrusted,
} from './certificate.js'
import { DetachableStream } from './detachable-stream.js'
import { curveOf, type Security, securityInfo } from './security-info.js'
import { handshakeFailed, otherProtocol, sentBeforeTls } from './tls-errors.js'

/** What TLS to one peer needs; created once per session and immutable, since resumption depends on it. */
export interface TlsIdentity extends Trust {
  /** The name that the certificate must be valid for, also sent as SNI unless it is an address. */
  readonly servername: string
  /** For messages: 'host:port'. */
  readonly where: string
  readonly context: Pick<ConnectionOptions, 'secureContext' | 'minDHSize'>
  /** The context for handshakes that offer only this elliptic curve ('prime256v1'). */
  readonly contextWith: (curve: string) => SecureContext
  /** Whether data connections resume the control connection's session. */
  readonly reuse: 'auto' | 'require' | 'never'
}

/** A connection with TLS, and what the handshake negotiated. */
export interface Secured {
  readonly wire: Wire
  readonly security: Security
  /** Ends TLS and goes on in plaintext on the same connection (CCC, RFC 4217 section 12.3). Control connections only. */
  clear?(): Promise<Wire>
}

/** A data connection with TLS. */
export interface SecuredData {
  readonly wire: Wire
  /** It resumed the control connection's session; otherwise it presented the same certificate. */
  readonly reused: boolean
}

/** The TLS sessions of one control connection: tickets of its own handshake and of its data connections', newest first; never shared. */
export class TlsSession {
  readonly identity: TlsIdentity
  readonly #limit: number
  readonly #tickets: Buffer[] = []
  #sni: string | undefined
  #security: Security | undefined
  /** Whether the last data connection resumed the session. */
  resumed = false
  /** Whether any data connection has resumed the session. */
  hasResumed = false
  /** Tickets are for one use (RFC 8446 section 4.6.1). */
  #single = false
  /** The curve that the server requested in place of the first ClientHello's: vsftpd and Pure-FTPd accept no other. */
  #curve: string | undefined

  constructor(identity: TlsIdentity, limit: number) {
    this.identity = identity
    this.#limit = limit
  }

  /** What was negotiated on the control connection. */
  get security(): Security | undefined {
    return this.#security
  }

  /** The warning about a control connection that is accepted only because of trustAny. */
  get warning(): Extract<TransferEvent, { type: 'warning' }> | undefined {
    if (!this.#security || this.#security.trusted) return undefined
    return trustAnyWarning(this.identity.where, this.#security.reason, this.#security.certificate)
  }

  /**
   * Starts TLS on a control connection, over a detachable stream so that it can be ended again. `sni`: the name to send, where it is not
   * the one that the certificate must be valid for (a proxy that takes its destination from it).
   */
  async secureControl(wire: Wire, { signal, sni }: { signal?: AbortSignal; sni?: string } = {}): Promise<Secured> {
    this.#sni = sni
    if (wire.glued) throw sentBeforeTls(wire, this.identity)
    const detachable = new DetachableStream(wire.stream)
    const socket = await this.#handshake({ socket: detachable }, signal).catch((error: unknown) => {
      wire.destroy()
      throw otherProtocol(detachable.first, this.identity, error) ?? error
    })
    this.#single = socket.getProtocol() === 'TLSv1.3'
    this.#curve = this.#single ? curveOf(socket) : undefined
    const certificate = peerCertificate(socket)
    const verdict = decideTrust(socket, certificate, this.identity)
    if (!verdict.trusted && !this.identity.trustAny) {
      socket.destroy()
      wire.destroy()
      throw untrusted({ ...this.identity, reason: verdict.reason, certificate })
    }
    this.#security = securityInfo(socket, certificate, verdict)
    const secured = new Wire(socket, wire)
    // TLS over a stream that is not a net.Socket does not close the stream.
    const closeBelow = (): void => wire.destroy()
    socket.once('close', closeBelow)
    const clear = (): Promise<Wire> => {
      socket.off('close', closeBelow)
      return endTls(socket, { detachable, wire }, this.#limit)
    }
    return { wire: secured, security: this.#security, clear }
  }

  /**
   * Starts TLS on a data connection: it resumes the control connection's session, or presents the same certificate. Through a tunnel
   * only close_notify ends it: microsocks takes a FIN for the end of both directions, and what the server had not read yet is lost.
   */
  async secureData(
    wire: Wire,
    { signal, tunnelled }: { signal?: AbortSignal; tunnelled: boolean },
  ): Promise<SecuredData> {
    const options = { socket: tunnelled ? new DetachableStream(wire.stream) : wire.stream, ...this.#resumption() }
    const socket = await this.#handshake(options, signal)
    if (tunnelled) socket.once('close', () => wire.destroy())
    const reused = this.#checkResumed(socket)
    // Ended in the turn of its handshake, a resumed TLS 1.2 connection sends no close_notify (an empty upload).
    await new Promise((resolve) => setImmediate(resolve))
    return { wire: new Wire(socket, wire), reused }
  }

  /**
   * Like secureData, dialled here and read straight into pooled buffers: for a download without a tunnel, from a server that accepts a
   * handshake as soon as TCP is connected, which is when this resolves. `stop` ends the dialling, `signal` the handshake too.
   */
  async dialData(
    to: Endpoint,
    { stop, signal }: { readonly stop: AbortSignal; readonly signal?: AbortSignal },
  ): Promise<{ readonly wire: Wire; readonly secured: Promise<SecuredData> }> {
    const bulkReader = new SocketReader()
    const socket = this.#connect({ ...to, ...this.#resumption(), onread: bulkReader.onread })
    const shaken = this.#handshakeDone(() => socket, signal)
    shaken.catch(() => {})
    const wire = await connectedWire(socket, to, { bulkReader, signal: stop })
    socket.setKeepAlive(KEEP_ALIVE.keepAlive, KEEP_ALIVE.keepAliveInitialDelay)
    const secured = shaken.then((): SecuredData => ({ wire, reused: this.#checkResumed(socket) }))
    secured.catch(() => {})
    return { wire, secured }
  }

  /** Returns whether the connection resumed the session. Throws when it is not to the same server. */
  #checkResumed(socket: TLSSocket): boolean {
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
    const text = `The data connection of ${where} presents another certificate (${certificate?.fingerprint256}) than the control connection (${this.#security?.certificate?.fingerprint256}).`
    return new TransferError('tls', text, {
      phase: 'tls',
      hint: 'An attacker may be intercepting it; no data was sent.',
    })
  }

  /** Returns the ticket to resume. A TLS 1.3 ticket is used once while there is another; a TLS 1.2 session any number of times. */
  #ticket(): Buffer | undefined {
    if (this.identity.reuse === 'never') return undefined
    return this.#single && this.#tickets.length > 1 ? this.#tickets.pop() : this.#tickets.at(-1)
  }

  /**
   * Returns what the control connection's handshake showed: its session, and the curve that the server accepts. With a key share for
   * another curve the ClientHello would be answered by a HelloRetryRequest (RFC 8446 section 4.1.4), a round trip more each time.
   */
  #resumption(): ConnectionOptions {
    const context = this.#curve !== undefined && { secureContext: this.identity.contextWith(this.#curve) }
    return { session: this.#ticket(), ...context }
  }

  async #handshake(options: ConnectionOptions & { socket: Duplex }, signal?: AbortSignal): Promise<TLSSocket> {
    try {
      return await this.#handshakeDone(() => this.#connect(options), signal)
    } catch (error) {
      options.socket.destroy()
      throw error
    }
  }

  /** Starts a TLS connection. `onread` is documented, but not in the types. */
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

  /** Resolves with the socket once its handshake is complete. */
  async #handshakeDone(open: () => TLSSocket, signal?: AbortSignal): Promise<TLSSocket> {
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

/** Returns the same three values for every handshake of a session: Node silently does not resume when one of them differs. */
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

/** Exchanges close_notify, then reads and writes the connection below in plaintext again. */
async function endTls(
  socket: TLSSocket,
  { detachable, wire }: { readonly detachable: DetachableStream; readonly wire: Wire },
  limit: number,
): Promise<Wire> {
  const over = new Promise<void>((resolve) => socket.once('end', resolve).once('close', resolve))
  socket.end()
  socket.resume()
  try {
    await inTime({ limit, phase: 'tls', what: 'the server did not end TLS after CCC' }, () => over)
  } catch (error) {
    wire.destroy()
    throw error
  }
  detachable.detach()
  socket.destroy()
  return new Wire(wire.stream, wire)
}

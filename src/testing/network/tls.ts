import { X509Certificate } from 'node:crypto'
import { Duplex } from 'node:stream'
import { createSecureContext, type SecureContext, type SecureContextOptions, TLSSocket } from 'node:tls'
import { badArgument } from '../../errors.js'

/** TLS of an embedded server. Certificates and keys are PEM; none are generated. */
export interface ServerTls {
  /** The private key. */
  readonly key: string | Buffer
  /** The certificate. */
  readonly cert: string | Buffer
  /** TLS from the first byte, without AUTH. Defaults to false: explicit TLS, after AUTH. */
  readonly implicit?: boolean
  /** Refuses USER without TLS. Defaults to false. */
  readonly required?: boolean
  /** Refuses a data connection that does not resume a TLS session of the server, with 522. Defaults to false. */
  readonly requireReuse?: boolean
  /** false: no session can be resumed. Defaults to true. */
  readonly tickets?: boolean
  /** Another certificate for data connections, which then cannot resume the control connection's session. */
  readonly dataCert?: {
    /** The private key. */
    readonly key: string | Buffer
    /** The certificate. */
    readonly cert: string | Buffer
  }
  /** Requests a client certificate; with one signed by this issuer, USER is answered 232. */
  readonly clientCa?: string | Buffer
  /** The lowest version of TLS. Defaults to Node's. */
  readonly minVersion?: SecureContextOptions['minVersion']
  /** The highest version of TLS. Defaults to Node's. */
  readonly maxVersion?: SecureContextOptions['maxVersion']
  /** OpenSSL's cipher list; 'DEFAULT@SECLEVEL=0' emulates old servers. */
  readonly ciphers?: string
  /** Diffie-Hellman parameters, PEM. */
  readonly dhparam?: string | Buffer
}

/** The same, prepared once for all sessions. */
export interface TlsSettings {
  readonly control: SecureContext
  readonly data: SecureContext
  readonly implicit: boolean
  readonly required: boolean
  readonly requireReuse: boolean
  readonly clientCa: X509Certificate | undefined
}

const SSL_OP_NO_TICKET = 0x4000

/** Prepares the TLS contexts. Throws `bad-argument` for what OpenSSL cannot read. */
export function tlsSettings(tls: ServerTls): TlsSettings {
  const { implicit = false, required = false, requireReuse = false, tickets = true, clientCa, dataCert } = tls
  const { minVersion, maxVersion, ciphers, dhparam } = tls
  // A server that requests client certificates resumes no session without an id context.
  const sessionIdContext = 'sallyport'
  const secureOptions = tickets ? undefined : SSL_OP_NO_TICKET
  const shared = { minVersion, maxVersion, ciphers, dhparam, ca: clientCa, sessionIdContext, secureOptions }
  try {
    const control = createSecureContext({ ...shared, key: tls.key, cert: tls.cert })
    const data = dataCert ? createSecureContext({ ...shared, ...dataCert }) : control
    const issuer = clientCa === undefined ? undefined : new X509Certificate(clientCa)
    return { control, data, implicit, required, requireReuse, clientCa: issuer }
  } catch (cause) {
    throw badArgument(`The option tls cannot be used: ${cause instanceof Error ? cause.message : String(cause)}.`)
  }
}

export interface Accept {
  readonly context: SecureContext
  readonly askCertificate: boolean
  /** Ends the wait for the handshake. */
  readonly signal: AbortSignal
  /** Never answers the ClientHello. */
  readonly stall?: boolean
}

/** Performs the server's side of a handshake. Rejects when it fails, the peer closes, or the signal fires. */
export async function acceptTls(
  stream: Duplex,
  { context, askCertificate, signal, stall }: Accept,
): Promise<TLSSocket> {
  if (stall) {
    await ignoreUntilClosed(stream, signal)
    throw new Error('given up')
  }
  const socket = new TLSSocket(stream, {
    isServer: true,
    secureContext: context,
    requestCert: askCertificate,
    rejectUnauthorized: false,
  })
  let stop = (): void => {}
  try {
    await new Promise<void>((resolve, reject) => {
      stop = () => reject(new Error('the handshake was not completed'))
      socket.once('secure', resolve)
      socket.on('error', reject)
      socket.once('close', stop).once('end', stop)
      stream.once('end', stop)
      signal.addEventListener('abort', stop, { once: true })
      if (signal.aborted) stop()
    })
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Reads and sends nothing until the peer closes. */
export async function ignoreUntilClosed(stream: Duplex, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    stream.once('end', resolve).once('close', resolve).resume()
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (signal.aborted) resolve()
  })
}

/** Returns whether the client presented a certificate of this issuer. */
export function isCertified(socket: TLSSocket, issuer: X509Certificate | undefined): boolean {
  const shown = socket.getPeerX509Certificate()
  return Boolean(issuer && shown?.verify(issuer.publicKey))
}

const HEADER = 5

/** A stream over a socket on which TLS can begin and end again while the socket stays open (CCC). */
export class DetachableStream extends Duplex {
  readonly #below: Duplex
  #last: Buffer[] | undefined
  readonly #onData = (chunk: Buffer): void => {
    if (this.#last) this.#takeLast(chunk)
    else if (!this.push(chunk)) this.#below.pause()
  }
  readonly #onEnd = (): void => void this.push(null)
  readonly #onClose = (): void => void this.destroy()

  constructor(below: Duplex) {
    super({ allowHalfOpen: true })
    this.#below = below
    below.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose)
  }

  /** Announces the last TLS record, the peer's close_notify; bytes after it are plaintext. */
  expectLastRecord(): void {
    this.#last ??= []
  }

  /** Detaches from the underlying stream; what arrives from now on is left to its next reader. */
  detach(): void {
    this.#below.pause()
    this.#below.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose)
  }

  #takeLast(chunk: Buffer): void {
    this.#last?.push(chunk)
    const bytes = Buffer.concat(this.#last ?? [])
    if (bytes.length < HEADER || bytes.length < HEADER + bytes.readUInt16BE(3)) return
    const end = HEADER + bytes.readUInt16BE(3)
    this.detach()
    if (bytes.length > end) this.#below.unshift(bytes.subarray(end))
    this.push(bytes.subarray(0, end))
  }

  override _read(): void {
    this.#below.resume()
  }

  override _write(chunk: Uint8Array, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#below.write(chunk, done)
  }

  override _final(done: () => void): void {
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.detach()
    done(error)
  }
}

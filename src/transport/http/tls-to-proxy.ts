import { isIP } from 'node:net'
import tls, { type SecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls'
import { TransferError } from '../../errors.js'
import type { Observer } from '../../events.js'
import type { Endpoint } from '../endpoint.js'
import {
  type CertificateInfo,
  judge,
  parsePin,
  peerCertificate,
  type Trust,
  trustedAnyway,
  untrusted,
} from '../tls/certificate.js'
import type { Gate } from '../tunnel/tunnel.js'
import { Wire } from '../wire.js'

/** How an https:// proxy shows who it is. It has nothing to do with the certificates of the server behind it. */
export interface ProxyTls {
  /** Certificates of issuers to trust instead of the system's, PEM. */
  readonly ca?: SecureContextOptions['ca']
  /** The name the certificate has to be for, when it is not the proxy's host. */
  readonly servername?: string
  /** Any certificate will do. */
  readonly trustAny?: boolean
  /** SHA-256 of the certificate or of its public key; when given, nothing else is trusted. */
  readonly pin?: string | readonly string[]
}

/** The same, made ready once for all connections of a route. */
export interface TlsToProxy extends Trust {
  readonly name: string
  readonly secureContext: SecureContext
  /** Tells once that the certificate stands only because of trustAny. */
  readonly warn: (where: string, reason: string, certificate: CertificateInfo | undefined) => void
}

/** Throws `bad-argument` for a pin that is none. */
export function tlsToProxy(
  proxy: Endpoint,
  { ca, servername, trustAny = false, pin = [] }: ProxyTls = {},
  observe?: Observer,
): TlsToProxy {
  const pins = [pin].flat().map(parsePin)
  return {
    name: servername ?? proxy.host,
    pins,
    trustAny,
    warn: warnOnce(observe),
    secureContext: tls.createSecureContext({ ca }),
  }
}

/** The wire with TLS on it, the proxy's certificate checked; without `wanted` the wire as it is. */
export async function encrypted(gate: Gate, wanted: TlsToProxy | undefined, wire: Wire): Promise<Wire> {
  if (!wanted) return wire
  const { name, secureContext } = wanted
  const socket = tls.connect({
    socket: wire.stream,
    host: name,
    servername: isIP(name) ? '' : name,
    secureContext,
    rejectUnauthorized: false,
  })
  try {
    await established(socket)
    check(gate, wanted, socket)
  } catch (error) {
    socket.destroy()
    throw error instanceof TransferError ? error : handshakeFailed(gate, error)
  }
  // Over a stream that is no socket of Node's, closing the upper one does not reach the lower one.
  socket.once('close', () => wire.destroy())
  return new Wire(socket, wire)
}

async function established(socket: TLSSocket): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('the connection was closed')))
    // A TLS connection that is left half open sends no close_notify.
    socket.once('end', () => socket.end())
  })
}

function warnOnce(observe?: Observer): TlsToProxy['warn'] {
  let told = false
  return (...about) => {
    if (!told) observe?.(trustedAnyway(...about))
    told = true
  }
}

function check({ describe }: Gate, { name, pins, trustAny, warn }: TlsToProxy, socket: TLSSocket): void {
  const certificate = peerCertificate(socket)
  const verdict = judge(socket, certificate, { pins, trustAny })
  if (verdict.trusted) return
  if (trustAny) return warn(`the proxy ${describe}`, verdict.reason, certificate)
  const { message } = untrusted(`the proxy ${describe}`, name, verdict.reason, certificate)
  const hint =
    "Give its issuer as the proxy's own tls.ca, or its fingerprint as tls.pin after checking it by another way."
  throw new TransferError('tls', message, { phase: 'proxy', hint })
}

function handshakeFailed({ describe }: Gate, error: unknown): TransferError {
  const message = error instanceof Error ? error.message : String(error)
  if (/wrong version number|packet length|http request/i.test(message)) {
    const text = `${describe} is not an HTTPS proxy: it does not speak TLS.`
    return new TransferError('wrong-protocol', text, { phase: 'proxy', hint: 'Use http:// for it.', cause: error })
  }
  const text = `TLS with the proxy ${describe} failed: ${message}.`
  return new TransferError('tls', text, { phase: 'proxy', retryable: true, cause: error })
}

import { isIP } from 'node:net'
import tls, { type SecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls'
import { TransferError } from '../../errors.js'
import type { Observer } from '../../events.js'
import type { Endpoint } from '../endpoint.js'
import {
  type CertificateInfo,
  decideTrust,
  parsePin,
  peerCertificate,
  type Trust,
  trustAnyWarning,
  untrusted,
} from '../tls/certificate.js'
import type { Tunnel } from '../tunnel/tunnel.js'
import { Wire } from '../wire.js'

/** The certificate check of an https:// proxy, independent of that of the server behind it. */
export interface ProxyTls {
  /** Certificates of issuers to trust in place of the system's, PEM. */
  readonly ca?: SecureContextOptions['ca']
  /** The name that the certificate must be valid for, when it is not the proxy's host. */
  readonly servername?: string
  /** Accepts any certificate. */
  readonly trustAny?: boolean
  /** SHA-256 of the certificate or of its public key; when given, nothing else is trusted. */
  readonly pin?: string | readonly string[]
}

/** The same, prepared once for all connections of a route. */
export interface TlsToProxy extends Trust {
  readonly name: string
  readonly secureContext: SecureContext
  /** Warns once that the certificate was accepted only because of trustAny. */
  readonly warn: (where: string, reason: string, certificate: CertificateInfo | undefined) => void
}

/** Prepares the options. Throws `bad-argument` for an invalid pin. */
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

/** Resolves with the wire with TLS on it, the proxy's certificate checked; without `wanted` with the wire as it is. */
export async function encrypted(tunnel: Tunnel, wanted: TlsToProxy | undefined, wire: Wire): Promise<Wire> {
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
    check(tunnel, wanted, socket)
  } catch (error) {
    socket.destroy()
    throw error instanceof TransferError ? error : handshakeFailed(tunnel, error)
  }
  // Over a stream that is not a net.Socket, closing the TLS socket does not close the stream.
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
    if (!told) observe?.(trustAnyWarning(...about))
    told = true
  }
}

function check({ describe }: Tunnel, { name, pins, trustAny, warn }: TlsToProxy, socket: TLSSocket): void {
  const certificate = peerCertificate(socket)
  const verdict = decideTrust(socket, certificate, { pins, trustAny })
  if (verdict.trusted) return
  if (trustAny) return warn(`the proxy ${describe}`, verdict.reason, certificate)
  const { message } = untrusted({
    where: `the proxy ${describe}`,
    servername: name,
    reason: verdict.reason,
    certificate,
  })
  const hint =
    "Give its issuer as the proxy's own tls.ca, or its fingerprint as tls.pin after verifying it over another channel."
  throw new TransferError('tls', message, { phase: 'proxy', hint })
}

function handshakeFailed({ describe }: Tunnel, error: unknown): TransferError {
  const message = error instanceof Error ? error.message : String(error)
  if (/wrong version number|packet length|http request/i.test(message)) {
    const text = `${describe} is not an HTTPS proxy: it does not support TLS.`
    return new TransferError('wrong-protocol', text, { phase: 'proxy', hint: 'Use http:// for it.', cause: error })
  }
  const text = `TLS with the proxy ${describe} failed: ${message}.`
  return new TransferError('tls', text, { phase: 'proxy', retryable: true, cause: error })
}

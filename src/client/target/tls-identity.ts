import { constants, X509Certificate } from 'node:crypto'
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls'
import { badArgument } from '../../errors.js'
import { type Endpoint, hostPort } from '../../transport/endpoint.js'
import { parsePin } from '../../transport/tls/certificate.js'
import type { TlsIdentity } from '../../transport/tls/tls-session.js'
import type { TlsOptions } from '../options/options.js'
import { reveal } from '../options/secret.js'

/** Whom TLS has to be with, and by what it is proved. Throws `bad-argument` for pins, certificates and keys that cannot be read. */
export async function identityFor(peer: Endpoint, options: TlsOptions, signal?: AbortSignal): Promise<TlsIdentity> {
  const { pin, legacy = false } = options
  const pins = pin === undefined ? [] : [pin].flat().map(parsePin)
  const settings = await settingsFor(options, signal)
  const secureContext = made(options, settings)
  const byCurve = new Map<string, SecureContext>()
  return {
    servername: options.servername ?? peer.host,
    where: hostPort(peer),
    pins,
    trustAny: options.trustAny ?? false,
    reuse: options.reuse ?? 'auto',
    context: { secureContext, minDHSize: legacy ? 1 : SHORTEST_DH },
    contextWith: (curve) => {
      const context = byCurve.get(curve) ?? made(options, { ...settings, ecdhCurve: curve })
      byCurve.set(curve, context)
      return context
    },
  }
}

async function settingsFor(
  { ca, cert, key, pfx, legacy, ...options }: TlsOptions,
  signal: AbortSignal | undefined,
): Promise<SecureContextOptions> {
  const issuers = ca === undefined ? undefined : ([ca].flat() as (string | Buffer)[])
  const { minVersion, maxVersion } = options
  const passphrase = await reveal(options.passphrase, 'passphrase of the key', signal)
  for (const issuer of issuers ?? []) readable('tls.ca', () => new X509Certificate(issuer))
  const own = pfx === undefined ? { cert, key } : { pfx }
  return { ca: issuers, ...own, passphrase, minVersion, maxVersion, ...(legacy && LEGACY) }
}

/** Certificates and keys made ready once for all connections of a session; what OpenSSL cannot read is refused before anything is dialled. */
function made({ pfx }: TlsOptions, settings: SecureContextOptions): SecureContext {
  return readable(pfx === undefined ? 'tls.cert or tls.key' : 'tls.pfx', () => createSecureContext(settings))
}

function readable<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    const text = `${what} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}.`
    throw badArgument(text, 'Give PEM (tls.pfx: PKCS #12), the matching key, and tls.passphrase where it is locked.')
  }
}

/** Bits. The same under every version of Node, whose own idea of it has changed. */
const SHORTEST_DH = 2048

/** minVersion alone is not enough: OpenSSL's security level forbids the old hashes and short keys too. */
const LEGACY = {
  minVersion: 'TLSv1' as const,
  ciphers: 'DEFAULT@SECLEVEL=0',
  secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
}

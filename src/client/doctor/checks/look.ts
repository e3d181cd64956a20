import { TransferError } from '../../../errors.js'
import type { Security } from '../../../transport/tls/security-info.js'
import { resolve } from '../../target/plan.js'
import type { Subject } from '../report/subject.js'
import { describeSecurity } from './certificate.js'
import { openWithoutLogin, type Reached, tlsOf } from './reach.js'

/** What a closer look found out about a connect that failed. */
export interface Closer {
  readonly reached: Reached
  readonly security?: Security
}

/** Looks again where an error leaves open what answers there: silence may be TLS, and a refused handshake shows no certificate. */
export async function lookCloser(reached: Reached, subject: Subject): Promise<Closer> {
  const { error } = reached
  if (!(error instanceof TransferError)) return { reached }
  if (error.code === 'timeout' && error.phase === 'greeting') {
    const security = await lookAtTls(subject, 'ftps')
    return security ? { reached: { ...reached, error: silentTls(subject, security, error) } } : { reached }
  }
  if (error.code !== 'tls' || subject.tls === 'none') return { reached }
  return { reached, security: await lookAtTls(subject, subject.tls === 'implicit' ? 'ftps' : 'ftpes') }
}

function silentTls({ plan: { target } }: Subject, security: Security, cause: TransferError): TransferError {
  const text = `${target.server.host} says nothing in the clear on port ${target.server.port}, but speaks TLS there: ${describeSecurity(security)}`
  return new TransferError('wrong-protocol', text, { phase: 'greeting', hint: 'Use ftps:// (implicit TLS).', cause })
}

/**
 * Resolves with what a TLS handshake shows, of the server or of the FTP proxy: only the handshake is performed, and no secret is sent.
 * undefined when there is no TLS.
 */
async function lookAtTls(subject: Subject, scheme: 'ftps' | 'ftpes'): Promise<Security | undefined> {
  const { plan, tunnels, ftpProxy } = subject
  const { target, signal, limits: timeouts, preferIPv6 } = plan
  const tls = plan.protocol === 'ftp' ? plan.tls?.options : undefined
  const withProxy = ftpProxy !== undefined && tls?.scope === 'proxy'
  if (ftpProxy && !withProxy) return undefined
  const proxies = [...tunnels, ...(withProxy ? [{ dialect: 'other', ...ftpProxy.endpoint }] : [])]
  const { host, port } = target.server
  try {
    const remote = await openWithoutLogin(
      resolve(
        `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`,
        {
          signal,
          timeouts,
          preferIPv6,
          proxy: proxies,
          tls: { ...tls, pin: undefined, trustAny: true },
        },
        {},
      ),
    )
    const security = tlsOf(remote)
    await remote.close()
    return security
  } catch (error) {
    if (signal?.aborted) throw error
    return undefined
  }
}

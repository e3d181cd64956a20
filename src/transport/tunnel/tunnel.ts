import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { type Limits, within } from '../../deadline.js'
import { aborted, badArgument, TransferError, throwIfAborted } from '../../errors.js'
import { onAbort } from '../../on-abort.js'
import { printable } from '../../printable.js'
import { type Endpoint, hostPort } from '../endpoint.js'
import type { Route } from '../route.js'
import type { Wire } from '../wire.js'

/** A proxy that connections are opened through, as every kind of tunnel needs it. */
export interface Tunnel {
  readonly proxy: Endpoint
  /** The route to the proxy itself: `direct`, or another tunnel. */
  readonly through: Route
  /** Limit for the proxy's part of a dial as a whole, in ms. Absent: only the caller's signal ends it. */
  readonly limits?: Pick<Limits, 'connect'>
  /** For messages: 'socks5h://gate:1080 via http://corp:8080'. Contains no credentials. */
  readonly describe: string
}

/** Describes a tunnel: scheme and address, and the tunnel that it runs through. */
export function describeTunnel(scheme: string, proxy: Endpoint, through: Route): string {
  const own = `${scheme}://${hostPort(proxy)}`
  return through.describe === 'direct' ? own : `${own} via ${through.describe}`
}

/** The `hops` of a route that goes through one more tunnel than `through` does. */
export function hopsOf(through: Route): number {
  return (through.hops ?? 0) + 1
}

/**
 * Runs one dial under the tunnel's limit, when it has one. The tunnels that it is reached by have limits of their own, which come
 * first: the one that does not answer is the one to name.
 */
export async function limited<T>(
  tunnel: Tunnel,
  signal: AbortSignal | undefined,
  dial: (signal?: AbortSignal) => Promise<T>,
): Promise<T> {
  if (!tunnel.limits) return await dial(signal)
  const what = `the proxy ${tunnel.describe} did not answer`
  const hint =
    'Check that it is that kind of proxy and that it reaches the server; raise timeouts.connect if it is slow.'
  const limit = tunnel.limits.connect * hopsOf(tunnel.through)
  return await within({ limit, signal, phase: 'proxy', what, hint }, dial)
}

/** Connects to the proxy, runs `dialogue` with it, and resolves with its result. On failure the connection is closed. */
export async function reach<T>(
  tunnel: Tunnel,
  signal: AbortSignal | undefined,
  dialogue: (wire: Wire) => Promise<T>,
): Promise<T> {
  const wire = await dialProxy(tunnel, signal)
  return await destroyOnFailure({ tunnel, wire, signal }, () => dialogue(wire))
}

/** Waits for `work`, which reads from `wire`. When it fails or the signal fires, the wire is destroyed, which also ends the reading. */
export async function destroyOnFailure<T>(
  { tunnel, wire, signal }: { tunnel: Tunnel; wire: Wire; signal: AbortSignal | undefined },
  work: () => Promise<T>,
): Promise<T> {
  const cut = (): void => wire.destroy()
  const forget = onAbort(signal, cut)
  try {
    throwIfAborted(signal, 'proxy')
    const done = await work()
    throwIfAborted(signal, 'proxy')
    return done
  } catch (error) {
    wire.destroy()
    if (signal?.aborted) throw aborted(signal, 'proxy')
    throw error instanceof TransferError ? error : broke(tunnel, error)
  } finally {
    forget()
  }
}

function broke({ describe }: Tunnel, error: unknown): TransferError {
  const reason = error instanceof Error ? error.message : String(error)
  const text = `The connection to the proxy ${describe} broke: ${reason.replace(/\.$/, '')}.`
  return new TransferError('proxy-refused', text, { phase: 'proxy', retryable: true, cause: error })
}

async function dialProxy({ through, proxy, describe }: Tunnel, signal: AbortSignal | undefined): Promise<Wire> {
  try {
    return await through.dial(proxy, { signal })
  } catch (error) {
    if (!(error instanceof TransferError) || error.code !== 'unreachable' || error.phase === 'proxy') throw error
    const text = `The proxy ${describe} cannot be reached: ${error.message}`
    throw error.with({ message: text, phase: 'proxy', cause: error })
  }
}

/** What a caller can do about a refusal, and whether a later attempt may succeed. */
interface Advice {
  readonly hint?: string
  readonly retryable?: boolean
}

/** Returns the error for a refusal of the proxy. `what` is the rest of the sentence: 'refused the password'. */
export function refused({ describe }: Tunnel, what: string, { hint, retryable }: Advice = {}): TransferError {
  return new TransferError('proxy-refused', `The proxy ${describe} ${what}.`, { phase: 'proxy', hint, retryable })
}

/** Returns the error for a peer that does not use the tunnel's protocol; its first bytes often show which it uses. */
export function wrongProtocol(kind: string, { describe }: Tunnel, received: Uint8Array): TransferError {
  const start = Buffer.from(received.subarray(0, 60)).toString('latin1')
  const protocol = SIGNATURES.find(([pattern]) => pattern.test(start))?.[1]
  const found = protocol
    ? `it uses ${protocol}`
    : start === ''
      ? 'it sent nothing and closed the connection'
      : `it sent "${printable(start)}"`
  return new TransferError('wrong-protocol', `${describe} is not ${kind}: ${found}.`, {
    phase: 'proxy',
    hint: "Check the scheme and the port of the proxy's URL.",
  })
}

const SIGNATURES: readonly (readonly [RegExp, string])[] = [
  [/^HTTP\/|^<(!doctype|html)/i, 'HTTP (http://)'],
  [/^SSH-/, 'SSH (ssh://)'],
  [/^220[ -]/, 'FTP (ftp+user:// and the other dialects)'],
  [/^\x05[\x00-\x02\xff]/, 'SOCKS 5 (socks5h://)'],
  [/^\x00[\x5a-\x5d]/, 'SOCKS 4 (socks4a://)'],
  [/^[\x15\x16]\x03/, 'TLS (https://)'],
]

/** Returns the host as it is sent to a proxy: ASCII, without anything that could end a line or a field. Throws `bad-argument`. */
export function hostForProxy({ host, port }: Endpoint): string {
  if (!(Number.isInteger(port) && port >= 1 && port <= 65_535)) throw badArgument(`${port} is not a port.`)
  if (isIP(host)) return host.replace(/%.*$/, '')
  // domainToASCII drops line breaks silently, so it must not be given any.
  const name = /^[^\x00-\x20\x7f]+$/.test(host) && /[^\x00-\x7f]/.test(host) ? domainToASCII(host) : host
  if (/^[\x21-\x7e]{1,255}$/.test(name) && !/[/?#@:[\]\\]/.test(name)) return name
  throw badArgument(
    `'${printable(host, 80)}' is not a host name.`,
    'A host name has 1 to 255 letters, digits, dots and dashes.',
  )
}

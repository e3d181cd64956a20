import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { type Limits, within } from '../../deadline.js'
import { aborted, badArgument, TransferError, throwIfAborted } from '../../errors.js'
import { printable } from '../../printable.js'
import { type Endpoint, hostPort } from '../endpoint.js'
import type { Route } from '../route.js'
import type { Wire } from '../wire.js'

/** A proxy that connections are asked from, as every kind of tunnel needs it. */
export interface Gate {
  readonly proxy: Endpoint
  /** How the proxy itself is reached: `direct`, or another tunnel. */
  readonly through: Route
  /** The proxy's part of a dial may take this long as a whole. Absent: only the caller's signal ends it. */
  readonly limits?: Pick<Limits, 'connect'>
  /** For people: 'socks5h://gate:1080 via http://corp:8080'. Holds no credentials. */
  readonly describe: string
}

/** How a tunnel is shown: scheme and place, and the tunnel it runs through. */
export function describeGate(scheme: string, proxy: Endpoint, through: Route): string {
  const own = `${scheme}://${hostPort(proxy)}`
  return through.describe === 'direct' ? own : `${own} via ${through.describe}`
}

/** Runs one dial under the gate's limit, when it has one. */
export async function limited<T>(
  gate: Gate,
  signal: AbortSignal | undefined,
  dial: (signal?: AbortSignal) => Promise<T>,
): Promise<T> {
  if (!gate.limits) return await dial(signal)
  const what = `the proxy ${gate.describe} did not answer`
  const hint =
    'Check that it is that kind of proxy and that it reaches the server; raise timeouts.connect if it is slow.'
  return await within({ limit: gate.limits.connect, signal, phase: 'proxy', what, hint }, dial)
}

/** Connects to the proxy, holds `dialogue` with it, and answers what that made of the wire. However it fails, no connection is left. */
export async function reach<T>(
  gate: Gate,
  signal: AbortSignal | undefined,
  dialogue: (wire: Wire) => Promise<T>,
): Promise<T> {
  const wire = await dialProxy(gate, signal)
  return await orCut({ gate, wire, signal }, () => dialogue(wire))
}

/** Waits for `work`, which reads from `wire`. When it fails or the signal fires, the wire is cut, which also ends the reading. */
export async function orCut<T>(
  { gate, wire, signal }: { gate: Gate; wire: Wire; signal: AbortSignal | undefined },
  work: () => Promise<T>,
): Promise<T> {
  const cut = (): void => wire.destroy()
  signal?.addEventListener('abort', cut, { once: true })
  try {
    throwIfAborted(signal, 'proxy')
    const done = await work()
    throwIfAborted(signal, 'proxy')
    return done
  } catch (error) {
    wire.destroy()
    if (signal?.aborted) throw aborted(signal, 'proxy')
    throw error instanceof TransferError ? error : broke(gate, error)
  } finally {
    signal?.removeEventListener('abort', cut)
  }
}

function broke({ describe }: Gate, error: unknown): TransferError {
  const reason = error instanceof Error ? error.message : String(error)
  const text = `The connection to the proxy ${describe} broke: ${reason.replace(/\.$/, '')}.`
  return new TransferError('proxy-refused', text, { phase: 'proxy', retryable: true, cause: error })
}

async function dialProxy({ through, proxy, describe }: Gate, signal: AbortSignal | undefined): Promise<Wire> {
  try {
    return await through.dial(proxy, { signal })
  } catch (error) {
    if (!(error instanceof TransferError) || error.code !== 'unreachable' || error.phase === 'proxy') throw error
    const text = `The proxy ${describe} cannot be reached: ${error.message}`
    throw error.with({ message: text, phase: 'proxy', cause: error })
  }
}

/** The proxy's own no. `what` is the rest of the sentence: 'refused the password'. */
export function refused({ describe }: Gate, what: string, hint?: string, retryable = false): TransferError {
  return new TransferError('proxy-refused', `The proxy ${describe} ${what}.`, { phase: 'proxy', hint, retryable })
}

/** The error for a peer that does not speak the tunnel's protocol; its first bytes often tell what it speaks instead. */
export function notA(kind: string, { describe }: Gate, said: Uint8Array): TransferError {
  const start = Buffer.from(said.subarray(0, 60)).toString('latin1')
  const speaks = LOOKS.find(([pattern]) => pattern.test(start))?.[1]
  const found = speaks
    ? `it speaks ${speaks}`
    : start === ''
      ? 'it said nothing and closed'
      : `it said "${printable(start)}"`
  return new TransferError('wrong-protocol', `${describe} is not ${kind}: ${found}.`, {
    phase: 'proxy',
    hint: "Check the scheme and the port of the proxy's URL.",
  })
}

const LOOKS: readonly (readonly [RegExp, string])[] = [
  [/^HTTP\/|^<(!doctype|html)/i, 'HTTP (http://)'],
  [/^SSH-/, 'SSH (ssh://)'],
  [/^220[ -]/, 'FTP (ftp+user:// and the other dialects)'],
  [/^\x05[\x00-\x02\xff]/, 'SOCKS 5 (socks5h://)'],
  [/^\x00[\x5a-\x5d]/, 'SOCKS 4 (socks4a://)'],
  [/^[\x15\x16]\x03/, 'TLS (https://)'],
]

/** The host as a proxy is told it: ASCII, nothing in it that could end a line or a field. Throws `bad-argument`. */
export function hostForProxy({ host, port }: Endpoint): string {
  if (!(Number.isInteger(port) && port >= 1 && port <= 65_535)) throw badArgument(`${port} is not a port.`)
  if (isIP(host)) return host.replace(/%.*$/, '')
  // domainToASCII drops line breaks without a word, so it must not see any.
  const name = /^[^\x00-\x20\x7f]+$/.test(host) && /[^\x00-\x7f]/.test(host) ? domainToASCII(host) : host
  if (/^[\x21-\x7e]{1,255}$/.test(name) && !/[/?#@:[\]\\]/.test(name)) return name
  throw badArgument(
    `'${printable(host, 80)}' is not a host name.`,
    'A host name has 1 to 255 letters, digits, dots and dashes.',
  )
}
